"""Laws about numbers over the kernels of one stream: constants, narrow types, nothing and a single entry."""

from collections import Counter
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import _masked, stats
from tests.laws.case import noisy_curve
from tests.laws.collect import Named, all_cases, public_kernels
from tests.laws.half_precision import IN_SINGLE, NORMALISED, SUMS, in_half
from tests.laws.rounding import used_after_rounding
from tests.test_laws import SLOW_TO_COMPILE

KERNELS = public_kernels()
ONE_RUN = ("jaxviz.stats.one_run", "jaxviz.stats.windows", "jaxviz.stats.learning")
OF_ONE_STREAM = [c for c in all_cases() if c.kernel in KERNELS and KERNELS[c.kernel].__module__.startswith(ONE_RUN)]
"""Kernels of one stream of entries or states."""
AT_FIXED_STEPS = {"differences", "values_at", "dispersion_within_run", "median_performance", "short_term_risk"}
"""Their cases bring steps of their own, as many as the data has."""


def cases(applies: Callable[[Named], bool], of: Sequence[Named] = OF_ONE_STREAM) -> pytest.MarkDecorator:
    """The first case of every kernel to which a law applies; further ones and slow ones are exhaustive."""
    chosen = [c for c in of if applies(c)]
    first = {c.kernel: c.id for c in reversed(chosen) if c.kernel not in SLOW_TO_COMPILE}
    marks = [() if c.id == first.get(c.kernel) else pytest.mark.exhaustive for c in chosen]
    return pytest.mark.parametrize(
        "named", [pytest.param(c, id=c.id, marks=mark) for c, mark in zip(chosen, marks, strict=True)]
    )


