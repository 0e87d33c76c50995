"""Agents, devices and batches of updates: neither runs nor more environments than there are."""

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.inputs.logwrapper import episodes, simulate, without
from tests.known import known

AGENTS, SEEDS, UPDATES, STEPS, ENVS = 3, 2, 5, 8, 4


@pytest.fixture(scope="module")
def team():
    """One environment's episodes for all of its agents; no step counter, as in JaxMARL."""
    return without(simulate(SEEDS, updates=UPDATES, steps=STEPS, envs=ENVS), "timestep")


def flattened(metrics, order):
    """The same with all agents in the axis of environments; the returns of agent a are a more."""

    def actors(name, x):
        shift = np.arange(AGENTS, dtype=x.dtype) if name == "returned_episode_returns" else np.zeros(AGENTS, x.dtype)
        both = x[..., None] | np.zeros(AGENTS, bool) if x.dtype == bool else x[..., None] + shift
        both = both if order == "env" else np.swapaxes(both, -1, -2)
        return both.reshape(*x.shape[:-1], -1)

    return {name: actors(name, x) for name, x in metrics.items()}


@pytest.mark.parametrize("order", ["env", "agent"])
@pytest.mark.parametrize("named", [True, False])
def test_flattened_actors_are_agents_and_environments(team, order, named):
    chosen = {"agent_order": order} if named else {}
    run = jv.from_purejaxrl({"metrics": flattened(team, order)}, agents=AGENTS, **chosen)
    assert run.batch_shape == (AGENTS, SEEDS)
    for agent in range(AGENTS):
        for seed in range(SEEDS):
            returns, lengths, step = episodes({name: x[seed] for name, x in team.items()})
            own = known(run[agent, seed].episodes)
            n = int(own.count)
            np.testing.assert_allclose(own.returns[:n], returns + agent, rtol=1e-6)
            np.testing.assert_array_equal(known(own.lengths)[:n], lengths)
            np.testing.assert_array_equal(known(own.step)[:n], step)
    np.testing.assert_array_equal(known(run.total_steps), np.full((AGENTS, SEEDS), UPDATES * STEPS * ENVS))


def test_losses_beside_flattened_actors_are_those_of_every_agent(team):
    loss = np.arange(SEEDS * UPDATES * 2.0).reshape(SEEDS, UPDATES, 2)
    run = jv.from_purejaxrl({"metrics": flattened(team, "env"), "losses": {"kl": loss}}, agents=AGENTS)
    np.testing.assert_allclose(known(run.losses).values["kl"], np.tile(loss.mean(-1), (AGENTS, 1, 1)), rtol=1e-6)


@pytest.mark.parametrize("order", ["env", "agent"])
def test_actors_taken_for_environments_are_noticed(team, order):
    same = {k: x for k, x in flattened(team, order).items() if k != "returned_episode_returns"}
    repeat = np.repeat if order == "env" else lambda x, n, axis: np.concatenate([x] * n, axis)
    same["returned_episode_returns"] = repeat(team["returned_episode_returns"], AGENTS, -1)
    with pytest.warns(UserWarning, match=f'agents=3 \\(agent_order="{order}"\\)'):
        jv.from_purejaxrl({"metrics": same})


def test_environments_that_end_together_as_a_matter_of_course_are_not_noticed():
    """Every episode has 4 steps and the return 1: nothing tells environments from agents."""
    done = np.zeros((5, 8, 4), bool)
    done[:, 3::4] = True
    info = {"returned_episode": done, "returned_episode_returns": np.ones(done.shape, np.float32)}
    jv.from_purejaxrl({"metrics": info})


@pytest.mark.parametrize("axes", ["device update batch step env", None])
def test_devices_and_batches_of_stoix_are_environments(axes):
    whole = simulate(updates=UPDATES, steps=STEPS, envs=8)
    names = {"returned_episode": "is_terminal_step", "returned_episode_returns": "episode_return"}
    names |= {"returned_episode_lengths": "episode_length"}
    split = {
        names[k]: x.reshape(UPDATES, STEPS, 2, 2, 2).transpose(2, 0, 3, 1, 4) for k, x in whole.items() if k in names
    }
    loss = np.arange(2 * UPDATES * 2 * 3.0).reshape(2, UPDATES, 2, 3)
    run = jv.from_purejaxrl({"metrics": split, "losses": {"loss": loss}}, axes=axes)
    assert run.batch_shape == ()
    returns, lengths, step = episodes(whole)
    own = known(run.episodes)
    np.testing.assert_allclose(own.returns[: len(returns)], returns, rtol=1e-6)
    np.testing.assert_array_equal(known(own.lengths)[: len(returns)], lengths)
    np.testing.assert_array_equal(known(own.step)[: len(returns)], step)
    np.testing.assert_array_equal(known(known(run.updates).step), np.arange(1, 6) * STEPS * 8)
    np.testing.assert_allclose(known(run.losses).values["loss"], loss.mean((0, 2, 3)), rtol=1e-6)


