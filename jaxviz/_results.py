"""What an Analysis holds of one run: a frozen Module per group, made by the functions of `_groups.py`.

A field is the metric's name, its docstring says what it was computed over.
"""

import equinox as eqx
import jax
import jax.numpy as jnp

from ._types import Array, Bool, Float, Int
from .stats.across_runs._over_runs import quantile_band
from .stats.one_run import _convergence, _stability


class Curve(eqx.Module):
    """The learning curve of a run: per update where the run has updates, else per evaluation, else per episode."""

    step: Int[Array, " point"] | None
    """Environment steps; None: only the order is known."""
    value: Float[Array, " point"]
    """Return under `estimand`; NaN where nothing ended."""
    count: Int[Array, " point"]
    """Episodes (or cells, for "hold") behind the value."""
    valid: Bool[Array, " point"]
    estimand: str = eqx.field(static=True)
    """"episode", "pooled", "hold"; "evaluation" for evaluation rollouts."""
    source: str = eqx.field(static=True)
    """"updates", "evaluation" or "episodes" (the trailing mean over `window` episodes)."""
    window: int = eqx.field(static=True)
    """Episodes in the trailing mean; 1 where nothing was smoothed."""


class EpisodeStatistics(eqx.Module):
    """Counts and means of the finished episodes."""

    count: Int[Array, ""]
    overflow: Bool[Array, ""]
    """More episodes ended than were kept."""
    mean_return: Float[Array, ""]
    mean_length: Float[Array, ""] | None
    step_weighted_return: Float[Array, ""] | None
    empty_updates: Float[Array, ""] | None
    """Share of updates in which no episode ended, ↓."""


class WindowStatistics(eqx.Module):
    """Trailing statistics of the episode returns at each episode."""

    mean: Float[Array, " episode"]
    std: Float[Array, " episode"]
    cv: Float[Array, " episode"]
    fraction_above: Float[Array, " episode"] | None
    """Share of the window's returns that meet the target."""
    mean_length: Float[Array, " episode"] | None = None
    """Trailing mean of the episode lengths, in steps."""

    @property
    def drawdown(self) -> Float[Array, " episode"]:
        """How far the mean is below its highest value so far, ↓; made when asked for, of all batch axes."""
        return _drawdowns(self.mean)


@jax.jit
def _drawdowns(mean: Float[Array, "..."]) -> Float[Array, "..."]:
    return jnp.vectorize(lambda x: _stability.drawdown(x, valid=x == x), signature="(n)->(n)")(mean)


class Performance(eqx.Module):
    """How good the run got, in units of the return, ↑."""

    jumpstart: Float[Array, ""]
    """Mean of the first tenth of the stream."""
    final: Float[Array, ""]
    """Mean of the last tenth of the stream."""
    last_window: Float[Array, ""]
    """Mean of the last `window` entries of the stream (of all, where there are fewer)."""
    best: Float[Array, ""]
    """Largest trailing mean."""
    area_under_curve: Float[Array, ""]
    """Mean height of the learning curve over its steps."""
    solved: Bool[Array, ""] | None
    """`last_window` ≥ target, and finite: a run that diverged to ∞ solved nothing."""


class Stability(eqx.Module):
    """How steadily the run learned. Read on the trailing mean over `window` entries unless a field says otherwise."""

    coefficient_of_variation: Float[Array, ""]
    """σ/|x̄| of the last `window` entries of the raw stream, ↓."""
    max_drawdown: Float[Array, ""]
    """Largest fall from an earlier peak, in units of the return, ↓."""
    forgetting: Float[Array, ""]
    """Peak minus end, ↓."""
    final_to_peak: Float[Array, ""]
    """Share of the gain that is left at the end, ↑."""
    consistency: Float[Array, ""] | None
    """Share of the last `window` raw entries that meet the target, ↑."""


class Reliability(eqx.Module):
    """Fluctuation and risk of the raw stream, after Chan et al. 2020; differences are from entry to entry, per step."""

    curve_range: Float[Array, ""]
    """Q(0.95) minus the first entry, ↑: what the others are usually divided by."""
    dispersion_within_run: Float[Array, ""]
    """Interquartile range of the differences, ↓."""
    short_term_risk: Float[Array, ""]
    """Mean of the worst 5 % of the differences, ↑."""
    long_term_risk: Float[Array, ""]
    """Mean of the worst 5 % of the drawdowns, ↓."""
    median_performance: Float[Array, ""]
    """Median entry, ↑."""


