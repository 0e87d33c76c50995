"""What a figure is about: an Analysis and its Aggregate on the host, made from whatever the caller has."""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from .._run import Evaluation, TrainingRun
from ..aggregation import Aggregate, aggregate
from ..analysis import Analysis, analyze, known_estimand
from ..host import to_host
from ..inputs import from_arrays
from . import _looks
from ._looks import Look

WINDOW = 100
"""The default size of the trailing window, in episodes."""
MOST_IN_COLOR = 8
"""More configurations than this: the best few are coloured, the others grey."""
COLORED = 5
ALL_RUNS = "all runs"
"""The label of the only configuration."""
_SEED = 0

# What `from_arrays` calls its arguments, and what figures call them.
_ARGUMENTS = {"`returns`": "`rewards`", "`lengths`": "`episode_lengths`", "evaluation returns": "`eval_rewards`"}


@dataclasses.dataclass(frozen=True)
class View:
    """What figures draw: NumPy copies with the leading axes [configuration, run], of `summary` [configuration]."""

    analysis: Any
    """An `Analysis`; None where the caller gave an Aggregate: there are no single runs then."""
    summary: Any
    """An `Aggregate`; None where every configuration has one run."""
    run: Any
    """The raw data as a `TrainingRun`, where the caller gave any, else None."""
    labels: tuple[str, ...]
    target: float | None
    runs: int
    """Runs per configuration."""

    @property
    def configurations(self) -> int:
        """Number of configurations."""
        return len(self.labels)

    @property
    def is_one_run(self) -> bool:
        """There is nothing to compare: one configuration, one run."""
        return self.configurations == 1 and self.runs == 1

    @property
    def window(self) -> int:
        """Entries in the trailing statistics that scalars read."""
        return (self.analysis or self.summary).window

    @property
    def source(self) -> str:
        """What the learning curve is made from: "updates", "evaluation" or "episodes"."""
        return self.analysis.curve.source if self.analysis is not None else self.summary.source

    @property
    def entry(self) -> str:
        """What one entry of the stream behind scalars and windows is."""
        by_episode = self.source == "episodes" or (self.analysis or self.summary).episodes is not None
        return "episode" if by_episode else self.source.removesuffix("s")

    @property
    def colored(self) -> tuple[int, ...]:
        """Configurations drawn in colour: all, or the best few where there are many."""
        everyone = tuple(range(self.configurations))
        return everyone if len(everyone) <= MOST_IN_COLOR else _best(self)[:COLORED]

    @property
    def faded(self) -> tuple[int, ...]:
        """Configurations drawn in grey."""
        colored = self.colored
        return tuple(c for c in range(self.configurations) if c not in colored)

    @property
    def looks(self) -> dict[int, Look]:
        """Colour and line style of each coloured configuration."""
        colored = self.colored
        return dict(zip(colored, _looks.looks([self.labels[c] for c in colored]), strict=True))

    def only(self, configuration: int) -> "View":
        """One of the configurations."""
        chosen = slice(configuration, configuration + 1)
        return dataclasses.replace(
            self,
            analysis=None if self.analysis is None else self.analysis[chosen],
            summary=None if self.summary is None else self.summary[chosen],
            run=None if self.run is None else self.run[chosen],
            labels=self.labels[chosen],
        )

    @property
    def best(self) -> int:
        """The configuration with the highest last returns."""
        return _best(self)[0]

    def last_window(self, configuration: int) -> float:
        """The configuration's last returns: the estimate over its runs; NaN where it was not computed."""
        if self.summary is not None and self.summary.performance is not None:
            return float(self.summary.performance.last_window.estimate[configuration])
        if self.analysis is not None and self.analysis.performance is not None:
            return float(self.analysis.performance.last_window[configuration, 0])
        return math.nan


RESULTS = View | TrainingRun | Analysis | Aggregate
"""What figures draw without reading arrays."""


def bounds(interval: Any, configuration: int) -> tuple[float, float, float]:
    """Estimate, low and high of one configuration."""
    return tuple(float(part[configuration]) for part in (interval.estimate, interval.low, interval.high))  # type: ignore[return-value]


def _best(view: View) -> tuple[int, ...]:
    """Configurations by their last returns, highest first, undefined ones last."""
    scores = [view.last_window(c) for c in range(view.configurations)]
    return tuple(sorted(range(len(scores)), key=lambda c: (math.isnan(scores[c]), -scores[c])))


def make_view(
    x: Any,
    *,
    losses: Any = None,
    eval_rewards: Any = None,
    episode_lengths: Any = None,
    action_probs: Any = None,
    observations: Any = None,
    window: int | None = None,
    target: float | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
) -> View:
    """The view of a figure from raw arrays, a TrainingRun, an Analysis or an Aggregate; a View stays itself."""
    parts = {
        "losses": losses, "eval_rewards": eval_rewards, "episode_lengths": episode_lengths,
        "action_probs": action_probs, "observations": observations,
    }  # fmt: skip
    if isinstance(x, View):
        return x
    if isinstance(x, Aggregate):
        refuse(parts, "an Aggregate")
        return _from_aggregate(x, labels, target)
    if isinstance(x, Analysis):
        refuse(parts, "an Analysis")
        _check_target(x, target)
        return from_analysis(x, None, labels, level, target)
    if isinstance(x, TrainingRun):
        refuse(parts, "a TrainingRun")
        run = x
    else:
        run = read_arrays(x, **parts)
    _check_not_empty(run)
    settings = {"windows": (fitting_window(run, window),), "estimand": known_estimand(run)}
    analysis = analyze(run, target=target, **settings)
    return from_analysis(analysis, run, labels, level, target)


