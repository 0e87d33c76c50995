"""Nothing along any axis, or one or two of it: a result or a sentence, never an error from the depths."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import stats
from tests.laws.collect import all_cases, public_kernels

KEY = jax.random.key(0)
INDEXED = {"interpercentile_range-0", "fraction_of_runs-0", "interval_means-1"}
"""Their cases themselves take an entry that is not there."""


def cut(data, axis: int, size: int):
    at = (slice(None),) * axis + (slice(0, size),)
    return jax.tree.map(lambda leaf: leaf[at] if leaf.ndim > axis else leaf, data)


@pytest.mark.filterwarnings("ignore:`scores` has")
@pytest.mark.parametrize("kernel", sorted(public_kernels()))
def test_little_along_any_axis_is_no_accident(kernel):
    """Seen in the trace, without compiling: only a ValueError in words may come."""
    found = []
    for named in (c for c in all_cases() if c.kernel == kernel):
        data, valid = named.data("float32"), named.valid()
        for axis in range(max(leaf.ndim for leaf in jax.tree.leaves(data))):
            for size in (0, 1, 2):
                mask = valid[:size] if valid is not None and axis == 0 else valid
                try:
                    jax.eval_shape(named.case.call, cut(data, axis, size), mask)
                except (ValueError, IndexError) as error:
                    found.append((named.id, size, str(error)))
    assert all("`" in words or (name in INDEXED and size == 0) for name, size, words in found)


def missing(shape):
    return np.ones(shape, np.float32)


@pytest.mark.parametrize("unit", ["run", "cell", "task+run"])
@pytest.mark.parametrize("statistic", [stats.mean, stats.iqm, lambda x, valid: jnp.where(valid.any(), 1.0, jnp.nan)])
def test_a_bootstrap_of_no_task_is_undefined(unit, statistic):
    found = stats.bootstrap_interval(KEY, statistic, missing((5, 0)), unit=unit, reps=8)
    assert np.isnan([found.estimate, found.low, found.high]).all()


def test_no_task_is_undefined():
    assert np.isnan(stats.permutation_test(KEY, missing((3, 0)), missing((2, 0))).p_value)
    assert np.isnan(stats.rank_distribution(KEY, {"a": missing((3, 0)), "b": missing((2, 0))}, reps=8)["a"]).all()
    assert stats.rank_per_task(missing((2, 3, 0))).shape == (2, 3, 0)


def test_a_band_of_no_time_is_refused_and_one_of_no_run_undefined():
    with pytest.raises(ValueError, match="at least one time"):
        stats.simultaneous_band(KEY, missing((3, 0)))
    with pytest.raises(ValueError, match="at least one point"):
        stats.bootstrap_interval(KEY, stats.pointwise(stats.iqm), missing((3, 0)), unit="run")
    for runs in (0, 1):
        found = stats.simultaneous_band(KEY, missing((runs, 4)), reps=8)
        assert np.isnan(found.low).all()
        assert np.isnan(found.high).all()
