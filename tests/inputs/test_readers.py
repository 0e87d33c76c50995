"""Readers: the shapes codebases give, and clear errors for everything else."""

from typing import NamedTuple

import jax
import numpy as np
import pytest

from jaxviz import from_arrays, from_gymnax, from_purejaxrl, from_rejax
from jaxviz._run import PolicySample
from tests.known import known, known_as


def info(*shape, seed=0, share=0.1):
    """A LogWrapper's info of shape [..., update, step, env]: returns are held between ends of episodes."""
    rng = np.random.default_rng(seed)
    *_, updates, steps, _ = shape
    step = np.arange(1, updates * steps + 1, dtype=np.int32).reshape(updates, steps, 1)
    return {
        "returned_episode": rng.random(shape) < share,
        "returned_episode_returns": rng.normal(10, 3, shape).astype(np.float32),
        "returned_episode_lengths": rng.integers(1, 9, shape).astype(np.int32),
        "timestep": np.broadcast_to(step, shape),
    }


@pytest.mark.parametrize("batch", [(), (3,), (2, 3), (2, 1, 3)])
def test_any_number_of_leading_axes(batch):
    metrics = info(*batch, 5, 16, 4)
    run = from_purejaxrl({"runner_state": None, "metrics": metrics})
    assert run.batch_shape == batch
    done = metrics["returned_episode"]
    np.testing.assert_array_equal(known(run.episodes).count, done.sum((-3, -2, -1)))
    np.testing.assert_array_equal(known(run.updates).count, done.sum((-2, -1)))
    assert not np.asarray(known(run.episodes).overflow).any()
    np.testing.assert_array_equal(np.asarray(known(run.updates).step)[(0,) * len(batch)], [64, 128, 192, 256, 320])


def test_one_run_of_a_batch_is_that_run():
    metrics = info(3, 5, 16, 4)
    batch = from_purejaxrl({"metrics": metrics})[1]
    alone = from_purejaxrl({"metrics": {k: v[1] for k, v in metrics.items()}})
    n = int(known(alone.episodes).count)
    np.testing.assert_array_equal(known(batch.episodes).returns[:n], known(alone.episodes).returns[:n])
    np.testing.assert_array_equal(known(batch.updates).hold_total, known(alone.updates).hold_total)


@pytest.mark.parametrize("wrap", [lambda m: {"metrics": m}, lambda m: {"metric": m}, lambda m: m])
def test_metrics_under_either_name_or_bare(wrap):
    assert known(known(from_purejaxrl(wrap(info(5, 16, 4))).updates).step).shape == (5,)


def test_inside_jit_with_a_static_capacity():
    metrics = info(2, 5, 16, 4)
    fn = jax.jit(lambda m: from_purejaxrl({"metrics": m}, capacity=8))
    run = fn(metrics)
    assert run.episodes.returns.shape == (2, 8)
    assert np.asarray(run.episodes.overflow).all()
    assert jax.jit(lambda m: from_purejaxrl(m))(metrics).episodes.returns.shape == (2, 320)


def test_named_axes_in_any_order():
    metrics = info(5, 16, 4)
    moved = {k: np.moveaxis(np.stack([v, v]), 0, -1) for k, v in metrics.items()}
    run = from_purejaxrl(moved, axes="update step env seed")
    alone = from_purejaxrl(metrics)
    assert run.batch_shape == (2,)
    np.testing.assert_array_equal(known(known(run.updates).total)[1], known(alone.updates).total)


def test_agents_are_no_runs():
    """Wherever their axis stands, the runs are last: an interval over the agents of one run would mean nothing."""
    metrics = {k: np.stack([v, v], -1) for k, v in info(3, 5, 16, 4).items()}
    run = from_purejaxrl(metrics, axes="seed update step env agent")
    assert run.batch_shape == (2, 3)
    np.testing.assert_array_equal(known(known(run.updates).total)[0], known(known(run.updates).total)[1])
    with pytest.warns(UserWarning, match="several agents, name all axes"):
        from_purejaxrl(metrics)


def held(metrics):
    """The same without a step counter, its returns held between ends of episodes as a LogWrapper does."""
    returns, done = metrics["returned_episode_returns"].copy(), metrics["returned_episode"]
    flat, ended = (x.reshape(*x.shape[:-3], -1, x.shape[-1]) for x in (returns, done))
    for t in range(1, flat.shape[-2]):
        flat[..., t, :] = np.where(ended[..., t, :], flat[..., t, :], flat[..., t - 1, :])
    kept = {k: v for k, v in metrics.items() if k != "timestep"}
    return kept | {"returned_episode_returns": flat.reshape(done.shape)}


def test_agents_taken_for_environments_are_told_without_a_step_counter():
    metrics = held(info(5, 16, 4))
    from_purejaxrl(metrics)
    agents = {k: np.stack([v, v], -1) for k, v in metrics.items()}
    from_purejaxrl(agents, axes="update step env agent")
    with pytest.warns(UserWarning, match="the returns change at .* at which no episode ended"):
        from_purejaxrl(agents)