def test_updates_reduced_for_every_agent(team):
    by_agent = {name: x.reshape(SEEDS, UPDATES, STEPS, ENVS, AGENTS) for name, x in flattened(team, "env").items()}
    last_to_third = {name: np.moveaxis(x, -1, 2) for name, x in by_agent.items()}  # [seed, update, agent, step, env]
    reduce = jax.vmap(
        jax.vmap(jax.vmap(lambda i: jv.reduce_update(i, losses={"value": i["returned_episode_returns"]})))
    )
    run = jv.from_purejaxrl(reduce(last_to_third), axes="seed update agent")
    whole = jv.from_purejaxrl(by_agent, axes="seed update step env agent")
    assert run.batch_shape == (AGENTS, SEEDS)
    for name in ("total", "count", "length_total", "hold_total", "hold_count", "step"):
        ours, theirs = getattr(known(run.updates), name), getattr(known(whole.updates), name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, err_msg=name)
    assert known(known(run.updates).quartiles).shape == (AGENTS, SEEDS, UPDATES, 5)
    np.testing.assert_array_equal(known(run.total_steps), np.full((AGENTS, SEEDS), UPDATES * STEPS * ENVS))


def test_updates_reduced_on_every_device_are_summed(team):
    """[device, update] of two devices with half of the environments each."""
    one = {name: x[0] for name, x in team.items()}
    halves = {name: np.stack([x[..., :2], x[..., 2:]]) for name, x in one.items()}
    run = jv.from_purejaxrl(jax.vmap(jax.vmap(jv.reduce_update))(halves), axes="device update")
    whole = jv.from_purejaxrl(one)
    for name in ("total", "count", "length_total", "step"):
        ours, theirs = getattr(known(run.updates), name), getattr(known(whole.updates), name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, err_msg=name)
    assert known(run.updates).quartiles is None


def test_mappings_of_agents(team):
    by_agent = {f"agent_{i}": team | {"returned_episode_returns": team["returned_episode_returns"] + i} for i in (0, 1)}
    by_entry = {
        "returned_episode": {"agent_0": team["returned_episode"], "__all__": team["returned_episode"]},
        "returned_episode_returns": {name: one["returned_episode_returns"] for name, one in by_agent.items()},
        "returned_episode_lengths": team["returned_episode_lengths"],
    }
    loss = {"loss": np.ones((SEEDS, UPDATES))}
    for info in (by_agent, by_entry):
        run = jv.from_purejaxrl({"metrics": info, "losses": loss})
        assert run.batch_shape == (2, SEEDS)
        first, second = (known(run[i, 1].episodes) for i in (0, 1))
        np.testing.assert_allclose(second.returns[:5], first.returns[:5] + 1, rtol=1e-6)
        assert known(run.losses).values["loss"].shape == (2, SEEDS, UPDATES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"agents": 5}, "must divide the 12 environments"),
        ({"agents": 0}, "must divide the 12 environments"),
        ({"agents": 3, "agent_order": "seed"}, "`agent_order` must be 'env' or 'agent'"),
        ({"agents": 3, "axes": "seed update step agent"}, "`agents` splits the axis of environments"),
    ],
)
def test_agents_that_do_not_fit_are_named(team, arguments, message):
    with pytest.raises(ValueError, match=message):
        jv.from_purejaxrl(flattened(team, "env"), **arguments)


def test_axes_of_reduced_updates_are_checked(team):
    reduced = jax.vmap(jax.vmap(jv.reduce_update))(team)
    with pytest.raises(ValueError, match="must name each axis"):
        jv.from_purejaxrl(reduced, axes="update")
    with pytest.raises(ValueError, match='must name "update"'):
        jv.from_purejaxrl(reduced, axes="seed agent")
    with pytest.raises(ValueError, match="are reduced already"):
        jv.from_purejaxrl(reduced, agents=2)
