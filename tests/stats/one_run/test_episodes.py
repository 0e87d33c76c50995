"""Episodes from step streams, against a slow loop over every cell."""

import jax
import numpy as np
import pytest

from tests.compiled import stats
from tests.known import known, unchecked


def make(rng, updates=5, steps=8, envs=3, share=0.2):
    shape = (updates, steps, envs)
    done = rng.random(shape) < share
    return rng.normal(5, 2, shape).astype("float32"), rng.integers(1, 50, shape), done


def slow_pack(returns, lengths, done):
    """(return, length, step) of every finished episode, time first, environment second."""
    updates, steps, envs = done.shape
    return [
        (returns[u, t, e], lengths[u, t, e], (u * steps + t + 1) * envs)
        for u in range(updates)
        for t in range(steps)
        for e in range(envs)
        if done[u, t, e]
    ]


def slow_hold(returns, done):
    """Mean of the latest finished return over the cells whose environment has one, per update."""
    updates, steps, envs = done.shape
    latest, values = [None] * envs, []
    for u in range(updates):
        cells = []
        for t in range(steps):
            for e in range(envs):
                latest[e] = returns[u, t, e] if done[u, t, e] else latest[e]
                cells += [] if latest[e] is None else [latest[e]]
        values.append(np.mean(cells) if cells else np.nan)
    return np.array(values)


def test_packing_keeps_every_episode_in_order(rng):
    returns, lengths, done = make(rng)
    series = stats.pack_episodes(returns, lengths, done)
    expected = slow_pack(returns, lengths, done)
    n = len(expected)
    assert int(series.count) == n
    assert not bool(series.overflow)
    assert np.asarray(series.valid).tolist() == [True] * n + [False] * (done.size - n)
    np.testing.assert_array_equal(series.returns[:n], np.array([r for r, _, _ in expected], "float32"))
    np.testing.assert_array_equal(known(series.lengths)[:n], [length for _, length, _ in expected])
    np.testing.assert_array_equal(known(series.step)[:n], [step for _, _, step in expected])


def test_a_small_capacity_keeps_the_first_and_says_so(rng):
    returns, lengths, done = make(rng)
    whole = stats.pack_episodes(returns, lengths, done)
    cut = stats.pack_episodes(returns, lengths, done, capacity=4)
    assert bool(cut.overflow)
    assert int(cut.count) == int(whole.count) > 4
    np.testing.assert_array_equal(cut.returns, whole.returns[:4])


def test_streams_of_lower_rank(rng):
    returns, lengths, done = make(rng, updates=1)
    flat = stats.pack_episodes(returns[0], lengths[0], done[0])
    np.testing.assert_array_equal(flat.step, stats.pack_episodes(returns, lengths, done).step)
    single = stats.pack_episodes(returns[0, :, 0], lengths[0, :, 0], done[0, :, 0])
    ends = np.flatnonzero(done[0, :, 0]) + 1
    np.testing.assert_array_equal(known(single.step)[: len(ends)], ends)


def test_no_episode_at_all(rng):
    returns, lengths, done = make(rng)
    series = stats.pack_episodes(returns, lengths, np.zeros_like(done))
    assert int(series.count) == 0
    assert not np.asarray(series.valid).any()
    empty = stats.pack_episodes(np.zeros((0, 4, 2)), None, np.zeros((0, 4, 2), bool))
    assert int(empty.count) == 0


def test_the_three_estimands(rng):
    returns, _, done = make(rng)
    done[2] = False
    episode = stats.update_statistics(returns, done, estimand="episode")
    expected = [returns[u][done[u]].mean() if done[u].any() else np.nan for u in range(len(done))]
    np.testing.assert_allclose(episode.value, expected, rtol=1e-6)
    np.testing.assert_array_equal(episode.count, done.sum((1, 2)))
    hold = stats.update_statistics(returns, done, estimand="hold")
    np.testing.assert_allclose(hold.value, slow_hold(returns, done), rtol=1e-6)
    filled = stats.update_statistics(returns, done, fill="previous")
    assert np.asarray(filled.filled).tolist() == [False, False, True, False, False]
    assert float(filled.value[2]) == float(filled.value[1])