@pytest.mark.parametrize("shape", [(3, 5), (3, 2, 5), (3, 2, 5, 4)])
def test_losses_beside_agents(shape):
    metrics = {k: np.stack([v, v], 1) for k, v in info(3, 5, 16, 4).items()}
    loss = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    run = from_purejaxrl({"metrics": metrics, "losses": {"kl": loss}}, axes="seed agent update step env")
    assert known(run.losses).values["kl"].shape == (2, 3, 5)
    mean = loss.mean(-1) if loss.ndim == 4 else loss
    np.testing.assert_allclose(known(run.losses).values["kl"][1], mean if loss.ndim == 2 else mean[:, 1], rtol=1e-6)


def test_gymnax_info_of_one_scan():
    metrics = {k: v[0] for k, v in info(1, 16, 4, share=0.3).items()}
    run = from_gymnax(metrics)
    assert run.updates is None
    assert run.batch_shape == ()
    single = {k: v[:, 0] for k, v in metrics.items()}
    assert int(known(from_gymnax(single, axes="step").episodes).count) == single["returned_episode"].sum()


def test_a_step_counter_that_disagrees_is_named():
    metrics = info(5, 16, 4)
    metrics["timestep"] = metrics["timestep"] * 2
    with pytest.warns(UserWarning, match="`timestep` ends at 160 but the stream has 5 updates x 16 steps = 80"):
        from_purejaxrl(metrics)


class Output(NamedTuple):
    metrics: dict
    loss_info: dict
    evaluation: dict
    policy: dict


def test_losses_evaluation_and_policy_beside_the_metrics():
    out = Output(
        metrics=info(3, 5, 16, 4),
        loss_info={"loss": {"entropy": np.arange(3 * 5 * 2 * 4.0).reshape(3, 5, 2, 4)}, "lr": np.ones((3, 5))},
        evaluation={"returns": np.ones((3, 2, 7)), "step": np.array([64, 320])},
        policy={"probs": np.full((3, 6, 2), 0.5), "observations": np.zeros((3, 6, 4))},
    )
    run = from_purejaxrl(out)
    assert set(known(run.losses).values) == {"loss/entropy", "lr"}
    np.testing.assert_allclose(
        known(run.losses).values["loss/entropy"], out.loss_info["loss"]["entropy"].mean((-2, -1))
    )
    np.testing.assert_array_equal(known(run.losses).step, known(run.updates).step)
    np.testing.assert_array_equal(known(run.evaluation).step, [[64, 320]] * 3)
    assert known_as(PolicySample, run.policy).probs.shape == (3, 6, 2)


def test_dqn_metrics_are_held_values():
    returns = np.linspace(0, 9, 20).reshape(2, 10)
    metrics = {"returns": returns, "timesteps": np.tile(np.arange(10) * 8, (2, 1)), "loss": returns, "updates": returns}
    run = from_purejaxrl({"metrics": metrics})
    assert known(run.updates).total is None
    np.testing.assert_allclose(known(known(run.updates).hold_total), returns, rtol=1e-6)
    np.testing.assert_array_equal(known(known(run.losses).step)[0], np.arange(10) * 8)


def test_rejax_results_and_their_step_axis():
    lengths = np.full((3, 4, 8), 7)
    returns = np.random.default_rng(0).normal(size=(3, 4, 8))
    for result in (("train_state", (lengths, returns)), (lengths, returns)):
        run = from_rejax(result)
        np.testing.assert_allclose(known(run.evaluation).returns, returns, rtol=1e-6)
        assert known(run.evaluation).step is None
    config = {"eval_freq": 1000, "num_envs": 16, "num_steps": 128}
    np.testing.assert_array_equal(
        known(known(from_rejax(result, config=config).evaluation).step)[0], [0, 2048, 4096, 6144]
    )
    skipping = from_rejax(result, config=config | {"skip_initial_evaluation": True})
    np.testing.assert_array_equal(known(known(skipping.evaluation).step)[0], [2048, 4096, 6144, 8192])
    custom = from_rejax((None, {"episode_lengths": lengths[0], "episode_returns": returns[0], "global_step": range(4)}))
    np.testing.assert_array_equal(known(custom.evaluation).step, range(4))


def test_what_a_custom_callback_of_rejax_recorded():
    rng = np.random.default_rng(0)
    recorded = {
        "lengths": np.full((3, 4, 8), 7),
        "returns": rng.normal(size=(3, 4, 8)),
        "global_step": np.tile(np.arange(4) * 100, (3, 1)),
        "loss": {"kl": rng.normal(size=(3, 4)), "td": rng.normal(size=(3, 4, 2))},
        "name": "ppo",
    }
    run = from_rejax(("train_state", recorded))
    np.testing.assert_array_equal(known(run.evaluation).step, recorded["global_step"])
    losses = known(run.losses)
    np.testing.assert_allclose(losses.values["loss/kl"], recorded["loss"]["kl"], rtol=1e-6)
    np.testing.assert_allclose(losses.values["loss/td"], recorded["loss"]["td"].mean(-1), rtol=1e-6)
    np.testing.assert_array_equal(losses.step, recorded["global_step"])


