"""Policy and network during learning: entropy, divergence, gradients, ranks and dormant units."""

from ._dormancy import dormant_fraction, inactive_fraction
from ._entropy import (
    SampledEntropy,
    categorical_entropy,
    confidence,
    coverage,
    entropy_collapse,
    marginal_entropy,
    mutual_information,
    normalized_entropy,
    perplexity,
    sampled_entropy,
    visitation_entropy,
)
from ._gaussian import gaussian_entropy, gaussian_kl, tanh_gaussian_entropy
from ._gradients import (
    GradientNoise,
    distance_from_init,
    global_norm,
    gradient_noise_scale,
    gradient_noise_scale_per_example,
    mean_abs_weight,
    update_ratio,
    zero_gradient_fraction,
)
from ._ranks import effective_rank, feature_rank, pca_rank, srank, stable_rank
from ._updates import clip_fraction, effective_sample_fraction, explained_variance, kl_k1, kl_k2, kl_k3, policy_kl

__all__ = [
    "GradientNoise",
    "SampledEntropy",
    "categorical_entropy",
    "clip_fraction",
    "confidence",
    "coverage",
    "distance_from_init",
    "dormant_fraction",
    "effective_rank",
    "effective_sample_fraction",
    "entropy_collapse",
    "explained_variance",
    "feature_rank",
    "gaussian_entropy",
    "gaussian_kl",
    "global_norm",
    "gradient_noise_scale",
    "gradient_noise_scale_per_example",
    "inactive_fraction",
    "kl_k1",
    "kl_k2",
    "kl_k3",
    "marginal_entropy",
    "mean_abs_weight",
    "mutual_information",
    "normalized_entropy",
    "pca_rank",
    "perplexity",
    "policy_kl",
    "sampled_entropy",
    "srank",
    "stable_rank",
    "tanh_gaussian_entropy",
    "update_ratio",
    "visitation_entropy",
    "zero_gradient_fraction",
]
