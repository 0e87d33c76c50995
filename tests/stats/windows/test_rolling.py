"""Trailing windows against plain NumPy in float64, pandas and bottleneck."""

from functools import cache

import bottleneck as bn
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxviz import stats as eager
from tests.compiled import stats
from tests.known import known
from tests.marks import exhaustive
from tests.stats.masked_streams import N, quick, steps, streams

WINDOWS = st.sampled_from([(1, None), (5, None), (5, 2), (30, 0)])


def slope(y, s):
    y, s = y.astype("f8"), s.astype("f8") - s[0]
    return np.nan if len(set(s)) < 2 else np.polyfit(s, y, 1)[0]


SLOW = {
    "rolling_mean": lambda y, s: y.mean(),
    "rolling_std": lambda y, s: y.std(),
    "rolling_min": lambda y, s: y.min(),
    "rolling_max": lambda y, s: y.max(),
    "rolling_median": lambda y, s: np.median(y),
    "rolling_quantile": lambda y, s: np.quantile(y, 0.3),
    "rolling_fraction_above": lambda y, s: (y >= 2).mean(),
    "rolling_slope": slope,
}
ARGUMENTS = {"rolling_quantile": (0.3,), "rolling_fraction_above": (2.0,)}
EQUAL = ("rolling_min", "rolling_max")


@cache
def kernel(name, window=None, min_count=None):
    """The jitted kernel over windows of entries, or of as many steps as its last argument says."""

    def call(x, step, valid, steps=None):
        own = stats.StepWindow(known(steps), step) if window is None else window
        options = {"step": step} if name == "rolling_slope" else {}
        return getattr(stats, name)(x, own, *ARGUMENTS.get(name, ()), valid=valid, min_count=min_count, **options)

    return jax.jit(call)


def slow(fn, x, step, valid, members, needed):
    """`fn` of the valid entries of each window, which `members(t)` says; too few → NaN."""
    out = np.full(len(x), np.nan)
    for t in range(len(x)):
        inside = members(t) & valid
        if inside.sum() >= needed:
            out[t] = fn(x[inside], step[inside])
    return out


def entry_window(window, n):
    index = np.arange(n)
    return lambda t: (index > t - window) & (index <= t)


def step_window(window, step, valid):
    def members(t):
        latest = step[: t + 1][valid[: t + 1]].max(initial=-1)
        return (step > latest - window) & (step <= latest)

    return members


@pytest.mark.parametrize("name", SLOW)
@quick
@given(stream=streams(), step=steps(), setting=WINDOWS)
def test_entry_windows_against_numpy(x64, name, stream, step, setting):
    x, valid = stream
    window, min_count = setting
    needed = window if min_count is None else max(min_count, 1)
    expected = slow(SLOW[name], x, step, valid, entry_window(window, N), needed)
    got = kernel(name, window, min_count)(x, step, valid)
    np.testing.assert_allclose(got, expected, rtol=0, atol=0 if name in EQUAL else tolerance(name, x, valid))


def tolerance(name, x, valid):
    """The bounds of docs/statistics.md, section 1.5, in float64."""
    size = np.abs(x[valid]).max(initial=1)
    centred = np.abs(x[valid] - x[valid].mean()).max(initial=1) if valid.any() else 1
    return {"rolling_std": 1e-7 * centred, "rolling_slope": 1e-9 * centred}.get(name, 1e-12 * size)


@pytest.mark.parametrize("name", SLOW)
@quick
@given(stream=streams(), step=steps(), window=st.sampled_from([1, 6, 1000]), min_count=st.sampled_from([None, 3]))
def test_step_windows_against_numpy(x64, name, stream, step, window, min_count):
    x, valid = stream
    expected = slow(SLOW[name], x, step, valid, step_window(window, step, valid), min_count or 1)
    got = kernel(name, min_count=min_count)(x, step, valid, window)
    np.testing.assert_allclose(got, expected, rtol=0, atol=0 if name in EQUAL else tolerance(name, x, valid))


@cache
def kernel_of_size(name, min_count, max_window):
    """The jitted kernel over as many entries as its last argument says."""

    def call(x, step, valid, window):
        options = {"step": step} if name == "rolling_slope" else {}
        arguments = (x, window, *ARGUMENTS.get(name, ()))
        return getattr(stats, name)(*arguments, valid=valid, min_count=min_count, max_window=max_window, **options)

    return jax.jit(call)


SIZED = list(SLOW)


