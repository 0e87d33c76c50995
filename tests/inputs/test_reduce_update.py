"""Updates reduced inside the scan say what the whole step stream says."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxviz as jv
from tests.known import known

SEEDS, UPDATES, STEPS, ENVS = 3, 12, 16, 4


@pytest.fixture(scope="module")
def info():
    """A LogWrapper's info [seed, update, step, env]: returns and lengths are held, and 0 before the first end."""
    rng = np.random.default_rng(0)
    done = rng.random((SEEDS, UPDATES * STEPS, ENVS)) < 0.06
    done[:, : 2 * STEPS, 1] = False
    held, lengths = np.zeros(done.shape, np.float32), np.zeros(done.shape, np.int32)
    for t in range(UPDATES * STEPS):
        before = t - 1 if t else 0
        held[:, t] = np.where(done[:, t], rng.normal(10, 3, (SEEDS, ENVS)), held[:, before])
        lengths[:, t] = np.where(done[:, t], rng.integers(1, 9, (SEEDS, ENVS)), lengths[:, before])
    flat = {"returned_episode": done, "returned_episode_returns": held, "returned_episode_lengths": lengths}
    return {name: x.reshape(SEEDS, UPDATES, STEPS, ENVS) for name, x in flat.items()}


@pytest.fixture(scope="module")
def reduced(info):
    """The same, reduced one update at a time inside a scan of every seed."""

    def one(info):
        def body(carry, now):
            return (carry, jv.reduce_update(now, losses={"value": now["returned_episode_returns"]}))

        return jax.lax.scan(body, 0, info)[1]

    return jax.jit(jax.vmap(one))(info)


def test_all_three_estimands_are_those_of_the_whole_stream(info, reduced):
    whole, few = jv.from_purejaxrl({"metrics": info}), jv.from_purejaxrl({"metrics": reduced})
    for name in ("total", "count", "length_total", "hold_total", "hold_count", "step"):
        ours, theirs = getattr(few.updates, name), getattr(whole.updates, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, err_msg=name)
    for estimand in ("episode", "pooled", "hold"):
        ours, theirs = (jv.analyze(run, estimand=estimand, groups=("episodes",)) for run in (few, whole))
        np.testing.assert_allclose(ours.curve.value, theirs.curve.value, rtol=1e-5)
        ours, theirs = known(ours.episodes), known(theirs.episodes)
        np.testing.assert_array_equal(ours.count, theirs.count)
        np.testing.assert_allclose(ours.mean_return, theirs.mean_return, rtol=1e-5)
        np.testing.assert_allclose(known(ours.mean_length), known(theirs.mean_length), rtol=1e-5)
        weighted = known(ours.step_weighted_return), known(theirs.step_weighted_return)
        np.testing.assert_allclose(*weighted, rtol=1e-5)
        np.testing.assert_allclose(known(ours.empty_updates), known(theirs.empty_updates), rtol=1e-6)


def test_quartiles_are_those_of_the_episodes_that_ended(info, reduced):
    for seed in range(SEEDS):
        for update in range(UPDATES):
            ended = info["returned_episode_returns"][seed, update][info["returned_episode"][seed, update]]
            expected = np.quantile(ended, [0, 0.25, 0.5, 0.75, 1]) if ended.size else np.full(5, np.nan)
            np.testing.assert_allclose(reduced.quartiles[seed, update], expected, rtol=1e-5)


def test_losses_are_means_and_entropy_is_measured(info, reduced):
    np.testing.assert_allclose(
        reduced.losses["value"], info["returned_episode_returns"].mean((-2, -1)), rtol=1e-5, atol=1e-6
    )
    one = jax.tree.map(lambda x: x[0, 0], info)
    logits = jnp.zeros((STEPS, ENVS, 3))
    assert jv.reduce_update(one, logits=logits).losses["policy_entropy"] == pytest.approx(np.log(3))
    run = jv.from_purejaxrl({"metrics": reduced, "losses": {"kl": np.ones((SEEDS, UPDATES), np.float32)}})
    assert set(known(run.losses).values) == {"value", "kl"}


def test_a_whole_analysis_and_its_file(reduced, tmp_path):
    run = jv.from_purejaxrl(reduced)
    back = jv.load_run(jv.save_run(tmp_path / "run", run))
    jax.tree.map(np.testing.assert_array_equal, back, run)
    analysis = jv.analyze(run, windows=(5,), target=9.0)
    assert np.isfinite(known(analysis.performance).final).all()
    assert np.isfinite(known(jv.aggregate(analysis, jax.random.key(0)).performance).final.estimate)


def test_one_diverged_seed_leaves_the_others_alone(info, reduced):
    bad = {name: x.copy() for name, x in info.items()}
    bad["returned_episode_returns"][1, 5:] = np.nan

    def body(carry, now):
        return (carry, jv.reduce_update(now))

    stacked = jax.vmap(lambda x: jax.lax.scan(body, 0, x)[1])(bad)
    analysis = jv.analyze(jv.from_purejaxrl(stacked), groups=("performance",))
    np.testing.assert_array_equal(analysis.diverged.returns, [False, True, False])
    np.testing.assert_array_equal(stacked.total[::2], reduced.total[::2])


def test_an_update_without_an_episode_and_no_update(info):
    one = jax.tree.map(lambda x: x[0, 0], info) | {"returned_episode": np.zeros((STEPS, ENVS), bool)}
    empty = jv.reduce_update(one)
    assert int(empty.count) == 0
    assert np.isnan(known(empty.quartiles)).all()
    none = jax.tree.map(lambda leaf: jnp.zeros((0, *leaf.shape), leaf.dtype), empty)
    assert known(known(jv.from_purejaxrl(none).updates).step).shape == (0,)


def test_a_wrapper_that_holds_nothing_has_no_hold(info):
    stoix = {"is_terminal_step": info["returned_episode"], "episode_return": info["returned_episode_returns"]}
    stacked = jax.vmap(jax.vmap(jv.reduce_update))(stoix)
    assert stacked.hold_total is None
    with pytest.raises(ValueError, match="estimand='episode'"):
        jv.analyze(jv.from_purejaxrl(stacked), estimand="hold")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i: {}, "none of the keys 'returned_episode'"),
        (lambda i: i | {"returned_episode_lengths": i["returned_episode_lengths"][:-1]}, "lengths of shape"),
        (lambda i: jax.tree.map(lambda x: x[None], i), "boolean .step, env. of one update"),
        (lambda i: i | {"returned_episode": i["returned_episode"].astype(int)}, "boolean .step, env."),
    ],
)
def test_wrong_input_is_named(info, change, message):
    one = jax.tree.map(lambda x: x[0, 0], info)
    with pytest.raises(ValueError, match=message):
        jv.reduce_update(change(one))
    with pytest.raises(ValueError, match="not both"):
        jv.reduce_update(one, losses={"policy_entropy": 1.0}, logits=jnp.zeros(3))
    with pytest.raises(ValueError, match="stack the updates"):
        jv.from_purejaxrl(jv.reduce_update(one))
