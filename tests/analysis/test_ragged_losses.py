"""Losses of runs of different lengths: what is beyond the end of a run is no data."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxviz import aggregate, analyze, load_run, save_run
from jaxviz._run import EpisodeSeries, LossSeries, TrainingRun
from jaxviz.tracking.logger._seed_columns import seeds
from jaxviz.view import make_view
from jaxviz.view._series import loss_curve
from tests.known import known


def run(padding=np.nan, dtype=np.float32):
    """Two runs of 20 and 10 updates; the entropy of the second falls to 0 halfway."""
    valid = np.arange(20) < np.array([[20], [10]])
    loss = np.where(valid, np.stack([np.arange(20.0), np.arange(20.0) + 100]), padding).astype(dtype)
    entropy = np.where(valid, np.array([[1.0] * 20, [1.0] * 5 + [0.0] * 15]), padding).astype(dtype)
    step = np.where(valid, np.arange(1, 21) * 100, 0)
    episodes = EpisodeSeries(
        returns=jnp.ones((2, 4)),
        lengths=None,
        step=None,
        valid=jnp.ones((2, 4), bool),
        count=jnp.full(2, 4),
        overflow=jnp.zeros(2, bool),
    )
    values = {"loss": jnp.asarray(loss), "entropy": jnp.asarray(entropy)}
    return TrainingRun(episodes=episodes, losses=LossSeries(values, jnp.asarray(step), jnp.asarray(valid)))


def test_the_last_tenth_is_of_the_runs_own_updates():
    diagnostics = known(analyze(run()).diagnostics)
    np.testing.assert_allclose(diagnostics.final["loss"], [18.5, 109.0])


def test_padding_is_not_divergence_and_changes_nothing():
    kept, other = analyze(run()), analyze(run(1e9))
    assert not np.any(known(kept.diverged.losses)["loss"])
    for a, b in zip(jax.tree.leaves(kept.diagnostics), jax.tree.leaves(other.diagnostics), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_mean_over_runs_is_of_the_runs_that_are_there():
    curve = known(aggregate(analyze(run()), jax.random.key(0)).losses)["loss"]
    np.testing.assert_allclose(curve.mean[:10], np.arange(10) + 50)
    np.testing.assert_array_equal(curve.count, [2] * 10 + [1] * 10)
    np.testing.assert_array_equal(curve.step, np.arange(1, 21) * 100)


def test_lines_and_points_end_where_the_run_ends():
    x, y = loss_curve(make_view(run()), "loss").run(0, 1)
    np.testing.assert_array_equal(x, np.arange(1, 11) * 100)
    np.testing.assert_array_equal(y, np.arange(10) + 100)
    *_, losses = seeds(analyze(run())).curves((1,))
    assert len(losses.steps) == 10


def test_they_are_saved(tmp_path):
    again = load_run(save_run(tmp_path / "run", run(1e9)))
    np.testing.assert_array_equal(known(known(again.losses).valid), known(known(run(1e9).losses).valid))
