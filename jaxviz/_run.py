"""`TrainingRun`: the data of a training run, as frozen pytrees of arrays with explicit validity.

Every array carries the same leading batch axes (configurations, seeds: any number, also none), so a run can be
stacked, sliced with `run[i]`, mapped with `jax.vmap` and sharded like any pytree. Ragged data is fixed-size plus
`valid`; NaN is never "missing". Names and configurations live outside: they would stop runs from stacking.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

import equinox as eqx

from ._any_axes import rows_at
from ._explained import explained
from ._shown import Result, Told
from ._steps import ExactSteps
from ._types import Array, Bool, Float, Int, Num

UNKNOWN = ("quartiles", "values")
"""Arrays that are NaN where there is nothing; others are 0."""


class _Batched(Result):
    """A pytree whose arrays all share their leading batch axes."""

    def __getitem__(self, index: Any) -> Self:
        """The same object with every array indexed along the batch axes."""
        return rows_at(self, index)


def check_index(index: Any, batch_shape: tuple[int, ...], what: str) -> None:
    """Refuse a number outside the first batch axis, which JAX would clamp: a loop over runs would never end."""
    if isinstance(index, int) and not isinstance(index, bool):
        if not batch_shape:
            raise TypeError(f"`index` {index}: this {what} has no batch axes, so that there is nothing to index")
        if not -batch_shape[0] <= index < batch_shape[0]:
            raise IndexError(f"`index` must be below {batch_shape[0]}, the first of the batch axes, got {index}")


class EpisodeSeries(_Batched):
    """Finished episodes in the order they ended: time first, environment second; valid entries first."""

    returns: Float[Array, "*batch episode"]
    """Undiscounted return of the episode."""
    lengths: Int[Array, "*batch episode"] | None
    """Number of environment steps in the episode."""
    step: ExactSteps | None
    """Environment steps taken, over all environments, when the episode ended; None: only the order is known."""
    valid: Bool[Array, "*batch episode"]
    """Which entries are episodes."""
    count: Int[Array, "*batch"]
    """Episodes that ended, also those beyond the capacity."""
    overflow: Bool[Array, "*batch"]
    """More episodes ended than there is capacity for: the later ones are missing."""


class UpdateReturns(_Batched):
    """Returns per update, kept as sums so that every estimand and coarser window can be formed without bias."""

    total: Float[Array, "*batch update"] | None
    """Σ D·R: sum of the returns of the episodes that ended in the update; None if only held values are known."""
    length_total: Float[Array, "*batch update"] | None
    """Σ D·L: sum of their lengths."""
    count: Int[Array, "*batch update"] | None
    """Σ D: number of episodes that ended in the update."""
    hold_total: Float[Array, "*batch update"] | None
    """Σ A·Hold: sum over (step, env) of the latest finished return of each environment that has one."""
    hold_count: Int[Array, "*batch update"] | None
    """Σ A: number of (step, env) cells whose environment has finished an episode."""
    step: ExactSteps | None
    """Environment steps taken at the end of the update; None: only the order is known."""
    quartiles: Float[Array, "*batch update 5"] | None = None
    """Minimum, quartiles and maximum of the returns of the episodes that ended in the update; NaN if none did."""
    weighted_total: Float[Array, "*batch update"] | None = None
    """Σ D·L·R: sum of those returns, each weighted by the length of its episode."""
    valid: Bool[Array, "*batch update"] | None = None
    """Which entries are updates; None: all."""
    means: bool = eqx.field(static=True, default=False)
    """Means were recorded, not episodes: `total` is the mean, and `count` is 1 where there is one, else 0."""

    @property
    def sums(self) -> Float[Array, "*batch update"]:
        """The sums that are known, those of the episodes that ended first: an array of the shape of every other."""
        found = self.total if self.total is not None else self.hold_total
        assert found is not None  # one of the two is known
        return found


class Evaluation(_Batched):
    """Returns of a fixed set of evaluation rollouts at each evaluation: the estimate without length bias."""

    returns: Float[Array, "*batch eval rollout"]
    lengths: Num[Array, "*batch eval rollout"] | None
    """Steps of the rollout; a floating number where it stands for several."""
    step: ExactSteps | None
    """Environment steps of training taken before the evaluation; None: only the order is known."""
    valid: Bool[Array, "*batch eval rollout"]


class PolicySample(_Batched):
    """Action probabilities of the policy at sampled observations."""

    probs: Float[Array, "*batch sample action"]
    observations: Float[Array, "..."] | None
    """The sampled observations: [*batch, sample, *observation]."""

    @property
    def rows(self) -> Float[Array, "*batch sample action"]:
        """The array with one row per sample."""
        return self.probs


class GaussianSample(_Batched):
    """A diagonal Gaussian policy at sampled observations."""

    mean: Float[Array, "*batch sample dimension"]
    log_std: Float[Array, "*batch sample dimension"]
    observations: Float[Array, "..."] | None
    """The sampled observations: [*batch, sample, *observation]."""
    squashed: bool = eqx.field(static=True, default=False)
    """Its actions go through tanh."""

    @property
    def rows(self) -> Float[Array, "*batch sample dimension"]:
        """The array with one row per sample."""
        return self.mean


class PolicySeries(_Batched):
    """The policy at sampled observations over training."""

    sample: PolicySample | GaussianSample
    """One for every update: [*batch, update, sample, …]."""
    step: ExactSteps | None
    """Environment steps taken at the end of the update; None: only the order is known."""

    @property
    def rows(self) -> Float[Array, "*batch update sample _"]:
        """The array with one row per sample of every update."""
        return self.sample.rows


class LossSeries(_Batched):
    """Losses and update diagnostics, one value per update and name."""

    values: dict[str, Float[Array, "*batch update"]]
    step: ExactSteps | None
    """Environment steps taken at the end of the update; None: only the order is known."""
    valid: Bool[Array, "*batch update"] | None = None
    """Which updates are there, valid entries first; None: all of them."""


class TrainingRun(_Batched, Told):
    """One training run, or a batch of them: measurements, nothing computed.

    Build it with `from_purejaxrl`, `from_gymnax`, `from_rejax`, `from_curves` or `from_arrays`. At least one of
    `episodes`, `updates` and `evaluation` is there; everything else is optional.
    """

    episodes: EpisodeSeries | None = None
    updates: UpdateReturns | None = None
    evaluation: Evaluation | None = None
    losses: LossSeries | None = None
    policy: PolicySample | GaussianSample | None = None
    policies: PolicySeries | None = None
    total_steps: ExactSteps | None = None
    """Environment steps that were run: episodes may have ended earlier. None: up to the last recorded entry."""
    metric: str = eqx.field(static=True, default="return")
    """The quantity in `returns`, as words and axes name it: "return", "win rate", "cost"."""
    minimize: bool = eqx.field(static=True, default=False)
    """Lower is better: turns crossings, drawdowns, best values and every comparison."""

    @explained
    def __check_init__(self) -> None:
        if self.episodes is None and self.updates is None and self.evaluation is None:
            raise ValueError(
                "a TrainingRun needs returns: give `episodes`, `updates` or `evaluation`; all three are None"
            )
        shapes = {name: shape for name, shape in _batch_shapes(self).items() if shape is not None}
        if len(set(shapes.values())) > 1:
            listing = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            raise ValueError(f"all parts of a TrainingRun must share their leading batch axes, got {listing}")

    def __getitem__(self, index: Any) -> Self:
        """Some runs of the batch."""
        check_index(index, self.batch_shape, "run")
        return super().__getitem__(index)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading batch axes: () for one run."""
        return next(shape for shape in _batch_shapes(self).values() if shape is not None)


