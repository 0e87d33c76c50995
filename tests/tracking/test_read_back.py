"""What was logged, by jaxviz or by plain MLflow, comes back as a TrainingRun."""

import numpy as np
import pytest

import jaxviz as jv
from jaxviz.tracking import MLflowLogger, load_model
from tests.known import known

RATES = ("0.1", "0.02")
RETURNS = np.random.default_rng(0).normal(size=(2, 3, 25))
COUNT = 1200


@pytest.fixture(scope="module")
def experiment(local):
    """Two learning rates, three runs of each, logged with plain MLflow, and a run that logged nothing."""
    from mlflow.entities import Metric

    client = local.client
    name = client.create_experiment("plain", artifact_location=local.store.artifact_location("plain"))
    for i, rate in enumerate(RATES):
        for j in range(3):
            run = client.create_run(name, start_time=1000 * (3 * i + j + 1)).info.run_id
            client.log_param(run, "lr", rate)
            points = RETURNS[i, j, : 25 - j]
            client.log_batch(run, [Metric("return", v, 10 + k, 100 * (k + 1)) for k, v in enumerate(points)][::-1])
            client.log_batch(run, [Metric("kl", 0.1 * k, 10, 100 * k) for k in range(4)])
    client.create_run(name)
    return "plain"


def test_hyperparameters_become_axes(local, experiment):
    found = jv.from_mlflow(experiment, "return", losses=["kl"], parameters=["lr"], tracking_uri=local.uri)
    assert found.parameters == {"lr": ("0.02", "0.1")}
    assert found.run.batch_shape == (2, 3)
    assert len(found.left_out) == 1
    assert [len(ids) for ids in found.run_ids] == [3, 3]
    for i, rate in enumerate(found.parameters["lr"]):
        for j in range(3):
            expected = RETURNS[RATES.index(rate), j, : 25 - j]
            one = known(found.run.episodes)[i, j]
            np.testing.assert_allclose(one.returns[one.valid], expected, rtol=1e-6)
            np.testing.assert_array_equal(known(one.step)[one.valid], 100 * np.arange(1, 26 - j))
    np.testing.assert_allclose(known(found.run.losses).values["kl"][1, 2], [0, 0.1, 0.2, 0.3], rtol=1e-6)
    np.testing.assert_array_equal(known(known(found.run.losses).step)[0, 0], [0, 100, 200, 300])
    analysis = jv.analyze(found.run, windows=(5,), target=0.0)
    assert np.isfinite(known(analysis.performance).final).all()


def test_what_the_logger_wrote_comes_back_whole(local):
    returns = np.random.default_rng(1).normal(size=COUNT)
    with MLflowLogger("read back", local.uri, quiet=True) as logger:
        logger.start_run("r")
        logger.log_episode_data(returns)
        run_id = known(logger.run_id)
    found = jv.from_mlflow([run_id], tracking_uri=local.uri)
    assert found.run_ids == [run_id]
    np.testing.assert_allclose(known(found.run.episodes).returns[0], returns, rtol=1e-6)


def test_one_name_is_a_list_of_one(local, experiment):
    found = jv.from_mlflow(experiment, "return", losses="kl", parameters="lr", tracking_uri=local.uri)
    assert list(known(found.run.losses).values) == ["kl"]
    assert list(found.parameters) == ["lr"]
    one = jv.from_mlflow(found.run_ids[0][0], "return", tracking_uri=local.uri)
    assert one.run_ids == [found.run_ids[0][0]]


def test_a_store_that_is_away_is_said_at_once():
    uri = "http://127.0.0.1:9"
    for read in (jv.from_mlflow, lambda name, **options: load_model(f"models:/{name}", {}, **options)):
        with pytest.raises(ConnectionError, match=f"MLflow at {uri} cannot be read now"):
            read("anything", tracking_uri=uri)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "nowhere"}, "there is no experiment 'nowhere'"),
        ({"source": ["f" * 32]}, "names the run"),
        ({"returns": "reward"}, r"has the metric `returns`='reward'; metrics there: \['kl', 'return'\]"),
        ({"parameters": ["gamma"]}, "names 'gamma', which these runs do not have"),
        ({"losses": ["return"]}, "`losses` names 'return'"),
    ],
)
def test_what_does_not_fit_is_named(local, experiment, arguments, message):
    given = {"source": experiment, "returns": "return", "tracking_uri": local.uri, **arguments}
    with pytest.raises(ValueError, match=message):
        jv.from_mlflow(given.pop("source"), given.pop("returns"), **given)


def test_unequal_numbers_of_runs_are_counted(local, experiment):
    found = jv.from_mlflow(experiment, "return", parameters=["lr"], tracking_uri=local.uri)
    some = [*found.run_ids[0], found.run_ids[1][0]]
    with pytest.raises(ValueError, match=r"same number of runs, got lr=0\.02: 3; lr=0\.1: 1"):
        jv.from_mlflow(some, "return", parameters=["lr"], tracking_uri=local.uri)
