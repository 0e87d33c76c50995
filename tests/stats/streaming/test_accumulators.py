"""Accumulators: piece by piece is the whole, merged parts are the whole, and online is what the kernels say."""

import os
import subprocess
import sys
from functools import reduce

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.compiled import stats

N = 203


@pytest.fixture(scope="module")
def stream():
    rng = np.random.default_rng(3)
    return (50 + 20 * rng.normal(size=N)).astype(np.float32), rng.random(N) < 0.8


@jax.jit
def fed(state, x, valid):
    """`state` after a scan over entries."""
    return jax.lax.scan(lambda state, now: (state.update(now[0], valid=now[1]), None), state, (x, valid))[0]


def same(ours, theirs, rtol=2e-5):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-5), ours, theirs)


MAKERS = {
    "moments": stats.RunningMoments.init,
    "histogram": lambda: stats.RunningHistogram.init(jnp.linspace(0.0, 100.0, 21)),
    "sketch": stats.QuantileSketch.init,
    "exponential": lambda: stats.RunningExponentialMean.init(0.1),
    "window": lambda: stats.RunningWindow.init(16),
    "drawdown": stats.RunningDrawdown.init,
}
Q = jnp.array([0.0, 0.1, 0.5, 0.9, 1.0])
every = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@jax.jit
def numbers(state):
    """What `finalize` says, whichever accumulator it is."""
    return state.finalize(Q) if hasattr(state, "counts") else state.finalize()


@jax.jit
def merged(one, other):
    """`one` and `other` as one program, whichever accumulator they are."""
    return one.merge(other)


@jax.jit
def updated(state, x, valid):
    """`state` after many entries at once."""
    return state.update(x, valid=valid)


@every
@pytest.mark.parametrize("cuts", [(0, 0), (1, 2), (40, 41), (100, N), (N, N)])
def test_merged_parts_are_the_whole(make, cuts, stream):
    x, valid = stream
    place = np.arange(N)
    parts = [fed(make(), x, valid & (a <= place) & (place < b)) for a, b in zip((0, *cuts), (*cuts, N), strict=True)]
    whole = numbers(fed(make(), x, valid))
    same(numbers(merged(merged(parts[0], parts[1]), parts[2])), whole)
    same(numbers(merged(parts[0], merged(parts[1], parts[2]))), whole)


@every
def test_nothing_is_the_identity_and_nan(make, stream):
    state = fed(make(), *stream)
    jax.tree.map(np.testing.assert_array_equal, numbers(merged(make(), state)), numbers(state))
    jax.tree.map(np.testing.assert_array_equal, numbers(merged(state, make())), numbers(state))
    nothing = numbers(fed(make(), np.full(N, np.nan, np.float32), np.zeros(N, bool)))
    jax.tree.map(np.testing.assert_array_equal, nothing, numbers(make()))
    nothing = nothing.mean() if isinstance(nothing, stats.LastEntries) else nothing
    floats = [leaf for leaf in jax.tree.leaves(nothing) if leaf.dtype == jnp.float32]
    assert np.isnan(np.concatenate([np.ravel(leaf) for leaf in floats])).all()


@every
def test_under_vmap_it_is_a_loop(make, stream):
    x, valid = (np.stack([column, column[::-1], np.roll(column, 7)]) for column in stream)
    start = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (3, *leaf.shape)), make())
    together = jax.vmap(lambda s, x, v: numbers(fed(s, x, v)))(start, x, valid)
    alone = [numbers(fed(make(), x[i], valid[i])) for i in range(3)]
    same(together, jax.tree.map(lambda *leaves: jnp.stack(leaves), *alone))


def test_any_order_merges_alike(stream):
    x, valid = (column[:201] for column in stream)  # three parts of one length
    for make in (MAKERS["moments"], MAKERS["histogram"], MAKERS["sketch"]):
        a, b, c = (updated(make(), x[i::3], valid[i::3]) for i in range(3))
        forward, back = merged(merged(a, b), c), merged(c, merged(a, b))
        same(numbers(forward), numbers(back))
        same(numbers(forward), numbers(updated(make(), x, valid)))


def test_online_is_offline(stream):
    x, valid = stream
    seen = x[valid].astype(np.float64)
    moments = fed(stats.RunningMoments.init(), x, valid).finalize(ddof=1)
    assert int(moments.count) == seen.size
    same((moments.mean, moments.std), (seen.mean(), seen.std(ddof=1)))
    same((moments.minimum, moments.maximum), (seen.min(), seen.max()), 0)
    online = fed(stats.RunningExponentialMean.init(0.1), x, valid).finalize()
    same(online, stats.exponential_mean(x, 0.1, valid=valid)[-1])
    falls = fed(stats.RunningDrawdown.init(), x, valid).finalize()
    same(falls.max_drawdown, stats.max_drawdown(x, valid=valid))
    same(falls.forgetting, stats.forgetting(x, valid=valid))
    last = fed(stats.RunningWindow.init(16), x, valid).finalize()
    np.testing.assert_array_equal(last.x, seen[-16:].astype(np.float32))
    same((last.mean(), last.std()), (seen[-16:].mean(), seen[-16:].std()))
    same(stats.median(last.x, valid=last.valid), np.median(seen[-16:]))


