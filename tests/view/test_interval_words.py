"""Every kind of interval has words of its own."""

from typing import get_args

import jax
import numpy as np
import pytest

from jaxviz import stats
from jaxviz.stats._engine._intervals import AnyMethod, AnyUnit
from jaxviz.view import _interval_words as words
from jaxviz.view._numbers import number

KEY = jax.random.key(0)
X = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (
            lambda: stats.bootstrap_interval(KEY, stats.iqm, X, unit="run", reps=20),
            "IQM with its 95% scaled percentile bootstrap interval (runs resampled, 20 replicates)",
        ),
        (lambda: stats.bootstrap_interval(KEY, stats.mean, X, unit="run"), "mean with its 95% Hall interval"),
        (
            lambda: stats.bootstrap_difference(KEY, stats.iqm, X, X, unit="cell", method="percentile", reps=20),
            "difference in IQM with its 95% percentile bootstrap interval (the runs of each task resampled, "
            "20 replicates)",
        ),
        (
            lambda: stats.fraction_reached(X[:, 0] > 0, level=0.9),
            "share of runs with its 90% Wilson score interval",
        ),
        (
            lambda: stats.restricted_mean_interval(KEY, X[:, 0] + 5, X[:, 0] > 0, 4, reps=20),
            "restricted mean with its 95% Dirichlet interval (runs resampled, 20 replicates)",
        ),
        (
            lambda: stats.restricted_mean_interval(KEY, X[:, 0] + 5, X[:, 0] > 0, 4, method="normal"),
            "restricted mean with its 95% normal interval with Greenwood's variance",
        ),
    ],
)
def test_an_interval_says_what_it_is(interval, expected):
    assert words.interval_words(interval()) == expected


def test_every_method_and_unit_has_words():
    assert set(words._METHODS) == {method for literal in get_args(AnyMethod) for method in _names(literal)}
    assert set(words._UNITS) == {unit for literal in get_args(AnyUnit) for unit in _names(literal)}


def _names(literal):
    return get_args(literal) or (literal,)


def test_where_a_level_is_not_held_is_said():
    of = {m: stats.bootstrap_interval(KEY, stats.iqm, X, unit="run", method=m, reps=20) for m in ("scaled", "bca")}
    assert words.coverage_words(of["scaled"]) == ""
    assert words.coverage_words(of["bca"]) == "with 6 runs it covers less than its level"
    band = stats.simultaneous_band(KEY, X[:3], stats.iqm, reps=20)
    assert words.coverage_words(band) == "with 3 runs a band is too wide to say much"
    mean = stats.bootstrap_interval(KEY, stats.mean, X, unit="run")
    assert words.coverage_words(mean).startswith("means of skewed scores are covered less often")


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((1e6 + 0.5, 1e6 + 0.25, 1e6 + 0.8125), "1,000,000.5 [1,000,000.2, 1,000,000.8]"),
        ((1.0, 0.25, 1.0), "1 [0.25, 1]"),
        ((3.0, np.nan, np.nan), "3"),
        ((np.nan, 1.0, 2.0), "undefined"),
        ((3.0, 2.0, np.inf), "3 [2, inf]"),
    ],
)
def test_an_interval_has_the_digits_that_it_needs(numbers, expected):
    estimate, low, high = (np.float32(one) for one in numbers)
    assert words.interval_text(estimate, low, high, number) == expected