def test_hold_reads_held_values_where_the_wrapper_marks_them(rng):
    returns, _, done = make(rng)
    valid = rng.random(done.shape) < 0.8
    hold = stats.update_statistics(returns, done, estimand="hold", valid=valid)
    np.testing.assert_allclose(hold.value, [returns[u][valid[u]].mean() for u in range(len(done))], rtol=1e-6)


def test_reference_values_of_one_update():
    returns = np.array([[[1.0, 1.0, 1.0, 1.0]], [[10.0, 0.0, 0.0, 0.0]]])[:, None]
    done = np.array([[[True] * 4], [[True, False, False, False]]])[:, None]
    one = jax.vmap(lambda r, d: stats.update_statistics(r, d))(returns, done)
    assert float(np.mean(one.value)) == 5.5
    assert float(one.total.sum()) / int(one.count.sum()) == pytest.approx(2.8)


def test_accumulated_episodes_match_a_log_wrapper():
    reward = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    done = np.array([False, True, False, False, True, False])
    running, length = stats.accumulate_episodes(reward, done)
    assert np.asarray(running)[done].tolist() == [3.0, 12.0]
    assert np.asarray(length)[done].tolist() == [2, 3]
    poisoned, _ = stats.accumulate_episodes(np.where(np.arange(6) == 0, np.nan, reward), done)
    assert np.isnan(poisoned).tolist() == [True, True, False, False, False, False]


def test_step_axis_is_exact_and_refuses_what_does_not_fit():
    np.testing.assert_array_equal(stats.env_steps(3, 128, 4), [512, 1024, 1536])
    assert int(stats.env_steps(2, 2**14, 2**14)[-1]) == 2**29
    np.testing.assert_array_equal(np.asarray(stats.env_steps(2**16, 2**8, 2**8))[-2:], [2**32 - 2**16, 2**32])
    with pytest.raises(ValueError, match="environment steps"):
        stats.env_steps(2**20, 2**20, 2**20)
    with pytest.raises(ValueError, match="`updates` must not be negative"):
        stats.env_steps(-1, 2, 3)


def test_counts_and_shares(rng):
    returns, lengths, done = make(rng)
    done[1] = False
    assert int(stats.episode_count(done)) == done.sum()
    assert float(stats.empty_updates(done)) == pytest.approx(np.mean(~done.any((1, 2))))
    assert float(stats.mean_length(lengths, done)) == pytest.approx(lengths[done].mean(), rel=1e-6)
    assert float(stats.success_rate(returns > 5, done)) == pytest.approx((returns[done] > 5).mean(), rel=1e-6)
    weighted = stats.step_weighted_return(returns[done], lengths[done])
    assert float(weighted) == pytest.approx(np.average(returns[done], weights=lengths[done]), rel=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r, d: stats.pack_episodes(r, None, d.astype(int)), "`done` must be boolean"),
        (lambda r, d: stats.pack_episodes(r[:2], None, d), "`done` and `returns` must have one shape"),
        (lambda r, d: stats.pack_episodes(r, None, d, capacity=-1), "`capacity` must not be negative"),
        (lambda r, d: stats.update_statistics(r[0], d[0]), r"one run \[update, step, env\]"),
        (lambda r, d: unchecked(stats.update_statistics, r, d, estimand="mean"), "`estimand` must be one of"),
        (lambda r, d: unchecked(stats.update_statistics, r, d, fill="zero"), "`fill` must be"),
    ],
)
def test_wrong_structure_is_named(rng, call, message):
    returns, _, done = make(rng)
    with pytest.raises(ValueError, match=message):
        call(returns, done)
