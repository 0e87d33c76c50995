"""Losses as codebases hand them over, and what is not read is said."""

import numpy as np
import pytest

import jaxviz as jv
from tests.inputs.logwrapper import simulate
from tests.known import known

SEEDS, UPDATES = 2, 5


@pytest.fixture(scope="module")
def metrics():
    return simulate(SEEDS, updates=UPDATES, steps=8, envs=4)


def series(seed, *trailing):
    return np.random.default_rng(seed).normal(size=(SEEDS, UPDATES, *trailing)).astype(np.float32)


def test_loss_info_of_purejaxrl(metrics):
    total, value, actor, entropy = (series(i, 4, 2) for i in range(4))
    run = jv.from_purejaxrl({"metrics": metrics, "loss_info": (total, (value, actor, entropy))})
    values = known(run.losses).values
    expected = {"total_loss": total, "value_loss": value, "actor_loss": actor, "entropy": entropy}
    assert list(values) == list(expected)
    for name, x in expected.items():
        np.testing.assert_allclose(values[name], x.mean((-2, -1)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(known(run.losses).step, known(run.updates).step)


def test_losses_among_the_metrics_of_jaxmarl(metrics):
    losses = {"total_loss": series(0), "entropy": series(1), "ratio_0": series(2)}
    run = jv.from_purejaxrl({"metrics": metrics | {"loss": losses, "update_steps": series(3)}})
    assert set(known(run.losses).values) == {"loss/total_loss", "loss/entropy", "loss/ratio_0"}
    np.testing.assert_allclose(known(run.losses).values["loss/entropy"], losses["entropy"], rtol=1e-6)


@pytest.mark.parametrize("prefix", ["", "agent/train/"], ids=["navix 3", "navix 4"])
def test_logs_of_navix_are_running_sums_which_other_readers_refuse(metrics, prefix):
    names = {"returned_episode": "done_mask", "returned_episode_returns": "returns"}
    names |= {"returned_episode_lengths": "lengths"}
    logs = {prefix + names[name]: x for name, x in metrics.items() if name in names} | {"loss/value_loss": series(0)}
    for read in (jv.from_purejaxrl, jv.from_gymnax):
        with pytest.raises(ValueError, match="from_navix"):
            read(logs)
    assert set(known(jv.from_navix(logs).losses).values) == {"value_loss"}


def test_losses_beside_and_among_the_metrics(metrics):
    run = jv.from_purejaxrl({"metrics": metrics | {"kl": series(0)}, "losses": {"value": series(1)}})
    assert set(known(run.losses).values) == {"kl", "value"}


def test_what_is_not_read_is_said(metrics):
    won = metrics["returned_episode"] & (metrics["returned_episode_returns"] > 10)
    more = metrics | {"returned_won_episode": won, "final_observation": np.zeros((*won.shape, 3)), "odd": np.ones(7)}
    with pytest.warns(UserWarning, match=r"'returned_won_episode' \(2, 5, 8, 4\), 'odd' \(7,\), which are not read"):
        jv.from_purejaxrl(more)


def test_a_metric_other_than_the_return(metrics):
    won = metrics["returned_episode_returns"] > 10
    more = metrics | {"returned_won_episode": won}
    run = jv.from_purejaxrl(more, returns="returned_won_episode", name="win rate")
    assert run.metric == "win rate"
    done = metrics["returned_episode"]
    np.testing.assert_allclose(known(known(run.updates).total), (won & done).sum((-2, -1)))
    assert jv.from_gymnax(metrics, axes="seed update step env", name="cost", minimize=True).minimize