class Convergence(eqx.Module):
    """When the run got there, and whether it fell back."""

    crossing: _convergence.Crossing | None
    """First step at which the trailing mean meets the target; censored where it never does."""
    last_step: Int[Array, ""]
    """Last step of the run: how long it was followed."""
    collapse: _stability.Collapse
    """Whether, when and how deep the trailing mean fell, and whether it came back."""


class Drawdown(eqx.Module):
    """The falls of the trailing mean over `window` entries from its earlier peaks."""

    time_under_water: Float[Array, ""]
    """Share of the entries that are below an earlier peak, ↓."""
    longest_under_water: _stability.Spell
    """Steps of the longest stretch below an earlier peak, ↓."""
    recovery: _convergence.Crossing
    """Steps from the peak before the deepest fall to the return to its level, ↓; censored where it never returns."""


class PolicyEntropy(eqx.Module):
    """The policy at its sampled observations, in nats. Sampled entries stay per sample."""

    sample_entropy: Float[Array, " sample"]
    sample_confidence: Float[Array, " sample"]
    action_marginal: Float[Array, " action"]
    """Mean probability of each action."""
    mean_entropy: Float[Array, ""]
    mean_normalized_entropy: Float[Array, ""]
    mean_perplexity: Float[Array, ""]
    mean_confidence: Float[Array, ""]
    marginal_entropy: Float[Array, ""]
    mutual_information: Float[Array, ""]
    """How much the policy looks at the state."""


class GaussianEntropy(eqx.Module):
    """A Gaussian policy at its sampled observations. Sampled entries stay per sample."""

    sample_entropy: Float[Array, " sample"]
    """Differential, in nats: may be negative."""
    sample_action: Float[Array, "sample dimension"]
    """The mean action; of a squashed policy its image under tanh, which is the median action."""
    sample_std: Float[Array, "sample dimension"]
    """Standard deviation, before tanh."""
    mean_entropy: Float[Array, ""]
    mean_action: Float[Array, " dimension"]
    mean_std: Float[Array, " dimension"]
    squashed: bool = eqx.field(static=True, default=False)

    def over_samples(self, name: str) -> Float[Array, "quantile dimension"]:
        """Quantiles of "sample_action" or "sample_std" over the finite samples of all runs of the last batch axis."""
        return _over_samples(getattr(self, name))


@jax.jit
def _over_samples(x: Float[Array, "... run sample dimension"]) -> Float[Array, "... quantile dimension"]:
    pooled = x.reshape(*x.shape[:-3], -1, x.shape[-1])
    band = jnp.vectorize(lambda rows: quantile_band(rows, valid=jnp.isfinite(rows)), signature="(n,d)->(q,d)")
    return band(pooled)


class PolicyCourse(eqx.Module):
    """The sampled policy over training: means over the samples of each update."""

    step: Int[Array, " update"] | None
    entropy: Float[Array, " update"]
    """In nats."""
    perplexity: Float[Array, " update"] | None
    """Mean of exp(entropy): how many actions the policy is undecided between."""
    action_marginal: Float[Array, "update action"] | None
    mean_action: Float[Array, "update dimension"] | None
    """Of a Gaussian policy, as in `GaussianEntropy`."""
    mean_std: Float[Array, "update dimension"] | None
    squashed: bool = eqx.field(static=True, default=False)


class EvaluationStatistics(eqx.Module):
    """Evaluation rollouts, reduced over rollouts."""

    step: Int[Array, " eval"] | None
    mean: Float[Array, " eval"]
    std: Float[Array, " eval"]
    """Spread over rollouts, ddof 1."""
    count: Int[Array, " eval"]
    final: Float[Array, ""]
    """Mean of the last evaluation."""
    best: Float[Array, ""]


class Diverged(eqx.Module):
    """Where valid data is not finite."""

    returns: Bool[Array, ""]
    evaluation: Bool[Array, ""] | None
    losses: dict[str, Bool[Array, ""]] | None