def test_plain_arrays_of_any_dtype():
    run = from_arrays([1, 2, 3], lengths=[10, 5, 1], losses=[0.5, 0.25], evaluation_returns=[[1.0, 2.0]])
    assert run.batch_shape == ()
    assert known(run.episodes).returns.dtype == np.float32
    np.testing.assert_array_equal(known(run.episodes).step, [10, 15, 16])
    assert set(known(run.losses).values) == {"loss"}
    assert known(from_arrays(np.arange(4, dtype=np.float64)).episodes).returns.dtype == np.float32
    assert known(from_arrays(np.arange(3, dtype=np.float16)).episodes).returns.dtype == np.float16


def test_runs_of_different_lengths_become_a_mask():
    run = from_arrays([[1.0, 2.0, 3.0], [4.0]], lengths=[[1, 1, 1], [9]])
    np.testing.assert_array_equal(known(run.episodes).valid, [[True, True, True], [True, False, False]])
    np.testing.assert_array_equal(known(run.episodes).count, [3, 1])
    assert np.asarray(known(run.episodes).step)[1, 0] == 9


def test_empty_input_is_a_run_without_episodes():
    assert int(known(from_arrays([]).episodes).count) == 0
    assert int(known(from_purejaxrl(info(0, 16, 4)).episodes).count) == 0


def without(key):
    return {k: v for k, v in info(5, 16, 4).items() if k != key}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: from_purejaxrl({"metrics": {k: v[0] for k, v in info(5, 16, 4).items()}}), r"shape \(16, 4\)"),
        (lambda: from_purejaxrl({"metrics": without("returned_episode")}), "none of the keys 'returned_episode'"),
        (lambda: from_purejaxrl({"metrics": without("returned_episode_returns")}), "'returned_episode_returns'"),
        (lambda: from_purejaxrl(info(5, 16, 4) | {"returned_episode_lengths": np.ones((5, 16))}), r"\(5, 16\)"),
        (lambda: from_purejaxrl(info(5, 16, 4) | {"returned_episode": np.ones((5, 16, 4))}), "must be boolean"),
        (lambda: from_purejaxrl(info(5, 16, 4), axes="update step"), "must name each axis"),
        (lambda: from_purejaxrl(info(5, 16, 4), axes="a b c"), 'must name the time axis "step"'),
        (lambda: from_purejaxrl(3), "`out` must be a mapping"),
        (lambda: from_purejaxrl({"metrics": info(5, 16, 4), "losses": {}}), "`losses` is empty"),
        (lambda: from_purejaxrl({"metrics": info(2, 5, 16, 4), "losses": np.ones((3, 5))}), "share their leading"),
        (lambda: from_rejax((np.ones((4, 8)), np.ones((4, 8), int))), "lengths first"),
        (
            lambda: from_rejax((np.ones(4, int), np.ones(4))),
            r"\[..., eval, rollout\].*from_curves\(returns, step=...\)",
        ),
        (lambda: from_rejax((np.ones((3, 5)), np.ones((3, 5)))), "means over the rollouts.*from_curves"),
        (lambda: from_rejax((None, ())), "let `eval_callback` return them"),
        (lambda: from_rejax((None, {"returns": np.ones((3, 5))})), "`result` has no 'lengths'; it has 'returns'"),
        (lambda: from_rejax((np.ones((4, 8), int), np.ones((4, 8))), config={"num_envs": 1}), "must have 'eval_freq'"),
        (lambda: from_arrays("text"), "`returns` must be an array of numbers"),
        (lambda: from_arrays(None), "`returns` must be an array of numbers, got None"),
        (lambda: from_arrays(1.0), r"\[..., episode\]"),
        (lambda: from_arrays([1j]), "got dtype complex128"),
        (lambda: from_arrays([1.0, 2.0], lengths=[1]), r"`lengths` must have the shape of `returns` \(2,\)"),
        (lambda: from_arrays([1.0, 2.0], valid=[1, 0]), "`valid` must be boolean"),
        (lambda: from_arrays([1.0, 2.0], step=[0.5, 1.0]), "whole environment steps"),
        (lambda: from_arrays([1.0, 2.0], step=[2**40, 2**54]), r"`step` goes up to .* exact up to 2\^53"),
        (lambda: from_arrays([1.0], action_probs=[0.5, 0.5]), r"\[\*batch, sample, action\]"),
        (lambda: from_arrays([1.0], action_probs=np.ones((3, 2)), observations=np.ones((4, 2))), "`observations`"),
        (lambda: from_arrays([1.0], losses={"a": [1.0, 2.0], "b": [1.0]}), "must have one shape"),
        (lambda: from_arrays(np.ones((2, 3)), losses=np.ones(5)), "1 batch axes and an update axis"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