@pytest.mark.parametrize("size", [1, 5, 15])
def test_a_window_that_is_not_full(size, stream):
    last = fed(stats.RunningWindow.init(16), stream[0], np.arange(N) < size).finalize()
    np.testing.assert_array_equal(np.asarray(last.x)[np.asarray(last.valid)], stream[0][:size])


def test_large_offsets_and_counts_stay_exact():
    x = (1e6 + np.random.default_rng(0).normal(size=N)).astype(np.float32)
    got = fed(stats.RunningMoments.init(), x, np.ones(N, bool)).finalize()
    assert float(got.std) == pytest.approx(x.astype(np.float64).std(), rel=1e-2)
    many = stats.RunningMoments.init().update(jnp.ones(3))
    for _ in range(24):
        many = many.merge(many)
    assert int(many.merge(stats.RunningMoments.init().update(1.0)).finalize().count) == 3 * 2**24 + 1
    assert not bool(many.finalize().saturated)
    for _ in range(6):
        many = many.merge(many)
    assert int(many.finalize().count) == 2**31 - 1
    assert bool(many.finalize().saturated)


def test_one_more_entry_counts_after_two_to_the_24():
    long = eqx.tree_at(lambda m: (m.count, m.m2), stats.RunningMoments.init(), (jnp.int32(2**25), jnp.float32(2**25)))
    long = long.merge(stats.RunningMoments.init())
    n, ones = 2**25 + 4096, jnp.ones(4096)
    got = fed(long, ones, ones > 0).finalize()
    assert float(got.mean) == pytest.approx(4096 / n, rel=1e-5)
    assert float(got.variance) - 1 == pytest.approx(4096 * (1 - 4096 / n) / n - 4096 / n, rel=0.01, abs=1e-7)
    weighted = stats.RunningWeightedMean.init().update(0.0, 2.0**24)
    weighted = jax.jit(lambda s: jax.lax.scan(lambda s, x: (s.update(x), None), s, ones)[0])(weighted)
    assert float(weighted.weight) == 2**24 + 4096
    assert float(weighted.finalize()) == pytest.approx(4096 / (2**24 + 4096), rel=1e-5)


def test_quantiles_are_within_their_bounds():
    rng = np.random.default_rng(1)

    @jax.jit
    def told(start, x):
        return start.update(x).finalize(Q)

    for x in (rng.normal(0, 30, 4000), np.exp(rng.normal(0, 3, 4000)), -rng.gamma(2, 50, 4000), np.zeros(7)):
        x = x.astype(np.float32)
        entry = np.quantile(x, Q, method="lower")
        got = told(stats.QuantileSketch.init(relative_error=0.02), x)
        assert (np.abs(got.value - entry) <= 0.02001 * np.abs(entry) + 1e-3).all()
        edges = np.linspace(x.min(), x.max() + 1, 50, dtype=np.float32)
        got = told(stats.RunningHistogram.init(edges), x)
        assert (np.abs(got.value - entry) <= np.diff(edges)[0] * 1.001).all()
        assert not np.asarray(got.beyond).any()


def test_what_lies_beyond_the_bins_is_flagged_not_guessed():
    x = np.array([-5.0, 0.5, 1.5, 99.0], np.float32)
    got = stats.RunningHistogram.init(jnp.array([0.0, 1, 2])).update(x).finalize(Q)
    np.testing.assert_array_equal(got.beyond, [True, True, False, False, True])
    np.testing.assert_array_equal(np.isnan(got.value), got.beyond)
    sketch = stats.QuantileSketch.init(largest=10.0)
    np.testing.assert_array_equal(sketch.update(x).finalize(Q).beyond, [False, False, False, False, True])
    assert np.isnan(sketch.update(np.float32(np.nan)).update(1.0).finalize(0.5).value)
    assert np.isnan(stats.RunningHistogram.init(jnp.arange(3.0)).update(np.nan).finalize(0.5).value)


