"""Extremes of batches: XLA's reductions on the CPU lose NaN in batches of 32 rows and more."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import _masked
from jaxviz.stats import max_drawdown


@pytest.mark.parametrize(
    "statistic", [_masked.maximum, _masked.minimum, lambda x, present: max_drawdown(x, valid=present)]
)
def test_a_run_that_diverged_is_undefined_in_a_batch_too(statistic):
    x = jnp.tile(jnp.arange(160.0), (40, 1)).at[3, 70:].set(jnp.nan)
    rows = np.asarray(jax.jit(jax.vmap(lambda r: statistic(r, jnp.ones(160, bool))))(x))
    assert np.isnan(rows[3])
    assert np.isfinite(np.delete(rows, 3)).all()
