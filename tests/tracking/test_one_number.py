"""The same run in words, in a figure, on a page and in MLflow: one number under one name, which is NumPy's."""

import re
from typing import NamedTuple

import jax
import numpy as np
import pytest
import scipy.stats

import jaxviz as jv
from jaxviz import plots, report
from jaxviz.tracking import MLflowLogger
from tests.report.test_page import Page

NAME = "final return"
SEEDS, EPISODES = 6, 300


class Expected(NamedTuple):
    """Of every seed, and over them."""

    run: jv.TrainingRun
    target: float
    final: np.ndarray
    estimate: float
    solved: int


@pytest.fixture(scope="module")
def expected():
    """Seeds that rise to levels of their own; the target is met by three, though not by their best hundred episodes."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 16, (SEEDS, EPISODES))
    returns = np.linspace(0, 1, EPISODES) * np.linspace(6, 11, SEEDS)[:, None] + rng.normal(0, 1, (SEEDS, EPISODES))
    step = lengths.cumsum(-1)
    late = step > step[:, -1:] * 9 // 10
    final = np.array([returns[i, late[i]].mean() for i in range(SEEDS)])
    assert (late.sum(-1) > 10).all()
    target = float(np.median(final))
    assert (returns[:, -100:].mean(-1) >= target).sum() < 3
    run = jv.from_arrays(returns, lengths=lengths)
    return Expected(run, target, final, float(scipy.stats.trim_mean(final, 0.25)), 3)


def test_in_words(expected):
    summary = jv.aggregate(jv.analyze(expected.run, target=expected.target), jax.random.key(0))
    _, header, row, *_ = jv.describe(summary).splitlines()
    place = header.index(NAME)
    assert row[place:].startswith(f"{expected.estimate:.4g} [")
    assert f"{expected.solved} of {SEEDS}" in row


def test_in_a_figure(expected):
    figure = plots.plot_training_curves(expected.run, target=expected.target)
    (strip,) = [ax for ax in figure.axes if ax.get_title(loc="left") == NAME.capitalize()]
    (dots,) = [line for line in strip.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(np.asarray(dots.get_ydata()), expected.final, rtol=1e-5)
    estimates = [np.asarray(line.get_ydata())[0] for line in strip.lines if line.get_color() == "0.1"]
    assert estimates[0] == pytest.approx(expected.estimate, rel=1e-5)
    assert [tick.get_text() for tick in strip.get_xticklabels()] == [f"{expected.solved}/{SEEDS}"]


def test_on_a_page(expected, tmp_path):
    written = report.write(expected.run, tmp_path / "page.html", target=expected.target)
    page = Page(written.read_text(encoding="utf-8"))
    for name, table, values in zip(
        ("configurations", "seeds"), page.tables, ([expected.estimate], expected.final), strict=True
    ):
        place = page.links[f"{name}.csv"].splitlines()[0].split(",").index(NAME)
        assert [float(row[place][0]) for row in table[1:]] == pytest.approx(list(values), rel=1e-5)
    assert re.search(rf"The {NAME} of a run is its mean over the last tenth of training", written.read_text("utf-8"))


def test_in_mlflow(expected, local):
    with MLflowLogger("one number", local.uri, quiet=True) as logger:
        logger.start_run("parent")
        logger.log_run(expected.run, target=expected.target, per_seed="final", figures=False, report=False)
    runs = local.runs("one number")
    seeds = [runs[f"seed {i}"].data.metrics["performance/final"] for i in range(SEEDS)]
    assert seeds == pytest.approx(expected.final.tolist(), rel=1e-5)
    metrics = runs["parent"].data.metrics
    assert metrics["performance/final/estimate"] == pytest.approx(expected.estimate, rel=1e-5)
    assert metrics["performance/solved/estimate"] == pytest.approx(expected.solved / SEEDS)
