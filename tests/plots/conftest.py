"""One batch of runs for all figure tests, analysed once: another batch of the same shape does not compile again."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import analyze, from_arrays
from jaxviz._run import PolicySample, PolicySeries
from jaxviz.analysis import DEFAULT_GROUPS
from jaxviz.view import from_analysis

from .drawn import points, vertices

CONFIGURATIONS, RUNS, EPISODES, WINDOW, TARGET = 2, 4, 40, 10, 300.0
LABELS = ("slow", "fast")


def returns(seed=0):
    """Two configurations that learn, the second one faster."""
    rng = np.random.default_rng(seed)
    level = np.linspace(0, 1, EPISODES) * np.array([250.0, 500.0])[:, None, None]
    return (level + rng.normal(0, 20, (CONFIGURATIONS, RUNS, EPISODES))).astype(np.float32)


@pytest.fixture(scope="session")
def run():
    """Two configurations of four runs with everything a run can hold."""
    rng = np.random.default_rng(1)
    batch = (CONFIGURATIONS, RUNS)
    probs = rng.dirichlet(np.ones(3), (*batch, 5)).astype(np.float32)
    made = from_arrays(
        returns(),
        lengths=rng.integers(20, 60, (*batch, EPISODES)),
        losses={name: rng.normal(size=(*batch, 6)) for name in ("approx_kl", "grad_norm", "value_loss")},
        evaluation_returns=rng.normal(100, 5, (*batch, 3, 2)),
        action_probs=probs,
        observations=rng.normal(size=(*batch, 5, 4)),
    )
    return dataclasses.replace(made, policies=PolicySeries(policies(batch), None))


def policies(batch):
    """A policy at three updates."""
    probs = np.random.default_rng(2).dirichlet(np.ones(3), (*batch, 3, 5)).astype(np.float32)
    return PolicySample(jnp.asarray(probs), None)


@pytest.fixture(scope="session")
def view(run):
    """The run, analysed with all that figures draw, and aggregated."""
    return made(run)


@pytest.fixture
def of(run):
    """A view of other returns, which compiles nothing."""
    return lambda values, **options: made(eqx.tree_at(lambda r: r.episodes.returns, run, values), **options)


def made(run, **options):
    """The view of a run of the shape of `run`: another one does not compile again."""
    return from_analysis(analyzed(run), run, LABELS, target=TARGET, **options)


def analyzed(run):
    """The Analysis of a run with all that figures draw."""
    return analyze(run, windows=(WINDOW,), target=TARGET, groups=(*DEFAULT_GROUPS, "reliability", "change_points"))


@pytest.fixture(scope="session")
def seeds(view):
    """Only the second configuration: four runs."""
    return part(view, slice(1, 2), slice(None))


@pytest.fixture(scope="session")
def alone(view):
    """A single run."""
    return part(view, slice(1, 2), slice(2, 3))


def part(view, configurations, runs):
    """Some configurations and runs of a view; one run each has no aggregate."""
    labels = view.labels[configurations]
    analysis = dataclasses.replace(view.analysis[configurations, runs], target=None)
    count = analysis.diverged.returns.shape[1]
    summary = view.summary[configurations] if count > 1 else None
    raw = view.run[configurations, runs]
    names = labels if len(labels) > 1 else ("all runs",)
    return dataclasses.replace(view, analysis=analysis, summary=summary, run=raw, labels=names, runs=count)


def interval_means(values, steps, *, budget, intervals=25):
    """Centres and means of the episodes that ended in equal intervals of (0, budget], and which hold any."""
    edges = np.arange(intervals + 1) * budget // intervals
    place = np.searchsorted(edges, steps) - 1
    means = [values[place == i].mean() if (place == i).any() else np.nan for i in range(intervals)]
    return (edges[:-1] + edges[1:] + 1) // 2, np.array(means), np.bincount(place, minlength=intervals) > 0


def panel(figure, title):
    """The axes with this title."""
    found = [ax for ax in figure.axes if ax.get_title(loc="left") == title]
    assert len(found) == 1, f"{title!r} not in {[ax.get_title(loc='left') for ax in figure.axes]}"
    return found[0]


def main_lines(ax):
    """x and y of the lines that stand for a configuration, in their order."""
    return [points(line).T for line in ax.lines if line.get_zorder() == 3 and line.get_linewidth() > 1]


def run_lines(ax):
    """x and y of the thin lines of single runs."""
    return [points(line).T for line in ax.lines if line.get_zorder() == 1.5]


def assert_band(collection, x, low, high):
    """A filled band has these edges, where they are numbers; they have no inner gaps."""
    finite = ~np.isnan(low)
    (path,) = collection.get_paths()
    drawn_x, drawn_y = vertices(path).T
    n = finite.sum()
    np.testing.assert_allclose(drawn_x[1 : n + 1], x[finite])
    np.testing.assert_allclose(drawn_y[1 : n + 1], low[finite], rtol=1e-6)
    np.testing.assert_allclose(drawn_y[n + 2 : -1][::-1], high[finite], rtol=1e-6)


def texts(ax):
    """Everything written in a panel."""
    return [text.get_text() for text in ax.texts]


def windows_at(step, values, at):
    """Trailing means [run, entry] at the last episode that each run has ended by a step [point]: [run, point]."""
    index = np.stack([np.searchsorted(steps, at, side="right") - 1 for steps in step])
    found = np.take_along_axis(values, np.maximum(index - (WINDOW - 1), 0), axis=1)
    return np.where((index >= WINDOW - 1) & (at <= step[:, -1:]), found, np.nan)
