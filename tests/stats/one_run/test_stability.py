"""Drawdown, recovery, forgetting, consistency and collapse against obvious loops."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.compiled import stats as s
from tests.stats.masked_streams import quick, steps, streams

FALL = [-1, 2, 3.5, 5, 2, 1, 1.5, 3, 1.5, 6, 2]


def falls(x):
    """Drawdown of the valid entries, by definition."""
    return np.array([x[: t + 1].max() - x[t] for t in range(len(x))])


def spread(kept, valid):
    """Values of the valid entries at their places, NaN elsewhere."""
    out = np.full(valid.shape, np.nan)
    out[valid] = kept
    return out


def same(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("x", "expected"), [((1, 2, 3, 4), 0), ((5, 5, 3, 6, 5), 2), ((100, 150, 90, 120, 80, 200), 70)]
)
def test_max_drawdown_of_the_reliability_repository(x, expected):
    assert s.max_drawdown(np.array(x, np.float32)) == expected


def test_drawdown_of_the_reliability_repository(x64):
    same(s.drawdown(np.array(FALL)), [0, 0, 0, 0, 3, 4, 3.5, 2, 3.5, 0, 4])


@quick
@given(streams())
def test_drawdown_family_is_its_definition(x64, stream):
    x, valid = stream
    kept = x[valid]
    if not kept.size:
        return
    fall = falls(kept)
    gain = fall + kept - kept[0]
    same(drawdown(x, valid), spread(fall, valid))
    same(max_drawdown(x, valid), fall.max())
    same(forgetting(x, valid), fall[-1])
    with np.errstate(all="ignore"):
        same(relative(x, valid), spread(np.where(gain > 1e-9, fall / gain, np.nan), valid), 1e-9)
        same(final(x, valid), np.where(kept.max() > kept[0], (kept[-1] - kept[0]) / (kept.max() - kept[0]), np.nan))


drawdown = jax.jit(lambda x, valid: s.drawdown(x, valid=valid))
max_drawdown = jax.jit(lambda x, valid: s.max_drawdown(x, valid=valid))
forgetting = jax.jit(lambda x, valid: s.forgetting(x, valid=valid))
relative = jax.jit(lambda x, valid: s.relative_drawdown(x, valid=valid))
final = jax.jit(lambda x, valid: s.final_to_peak(x, valid=valid))


def test_drawdown_of_long_streams_does_not_depend_on_blocks(rng):
    x = rng.normal(size=1000).astype(np.float32)
    for n in (1, 127, 128, 129, 1000):
        fall = np.maximum.accumulate(x[:n]) - x[:n]
        assert max_drawdown(x, np.arange(1000) < n) == fall.max()
    np.testing.assert_array_equal(drawdown(x, np.ones(1000, bool)), fall)


def test_drawdown_is_a_loss_and_falls_when_the_run_gets_steadier(rng):
    noise = rng.normal(size=200).astype(np.float32)
    rise = np.linspace(0, 10, 200, dtype=np.float32)
    assert 0 < s.max_drawdown(rise + 0.1 * noise) < s.max_drawdown(rise + noise)


def test_a_nan_undefines_what_has_it_in_its_past_and_nothing_else():
    x = np.array([1, 3, np.nan, 2], np.float32)
    np.testing.assert_array_equal(s.drawdown(x), [0, 0, np.nan, np.nan])
    assert np.isnan(s.max_drawdown(x))
    assert np.isnan(s.time_under_water(x))
    spell, recovery = s.longest_under_water(x), s.recovery_time(x)
    assert (spell.length, spell.open) == (-1, False)
    assert (recovery.step, recovery.reached) == (-1, False)


@pytest.mark.parametrize(
    ("x", "falls"),
    [([1, 5, -np.inf, 4], [0, 0, np.inf, 1]), ([1, np.inf, 5, np.inf], [0, 0, np.inf, 0]), ([-np.inf] * 4, [0] * 4)],
)
def test_infinities_are_values(x, falls):
    x, every = np.array(x, np.float32), np.ones(4, bool)
    np.testing.assert_array_equal(drawdown(x, every), falls)
    assert max_drawdown(x, every) == max(falls)


def test_floor_moves_final_to_peak(x64):
    x = np.array([2.0, 10.0, 6.0])
    same(s.final_to_peak(x), 0.5)
    same(s.final_to_peak(x, 0.0), 0.6)
    assert np.isnan(s.final_to_peak(x, 10.0))
    assert np.isnan(s.final_to_peak(x, 11.0))


def test_coefficient_of_variation(x64, rng):
    x = rng.normal(5, 2, 50)
    same(s.coefficient_of_variation(x), x.std() / x.mean())
    same(s.coefficient_of_variation(-x, ddof=1), x.std(ddof=1) / x.mean())
    assert s.coefficient_of_variation(np.full(7, 3.3)) == 0
    assert np.isnan(s.coefficient_of_variation(np.array([-1.0, 1.0])))


def test_backward_transfer(x64):
    R = np.array([[0.9, 0, 0], [0.7, 0.8, 0], [0.6, 0.9, 0.5]])
    same(s.backward_transfer(R), ((0.6 - 0.9) + (0.9 - 0.8)) / 2)
    assert np.isnan(s.backward_transfer(np.ones((1, 1))))
    with pytest.raises(ValueError, match=r"`R` must be square, \[phase, task\], got shape \(2, 3\)"):
        s.backward_transfer(np.ones((2, 3)))


share_of_entries = jax.jit(lambda x, valid, tolerance: s.time_under_water(x, tolerance=tolerance, valid=valid))
share_of_steps = jax.jit(lambda x, step, valid: s.time_under_water(x, step=step, valid=valid))
spell_of_entries = jax.jit(lambda x, valid: s.longest_under_water(x, valid=valid))
spell_of_steps = jax.jit(lambda x, step, valid: s.longest_under_water(x, step=step, valid=valid))
recovery = jax.jit(lambda x, step, valid: s.recovery_time(x, step=step, valid=valid))


def spells(under, at, end):
    """(length, open) of every spell under water; a finished one ends at the entry after it."""
    found, t = [], 0
    while t < len(under):
        if under[t]:
            stop = next((j for j in range(t, len(under)) if not under[j]), None)
            found.append((end - at[t], True) if stop is None else (at[stop] - at[t], False))
            t = len(under) if stop is None else stop
        t += 1
    return found


@quick
@given(streams(), steps())
def test_time_under_water_and_recovery_are_their_definitions(x64, stream, step):
    x, valid = stream
    kept, at = x[valid], step[valid]
    if not kept.size:
        return
    fall = falls(kept)
    under = fall > 0
    same(share_of_entries(x, valid, 2.0), (fall > 2).mean())
    span = at[-1] - at[0]
    expected = (np.diff(at) * under[:-1]).sum() / span if span else np.nan
    same(share_of_steps(x, step, valid), expected)
    for spell, found in (
        (spell_of_entries(x, valid), spells(under, np.arange(len(kept)), len(kept))),
        (spell_of_steps(x, step, valid), spells(under, at, at[-1])),
    ):
        longest = max(found, key=lambda f: f[0], default=(0, False))
        assert (int(spell.length), bool(spell.open)) == (longest if longest[0] else (0, False))
    deepest = int(fall.argmax())
    peak = max(i for i in range(deepest + 1) if fall[i] == 0)
    back = next((j for j in range(deepest, len(kept)) if kept[j] >= kept[peak]), None)
    got = recovery(x, step, valid)
    assert (int(got.step), bool(got.reached)) == (at[-1 if back is None else back] - at[peak], back is not None)


def test_consistency(x64):
    x = np.array([1.0, 5, 5, 2, 9, np.nan])
    valid = np.array([True, True, False, True, True, False])
    same(s.consistency(x, 5.0, 3, valid=valid), 2 / 3)
    assert s.consistency(x, 9.0, 1, valid=valid) == 1
    assert np.isnan(s.consistency(x, 5.0, 5, valid=valid))
    assert np.isnan(s.consistency(x, 5.0, 1))
    with pytest.raises(ValueError, match="`window` must be at least 1, got 0"):
        s.consistency(x, 5.0, 0)


last_share = jax.jit(lambda x, valid: s.consistency(x, 1.0, 5, valid=valid))


@quick
@given(streams())
def test_consistency_reads_the_last_valid_entries(x64, stream):
    x, valid = stream
    kept = x[valid]
    same(last_share(x, valid), (kept[-5:] >= 1).mean() if kept.size >= 5 else np.nan)


def collapse_of(x, window, drop, hold):
    """Onset, depth and recovery by loops over full windows; None for no collapse."""
    y = np.array([x[t - window + 1 : t + 1].mean() for t in range(window - 1, len(x))])
    fall = falls(y)
    gain = fall + y - y[0]
    lost = np.where(gain > 1e-9, fall / np.where(gain > 1e-9, gain, 1), np.nan)
    held = [t for t in range(len(y) - hold + 1) if (lost[t : t + hold] >= drop).all()]
    depth = np.nanmax(lost) if np.isfinite(lost).any() else np.nan
    if not held:
        return None, depth, False
    return held[0] + window - 1, depth, bool((lost[held[0] + 1 :] < drop / 2).any())


@quick
@given(st.lists(st.integers(0, 20), min_size=40, max_size=40))
def test_collapse_is_its_definition(x64, values):
    x = np.array(values, np.float64)
    got = three_means(x)
    onset, depth, recovered = collapse_of(x, 4, 0.55, 3)
    assert (got.collapsed, got.recovered) == (onset is not None, recovered)
    assert got.step == (39 if onset is None else onset)
    same(got.depth, depth, 1e-9)


three_means = jax.jit(lambda x: s.collapse(x, window=4, drop=0.55, hold=3))


collapse = jax.jit(lambda x, valid: s.collapse(x, window=1, step=10 * jnp.arange(80), valid=valid))


def padded(x):
    """`x` continued to 80 entries, and its mask."""
    return np.pad(x, (0, 80 - len(x)), constant_values=1e9), np.arange(80) < len(x)


def test_collapse_needs_a_rise_a_lasting_fall_and_may_recover():
    rise, fall = np.linspace(0, 100, 30), np.full(20, 20.0)
    healthy, lost, back = (np.concatenate(p).astype(np.float32) for p in ([rise], [rise, fall], [rise, fall, rise]))
    assert not collapse(*padded(healthy)).collapsed
    got = collapse(*padded(lost))
    assert (got.collapsed, got.step, got.recovered) == (True, 300, False)
    np.testing.assert_allclose(got.depth, 0.8, rtol=1e-6)
    assert collapse(*padded(back)).recovered
    never = collapse(*padded(-rise.astype(np.float32)))
    assert not never.collapsed
    assert np.isnan(never.depth)


def test_collapse_checks_its_static_arguments():
    with pytest.raises(ValueError, match="`hold` must be at least 1, got 0"):
        s.collapse(np.ones(4, np.float32), window=1, hold=0)
    with pytest.raises(ValueError, match="`window` must be at least 1, got 0"):
        s.collapse(np.ones(4, np.float32), window=0)


def test_collapse_skips_invalid_entries():
    x = np.concatenate([np.linspace(0, 100, 30), np.full(20, 20.0)]).astype(np.float32)
    holes = np.arange(50) % 5 != 0
    spoiled, valid = padded(np.where(holes, x, np.float32(1e9)))
    assert collapse(spoiled, valid & np.pad(holes, (0, 30))).step == 310


def test_nothing_valid_is_undefined():
    x, none = np.ones(5, np.float32), np.zeros(5, bool)
    for value in (max_drawdown(x, none), forgetting(x, none), share_of_entries(x, none, 0.0)):
        assert np.isnan(value)
    assert spell_of_entries(x, none).length == 0
    assert recovery(x, np.arange(5), none).step == -1
    assert collapse(*padded(x[:0])).step == -1
    empty = jnp.zeros((0,))
    assert np.isnan(s.max_drawdown(empty))
    assert s.recovery_time(empty).step == -1
