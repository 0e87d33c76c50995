"""A whole vmapped run in a real store: the parent, its configurations and its seeds."""

import itertools
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import jaxviz as jv
from jaxviz.host import load_metadata
from jaxviz.tracking import MLflowLogger
from jaxviz.tracking.logger import _columns
from tests.known import known
from tests.marks import exhaustive

PARAMETERS = [{"lr": 0.1, "net": {"width": 8}}, {"lr": 0.2, "net": {"width": 8}}]


@pytest.fixture(scope="module")
def run():
    rng = np.random.default_rng(0)
    returns = np.linspace(0, 10, 60) + rng.normal(0, 1, (2, 3, 60))
    valid = np.ones(returns.shape, bool)
    valid[0, 1, 30:] = False
    losses = {"kl": rng.random((2, 3, 9)), "value": rng.random((2, 3, 9))}
    for values in losses.values():
        values[1, 2, 8] = np.nan  # a loss that diverged is data
    lengths = np.full(returns.shape, 5)
    return jv.from_arrays(returns, lengths=lengths, losses=losses, valid=valid)


@pytest.fixture(scope="module")
def logged(local, run):
    for name in ("final", "full"):
        with MLflowLogger(name, local.uri, quiet=True) as logger:
            logger.start_run("parent")
            logger.log_run(
                run, window=10, target=8.0, parameters=PARAMETERS, per_seed=name, figures=False, report=name == "final"
            )
    return {name: local.runs(name) for name in ("final", "full")}


def seeds_of(runs, configuration):
    parent = runs[configuration].info.run_id
    return [run for run in runs.values() if run.data.tags.get("mlflow.parentRunId") == parent]


def test_configurations_have_their_parameters_and_seeds(local, logged):
    for runs in logged.values():
        labels = [_columns.label(one) for one in PARAMETERS]
        assert {run.info.status for run in runs.values()} == {"FINISHED"}
        for label, lr in zip(labels, ("0.1", "0.2"), strict=True):
            assert runs[label].data.params == {"lr": lr, "net/width": "8"}
            seeds = seeds_of(runs, label)
            assert {seed.data.params["seed"] for seed in seeds} == {"0", "1", "2"}
            assert {seed.data.params["lr"] for seed in seeds} == {lr}
        assert len(runs) == 1 + 2 + 6
    assert local.artifacts(logged["final"]["parent"]) == {"run.npz", "report.html"}


def test_the_data_and_the_page_know_the_parameters(local, logged, tmp_path):
    parent = logged["final"]["parent"]

    def fetch(name):
        return local.client.download_artifacts(parent.info.run_id, name, str(tmp_path))

    saved = load_metadata(fetch("run.npz"))
    assert saved["parameters"] == [{"lr": 0.1, "net/width": 8}, {"lr": 0.2, "net/width": 8}]
    assert "Sensitivity to a hyper-parameter" in Path(fetch("report.html")).read_text(encoding="utf-8")
    metrics = logged["final"][_columns.label(PARAMETERS[0])].data.metrics
    assert any(name.startswith("diagnostics/") for name in metrics)


def test_the_parent_shows_its_best_configuration(local, logged, run):
    runs = logged["final"]
    estimates = {label: r.data.metrics.get("performance/final/estimate") for label, r in runs.items()}
    labels = [_columns.label(one) for one in PARAMETERS]
    best = max(labels, key=lambda label: estimates[label])
    parent = runs["parent"]
    assert parent.data.tags["jaxviz.best_configuration"] == best
    assert estimates["parent"] == estimates[best]
    assert local.history(parent, "return/iqm") == local.history(runs[best], "return/iqm")


def test_final_values_are_those_of_the_analysis(local, logged, run):
    analysis = jv.analyze(run, windows=(10,), target=8.0)
    for runs in logged.values():
        found = seeds_of(runs, _columns.label(PARAMETERS[1]))
        for seed in found:
            i = int(seed.data.params["seed"])
            metrics = seed.data.metrics
            assert metrics["performance/final"] == pytest.approx(float(known(analysis.performance).final[1, i]))
            assert metrics["diverged/returns"] == 0.0
            assert ("return" in metrics) == (runs is logged["full"])


def test_all_points_of_a_seed_come_where_they_are_defined(local, logged, run):
    (cut,) = [s for s in seeds_of(logged["full"], _columns.label(PARAMETERS[0])) if s.data.params["seed"] == "1"]
    points = local.history(cut, "return")
    assert [step for step, _ in points] == list(range(3, 150, 6))  # centres of 25 intervals
    returns, edges = np.asarray(run.episodes.returns)[0, 1, :30], np.arange(26) * 6 // 5  # episodes of 5 steps
    means = [returns[low:high].mean() for low, high in itertools.pairwise(edges)]
    np.testing.assert_allclose([value for _, value in points], means, rtol=1e-5)
    assert local.history(cut, "performance/final")[0][0] == 150
    values = np.asarray(run.losses.values["kl"])[0, 1]
    assert [v for _, v in local.history(cut, "loss/kl")] == pytest.approx(values.tolist())


def test_a_diverged_loss_is_a_point(local, logged):
    seeds = seeds_of(logged["full"], _columns.label(PARAMETERS[1]))
    (diverged,) = [seed for seed in seeds if seed.data.params["seed"] == "2"]
    assert len(local.history(diverged, "loss/kl")) == 9