def test_weighted_mean_and_policies():
    rng = np.random.default_rng(2)
    x, w = rng.normal(size=(30, 2)), rng.random(30) * (rng.random(30) < 0.8)

    def step(state, now):
        return state.update(*now), None

    start = stats.RunningWeightedMean.init((2,))
    a, b = (
        jax.lax.scan(step, start, (jnp.float32(x[part]), jnp.float32(w[part])))[0]
        for part in (slice(15), slice(15, 30))
    )
    same(a.merge(b).finalize(), np.average(x, axis=0, weights=w))
    logits = rng.normal(size=(40, 5)).astype(np.float32)
    exists = rng.random(40) < 0.7
    a = stats.RunningEntropy.init(5).update(logits=logits[:10], valid=exists[:10])
    b = stats.RunningEntropy.init(5).update(logits=logits[10:].reshape(6, 5, 5), valid=exists[10:].reshape(6, 5))
    got, kept = a.merge(b).finalize(), logits[exists]
    same(got.mean_entropy, stats.categorical_entropy(logits=kept).mean())
    same(got.marginal_entropy, stats.marginal_entropy(logits=kept))
    same(got.mutual_information, stats.mutual_information(logits=kept))
    assert int(got.count) == exists.sum()
    kl = stats.RunningPolicyKL.init().update(logits[:20], logits[20:], kind="logits")
    kl = kl.merge(stats.RunningPolicyKL.init().update(logits[:1], logits[1:2], kind="logits", valid=np.zeros(1, bool)))
    divergence = stats.policy_kl(logits[:20], logits[20:], kind="logits")
    same((kl.finalize().mean, kl.finalize().maximum), (divergence.mean(), divergence.max()))


def test_page_hinkley_alarms_when_the_kernel_does():
    x = np.r_[np.zeros(40), np.ones(60)].astype(np.float32) + np.random.default_rng(0).normal(0, 0.1, 100).astype(
        np.float32
    )
    valid = np.ones(100, bool)
    for threshold in (3.0, 1e9):
        online = fed(stats.RunningPageHinkley.init(0.05, threshold), x, valid).finalize()
        offline = stats.page_hinkley(x, 0.05, threshold)
        assert (int(online.step), bool(online.reached)) == (int(offline.step), bool(offline.reached))


def test_page_hinkley_alarms_at_any_offset_as_at_none():
    rng = np.random.default_rng(1)
    x = np.r_[np.zeros(40), np.ones(60)] + np.round(rng.normal(0, 0.2, 100) * 16) / 16  # exact at 1e6 in float32
    for threshold in (1.0, 3.0, 1e9):
        near, far = (
            fed(stats.RunningPageHinkley.init(0.05, threshold), (x + offset).astype(np.float32), rng.random(100) < 2)
            for offset in (0.0, 1e6)
        )
        same(near.finalize(), far.finalize())
        assert bool(near.finalize().reached) == (threshold < 1e9)


def steps_of(envs=3, steps=60, seed=5):
    rng = np.random.default_rng(seed)
    return rng.normal(1, 1, (steps, envs)).astype(np.float32), rng.random((steps, envs)) < 0.1


def test_episodes_of_a_stream_cut_anywhere():
    reward, done = steps_of()

    def step(state, now):
        return state.update(*now), state.update(*now).info(now[1])

    run = jax.jit(lambda r, d: jax.lax.scan(step, stats.RunningEpisodes.init(3), (r, d)))  # one compilation per length
    whole, info = run(reward, done)
    returns, lengths = (np.asarray(a) for a in stats.accumulate_episodes(reward, done))
    for name, values in {"returns": returns[done], "lengths": lengths[done]}.items():
        got = getattr(whole.finalize(), name)
        assert int(got.count) == done.sum()
        same((got.mean, got.std, got.minimum), (values.mean(), values.std(), values.min()))
    np.testing.assert_allclose(np.asarray(info["returned_episode_returns"])[done], returns[done], rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(info["returned_episode_lengths"])[done], lengths[done])
    nothing = run(reward[:0], done[:0])[0]
    a, b, c = (run(reward[cut : cut + 20], done[cut : cut + 20])[0] for cut in (0, 20, 40))
    single = reduce(merged, (run(reward[i : i + 1], done[i : i + 1])[0] for i in range(len(reward))))
    for joined in (merged(nothing, whole), merged(merged(a, b), c), merged(a, merged(b, c)), single):
        same(joined.finalize(), whole.finalize())
        same(joined.info(done[-1]), whole.info(done[-1]))
    rollouts = reward.reshape(4, 15, 3), done.reshape(4, 15, 3)
    fed = jax.jit(
        lambda r, d: jax.lax.scan(lambda s, now: (s.update(*now), None), stats.RunningEpisodes.init(3), (r, d))
    )
    by_rollouts = fed(*rollouts)[0]
    same(by_rollouts.finalize(), whole.finalize())
    same(by_rollouts.info(done[-1]), whole.info(done[-1]))


