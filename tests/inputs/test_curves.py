"""Means per update of any codebase."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import jaxviz as jv
from tests.known import known

SEEDS, UPDATES = 4, 30
RETURNS = np.random.default_rng(0).normal(10, 3, (SEEDS, UPDATES)).astype(np.float32)
STEP = np.arange(1, UPDATES + 1) * 1000


@pytest.fixture
def pqn():
    """Scalars per update of PQN: no episode ended in some of the updates."""
    returns = RETURNS.copy()
    returns[:, [0, 7]] = np.nan
    steps = np.tile(STEP, (SEEDS, 1))
    scalars = {"env_step": steps, "update_steps": steps // 1000, "td_loss": RETURNS**2, "qvals": RETURNS}
    return scalars | {"returned_episode_returns": returns}


def test_missing_is_neither_diverged_nor_zero(pqn):
    run = jv.from_curves(pqn["returned_episode_returns"], step=STEP, losses={"td_loss": pqn["td_loss"]})
    analysis = jv.analyze(run, groups=("performance", "episodes", "diagnostics"))
    assert not np.asarray(analysis.diverged.returns).any()
    assert analysis.episodes is None  # their number is not known
    np.testing.assert_array_equal(analysis.curve.valid, ~np.isnan(pqn["returned_episode_returns"]))
    np.testing.assert_allclose(analysis.curve.value[:, 1:7], RETURNS[:, 1:7], rtol=1e-6)
    np.testing.assert_array_equal(known(known(run.losses).step)[0], STEP)


def test_infinite_values_and_valid_nan_are_diverged(pqn):
    infinite = np.where(np.arange(UPDATES) > 20, np.inf, RETURNS)
    assert np.asarray(jv.analyze(jv.from_curves(infinite), groups=()).diverged.returns).all()
    returns = pqn["returned_episode_returns"]
    told = jv.from_curves(returns, valid=np.ones(returns.shape, bool))
    assert np.asarray(jv.analyze(told, groups=()).diverged.returns).all()


def test_series_are_found_by_their_names(pqn):
    run = jv.from_curves(pqn)
    np.testing.assert_array_equal(known(run.updates).step, pqn["env_step"])
    assert set(known(run.losses).values) == {"td_loss", "qvals"}
    nested = {"eval/returns": RETURNS, "loss": {"kl": RETURNS}}
    assert set(known(jv.from_curves(nested).losses).values) == {"loss/kl"}
    with pytest.warns(UserWarning, match="`returns` also has 'opponents', which are not read"):
        jv.from_curves(pqn | {"opponents": np.ones(3)})


class Metrics(NamedTuple):
    episode_return: np.ndarray
    entropy: np.ndarray


def test_named_tuples_agents_and_lists_of_runs():
    assert set(known(jv.from_curves(Metrics(RETURNS, RETURNS)).losses).values) == {"entropy"}
    agents = jv.from_curves({"agent_0": RETURNS, "agent_1": RETURNS + 1})
    np.testing.assert_allclose(known(known(agents.updates).total)[1], RETURNS + 1, rtol=1e-6)
    ragged = jv.from_curves([RETURNS[0], RETURNS[1, :10]], step=[STEP, STEP[:10]])
    np.testing.assert_array_equal(known(known(ragged.updates).count).sum(-1), [UPDATES, 10])


def test_losses_of_ppo_epochs_and_minibatches():
    loss = np.random.default_rng(1).normal(size=(SEEDS, UPDATES, 4, 2)).astype(np.float32)
    run = jv.from_curves(RETURNS, losses=(loss, (loss + 1, loss + 2, loss + 3)), step=STEP)
    values = known(run.losses).values
    assert list(values) == ["total_loss", "value_loss", "actor_loss", "entropy"]
    np.testing.assert_allclose(values["entropy"], loss.mean((-2, -1)) + 3, rtol=1e-5)


def test_name_direction_total_and_file(tmp_path):
    run = jv.from_curves(RETURNS, step=STEP, name="cost", minimize=True, total_steps=40_000)
    assert (run.metric, run.minimize) == ("cost", True)
    np.testing.assert_array_equal(known(run.total_steps), [40_000] * SEEDS)
    back = jv.load_run(jv.save_run(tmp_path / "run", run))
    assert known(back.updates).means
    np.testing.assert_array_equal(known(back.updates).total, known(run.updates).total)


def test_without_steps_only_the_order_is_known():
    run = jv.from_curves(RETURNS[0])
    assert run.batch_shape == ()
    assert jv.analyze(run).curve.step is None
    assert "30" in jv.describe(run)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: jv.from_curves(1.0), r"must be \[..., update\], got a single number"),
        (lambda: jv.from_curves(RETURNS, step=STEP[:5]), r"`step` must have shape \(30,\)"),
        (lambda: jv.from_curves(RETURNS, valid=np.ones(3, bool)), "`valid` must be boolean of shape"),
        (lambda: jv.from_curves(RETURNS, total_steps=np.ones(3, int)), "`total_steps` must be one number"),
        (lambda: jv.from_curves({"loss": RETURNS}), r"Give the series itself: from_curves\(metrics\[key\]"),
        (
            lambda: jv.from_curves({"agent_0": RETURNS, "agent_1": RETURNS[:2]}),
            "agents of `returns` must have one shape",
        ),
        (lambda: jv.from_curves(RETURNS, losses=(RETURNS, RETURNS)), "without names: give a mapping"),
        (lambda: jv.from_curves(pd.DataFrame({"a": [1.0]})), "jv.from_dataframe"),
        (lambda: jv.from_purejaxrl({"metrics": pd.DataFrame({"a": [1.0]})}), "jv.from_dataframe"),
        (lambda: jv.from_purejaxrl({"metrics": {"returned_episode_returns": RETURNS}}), r"from_curves\(metrics\)"),
        (
            lambda: jv.from_purejaxrl({"returned_episode_returns": RETURNS, "returned_episode": RETURNS}),
            "use from_curves",
        ),
        (lambda: jv.from_purejaxrl([{"metrics": {}}] * 2), r"stack_runs\(\[...\]\)"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
