"""Law cases of `_entropy.py` and `_gaussian.py`, of `stats/learning`."""

import jax.numpy as jnp

from jaxviz.stats.learning import _entropy, _gaussian
from tests.laws.case import Case


def far_logits(rng):
    """Logits of one policy, near 1e4, with equal ones."""
    z = 1e4 + rng.integers(-64, 64, 37) / 16
    z[3:6] = z[3]
    return z


def states(rng):
    """Logits of one policy in 37 states."""
    return rng.normal(0, 1.5, (37, 5))


def weights(rng):
    return rng.uniform(0.5, 2, 37)


def visits(rng):
    counts = rng.integers(0, 40, 37).astype("float64")
    counts[:4] = 0
    return counts


def gaussian(rng):
    """Means and log standard deviations on both sides of σ = 1."""
    return {"mean": rng.normal(0, 2, 37), "log_std": rng.uniform(-3, 2, 37)}


def entropies(rng):
    return 1.5 * 0.9 ** (rng.uniform(0.9, 1.1, 37).cumsum())


def normalized(w, valid):
    """Probabilities whose valid entries add up to 1; invalid entries stay as they are."""
    mask = jnp.ones(w.shape, bool) if valid is None else jnp.asarray(valid)
    w = jnp.asarray(w)
    kept = jnp.where(mask, w, 0)
    total = jnp.sum(kept)
    return jnp.where(mask, kept / jnp.where(total > 0, total, 1), w)


def per_state(fn):
    return [
        Case(lambda w, v: fn(probs=normalized(w, v), valid=v), weights),
        Case(lambda z, v: fn(logits=z, valid=v), far_logits),
    ]


def over_states(fn):
    def call(z, valid):
        mask = None if valid is None else jnp.broadcast_to(jnp.asarray(valid)[:, None], z.shape)
        return fn(logits=z, valid=mask)

    return [Case(call, states)]


def collapse(**options):
    return Case(
        lambda h, v: _entropy.entropy_collapse(h, valid=v, **options), entropies, differentiable=False, empty="any"
    )


CASES = {
    "categorical_entropy": [
        *per_state(_entropy.categorical_entropy),
        Case(lambda z, _: _entropy.categorical_entropy(logits=z), states, masked=False),
    ],
    "normalized_entropy": per_state(_entropy.normalized_entropy),
    "perplexity": per_state(_entropy.perplexity),
    "confidence": per_state(_entropy.confidence),
    "marginal_entropy": over_states(_entropy.marginal_entropy),
    "mutual_information": over_states(_entropy.mutual_information),
    "visitation_entropy": [Case(lambda c, v: _entropy.visitation_entropy(c, valid=v), visits)],
    "coverage": [Case(lambda c, v: _entropy.coverage(c, valid=v), visits)],
    "sampled_entropy": [Case(lambda x, v: _entropy.sampled_entropy(x, valid=v))],
    "entropy_collapse": [
        collapse(window=3, patience=2, fraction=0.4),
        collapse(window=2, patience=1, fraction=0.5, kind="differential"),
    ],
    "gaussian_entropy": [Case(lambda d, v: _gaussian.gaussian_entropy(d["log_std"], valid=v), gaussian)],
    "tanh_gaussian_entropy": [
        Case(lambda d, v: _gaussian.tanh_gaussian_entropy(d["mean"], d["log_std"], valid=v), gaussian)
    ],
}