def test_gradients_are_finite(stream):
    x, valid = stream

    def loss(x):
        moments = fed(stats.RunningMoments.init(), x, valid).finalize()
        smooth = fed(stats.RunningExponentialMean.init(0.1), x, valid).finalize()
        return moments.mean + moments.std + smooth + fed(stats.RunningDrawdown.init(), x, valid).finalize().max_drawdown

    gradient = np.asarray(jax.grad(loss)(jnp.asarray(x)))
    assert np.isfinite(gradient).all()
    assert (gradient[~valid] == 0).all()
    assert (gradient[valid] != 0).any()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: stats.RunningHistogram.init(jnp.ones((2, 2))), "`edges` must be"),
        (lambda: MAKERS["histogram"]().merge(stats.RunningHistogram.init(jnp.arange(3.0))), "same `edges`"),
        (lambda: stats.QuantileSketch.init(relative_error=1.5), "`relative_error` must be in"),
        (lambda: stats.QuantileSketch.init(smallest=0.0), "`smallest` must be above 0"),
        (lambda: MAKERS["sketch"]().merge(stats.QuantileSketch.init(relative_error=0.1)), "same settings"),
        (lambda: stats.RunningWindow.init(0), "`window` must be at least 1"),
        (lambda: stats.RunningWindow.init(2).merge(stats.RunningWindow.init(3)), "one `window`"),
        (lambda: stats.RunningEntropy.init(3).update(jnp.full((2, 4), 0.25)), "4 actions"),
        (lambda: stats.RunningEpisodes.init(3).update(jnp.ones(2), jnp.ones(2, bool)), "must be .env. or .step, env."),
    ],
)
def test_wrong_arguments_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


DEVICES = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import PartitionSpec as P
from jaxviz import stats
mesh = jax.sharding.Mesh(np.array(jax.devices()), ("d",))
try:
    from jax import shard_map
except ImportError:
    from jax.experimental.shard_map import shard_map
x = jnp.arange(64.0)
def part(x):
    state = stats.RunningMoments.init().update(x)
    return jax.tree.map(lambda leaf: leaf[None], state)
parts = jax.jit(shard_map(part, mesh=mesh, in_specs=P("d"), out_specs=P("d")))(x)
a, b = (jax.tree.map(lambda leaf: leaf[i], parts) for i in range(2))
got = a.merge(b).finalize()
print(int(got.count), float(got.mean), float(got.std))
"""


def test_parts_on_several_devices():
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", DEVICES], capture_output=True, text=True, env={**os.environ, **flags}, check=False
    )
    assert done.returncode == 0, done.stderr
    count, mean, std = map(float, done.stdout.split())
    assert (count, mean) == (64, 31.5)
    assert std == pytest.approx(np.arange(64).std(), rel=1e-6)


def test_full_counts_stay_and_say_so():
    histogram = stats.RunningHistogram.init(jnp.array([0.0, 1, 2])).update(jnp.array([0.5, 1.5]))
    full = eqx.tree_at(
        lambda h: (h.counts, h.total), histogram, (histogram.counts.at[1].set(2**31 - 3), jnp.int32(2**31 - 2))
    )
    assert not bool(full.update(0.5).saturated)
    for over in (full.update(jnp.array([0.5, 0.5])), full.merge(histogram), full.update(0.5).update(0.5)):
        assert bool(over.saturated)
        assert int(over.total) == 2**31 - 1
        assert (np.asarray(over.counts) >= 0).all()


@pytest.mark.parametrize(("level", "spread"), [(1e5, 10), (1e6, 1)])
def test_moments_keep_their_digits_far_from_zero(level, spread, rng):
    x = (level + spread * rng.normal(size=3000)).astype(np.float32)
    got = stats.RunningMoments.init().update(x[:1000]).update(x[1000:]).finalize()
    np.testing.assert_allclose(got.std, np.std(x.astype(np.float64)), rtol=1e-5)


def test_an_infinite_entry_is_a_value_of_the_mean_and_leaves_no_spread():
    x = np.array([1, 2, np.inf], np.float32)
    got = stats.RunningMoments.init().update(x).update(x[:2]).finalize()
    assert got.mean == np.inf
    assert np.isnan(got.std)
    assert np.isnan(stats.RunningMoments.init().update(x).update(-x).finalize().mean)


def test_streaming_means_of_a_constant_are_that_constant():
    weighted = stats.RunningWeightedMean.init()
    for weight in (3.0, 0.7, 1.0):
        weighted = weighted.update(0.1, weight)
    assert weighted.finalize() == np.float32(0.1)
    assert stats.RunningMoments.init().update(np.full(77, 0.1)).finalize().mean == np.float32(0.1)
