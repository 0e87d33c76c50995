"""Entropy of categorical policies, against SciPy in float64; values of docs/statistics.md, 8.6."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from scipy import stats as sps

from tests.compiled import stats
from tests.known import unchecked

P = (0.5, 0.25, 0.25)
TABLE = np.array([[0.9, 0.1], [0.2, 0.8]])
PER_STATE = tuple(
    jax.jit(fn) for fn in (stats.categorical_entropy, stats.normalized_entropy, stats.perplexity, stats.confidence)
)

marginal = jax.jit(stats.marginal_entropy)
information = jax.jit(stats.mutual_information)
normalized = jax.jit(stats.normalized_entropy)
coverage = jax.jit(stats.coverage)
visitation = jax.jit(stats.visitation_entropy)
sampled = jax.jit(stats.sampled_entropy)
from_logits = jax.jit(lambda z, v: stats.categorical_entropy(logits=z, valid=v))
from_probs = jax.jit(lambda p, v: stats.categorical_entropy(p, valid=v))
collapse = jax.jit(stats.entropy_collapse, static_argnames=("patience", "window", "kind"))


@pytest.fixture(params=["float64", "float32"])
def dtype(request, x64):
    """Both precisions, with 64-bit arrays available."""
    return request.param


def tolerance(dtype, double=1e-12, single=2e-6):
    return double if dtype == "float64" else single


def test_worked_values(dtype):
    p = jnp.asarray(P, dtype)
    expected = (1.0397207708399179, 0.946394630357186, 2.82842712474619, 0.5)
    for fn, value in zip(PER_STATE, expected, strict=True):
        for got in (fn(probs=p), fn(p), fn(logits=jnp.log(p) - 3)):
            assert got.dtype == dtype
            np.testing.assert_allclose(got, value, rtol=0, atol=tolerance(dtype, single=4e-6))


def test_mutual_information_and_marginal(dtype):
    p = jnp.asarray(TABLE, dtype)
    np.testing.assert_allclose(marginal(p), sps.entropy([0.55, 0.45]), rtol=0, atol=tolerance(dtype))
    for got in (information(p), information(logits=jnp.log(p))):
        np.testing.assert_allclose(got, 0.2753961152487704, rtol=0, atol=tolerance(dtype))


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    seed=st.integers(0, 10**6), spread=st.sampled_from([0.0, 1e-3, 1.0, 30.0, 1e4]), offset=st.sampled_from([0, 1e6])
)
def test_entropy_of_any_logits(seed, spread, offset):
    rng = np.random.default_rng(seed)
    z = (spread * rng.normal(size=(4, 7)) + offset).astype("float32")
    z[0, 0], z[1] = -np.inf, z[1, 0]
    mask = rng.random((4, 7)) < 0.8
    mask[:, 3] = True
    kept = np.where(mask, z.astype("float64"), -np.inf)
    log_p = special.log_softmax(kept, axis=-1)
    p = np.exp(log_p)
    expected = special.entr(p).sum(-1)
    np.testing.assert_allclose(from_logits(np.where(mask, z, np.nan), mask), expected, rtol=0, atol=2e-6)
    single = p.astype("float32")
    np.testing.assert_allclose(from_probs(single, mask), special.entr(single.astype("float64")).sum(-1), atol=2e-6)


@pytest.mark.parametrize("actions", [2, 18, 1000])
def test_a_uniform_policy_reaches_the_upper_bounds(actions):
    p = np.full(actions, 1 / actions, "float32")
    np.testing.assert_allclose(from_probs(p, None), special.entr(p.astype("float64")).sum(), rtol=0, atol=2e-6)
    np.testing.assert_allclose(normalized(p), 1, rtol=1e-6)
    np.testing.assert_allclose(stats.perplexity(logits=np.zeros(actions, "float32")), actions, rtol=4e-6)


def test_a_deterministic_policy_reaches_the_lower_bounds():
    for given_as in ({"probs": np.eye(4, dtype="float32")}, {"logits": 1e4 * np.eye(4, dtype="float32")}):
        np.testing.assert_array_equal(stats.categorical_entropy(**given_as), np.zeros(4))
        np.testing.assert_array_equal(stats.confidence(**given_as), np.ones(4))


def test_entropy_does_not_change_with_a_constant_added_to_the_logits():
    z = np.array([1.0, 2.0, 4.0], "float32")
    np.testing.assert_array_equal(from_logits(z, None), from_logits(z + np.float32(8192), None))


def test_extreme_logits_neither_overflow_nor_lose_their_gradient():
    z = np.array([[1e4, -1e4, 1e4], [-np.inf, 0, 1], [3e38, -3e38, 0], [0, 0, -200]], "float32")
    value, gradient = jax.value_and_grad(lambda z: from_logits(z, None).sum())(z)
    np.testing.assert_allclose(from_logits(z[0], None), np.log(2), atol=1e-6)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_the_gradient_is_the_analytic_one(x64):
    z = np.random.default_rng(1).normal(size=6)
    p = special.softmax(z)
    expected = -p * (np.log(p) + special.entr(p).sum())
    np.testing.assert_allclose(jax.grad(lambda z: from_logits(z, None))(z), expected, rtol=1e-10)
    np.testing.assert_allclose(jax.grad(lambda p: from_probs(p, None))(p), -np.log(p) - 1, rtol=1e-10)


def test_the_gradient_at_probability_zero_is_finite():
    assert np.isfinite(jax.grad(lambda p: from_probs(p, None))(jnp.array([0.5, 0.5, 0.0, 1e-42]))).all()


@pytest.mark.parametrize(
    "p",
    [(0.5, 0.6), (0.5, 0.498), (1.1, -0.1), (np.nan, 1.0), (np.inf, 0.0), (0.0, 0.0)],
)
def test_what_is_no_distribution_is_undefined(p):
    for fn in PER_STATE:
        assert np.isnan(fn(jnp.asarray(p)))


def test_a_wrong_axis_does_not_pass(rng):
    p = rng.dirichlet(np.ones(3), 5).astype("float32")
    assert np.isnan(stats.categorical_entropy(p.T)).all()


def test_an_undefined_state_undefines_no_other():
    z = np.array([[0.0, 1.0], [-np.inf, -np.inf], [np.nan, 0.0], [np.inf, 0.0]], "float32")
    assert np.isnan(stats.categorical_entropy(logits=z)).tolist() == [False, True, True, True]
    assert np.isnan(stats.confidence(logits=z)).tolist() == [False, True, True, True]


def test_masked_actions_do_not_exist():
    p = np.array([[0.5, 0.5, 7.0], [0.25, 0.75, np.nan]], "float32")
    valid = np.array([True, True, False])
    expected = sps.entropy(p[:, :2], axis=1) / np.log(2)
    np.testing.assert_allclose(normalized(p, valid=valid), expected, rtol=1e-6)
    per_state = np.array([[True, True, False], [False, False, False]])
    got = normalized(logits=np.log(p), valid=per_state)
    np.testing.assert_allclose(got, [1, np.nan], rtol=1e-6)


def test_one_action_has_no_normalized_entropy():
    assert stats.categorical_entropy(jnp.ones(1)) == 0
    assert np.isnan(normalized(jnp.ones(1)))
    assert np.isnan(normalized(jnp.array([1.0, 0.0]), valid=jnp.array([True, False])))


def test_integer_logits_become_floats():
    got = stats.categorical_entropy(logits=jnp.zeros(4, jnp.int32))
    assert got.dtype == jnp.float32
    np.testing.assert_allclose(got, np.log(4), rtol=1e-6)


def test_information_of_a_policy_that_ignores_the_state_is_zero(rng):
    p = np.tile(rng.dirichlet(np.ones(4)), (6, 1)).astype("float32")
    assert 0 <= information(p) < 1e-6
    assert information(p[:1]) == 0
    one = np.zeros((6, 4), bool)
    one[2] = True
    other = rng.dirichlet(np.ones(4), 6).astype("float32")
    assert information(other, valid=one) == 0


def test_information_of_a_policy_that_is_the_state():
    np.testing.assert_allclose(information(np.eye(5, dtype="float32")), np.log(5), rtol=1e-6)


def test_states_without_a_valid_action_do_not_exist(rng):
    p = rng.dirichlet(np.ones(3), 6).astype("float32")
    kept = np.array([True, False, True, True, False, False])
    valid = np.tile(kept[:, None], (1, 3))
    broken = np.where(valid, p, np.nan)
    for fn in (marginal, information):
        np.testing.assert_allclose(fn(broken, valid=valid), fn(p[kept]), rtol=1e-5)
        assert np.isnan(fn(broken))
        assert np.isnan(fn(p, valid=np.zeros_like(valid)))


def test_visits(dtype):
    counts = jnp.array([3, 0, 1, 0])
    np.testing.assert_allclose(visitation(counts), sps.entropy([3, 1]), rtol=1e-12)
    assert coverage(counts.astype(dtype)) == 0.5
    assert visitation(counts.astype(dtype)).dtype == dtype


def test_no_visit_is_undefined_and_covers_nothing():
    assert np.isnan(visitation(jnp.zeros(3)))
    assert coverage(jnp.zeros(3)) == 0
    assert np.isnan(coverage(jnp.ones(3), valid=jnp.zeros(3, bool)))
    assert np.isnan(visitation(jnp.array([3.0, -1.0])))
    assert np.isnan(coverage(jnp.array([3.0, np.nan])))


def test_invalid_bins_do_not_exist():
    counts, valid = jnp.array([2.0, 2.0, 0.0, 1e9]), jnp.array([True, True, True, False])
    np.testing.assert_allclose(visitation(counts, valid=valid), np.log(2), rtol=1e-6)
    np.testing.assert_allclose(coverage(counts, valid=valid), 2 / 3, rtol=1e-6)


def test_sampled_entropy_and_its_error(rng, x64):
    log_prob, valid = rng.normal(-1, 2, 40), rng.random(40) < 0.7
    got = sampled(np.where(valid, log_prob, np.inf), valid=valid)
    np.testing.assert_allclose(got.estimate, -log_prob[valid].mean(), rtol=1e-12)
    np.testing.assert_allclose(got.standard_error, sps.sem(log_prob[valid]), rtol=1e-12)


def test_sampled_entropy_of_few_samples():
    one = sampled(jnp.array([-2.0]))
    assert one.estimate == 2
    assert np.isnan(one.standard_error)
    assert np.isnan(sampled(jnp.zeros(0)).estimate)
    assert sampled(jnp.full(5, -1.5)).standard_error == 0


def slow_collapse(h, valid, fraction, patience, window, kind):
    """(step, reached) by walking over the entries whose window is full."""
    full = [t for t in range(window - 1, len(h)) if valid[t - window + 1 : t + 1].all()]
    y = {t: h[t - window + 1 : t + 1].mean() for t in full}
    if not y:
        return (int(np.flatnonzero(valid)[-1]) if valid.any() else -1), False
    reference = y[full[0]]

    def below(t):
        return y[t] < fraction * reference if kind == "discrete" else np.exp(y[t] - reference) < fraction

    for i in range(len(full) - patience + 1):
        if all(below(t) for t in full[i : i + patience]):
            return full[i], True
    return int(np.flatnonzero(valid)[-1]), False


@settings(deadline=None, max_examples=30, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    setting=st.sampled_from([(1, 1), (3, 4)]),
    kind=st.sampled_from(["discrete", "differential"]),
    fraction=st.sampled_from([0.3, 0.6, 0.9]),
    holes=st.booleans(),
)
def test_collapse_against_a_walk(seed, setting, kind, fraction, holes):
    patience, window = setting
    rng = np.random.default_rng(seed)
    h = (2 * 0.97 ** np.arange(48) + rng.normal(0, 0.2, 48)).astype("float32")
    valid = rng.random(48) < 0.95 if holes else np.arange(48) < rng.integers(0, 49)
    got = collapse(
        np.where(valid, h, np.nan), fraction=fraction, patience=patience, window=window, kind=kind, valid=valid
    )
    expected = slow_collapse(h.astype("float64"), valid, fraction, patience, window, kind)
    assert (int(got.step), bool(got.reached)) == expected


def test_collapse_has_the_documented_defaults():
    h = np.concatenate([np.ones(20), np.zeros(30)]).astype("float32")
    got = collapse(h, step=1000 * np.arange(50, dtype="int32"))
    assert bool(got.reached)
    assert int(got.step) == 29000
    assert not collapse(h[:38]).reached
    assert int(collapse(h[:38]).step) == 37


def test_differential_entropies_below_zero_can_collapse():
    h = np.linspace(-1, -6, 60).astype("float32")
    assert bool(collapse(h, patience=3, window=1, kind="differential").reached)
    expected = np.flatnonzero(np.exp(h - h[0]) < 0.1)[0]
    assert int(collapse(h, patience=3, window=1, kind="differential").step) == expected


def test_a_valid_nan_is_below_nothing_and_never_the_reference():
    h = np.array([np.nan, 1, 1, 0, np.nan, 0, 0], "float32")
    got = collapse(h, patience=2, window=1)
    assert bool(got.reached)
    assert int(got.step) == 5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.categorical_entropy(), "`probs` or `logits`, got neither"),
        (lambda: stats.confidence(jnp.ones(1), logits=jnp.ones(1)), "got both"),
        (lambda: stats.perplexity(jnp.zeros((3, 0))), r"`probs` must be .* got shape \(3, 0\)"),
        (lambda: stats.perplexity(logits=jnp.zeros(())), "`logits` must be"),
        (lambda: stats.perplexity(jnp.ones(3), valid=jnp.ones(4, bool)), "`valid` must have the shape"),
        (lambda: stats.perplexity(jnp.ones(3), valid=jnp.ones(3)), "`valid` must be boolean"),
        (lambda: stats.mutual_information(jnp.ones(3)), r"\[state, action\], got shape \(3,\)"),
        (lambda: stats.coverage(jnp.zeros(0)), "`counts` must be"),
        (lambda: stats.sampled_entropy(jnp.zeros((2, 3))), "`log_prob` must be one stream"),
        (lambda: stats.entropy_collapse(jnp.zeros(3), patience=0), "`patience` must be at least 1, got 0"),
        (lambda: stats.entropy_collapse(jnp.zeros(3), window=0), "`window` must be at least 1, got 0"),
        (lambda: unchecked(stats.entropy_collapse, jnp.zeros(3), kind="ratio"), "`kind` must be one of"),
    ],
)
def test_wrong_structure_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