def floats(tree: object) -> list[np.ndarray]:
    leaves = [leaf for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    return [np.asarray(leaf).astype(np.float32) for leaf in leaves]


SHARES = {
    "clip_fraction": stats.clip_fraction,
    "coverage": stats.coverage,
    "superhuman_share": lambda x: stats.superhuman_share(2 * x),
    "superhuman_share of tasks": lambda x: stats.superhuman_share(2 * x[None], of_task_means=True),
    "cliffs_delta": lambda x: stats.cliffs_delta(x, x - 1),
    "dormant_fraction": lambda x: stats.dormant_fraction(0 * x[None]),
    "fraction_reached": lambda x: stats.fraction_reached(x > 0).estimate,
}


@pytest.mark.parametrize("share", SHARES.values(), ids=SHARES)
def test_the_share_of_all_is_one(share):
    """41 · (1/41) is 0.99999994, and a program multiplies by that where the number of entries is static."""
    assert jax.jit(share)(jnp.ones(41)) == 1


@cases(lambda c: c.case.equivariance in ("location", "dispersion"))
def test_a_constant_has_itself_as_level_and_no_spread(named):
    call = jax.jit(named.case.call)
    for constant in (0.1, 0.7, -1e-3, 123456.7):
        data = jax.tree.map(
            lambda leaf, c=constant: np.full_like(leaf, c) if leaf.dtype.kind == "f" else leaf, named.data("float32")
        )
        expected = np.float32(constant) if named.case.equivariance == "location" else 0
        for found in floats(call(data, named.valid())):
            assert np.all(np.isnan(found) | (found == expected))


ROUNDS = {
    "add", "add_any", "sub", "mul", "div", "rem", "pow", "integer_pow", "exp", "exp2", "expm1", "log", "log1p", "sqrt",
    "rsqrt", "cbrt", "tanh", "logistic", "erf", "erf_inv", "lgamma", "digamma", "square", "dot_general", "reduce_sum",
    "reduce_prod", "cumsum", "cumprod", "cumlogsumexp", "scatter-add", "conv_general_dilated", "svd", "qr",
}  # fmt: skip
"""Operations whose result depends on the precision."""


def equations(jaxpr):
    """Those of a program and of all programs inside it."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in jax.tree.leaves(equation.params, is_leaf=lambda x: hasattr(x, "jaxpr") or hasattr(x, "eqns")):
            inner = getattr(inner, "jaxpr", inner)
            if hasattr(inner, "eqns"):
                yield from equations(inner)


EXACT_IN_HALF = {"zero_gradient_fraction"}
"""Zeros and ones, of which it takes the mean in single precision."""


@pytest.mark.parametrize("kernel", sorted(set(KERNELS) - NORMALISED))
def test_no_kernel_computes_in_half_precision(kernel):
    """Seen in its program, without compiling it: results are those of single precision, rounded once, at the end."""
    for named in (c for c in all_cases() if c.kernel == kernel):
        for dtype in ("float16", "bfloat16"):
            program = jax.make_jaxpr(named.case.call)(in_half(named, dtype), named.valid())
            kinds = {str(aval.dtype) for aval in program.out_avals if jnp.issubdtype(aval.dtype, jnp.floating)}
            assert kinds <= ({dtype, "float32"} if kernel in SUMS | IN_SINGLE else {dtype})
            assert kernel in EXACT_IN_HALF or used_after_rounding(program) == []
            for equation in equations(program.jaxpr):
                kinds = {str(getattr(v.aval, "dtype", None)) for v in (*equation.invars, *equation.outvars)}
                assert equation.primitive.name not in ROUNDS or dtype not in kinds, equation


def rounded_twice(x):
    return (3 * x.astype(jnp.float32)).astype(x.dtype).astype(jnp.float32).sum().astype(x.dtype)


def rounded_in_a_loop(x):
    def step(carry, _):
        return (3 * carry.astype(jnp.float32)).astype(x.dtype), None

    return jax.lax.scan(step, x, None, length=2)[0]


@pytest.mark.parametrize("call", [rounded_twice, jax.jit(rounded_twice), rounded_in_a_loop])
def test_rounding_before_the_end_is_seen(call):
    half = np.ones(3, np.float16)
    assert used_after_rounding(jax.make_jaxpr(call)(half)) != []
    assert used_after_rounding(jax.make_jaxpr(lambda x: x.astype(jnp.float32).sum().astype(x.dtype))(half)) == []


TREES = {
    "global_norm", "update_ratio", "distance_from_init", "mean_abs_weight", "zero_gradient_fraction",
    "gradient_noise_scale_per_example", "dormant_fraction", "inactive_fraction",
}  # fmt: skip
"""They read the floating leaves of a pytree, and skip all others."""
REAL = {
    "categorical_entropy", "normalized_entropy", "perplexity", "confidence", "fraction_of_runs", "success_rate",
    "benjamini_yekutieli_thresholds", "performance_profile", "average_score_profile", "kaplan_meier",
    "median_crossing", "restricted_mean", "restricted_mean_interval", "seeds_needed", "sequential_alphas",
}  # fmt: skip
"""Their cases compute with the data before the kernel has it, or hold times and spreads, which are no returns."""


def narrow_arithmetic(named: Named, data: object) -> tuple[list[str], Counter]:
    """Result dtypes, and how often each operation works on narrow integers: counts that windows bound are of int8."""
    program = jax.make_jaxpr(named.case.call)(data, named.valid())
    found = Counter()
    for equation in equations(program.jaxpr):
        kinds = {str(getattr(v.aval, "dtype", None)) for v in (*equation.invars, *equation.outvars)}
        narrow = kinds & {"uint8", "int8", "uint16", "int16"}
        if equation.primitive.name in ROUNDS | {"neg", "abs", "sign", "clamp"} and narrow:
            found[equation.primitive.name, *sorted(narrow)] += 1
    return [str(aval.dtype) for aval in program.out_avals], found


@pytest.mark.parametrize("kernel", sorted(set(KERNELS) - TREES - REAL))
def test_no_kernel_computes_in_narrow_integers(kernel):
    """x[1:] − x[:-1] of unsigned bytes wraps: returns kept as such, or as booleans, are floats before that."""
    for named in (c for c in all_cases() if c.kernel == kernel):
        data = named.data("float32")
        expected = narrow_arithmetic(named, data)
        for dtype in ("uint8", "int8", "bool"):
            narrow = jax.tree.map(lambda x, d=dtype: x.astype(d) if x.dtype.kind == "f" else x, data)
            assert narrow_arithmetic(named, narrow) == expected


OF_PROBABILITIES = {
    **{name: KERNELS[name] for name in (*sorted(NORMALISED), "marginal_entropy", "mutual_information")},
    "policy_kl": lambda p: KERNELS["policy_kl"](p, p[::-1]),
}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("kernel", OF_PROBABILITIES)
def test_probabilities_of_half_precision_are_divided_by_their_sum(kernel, dtype, rng):
    """Those that a softmax in half precision rounds add up to 1 only within a few units of its last digit."""
    half = jax.nn.softmax(jnp.asarray(rng.normal(0, 2, (200, 18))).astype(dtype))
    exact = half.astype(jnp.float32) / half.astype(jnp.float32).sum(-1, keepdims=True)
    got, want = OF_PROBABILITIES[kernel](half), OF_PROBABILITIES[kernel](exact)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, want.astype(dtype))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("kernel", sorted(NORMALISED))
def test_half_precision_does_not_hide_a_wrong_axis(kernel, dtype, rng):
    half = jax.nn.softmax(jnp.asarray(rng.normal(0, 2, (18, 200))).astype(dtype)).T
    assert np.isnan(KERNELS[kernel](half)).mean() > 0.9


@cases(lambda c: c.case.data is noisy_curve and c.case.masked and c.kernel not in AT_FIXED_STEPS)
def test_no_entry_is_undefined_and_one_entry_is_enough_to_run(named):
    nothing = named.case.call(np.zeros(0, np.float32), np.zeros(0, bool))
    if named.case.empty == "nan":
        assert all(np.isnan(found).all() for found in floats(nothing))
    jax.block_until_ready(named.case.call(np.ones(1, np.float32), np.ones(1, bool)))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "level", [_masked.mean, lambda x, p: stats.mean_over_runs(x[:, None], valid=None if p is None else p[:, None])[0]]
)
def test_a_mean_is_exact_wherever_an_outlier_stands(level, masked):
    rest = np.random.default_rng(3).normal(size=8191)
    for entries in ([1e6, *rest], [*rest, 1e6], [*rest[:4000], 1e6, *rest[4000:]]):
        x = np.asarray(entries, np.float32)
        present = np.arange(x.size) % 3 != 1 if masked else None
        kept = x[present] if masked else x
        exact, size = np.mean(kept, dtype=np.float64), np.mean(np.abs(kept), dtype=np.float64)
        assert abs(float(level(jnp.asarray(x), present)) - exact) < 3e-7 * size


SQUARING = {
    "welch_test", "pairwise", "simulated_power", "seeds_needed", "bootstrap_difference", "simultaneous_band",
    "explained_variance", "sampled_entropy", "step_weighted_return", "mser5", "change_points", "rolling_std",
    "gradient_noise_scale_per_example", "rolling_cv", "standard_error", "high_frequency_energy",
}  # fmt: skip
"""Kernels that square on their way to results that are not squares."""
WITH_A_FIXED_PENALTY = "change_points-0"


@cases(lambda c: c.kernel in SQUARING and c.id != WITH_A_FIXED_PENALTY, of=all_cases())
def test_squares_stay_in_range(named):
    """f(s·x) = f(x) or s·f(x) of every result, for s = 2⁻⁹⁸ and 2⁹⁸, where s² is out of range."""
    degrees = (0, 1, 2) if named.kernel == "change_points" else (0, 1)  # its cost is in squared units
    call, data, valid = jax.jit(named.case.call), named.data("float32"), named.valid()
    plain = jax.tree.leaves(call(data, valid))
    for scale in (2.0**-98, 2.0**98):
        scaled = jax.tree.map(
            lambda leaf, s=scale: (leaf * s).astype(np.float32) if leaf.dtype.kind == "f" else leaf, data
        )
        for found, at_one in zip(jax.tree.leaves(call(scaled, valid)), plain, strict=True):
            with np.errstate(over="ignore", under="ignore"):
                allowed = [
                    np.asarray(np.asarray(at_one, float) * scale**degree).astype(np.float32) for degree in degrees
                ]
            assert any(np.allclose(found, want, 1e-4, 1e-5 * greatest(want), equal_nan=True) for want in allowed)


def greatest(x: np.ndarray) -> float:
    return np.max(np.abs(x), where=np.isfinite(x), initial=0)


@pytest.mark.parametrize("window", [100, 1000])
def test_windows_that_are_not_full_yet_are_exact_behind_an_outlier(window):
    x = np.r_[1e6, np.random.default_rng(0).normal(size=2 * window)].astype(np.float32)
    kept = [x[max(0, i + 1 - window) : i + 1].astype(np.float64) for i in range(x.size)]
    size = np.array([np.abs(part).mean() for part in kept])
    got = np.asarray(stats.rolling_mean(jnp.asarray(x), window, min_count=1))
    assert np.max(np.abs(got - [part.mean() for part in kept]) / size) < 3e-7


@pytest.mark.parametrize("window", [2, 3, 7, 97, 100, 150, 997, 1000])
def test_a_window_of_equal_entries_has_that_mean_and_one_of_integers_is_rounded_once(window, rng):
    size = 10.0 ** rng.integers(-20, 20, 40)
    equal = (rng.normal(size=40) * size).astype(np.float32)
    means = jax.jit(jax.vmap(lambda x: stats.rolling_mean(x, window)))(np.repeat(equal[:, None], window + 9, axis=1))
    np.testing.assert_array_equal(means[:, window - 1 :], np.broadcast_to(equal[:, None], (40, 10)))
    whole = rng.integers(0, 500, window + 9)
    sums = np.convolve(whole, np.ones(window, int), "valid").astype(np.float32)
    np.testing.assert_array_equal(stats.rolling_mean(whole, window)[window - 1 :], sums / np.float32(window))


@pytest.mark.parametrize("n", [5, 1023, 8192, 100_003])
def test_means_and_spreads_of_equal_entries_behind_a_mask(n, rng):
    present = rng.random(n) < 0.8
    present[0] = True
    for constant in np.array([0.1, -1e-3, 123456.7, 99.9, 1e30, 1e-30, 3e38, np.inf], np.float32):
        x = np.where(present, constant, 7).astype(np.float32)
        assert float(stats.final_performance(x, 1.0, valid=present)) == constant
        if np.isfinite(constant):
            assert float(stats.coefficient_of_variation(x, valid=present)) == 0


def test_a_median_absolute_deviation_far_from_zero_keeps_its_digits(rng):
    x = (1e6 + rng.normal(0, 1, 38)).astype(np.float32)
    for valid in (None, np.arange(38) < 30):
        kept = (x if valid is None else x[valid]).astype(float)
        exact = np.median(np.abs(kept - np.median(kept)))
        np.testing.assert_allclose(stats.median_absolute_deviation(x, valid=valid), exact, 1e-6)
