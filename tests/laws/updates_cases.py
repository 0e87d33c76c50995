"""Law cases of updates, gradients, dormancy, ranks and the Gaussian divergence, of `stats/learning`."""

import numpy as np

from jaxviz.stats.learning import _dormancy, _gaussian, _gradients, _ranks, _updates
from tests.laws.case import Case


def log_ratios(rng):
    """Log-ratios on both sides of the series, with equal ones and exact zeros."""
    x = rng.normal(0, 0.4, 37) * rng.choice([1, 1e-3], 37)
    x[5:8], x[20] = x[5], 0
    return x


def critic(rng):
    target = rng.normal(10, 3, 37)
    return {"target": target, "prediction": target + rng.normal(0, 1, 37)}


def two_policies(rng):
    old = rng.normal(0, 1.5, 37)
    return {"old": old, "new": old + rng.normal(0, 0.1, 37)}


def two_states(rng):
    """Probabilities of two policies in 37 states."""
    old, new = rng.dirichlet(np.ones(5), (2, 37))
    return {"old": old, "new": 0.9 * old + 0.1 * new}


def two_gaussians(rng):
    mean, log_std = rng.normal(0, 1, 37), rng.uniform(-2, 1, 37)
    return {
        "mean": mean,
        "log_std": log_std,
        "new_mean": mean + rng.normal(0, 0.1, 37),
        "new_log_std": log_std + rng.normal(0, 0.1, 37),
    }


def parameters(rng):
    return {"dense": {"kernel": rng.normal(0, 1, (7, 5)), "bias": np.zeros(5)}, "count": np.arange(3), "none": None}


def two_parameters(rng):
    return {"now": parameters(rng), "before": parameters(rng)}


def example_gradients(rng):
    return {"kernel": rng.normal(0.3, 1, (37, 4, 3)), "bias": rng.normal(0.3, 1, (37, 3))}


def squared_norms(rng):
    return {"small": rng.uniform(8, 10, 6), "big": rng.uniform(2, 4, 6)}


def activations(rng):
    """Two layers, one of feature maps, with silent and rarely active units."""
    dense = np.maximum(rng.normal(0, 1, (37, 8)), 0)
    dense[:, 2], dense[1:, 3] = 0, 0
    return {"dense": dense, "conv": np.maximum(rng.normal(0, 1, (37, 3, 2, 4)), 0) * [1.0, 0.0, 0.01, 1.0]}


def features(rng):
    return rng.normal(0, 1, (37, 6)) * 0.3 ** np.arange(6)


def stream(fn, **options):
    return [Case(lambda x, v: fn(x, valid=v, **options), log_ratios)]


def rank(fn, **options):
    return [
        Case(lambda x, v: fn(x, valid=v), features, float32=1e-4),
        Case(lambda x, v: fn(x, valid=v, **options), features, float32=1e-4),
    ]


def tree(fn, data=parameters):
    return [
        Case(lambda t, _: fn(t), data, masked=False),
        Case(lambda t, _: fn(t, per_leaf=True), data, masked=False),
    ]


def two_trees(fn, **options):
    return [
        Case(lambda t, _: fn(t["now"], t["before"]), two_parameters, masked=False, **options),
        Case(lambda t, _: fn(t["now"], t["before"], per_leaf=True), two_parameters, masked=False, **options),
    ]


CASES = {
    "kl_k1": stream(_updates.kl_k1),
    "kl_k2": stream(_updates.kl_k2),
    "kl_k3": stream(_updates.kl_k3),
    "clip_fraction": stream(_updates.clip_fraction) + stream(_updates.clip_fraction, clip=0.1),
    "effective_sample_fraction": stream(_updates.effective_sample_fraction),
    "explained_variance": [
        Case(
            lambda d, v: _updates.explained_variance(d["target"], d["prediction"], valid=v),
            critic,
            equivariance="invariant",
        )
    ],
    "policy_kl": [
        Case(lambda d, v: _updates.policy_kl(d["old"], d["new"], kind="logits", valid=v), two_policies, float32=1e-3),
        Case(lambda d, _: _updates.policy_kl(d["old"], d["new"]), two_states, masked=False, float32=1e-3),
    ],
    "gaussian_kl": [
        Case(
            lambda d, v: _gaussian.gaussian_kl(d["mean"], d["log_std"], d["new_mean"], d["new_log_std"], valid=v),
            two_gaussians,
        )
    ],
    "global_norm": tree(_gradients.global_norm),
    "mean_abs_weight": tree(_gradients.mean_abs_weight),
    "zero_gradient_fraction": tree(_gradients.zero_gradient_fraction),
    "update_ratio": two_trees(_gradients.update_ratio),
    "distance_from_init": two_trees(_gradients.distance_from_init, equivariance="dispersion"),
    "gradient_noise_scale": [
        Case(lambda d, _: _gradients.gradient_noise_scale(d["small"], d["big"], 8, 64), squared_norms, masked=False)
    ],
    "gradient_noise_scale_per_example": [
        Case(lambda d, v: _gradients.gradient_noise_scale_per_example(d, valid=v), example_gradients)
    ],
    "dormant_fraction": [
        Case(lambda d, v: _dormancy.dormant_fraction(d, valid=v), activations),
        Case(lambda d, v: _dormancy.dormant_fraction(d["dense"], 0.0, valid=v), activations),
    ],
    "inactive_fraction": [
        Case(lambda d, v: _dormancy.inactive_fraction(d, valid=v), activations),
        Case(lambda d, v: _dormancy.inactive_fraction(d["dense"], 0.1, valid=v), activations),
    ],
    "stable_rank": [Case(lambda x, v: _ranks.stable_rank(x, valid=v), features, float32=1e-4)],
    "effective_rank": [Case(lambda x, v: _ranks.effective_rank(x, valid=v), features, float32=1e-4)],
    "srank": rank(_ranks.srank, delta=0.1),
    "pca_rank": rank(_ranks.pca_rank, delta=0.1),
    "feature_rank": rank(_ranks.feature_rank, eps=0.1),
}