def read_arrays(rewards: Any, **parts: Any) -> TrainingRun:
    """`from_arrays` under the names that figures give their arguments."""
    if rewards is None:
        raise ValueError("`rewards` is None: give episode returns, a TrainingRun, an Analysis or an Aggregate")
    try:
        return from_arrays(
            rewards,
            lengths=parts.get("episode_lengths"),
            losses=parts.get("losses"),
            evaluation_returns=parts.get("eval_rewards"),
            action_probs=parts.get("action_probs"),
            observations=parts.get("observations"),
        )
    except ValueError as error:
        text = str(error)
        for theirs, ours in _ARGUMENTS.items():
            text = text.replace(theirs, ours)
        raise ValueError(text) from None


def without_returns(batch: tuple[int, ...], **parts: Any) -> TrainingRun:
    """A run of which only losses or a policy are known: its one evaluation has no valid rollout."""
    nothing = jnp.zeros((*batch, 1, 1))
    evaluation = Evaluation(returns=nothing, lengths=None, step=None, valid=nothing > 0)
    return TrainingRun(evaluation=evaluation, **parts)


def refuse(parts: dict[str, Any], owner: str) -> None:
    """ValueError where any of `parts` is given beside an `owner` that brings its own."""
    given = [f"`{name}`" for name, part in parts.items() if part is not None]
    if given:
        raise ValueError(f"{owner} brings its own data: leave {', '.join(given)} out")


def _check_target(analysis: Analysis, target: float | None) -> None:
    if (
        target is not None
        and analysis.target is not None
        and not math.isclose(target, float(analysis.target), rel_tol=1e-6)
    ):
        raise ValueError(
            f"the Analysis was made with target {float(analysis.target):g}; analyse again to draw it with {target:g}"
        )


def _check_runs(batch_shape: tuple[int, ...]) -> None:
    if math.prod(batch_shape) == 0:
        raise ValueError(f"there is no run to draw: the batch axes are {batch_shape}")


def _check_not_empty(run: TrainingRun) -> None:
    _check_runs(run.batch_shape)
    if run.episodes is not None and run.updates is None and run.episodes.returns.shape[-1] == 0:
        raise ValueError("`rewards` is empty: there is no episode to draw")


def fitting_window(run: TrainingRun, window: int | None) -> int:
    """`window`, or as many episodes as the longest run has."""
    window = WINDOW if window is None else window
    if window < 1:
        raise ValueError(f"the window must be at least 1 episode, got {window}")
    if run.episodes is None:
        return window
    return max(1, min(window, int(run.episodes.count.max()), run.episodes.returns.shape[-1]))


def from_analysis(
    analysis: Analysis,
    run: TrainingRun | None,
    labels: Sequence[str] | None,
    level: float = 0.95,
    target: float | None = None,
) -> View:
    """A view of an Analysis, and of its Aggregate where it has several runs."""
    shape = analysis.batch_shape
    _check_runs(shape)
    if analysis.curve.value.shape[-1] == 0:
        raise ValueError("there is nothing to draw: the learning curve has no point")
    batch, runs = shape[:-1], (shape[-1] if shape else 1)
    summary = aggregate(analysis, jax.random.key(_SEED), level=level) if runs > 1 else None
    target = float(analysis.target) if target is None and analysis.target is not None else target
    names = configuration_names(labels, batch)
    leading = (len(names), runs)
    return View(
        analysis=_lead(_without_target(analysis), len(shape), leading),
        summary=None if summary is None else _lead(summary, len(batch), leading[:1]),
        run=None if run is None else _lead(run, len(shape), leading),
        labels=names,
        target=target,
        runs=runs,
    )


def _from_aggregate(summary: Aggregate, labels: Sequence[str] | None, target: float | None) -> View:
    batch = summary.batch_shape
    names = configuration_names(labels, batch)
    host = _lead(summary, len(batch), (len(names),))
    if target is None and host.target is not None:
        target = float(host.target[0])
    return View(None, host, None, names, target, int(host.runs.max()))


def _without_target(analysis: Analysis) -> Analysis:
    """`target` is the one array without batch axes."""
    return dataclasses.replace(analysis, target=None)


def _lead(tree: Any, axes: int, leading: tuple[int, ...]) -> Any:
    """The tree on the host, its first `axes` axes brought to the shape `leading`."""
    return jax.tree.map(lambda a: a.reshape(*leading, *a.shape[axes:]), to_host(tree))


def configuration_names(labels: Sequence[str] | None, batch: tuple[int, ...]) -> tuple[str, ...]:
    """`labels`, one for each configuration of the batch axes; numbers where there are none."""
    count = math.prod(batch)
    if count == 0:
        raise ValueError(f"there is no configuration to draw: the batch axes are {batch}")
    if labels is None:
        if count == 1:
            return (ALL_RUNS,)
        return tuple(f"configuration {' '.join(map(str, i))}" for i in itertools.product(*map(range, batch)))
    if isinstance(labels, str) or len(labels) != count:
        raise ValueError(f"`labels` must name each of the {count} configurations, got {labels!r}")
    return tuple(map(str, labels))