def test_one_configuration_stays_with_the_run_itself(local, run):
    with MLflowLogger("one", local.uri, quiet=True) as logger:
        logger.start_run("parent")
        analysis = jv.analyze(run[0], windows=(10,), groups=("windows", "performance"))
        logger.log_analysis(analysis, parameters=PARAMETERS[:1], per_seed="final")
    runs = local.runs("one")
    assert set(runs) == {"parent", "seed 0", "seed 1", "seed 2"}
    assert {"return/iqm", "return/low", "return/high", "return/n"} <= set(runs["parent"].data.metrics)
    assert runs["parent"].data.params["lr"] == "0.1"


@pytest.fixture
def counted(monkeypatch):
    """How often an Analysis and an Aggregate are made and a figure is drawn, wherever in the package."""
    counts = Counter()

    def counting(name, function):
        def call(*args, **options):
            counts[name] += 1
            return function(*args, **options)

        return call

    for name in ("analyze", "aggregate"):
        function = getattr(jv, name)
        for module in [m for n, m in sys.modules.items() if n.startswith("jaxviz")]:
            for own in [own for own, value in vars(module).items() if value is function]:
                monkeypatch.setattr(module, own, counting(name, function))
    monkeypatch.setattr(Figure, "__init__", counting("figure", Figure.__init__))
    return counts


def test_a_run_is_analysed_once_and_each_figure_is_drawn_once(local, run, counted, tmp_path):
    with MLflowLogger("counted", local.uri, quiet=True) as logger:
        logger.start_run("r")
        logger.log_run(run, window=10, target=8.0, parameters=PARAMETERS, per_seed="full")
    parent = local.runs("counted")["r"]
    pictures = local.artifacts(parent, "figures")
    assert len(pictures) >= 6
    assert counted == {"analyze": 1, "aggregate": 1, "figure": len(pictures)}
    page = Path(local.client.download_artifacts(parent.info.run_id, "report.html", str(tmp_path)))
    assert page.read_text(encoding="utf-8").count("data:image/svg+xml") == len(pictures)


@pytest.mark.parametrize(
    "call",
    [
        exhaustive(lambda logger, run: logger.log_run(run, figures=False, report=False)),
        exhaustive(lambda logger, run: logger.log_run(run[0, 0], report=False)),
        exhaustive(lambda logger, run: logger.create_dashboard_data(run)),
        exhaustive(lambda logger, run: logger.create_performance_report(run)),
        # Of the shape and with the settings of test_figure_methods.py, which compiled it.
        lambda logger, run: logger.log_comprehensive_analysis(
            {"rewards": run.episodes.returns}, window=20, target=8.0, figures=False
        ),
    ],
)
def test_whatever_is_logged_is_analysed_once(local, run, counted, call):
    with MLflowLogger("counted once", local.uri, quiet=True) as logger:
        logger.start_run("r")
        call(logger, run)
    assert (counted["analyze"], counted["aggregate"]) == (1, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda logger, run: logger.log_run(run, per_seed="all"), "`per_seed` must be None, 'final' or 'full'"),
        (lambda logger, run: logger.log_run(run, parameters=[{"lr": 1}], labels=["a", "b"]), "`parameters` must have"),
        (lambda logger, run: logger.log_run(run, labels=["a"]), "`labels` must name each of the 2"),
    ],
)
def test_wrong_arguments_are_named(local, run, call, message):
    with MLflowLogger("wrong", local.uri, quiet=True) as logger, pytest.raises(ValueError, match=message):
        call(logger, run)


def test_a_run_that_cannot_be_drawn_has_its_numbers(local):
    with MLflowLogger("undrawable", local.uri, quiet=True) as logger:
        logger.start_run("r")
        with pytest.raises(ValueError, match="there is no episode to draw"):
            logger.log_run(jv.from_arrays(np.zeros((3, 0))))
    assert local.runs("undrawable")["r"].data.metrics["runs"] == 3


def test_steps_beyond_32_bits_arrive(local):
    step = np.arange(1, 5) * 5_000_000_001
    run = jv.from_curves(np.arange(8.0).reshape(2, 4), step=step)
    analysis = jv.analyze(run, windows=(1,), groups=("windows", "performance", "convergence"))
    with MLflowLogger("many steps", local.uri, quiet=True) as logger:
        logger.start_run("parent")
        logger.log_analysis(analysis, per_seed="full")
        logger.log_training_metrics({"loss": 1.0}, int(known(analysis.curve.step)[0, -1]))
    runs = local.runs("many steps")
    assert [at for at, _ in local.history(runs["parent"], "return/iqm")] == step.tolist()
    assert [at for at, _ in local.history(runs["seed 1"], "return")] == step.tolist()
    assert local.history(runs["parent"], "loss") == [(int(step[-1]), 1.0)]


def test_of_costs_the_lowest_is_the_best(local):
    """And they have their own name."""
    cost = np.linspace(9, 1, 40) * np.array([1.0, 0.5, 2.0])[:, None, None] + np.zeros((3, 4, 40))
    with MLflowLogger("costs", local.uri, quiet=True) as logger:
        logger.start_run("parent")
        analysis = jv.analyze(jv.from_curves(cost, name="cost", minimize=True), groups=("performance",))
        logger.log_analysis(analysis, labels=["a", "b", "c"], per_seed="full")
    runs = local.runs("costs")
    assert runs["parent"].data.tags["jaxviz.best_configuration"] == "b"
    assert [value for _, value in local.history(runs["parent"], "cost/iqm")] == pytest.approx(cost[1, 0].tolist())
    assert [value for _, value in local.history(runs["c seed 1"], "cost")] == pytest.approx(cost[2, 1].tolist())
    assert "return" not in runs["c seed 1"].data.metrics
