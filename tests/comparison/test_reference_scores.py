"""Named tables of reference scores: their numbers against other sources, and the names of tasks that they know."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.comparison._reference_scores import TABLES
from jaxviz.comparison._scales import scale_of, scaled
from jaxviz.comparison._tables import table_of

NAMED = {table.name: table for table in TABLES}
KEY = jax.random.key(0)


def test_the_tables_have_every_task_of_their_benchmarks():
    assert {name: len(table.scores) for name, table in NAMED.items()} == {
        "atari": 57, "procgen-easy": 16, "procgen-hard": 16, "dmc": 50, "gymnax": 7,
    }  # fmt: skip
    assert all(low < high for table in TABLES for low, high in table.scores.values())


def test_atari_is_what_rliable_prints(shared_data):
    ends = json.loads((shared_data / "atari_random_human.json").read_text())
    assert {game: NAMED["atari"].find(game) for game in ends} == {
        game: (pair["random"], pair["human"]) for game, pair in ends.items()
    }


def test_atari_is_what_wang_et_al_print():
    """Games that are not among rliable's, as seungjaeryanlee/rldb copied the table of no-op starts in
    arXiv:1511.06581.
    """
    printed = {
        "Asteroids": (719.1, 47388.7), "Berzerk": (123.7, 2630.4), "Double Dunk": (-18.6, -16.4),
        "Skiing": (-17098.1, -4336.9), "Surround": (-10.0, 6.5), "Zaxxon": (32.5, 9173.3),
    }  # fmt: skip
    assert {game: NAMED["atari"].find(game) for game in printed} == printed


def test_procgen_is_what_others_use():
    """Rows of the tables in wrappers of the NeurIPS 2020 challenge and of prioritized level replay."""
    easy = {"starpilot": (2.5, 64), "jumper": (3, 10), "fruitbot": (-1.5, 32.4), "caveflyer": (3.5, 12)}
    hard = {"starpilot": (1.5, 35), "jumper": (1, 10), "fruitbot": (-0.5, 27.2), "caveflyer": (2, 13.4)}
    assert {game: NAMED["procgen-easy"].find(game) for game in easy} == easy
    assert {game: NAMED["procgen-hard"].find(game) for game in hard} == hard


def test_solved_is_what_gymnasium_says():
    gymnasium = pytest.importorskip("gymnasium")
    thresholds = {
        name: gymnasium.spec(name).reward_threshold for name in NAMED["gymnax"].scores if name in gymnasium.registry
    }
    assert {name for name, x in thresholds.items() if x is None} == {"Pendulum-v1"}
    assert {name: NAMED["gymnax"].scores[name][1] for name, x in thresholds.items() if x is not None} == {
        name: x for name, x in thresholds.items() if x is not None
    }


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", NAMED["gymnax"].scores)
def test_random_play_in_gymnax_scores_the_low_ends(name):
    gymnax = pytest.importorskip("gymnax")
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        env, params = gymnax.make(name)
        returns = np.asarray(random_returns(env, params, 2000))
    assert abs(returns.mean() - NAMED["gymnax"].scores[name][0]) < 4 * returns.std() / 2000**0.5 + 0.3


def random_returns(env, params, episodes):
    """Returns of episodes of uniformly random actions."""

    def step(carry, key):
        state, done, total = carry
        act, move = jax.random.split(key)
        _, state, reward, ended, *_ = env.step_env(move, state, env.action_space(params).sample(act), params)
        return (state, done | ended, total + jnp.where(done, 0.0, reward.reshape(()))), None

    def episode(key):
        first, rest = jax.random.split(key)
        start = (env.reset_env(first, params)[1], jnp.array(False), jnp.float32(0))
        return jax.lax.scan(step, start, jax.random.split(rest, int(params.max_steps_in_episode)))[0][2]

    return jax.jit(jax.vmap(episode))(jax.random.split(KEY, episodes))


@pytest.mark.parametrize(
    ("table", "task", "spellings"),
    [
        ("atari", "Breakout", (
            "ALE/Breakout-v5", "BreakoutNoFrameskip-v4", "BreakoutDeterministic-v0", "Breakout-ram-v4", "Breakout-v5",
            "Breakout-ramNoFrameskip-v4", "breakout", "atari_breakout", "Atari/Breakout", "AtariBreakout",
            "atari57-breakout",
        )),
        ("atari", "MontezumaRevenge", ("montezuma_revenge", "Montezuma Revenge", "ALE/MontezumaRevenge-v5")),
        ("atari", "UpNDown", ("up_n_down", "UpNDownNoFrameskip-v4")),
        ("procgen-easy", "bigfish", ("procgen-bigfish-v0", "procgen:procgen-bigfish-v0", "BigFish", "BigfishEasy-v0")),
        ("procgen-hard", "bigfish", ("procgen_bigfish_hard", "bigfish")),
        ("dmc", "walker_walk", ("walker-walk", "dm_control/walker-walk-v0", "dmc_walker_walk", "WalkerWalk")),
        ("dmc", "ball_in_cup_catch", ("BallInCupCatch", "dmc/ball_in_cup-catch")),
        ("dmc", "humanoid_CMU_run", ("humanoid_cmu_run",)),
        ("gymnax", "CartPole-v1", ("cartpole-v1", "CartPole_v1")),
    ],
)  # fmt: skip
def test_a_task_is_found_under_all_of_its_names(table, task, spellings):
    assert {name: NAMED[table].find(name) for name in spellings} == dict.fromkeys(spellings, NAMED[table].scores[task])


@pytest.mark.parametrize(
    ("table", "task"),
    [
        ("atari", "Breakout-MinAtar"), ("atari", "MinAtar/Breakout-v1"), ("atari", "CartPole-v1"),
        ("procgen-easy", "bigfish_hard"), ("procgen-hard", "BigfishEasy-v0"), ("dmc", "cartpole"),
        ("dmc", "Walker2d-v4"), ("gymnax", "CartPole-v0"), ("atari", ""), ("atari", "atari"),
    ],
)  # fmt: skip
def test_other_tasks_are_not_taken_for_one(table, task):
    assert NAMED[table].find(task) is None


def scored(*tasks):
    return {name: {task: [x, x + 1, x + 2] for task in tasks} for name, x in (("a", 1.0), ("b", 2.0))}


def scale(scores, normalize=None, minimize=None):
    return scale_of(table_of(scores, "final", minimize), normalize)


def test_the_only_table_that_has_all_tasks_is_found():
    scores = scored("PongNoFrameskip-v4", "ALE/Breakout-v5")
    found = scale(scores)
    assert (found.name, found.low, found.high) == ("atari", (1.7, -20.7), (30.5, 14.6))
    normalised = scaled(table_of(scores, "final", None).raw, found)
    np.testing.assert_allclose(normalised[0, 0], [(1 - 1.7) / 28.8, (1 + 20.7) / 35.3], rtol=1e-5)
    assert scale(scored("coinrun", "maze")).name == "min-max"  # of easy levels, or of hard ones
    assert scale(scored("coinrun_easy", "maze_easy")).name == "procgen-easy"
    assert scale(scored("coinrun", "maze"), "procgen-hard").low == (5.0, 4.0)
    assert scale(scored("Pong", "CartPole-v1")).name == "min-max"
    assert scale(scored("Pong")).name == "raw"
    lengths = table_of(scores, "final", None)._replace(metric="episode length")
    assert scale_of(lengths, None).name == "min-max"


def test_tasks_that_a_table_lacks_are_named_with_those_near_them():
    with pytest.raises(ValueError, match=r"\(atari\) has no reference scores of ALE/Brakout-v5 \(near it: Breakout"):
        scale(scored("Pong", "ALE/Brakout-v5"), "atari")
    with pytest.raises(ValueError, match=r"of task 1 \(near it: task1\)"):
        scale(scored("task 1"), {"task1": (0, 1)})
    with pytest.raises(ValueError, match="'raw', 'min-max', 'atari', 'procgen-easy', 'procgen-hard', 'dmc', 'gymnax'"):
        scale(scored("Pong"), "Atari57")


def test_a_table_of_returns_is_not_for_costs():
    with pytest.raises(ValueError, match=r"`normalize`: the table .atari. is of returns.* lower is better here"):
        scale(scored("Pong"), "atari", minimize=True)