class BaseStudy(ABC):
    """Runs of which no single batch is made, as `jv.Study` holds them: they are analysed in batches of their own."""

    @abstractmethod
    def analyze_with(self, analyze: Callable[[TrainingRun], Any]) -> Any:
        """Their results from the results of their batches [run]."""


def _leading(array: Num[Array, "..."] | ExactSteps | None, trailing: int) -> tuple[int, ...] | None:
    """Leading axes of an array that has `trailing` axes of its own; None for anything but an array."""
    shape = getattr(array, "shape", None)
    return None if shape is None else tuple(shape[: len(shape) - trailing])


def _batch_shapes(run: TrainingRun) -> dict[str, tuple[int, ...] | None]:
    """Batch axes of each part, None for the absent ones."""
    first_loss = next(iter(run.losses.values.values()), None) if run.losses is not None else None
    return {
        "episodes": _leading(run.episodes and run.episodes.returns, 1),
        "updates": _leading(run.updates and run.updates.sums, 1),
        "evaluation": _leading(run.evaluation and run.evaluation.returns, 2),
        "losses": _leading(first_loss, 1),
        "policy": _leading(run.policy and run.policy.rows, 2),
        "policies": _leading(run.policies and run.policies.rows, 3),
        "total_steps": _leading(run.total_steps, 0),
    }
