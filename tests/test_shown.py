"""`repr` of results: numbers in a few lines, whatever is in them; what is traced shows shapes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.stats import Interval

ONE = jnp.asarray(5, jnp.int32)


def interval(estimate, low, high, n=10):
    estimate, low, high = (jnp.asarray(part, jnp.float32) for part in (estimate, low, high))
    runs = jnp.asarray(n, jnp.int32)
    return Interval(estimate, low, high, runs, ONE, jnp.float32(0.95), ONE, "scaled", "run", 100, "mean")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((387.72, 386.8, 388.53), "387.72 [386.80, 388.53], n=10"),
        ((387.7, 300.2, 480.9), "388 [300, 481], n=10"),
        ((0.1234, 0.12, 0.13), "0.1234 [0.1200, 0.1300], n=10"),
        ((1234567, 1200000, 1300000), "1,234,567 [1,200,000, 1,300,000], n=10"),
        ((1.5e9, 1.4e9, 1.6e9), "1.5e+09 [1.4e+09, 1.6e+09], n=10"),
        ((2e-7, 1e-7, 3e-7), "2e-07 [1e-07, 3e-07], n=10"),
        ((3, 3, 3), "3 [3, 3], n=10"),
        ((3, np.nan, np.nan), "3, n=10"),
        ((np.nan, np.nan, np.nan), "nan, n=10"),
        ((np.inf, 1, np.inf), "inf [1, inf], n=10"),
        (([1, 2], [0, 1], [2, 3], [3, 5]), "Interval of 2: 1.0 [0.0, 2.0], 2.0 [1.0, 3.0], n=3 to 5"),
        ((np.arange(9), np.arange(9) - 1, np.arange(9) + 1),
         "Interval of 9: 0.0 [-1.0, 1.0], 1.0 [0.0, 2.0], 2.0 [1.0, 3.0], … 8.0 [7.0, 9.0], n=10"),
    ],
)  # fmt: skip
def test_an_interval_is_its_numbers(given, text):
    assert repr(interval(*given)) == text


def test_an_interval_formats_unpacks_and_is_a_number():
    one = interval(387.72, 386.8, 388.53)
    assert f"{one:.1f}" == "387.7 [386.8, 388.5]"
    assert f"{one}" == str(one) == repr(one)
    assert f"{interval([1, 2], [0, 1], [2, 3]):.0f}" == "1 [0, 2], 2 [1, 3]"
    estimate, low, high = one
    assert (float(one), float(estimate), float(low), float(high)) == pytest.approx((387.72, 387.72, 386.8, 388.53))
    with pytest.raises(ValueError, match="Unknown format code"):
        f"{one:s}"


def test_whole_results_are_described(rng):
    run = jv.from_arrays(rng.normal(size=(3, 24)).astype(np.float32))
    analysis = jv.analyze(run, groups=("performance",))
    summary = jv.aggregate(analysis, jax.random.key(0), reps=20)
    for result in (run, analysis, summary):
        assert repr(result) == str(result) == jv.describe(result)
    assert repr(analysis.performance).startswith("Performance(")
    assert repr(run.episodes).splitlines()[0] == "EpisodeSeries("
    assert "valid=72 of 3 x 24 true" in repr(run.episodes)


def test_long_results_end(rng):
    run = jv.from_arrays(rng.normal(size=(60, 3, 8)).astype(np.float32))
    summary = jv.aggregate(jv.analyze(run, groups=("performance",)), jax.random.key(0), reps=20)
    lines = repr(summary).splitlines()
    assert len(lines) == 41
    assert lines[-1].strip().startswith("… and")


def test_what_is_not_there_shows_its_shape(rng):
    run = jv.from_arrays(rng.normal(size=(3, 24)).astype(np.float32))
    shown = []

    @jax.jit
    def trace(one, number):
        shown.extend((repr(one), repr(number), f"{number}"))
        return one

    trace(run, interval(1, 0, 2))
    assert shown[0].startswith("TrainingRun(")
    assert shown[1] == shown[2]
    assert shown[1].startswith("Interval(")
    assert "f32" in shown[1]
    assert "TrainingRun(" in repr(jax.tree.map(lambda _: None, run))
    assert "TrainingRun(" in repr(jax.eval_shape(lambda: run))
    lost = jv.from_arrays(rng.normal(size=(3, 24)).astype(np.float32))
    jax.tree.leaves(lost)[0].delete()
    assert repr(lost).startswith("TrainingRun(")
