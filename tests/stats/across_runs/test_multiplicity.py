"""Adjusted p-values by hand, against slow loops, and as thresholds; values of docs/statistics.md, 8.5."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from jaxviz.stats.across_runs import _multiplicity as m
from jaxviz.stats.across_runs._significance import mann_whitney, welch_test
from tests.stats.masked_streams import quick

P = np.array([0.001, 0.008, 0.02, 0.04, 0.3, 0.6])
P_VALUES = st.sampled_from([1e-6, 0.01, 0.02, 0.5, 1.0]) | st.floats(0, 1, allow_subnormal=False)
METHODS = (m.bonferroni, m.holm, m.benjamini_hochberg, m.benjamini_yekutieli)
jitted = {f.__name__: jax.jit(lambda p, v, f=f: f(p, valid=v)) for f in METHODS}
ALL = np.ones(6, bool)


def slow(name, p):
    size, order = len(p), np.argsort(p)
    harmonic = sum(1 / i for i in range(1, size + 1))
    out = np.empty(size)
    for i in range(size):
        if name == "bonferroni":
            value = size * p[order[i]]
        elif name == "holm":
            value = max((size - j) * p[order[j]] for j in range(i + 1))
        else:
            penalty = harmonic if name == "benjamini_yekutieli" else 1
            value = min(size * penalty * p[order[j]] / (j + 1) for j in range(i, size))
        out[order[i]] = min(1, value)
    return out


def test_by_hand(x64):
    np.testing.assert_allclose(jitted["holm"](P, ALL), [0.006, 0.04, 0.08, 0.12, 0.6, 0.6], rtol=1e-12)
    np.testing.assert_allclose(jitted["benjamini_hochberg"](P, ALL), [0.006, 0.024, 0.04, 0.06, 0.36, 0.6], rtol=1e-12)
    expected = [0.0147, 0.0588, 0.098, 0.147, 0.882, 1]
    np.testing.assert_allclose(jitted["benjamini_yekutieli"](P, ALL), expected, rtol=1e-12)


@pytest.mark.parametrize("name", jitted)
@quick
@given(
    p=st.lists(
        st.sampled_from([1e-6, 0.01, 0.02, 0.5, 1.0]) | st.floats(0, 1, allow_subnormal=False), min_size=6, max_size=6
    ),
    valid=st.lists(st.booleans() | st.just(True), min_size=6, max_size=6),
)
def test_adjustments_match_slow_loops(x64, name, p, valid):
    p, valid = np.array(p), np.array(valid)
    got = np.asarray(jitted[name](np.where(valid, p, np.nan), valid))
    np.testing.assert_allclose(got[valid], slow(name, p[valid]), rtol=1e-10)
    assert np.isnan(got[~valid]).all()


def test_thresholds_use_the_whole_harmonic_sum(x64):
    expected = [
        0.0034013605442176874,
        0.006802721088435375,
        0.010204081632653064,
        0.01360544217687075,
        0.017006802721088437,
        0.020408163265306128,
    ]
    got = m.benjamini_yekutieli_thresholds(6)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    partial_sums = [0.00833, 0.01111, 0.01364, 0.01600, 0.01825, 0.02041]  # rl-reliability-metrics
    assert (np.abs(got[:5] - np.array(partial_sums[:5])) > 1e-3).all()


def test_bonferroni_thresholds():
    for size, threshold in ((1, 0.05), (6, 0.00833333)):
        p = np.full(6, 0.5, np.float32)
        p[0] = threshold * 0.9999
        valid = np.arange(6) < size
        assert jitted["bonferroni"](p, valid)[0] <= 0.05
        p[0] = threshold * 1.0001
        assert jitted["bonferroni"](p, valid)[0] > 0.05


def test_an_undefined_comparison_is_left_out(x64):
    """As R's p.adjust leaves out NA."""
    p, without = P.copy(), np.delete(P, 2)
    p[2] = np.nan
    for name, f in jitted.items():
        got = np.asarray(f(p, ALL))
        assert np.isnan(got[2])
        np.testing.assert_allclose(np.delete(got, 2), slow(name, without), rtol=1e-12)


@pytest.mark.parametrize("wrong", [-0.3, 1.2])
@pytest.mark.parametrize("adjust", METHODS)
def test_what_is_no_probability(adjust, wrong):
    p = np.array([0.01, wrong, 0.5], np.float32)
    with pytest.raises(ValueError, match=r"`p` must be in \[0, 1\]"):
        adjust(p)
    here = np.array([True, False, True])
    np.testing.assert_array_equal(np.isnan(jax.jit(adjust)(p)), ~here)
    np.testing.assert_array_equal(jax.jit(adjust)(p), adjust(p, valid=here))


def test_pairs_of_constants(x64):
    """Nothing differs between a and b; two different constants have no test, and do not spoil the others'."""
    rise = np.array([1.0, 2, 3, 4])
    got = m.pairwise({"a": np.ones(4), "b": np.ones(4), "c": rise})
    error = rise.std(ddof=1) / 2
    p, other = (float(2 * stats.t.sf(abs(2.5 - constant) / error, df=3)) for constant in (1, 2))
    np.testing.assert_allclose(got.result.p_value, [1, p, p], rtol=1e-9)
    np.testing.assert_allclose(got.adjusted, [1, 3 * p, 3 * p], rtol=1e-9)
    got = m.pairwise({"a": np.ones(4), "b": np.full(4, 2.0), "c": rise})
    assert list(np.isnan(got.adjusted)) == [True, False, False]
    np.testing.assert_allclose(got.adjusted[1:], slow("holm", np.array([p, other])), rtol=1e-9)


def test_all_pairs_of_algorithms(rng):
    scores = {name: rng.normal(size=n).astype(np.float32) for name, n in (("b", 5), ("a", 7), ("c", 6))}
    got = m.pairwise(scores)
    assert got.pairs == (("a", "b"), ("a", "c"), ("b", "c"))
    expected = np.array([welch_test(scores[x], scores[y]).p_value for x, y in got.pairs])
    np.testing.assert_allclose(got.result.p_value, expected, rtol=1e-6)
    np.testing.assert_allclose(got.adjusted, m.holm(expected), rtol=1e-6)
    other = m.pairwise(scores, mann_whitney, adjust=m.bonferroni)
    np.testing.assert_allclose(other.adjusted, np.minimum(1, 3 * np.asarray(other.result.p_value)), rtol=1e-6)


def test_wrong_structure_is_named():
    with pytest.raises(ValueError, match="at least two algorithms, got 1"):
        m.pairwise({"a": np.ones(3)})
    with pytest.raises(ValueError, match="`m` must be at least 1, got 0"):
        m.benjamini_yekutieli_thresholds(0)
