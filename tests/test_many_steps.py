"""A run of 10¹⁰ environment steps from its data to numbers, words, axes and streams: no step wraps or is rounded."""

import io
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rich.console import Console

import jaxviz as jv
from jaxviz import live
from jaxviz.plots import plot_training_curves
from tests.known import known

UPDATES = 20
UNIT = 500_000_123
STEP = np.arange(1, UPDATES + 1) * UNIT
"""Beyond 2³¹ from the fifth on, and not whole in float32."""
RETURNS = np.stack([np.linspace(0, 100, UPDATES), np.linspace(0, 50, UPDATES)])


@pytest.fixture(scope="module")
def run():
    return jv.from_curves(RETURNS, step=STEP, losses={"entropy": RETURNS[:, ::-1]})


@pytest.fixture(scope="module")
def analysis(run):
    return jv.analyze(run, target=60.0, windows=(1,))


@pytest.fixture(scope="module")
def summary(analysis):
    return jv.aggregate(analysis, jax.random.key(0), reps=50)


def test_the_curve_and_the_losses_are_at_their_steps(analysis):
    np.testing.assert_array_equal(analysis.curve.step, np.stack([STEP, STEP]))
    np.testing.assert_array_equal(known(analysis.losses).step, np.stack([STEP, STEP]))


def test_crossings_are_exact(analysis):
    convergence = known(analysis.convergence)
    first = int(np.argmax(RETURNS[0] >= 60))
    np.testing.assert_array_equal(known(convergence.crossing).step, [STEP[first], STEP[-1]])
    np.testing.assert_array_equal(known(convergence.crossing).reached, [True, False])
    np.testing.assert_array_equal(convergence.last_step, [STEP[-1], STEP[-1]])


def test_a_batch_in_parts_is_the_same(run, analysis):
    one = jv.analyze(run[0], target=60.0, windows=(1,))
    np.testing.assert_array_equal(one.curve.step, STEP)
    assert int(known(known(one.convergence).crossing).step) == int(known(analysis.convergence.crossing).step[0])


def test_means_over_runs(summary):
    np.testing.assert_array_equal(summary.curve.step, STEP)
    crossing = known(summary.crossing)
    first = STEP[int(np.argmax(RETURNS[0] >= 60))]
    assert float(crossing.restricted_mean.estimate) == pytest.approx((first + STEP[-1]) / 2, rel=1e-6)


def test_words(summary, run):
    assert "-" not in jv.describe(run).replace("run-", "")
    assert f"to step {STEP[-1]:,}" in jv.describe(run)
    assert not re.search(r"[-−]\d[\d,]{6,}", jv.describe(summary))


def test_figures_run_forwards(analysis):
    figure = plot_training_curves(analysis)
    drawn = [np.asarray(line.get_xdata(), np.float64) for ax in figure.axes for line in ax.lines]
    lines = [x for x in drawn if x.shape == (UPDATES,)]
    assert lines
    for x in lines:
        np.testing.assert_array_equal(x, STEP)


def test_a_bar_and_a_sink_over_ten_thousand_million_steps():
    seen, screen = [], io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)

    @jax.jit
    def train():
        return jax.lax.scan(lambda c, i: (c, live.report(i, {"return": jnp.float32(1)})), 0, jnp.arange(UPDATES))

    with live.watch(
        UPDATES, steps_per_update=UNIT, sink=lambda metrics, step: seen.append(step), hz=1e6, console=console
    ):
        jax.block_until_ready(train())
    assert seen[-1] == STEP[-1]
    assert set(seen) <= set(STEP.tolist())
    assert "100%" in screen.getvalue()


def test_a_saved_run_is_analysed_alike(tmp_path, run, analysis):
    loaded = jv.load_run(jv.save_run(tmp_path / "run", run))
    again = jv.analyze(loaded, target=60.0, windows=(1,))
    np.testing.assert_array_equal(known(known(again.convergence).crossing).step, analysis.convergence.crossing.step)
