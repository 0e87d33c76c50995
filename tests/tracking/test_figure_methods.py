"""The logger's methods that draw or sum up: what they leave in a real store."""

import functools
import itertools
import json

import jax
import numpy as np
import pytest
import scipy.stats

import jaxviz as jv
from jaxviz.tracking import MLflowLogger
from jaxviz.tracking.logger._columns import MOST_POINTS
from tests.known import known


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return {
        "rewards": np.linspace(0, 10, 60) + rng.normal(0, 1, (2, 3, 60)),
        "lengths": np.full((2, 3, 60), 5),
        "losses": {"policy": np.linspace(1, 0, 9), "value": {"a": np.ones(9)}},
        "probs": rng.dirichlet(np.ones(3), 40),
    }


@pytest.fixture(scope="module")
def logged(local, data):
    """Every method called once, on one run."""
    with MLflowLogger("drawn", local.uri, quiet=True) as logger:
        logger.start_run("all")
        one = data["rewards"][0, 0]
        logger.log_training_curves(one, data["losses"], target=8.0)
        logger.log_advanced_learning_curves(one, data["losses"], one[:10])
        logger.log_training_stability(data["rewards"][0], 20)
        logger.log_episode_progress(one, data["lengths"][0, 0], step=300, window=10)
        logger.log_loss_curves(data["losses"], step=8)
        logger.log_policy_distribution(data["probs"], step=300)
        logger.log_policy_distribution(mean=np.zeros((20, 2)), log_std=np.log([0.5, 2.0]), step=400)
        logger.log_hyperparameter_comparison({"lr=0.1": data["rewards"][0, :, -1], "lr=0.2": data["rewards"][1, :, -1]})
        logger.log_evaluation_metrics({"return": 3.0, "eval/length": 4}, step=300)
        returned = logger.create_dashboard_data({"rewards": data["rewards"]}, window=20, target=8.0, labels=["a", "b"])
        words = logger.create_performance_report(
            jv.from_arrays(data["rewards"]), window=20, target=8.0, labels=["a", "b"]
        )
    return local.runs("drawn")["all"], returned, words


def test_every_figure_is_there(local, logged):
    names = ["training_curves", "advanced_learning_curves", "training_stability", "hyperparameter_comparison"]
    names += ["episode_progress_300", "loss_curves_8", "policy_distribution_300", "policy_distribution_400"]
    assert local.artifacts(logged[0], "figures") == {f"figures/{name}.png" for name in names}


def test_losses_and_policies_are_numbers_too(local, logged, data):
    run = logged[0]
    assert local.history(run, "loss/policy") == list(enumerate(data["losses"]["policy"]))
    assert local.history(run, "loss/value/a") == [(i, 1.0) for i in range(9)]
    entropy = -(data["probs"] * np.log(data["probs"])).sum(1)
    (step, categorical), (later, gaussian) = local.history(run, "policy/entropy/mean")
    assert (step, later) == (300, 400)
    assert categorical == pytest.approx(entropy.mean(), rel=1e-5)
    assert gaussian == pytest.approx(np.log(2 * np.pi * np.e), rel=1e-5)
    assert run.data.metrics["policy/confidence/max"] == pytest.approx(data["probs"].max(), rel=1e-5)
    assert (run.data.metrics["eval/return"], run.data.metrics["eval/length"]) == (3.0, 4.0)


def test_dashboard_data_and_report_are_the_aggregates(local, logged, data, tmp_path):
    run, returned, words = logged
    analysis = jv.analyze(jv.from_arrays(data["rewards"]), windows=(20,), target=8.0)
    expected = jv.aggregate(analysis, jax.random.key(0), most_updates=MOST_POINTS)
    numbers = returned["configurations"]["b"]["numbers"]
    assert numbers["performance/final/estimate"] == pytest.approx(float(known(expected.performance).final.estimate[1]))
    curve = returned["configurations"]["a"]["curves"]["return/iqm"]
    assert len(curve["step"]) == len(curve["value"]) > 1
    path = local.client.download_artifacts(run.info.run_id, "dashboard.json", str(tmp_path))
    with open(path) as file:
        assert json.load(file) == returned
    path = local.client.download_artifacts(run.info.run_id, "performance_report.md", str(tmp_path))
    with open(path, encoding="utf-8") as file:
        assert file.read() == words
    assert jv.describe(expected, labels=["a", "b"]) in words


def test_dashboard_data_are_those_of_numpy(logged, data):
    _, returned, _ = logged
    over_seeds = functools.partial(scipy.stats.trim_mean, proportiontocut=0.25, axis=0)
    for i, one in enumerate(returned["configurations"].values()):
        rewards, numbers = data["rewards"][i], one["numbers"]
        rolling = np.lib.stride_tricks.sliding_window_view(rewards, 20, axis=-1).mean(-1)
        expected = {
            "performance/final": rewards[:, -10:].mean(-1),  # a tenth would be six, and ten are the fewest
            "performance/last_window": rolling[:, -1],
            "performance/best": rolling.max(-1),
            "episodes/mean_return": rewards.mean(-1),
        }
        for name, values in expected.items():
            assert numbers[f"{name}/estimate"] == pytest.approx(over_seeds(values), rel=1e-5)
        assert numbers["performance/solved/estimate"] == pytest.approx((rewards[:, -10:].mean(-1) >= 8.0).mean())
        curve = one["curves"]["return/iqm"]
        edges = np.arange(26) * 60 // 25
        intervals = [over_seeds(rewards[:, low:high].mean(-1)) for low, high in itertools.pairwise(edges)]
        np.testing.assert_allclose(curve["value"], intervals, rtol=1e-5)
        assert curve["step"] == [low + (high - low + 1) // 2 - 1 for low, high in itertools.pairwise(edges.tolist())]


def test_many_runs_of_losses_are_drawn_not_flattened(local):
    with MLflowLogger("many losses", local.uri, quiet=True) as logger:
        logger.start_run("r")
        logger.log_loss_curves({"kl": np.ones((4, 9))})
        with pytest.raises(ValueError, match="`action_probs` must be"):
            logger.log_policy_distribution(np.ones(3))
    run = local.runs("many losses")["r"]
    assert not run.data.metrics
    assert local.artifacts(run, "figures") == {"figures/loss_curves.png"}


def test_a_figure_of_ones_own_under_a_hostile_name(local, data):
    figure = jv.plots.plot_training_curves(data["rewards"][0, 0])
    with MLflowLogger("own", local.uri, quiet=True) as logger:
        logger.start_run("r")
        logger.log_figure(figure, "../../<b>mine</b>.svg", folder="../up")
    assert local.artifacts(local.runs("own")["r"], "up") == {"up/_..__b_mine__b_.svg"}