@pytest.mark.parametrize("name", SIZED)
@pytest.mark.parametrize("bounds", [(None, None), (1, 9), exhaustive((2, None)), exhaustive((None, 9))])
@quick
@given(stream=streams(), step=steps(), window=st.integers(0, N + 5))
def test_traced_windows_against_numpy(x64, name, stream, step, window, bounds):
    x, valid = stream
    min_count, max_window = bounds
    needed = max(window if min_count is None else min_count, 1)
    expected = slow(SLOW[name], x, step, valid, entry_window(window, N), needed)
    if not 1 <= window <= (max_window or N + 5):
        expected[:] = np.nan
    got = kernel_of_size(name, min_count, max_window)(x, step, valid, window)
    np.testing.assert_allclose(got, expected, rtol=0, atol=0 if name in EQUAL else tolerance(name, x, valid))


@pytest.mark.parametrize("name", SIZED)
@pytest.mark.parametrize("min_count", [exhaustive(None), 1])
def test_each_run_of_a_batch_has_its_own_window(rng, name, min_count):
    longest = 20 if name in ("rolling_median", "rolling_quantile") else 100  # they sort, and compile for a minute
    x, windows = rng.normal(1e3, 5, (4, 300)).astype("f4"), np.array([1, 7, longest * 2 // 3, longest])
    arguments = ARGUMENTS.get(name, ())

    def one(x, window):
        return getattr(stats, name)(x, window, *arguments, min_count=min_count, max_window=longest)

    got = jax.jit(jax.vmap(one))(x, windows)
    everything, step = np.ones(300, bool), np.arange(300)
    for i, window in enumerate(windows):
        needed = window if min_count is None else min_count
        expected = slow(SLOW[name], x[i].astype("f8"), step, everything, entry_window(window, 300), needed)
        np.testing.assert_allclose(got[i], expected, rtol=0, atol=0 if name in EQUAL else 2e-4)


def test_traced_windows_of_any_integer_dtype():
    x = np.arange(6.0, dtype="f4")
    for dtype in ("i1", "u1", "i4", "u4"):
        np.testing.assert_array_equal(stats.rolling_max(x, np.array(3, dtype), max_window=1000)[2:], x[2:])
    assert np.isnan(stats.rolling_max(x, np.array(4_000_000_000, "u4"), min_count=1, max_window=5)).all()
    np.testing.assert_array_equal(stats.rolling_max(x, np.array(4_000_000_000, "u4"), min_count=1), x)


@pytest.mark.parametrize("window", [exhaustive(10), 23, exhaustive(26), 100, exhaustive(700)])
@pytest.mark.parametrize("masked", [False, True])
def test_long_streams_against_pandas_and_bottleneck(rng, window, masked):
    x = rng.normal(size=1500).astype("f4").cumsum()
    valid = rng.random(1500) < 0.8 if masked else None
    held = x if valid is None else np.where(valid, x, np.nan)
    peer = pd.Series(held.astype("f8")).rolling(window, min_periods=window // 2)
    options = {"valid": valid, "min_count": window // 2}
    scale = np.abs(x).max()
    for name, expected in {
        "rolling_mean": peer.mean(),
        "rolling_std": peer.std(ddof=0),
        "rolling_min": peer.min(),
        "rolling_max": peer.max(),
        "rolling_median": peer.median(),
    }.items():
        got = getattr(stats, name)(x, window, **options)
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-6 * scale, err_msg=name)
        move = getattr(bn, name.replace("rolling", "move"))
        np.testing.assert_allclose(got, move(held.astype("f8"), window, window // 2), rtol=0, atol=1e-6 * scale)
    got = stats.rolling_quantile(x, window, 0.9, **options)
    np.testing.assert_allclose(got, peer.quantile(0.9), rtol=0, atol=1e-6 * scale)


@pytest.mark.parametrize("window", [10, 100, 1000])
@pytest.mark.parametrize("shape", ["offset", "drift", "saturated"])
def test_float32_error_stays_below_bottlenecks(rng, window, shape):
    noise = rng.gamma(2, 2, 4096)
    x = {
        "offset": 1e4 + noise,
        "drift": np.linspace(0, 1e4, 4096) + noise,
        "saturated": np.minimum(500, np.linspace(0, 900, 4096) + 10 * noise),
    }[shape].astype("f4")
    wide = pd.Series(x.astype("f8")).rolling(window)
    for ours, theirs, exact in (
        (stats.rolling_mean(x, window), bn.move_mean(x, window), wide.mean()),
        (stats.rolling_std(x, window), bn.move_std(x, window), _exact_std(x, window)),
    ):
        error = np.nanmax(np.abs(np.asarray(ours, "f8") - exact))
        assert error <= max(np.nanmax(np.abs(theirs.astype("f8") - exact)), 1e-7 * np.abs(x).max())


def _exact_std(x, window):
    """Pandas keeps running sums, which are not exact enough to be a reference."""
    exact = np.lib.stride_tricks.sliding_window_view(x.astype("f8"), window).std(axis=1)
    return np.concatenate([np.full(window - 1, np.nan), exact])


@pytest.mark.parametrize("offset", [0.0, 1e6, -3.7e5])
def test_equal_values_have_no_spread(offset):
    x = np.full(300, 0.1 + offset, "f4")
    x[:100] = np.linspace(-1e3, 1e3, 100)
    np.testing.assert_array_equal(stats.rolling_std(x, 50)[150:], 0)


def test_exponential_mean_is_pandas(rng):
    x, valid = rng.normal(size=300).astype("f4"), rng.random(300) < 0.7
    for alpha in (1e-6, 0.01, 0.5, 1.0):
        for mask in (np.ones(300, bool), valid):
            held = pd.Series(np.where(mask, x, np.nan).astype("f8"))
            expected = held.ewm(alpha=alpha, adjust=True, ignore_na=True, min_periods=4).mean()
            np.testing.assert_allclose(stats.exponential_mean(x, alpha, valid=mask, min_count=4), expected, atol=2e-6)


def test_exponential_mean_in_parallel_is_the_serial_one(rng):
    from jaxviz.stats.windows._rolling_trend import _parallel_mean, _serial_mean

    x, valid = jnp.asarray(rng.normal(size=200), "f4"), jnp.asarray(rng.random(200) < 0.7)
    arguments = jnp.where(valid, x, 0), valid, jnp.float32(0.9)
    np.testing.assert_allclose(_parallel_mean(*arguments), _serial_mean(*arguments), atol=2e-6)


def test_a_diverged_entry_undefines_the_windows_that_hold_it():
    x = np.arange(12.0)
    x[4] = np.nan
    for name in SLOW:
        got = getattr(stats, name)(x, 3, *ARGUMENTS.get(name, ()))
        assert list(np.flatnonzero(np.isnan(got))) == [0, 1, 4, 5, 6], name
    assert list(np.flatnonzero(np.isnan(stats.exponential_mean(x, 0.5)))) == list(range(4, 12))


def test_infinite_entries_are_ordered(x64):
    x = np.array([1, np.inf, 2, -np.inf, 3])
    np.testing.assert_array_equal(stats.rolling_median(x, 3), [np.nan, np.nan, 2, 2, 2])
    np.testing.assert_array_equal(stats.rolling_max(x, 2), [np.nan, np.inf, np.inf, 2, 3])


@pytest.mark.parametrize("n", [0, exhaustive(1), 3])
def test_streams_shorter_than_the_window(n):
    @jax.jit
    def both(x, step):
        kernels = {name: (getattr(stats, name), ARGUMENTS.get(name, ())) for name in SLOW}
        return {
            name: (of(x, 5, *more), of(x, stats.StepWindow(5, step), *more)) for name, (of, more) in kernels.items()
        }

    for of_entries, of_steps in both(np.arange(float(n)), np.arange(n)).values():
        assert of_entries.shape == of_steps.shape == (n,)
        assert np.isnan(of_entries).all()
    assert stats.exponential_mean(np.zeros(n), 0.5).shape == (n,)


def test_falling_steps_have_no_windows():
    mean = jax.jit(lambda x, step: stats.rolling_mean(x, stats.StepWindow(2, step)))
    got = mean(np.arange(4.0), np.array([0, 3, 2, 5]))
    assert np.isnan(got).all()


def test_the_length_of_a_step_window_may_be_traced():
    x, step = np.arange(6.0), np.arange(6) * 10
    got = jax.jit(jax.vmap(lambda w: stats.rolling_mean(x, stats.StepWindow(w, step))))(np.array([10, 20]))
    np.testing.assert_allclose(got, [x, [0, 0.5, 1.5, 2.5, 3.5, 4.5]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eager.rolling_mean(np.zeros(3), 0), "`window` must be at least 1, got 0"),
        (lambda: eager.rolling_mean(np.zeros(3), np.array([2, 3])), "`window` must be one integer, got int"),
        (lambda: eager.rolling_mean(np.zeros(3), 2.5), "`window` must be one integer, got float"),
        (lambda: eager.rolling_mean(np.zeros(3), np.array(2), max_window=0), "`max_window` must be at least 1, got 0"),
        (lambda: eager.rolling_median(np.zeros(3), 2, min_count=-1), "`min_count` must be at least 0, got -1"),
        (lambda: eager.rolling_std(np.zeros((2, 3)), 2), r"`x` must be one stream of shape \[entry\]"),
        (lambda: eager.rolling_max(np.zeros(3), 2, valid=np.ones(2, bool)), "`valid` must have the shape"),
        (
            lambda: eager.rolling_mean(np.zeros(3), eager.StepWindow(1.5, np.arange(3))),
            "must hold whole environment steps",
        ),
        (lambda: eager.rolling_mean(np.zeros(3), eager.StepWindow(2, np.arange(2))), "`step` must have the shape"),
        (lambda: eager.exponential_mean(np.zeros(3), 0.1, min_count=-1), "`min_count` must be at least 0"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


CONSTANTS = np.concatenate(
    [np.arange(1, 1000) / 10, 10 ** np.random.default_rng(1).uniform(-30, 30, 1000), -np.logspace(-3, 3, 300), [0.0]]
).astype(np.float32)


@pytest.mark.parametrize(
    ("size", "window"), [(200, 100), (60, 7), (40, 1), (50, 50), (300, 128), exhaustive(90, 60), exhaustive(64, 33)]
)
def test_the_mean_of_a_constant_is_that_constant(size, window):
    runs = np.repeat(CONSTANTS[:, None], size, 1)
    holes = np.arange(size) % 3 > 0
    for settings in ({}, {"min_count": 1}, {"valid": np.arange(size) < size - 5}, {"min_count": 1, "valid": holes}):
        means = jax.jit(jax.vmap(lambda x, settings=settings: stats.rolling_mean(x, window, **settings)))(runs)
        assert np.all(np.isnan(means) | (means == CONSTANTS[:, None]))
    outside = eager.rolling_mean(runs[0], window)
    np.testing.assert_array_equal(outside, np.where(np.arange(size) < window - 1, np.nan, runs[0]))


def test_a_run_that_saturates_after_a_rise_meets_its_cap():
    x = np.concatenate([np.linspace(-3, 7, 333), np.full(200, 0.1)]).astype(np.float32)
    np.testing.assert_array_equal(stats.rolling_mean(x, 100)[-101:], x[-101:])


@pytest.mark.parametrize("window", [7, 10, 100])
def test_the_mean_of_integers_is_rounded_once(window, rng):
    x = rng.integers(0, 2, 3000).astype(np.float32)
    means = jax.jit(lambda x: stats.rolling_mean(x, window))(x)[window - 1 :]
    expected = np.convolve(x, np.ones(window), "valid").astype(np.float32) / np.float32(window)
    np.testing.assert_array_equal(means, expected)
    np.testing.assert_array_equal(eager.rolling_mean(x, window)[window - 1 :], expected)


def test_no_variation_relative_to_a_mean_of_zero():
    got = stats.rolling_cv(np.array([-1, -2, 2, 3, -3], np.float32), 4)
    np.testing.assert_allclose(got, [np.nan] * 3 + [np.sqrt(4.25) / 0.5, np.nan], rtol=1e-6)


@pytest.mark.parametrize(("level", "spread"), [(1e5, 10), (1e6, 1)])
def test_slopes_keep_their_digits_far_from_zero(level, spread, rng):
    x, window = (level + spread * rng.normal(size=1500)).astype(np.float32), 100
    wide, order = x.astype(np.float64), np.arange(100) - 49.5
    slopes = np.correlate(wide - level, order, "valid") / np.sum(order**2)
    got = jax.jit(lambda x: stats.rolling_slope(x, window))(x)[window - 1 :]
    np.testing.assert_allclose(got, slopes, atol=1e-5 * slopes.std())


def test_from_an_infinite_entry_on_the_exponential_mean_is_infinite():
    x = np.array([1, 2, np.inf, 3, -np.inf, 4], np.float32)
    np.testing.assert_array_equal(stats.exponential_mean(x, 0.5)[2:], [np.inf, np.inf, np.nan, np.nan])
    np.testing.assert_array_equal(stats.exponential_mean(x, 1.0), x)


def test_quantile_positions_are_exact_and_nothing_overflows():
    x = np.arange(0, 360, 30).astype(np.float32)
    np.testing.assert_allclose(
        eager.rolling_quantile(x, 12, 0.9)[-1], np.quantile(x.astype(np.float64), 0.9), rtol=1e-7
    )
    np.testing.assert_allclose(stats.quantile(np.array([-4e4, 4e4], np.float16), 0.9), 3.2e4)
    np.testing.assert_allclose(stats.quantile(np.array([-3e38, 3e38], np.float32), 0.9), 2.4e38, rtol=1e-6)
    assert stats.cvar_lower(np.array([0.4, 0.4, 0, 0.4, 0.2, 0.3, 0.3, 0.1, 0.5], np.float32), 0.25) == np.float32(0.1)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_half_precision_constant_meets_itself(dtype):
    x = jnp.full(3000, 0.1, dtype)
    assert stats.first_crossing(x, 0.1, window=100).reached
    assert stats.final_performance(jnp.full(5000, 500, dtype), 1.0) == 500
