"""What one section of the page is about: an Analysis [configuration, run] and its Aggregate, on the host."""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any

import jax

from .._run import TrainingRun
from ..aggregation import aggregate
from ..analysis import Analysis, analyze, known_estimand
from ..host import to_host

_SEED = 0


@dataclasses.dataclass(frozen=True)
class Part:
    """One saved file, or one object handed to `write`: NumPy arrays with the leading axes [configuration, run]."""

    name: str
    source: TrainingRun | Analysis
    """What the caller gave: the figures are drawn from it."""
    analysis: Any
    summary: Any
    labels: tuple[str, ...]
    target: float | None
    metadata: dict[str, Any]

    @property
    def runs(self) -> int:
        """Runs per configuration."""
        return self.analysis.diverged.returns.shape[1]

    @property
    def cells(self) -> list[tuple[int, int]]:
        """Every (configuration, run)."""
        return list(itertools.product(range(len(self.labels)), range(self.runs)))

    @property
    def entry(self) -> str:
        """What one entry of the stream behind scalars is."""
        by_episode = self.analysis.curve.source == "episodes" or self.analysis.episodes is not None
        return "episode" if by_episode else self.analysis.curve.source.removesuffix("s")

    @property
    def x_unit(self) -> str:
        """What the x axis counts: a step, or an entry where only the order is known."""
        return self.entry if self.analysis.curve.step is None else "step"

    @property
    def last_step(self) -> Any:
        """Last environment step of each run [configuration, run]; None where only the order is known."""
        if self.analysis.convergence is None or self.analysis.curve.step is None:
            return None
        return self.analysis.convergence.last_step

    def run_name(self, configuration: int, run: int) -> str:
        """``label, seed 3``; without the label where there is one configuration."""
        return f"{self.labels[configuration]}, seed {run}" if len(self.labels) > 1 else f"seed {run}"


def make_part(
    name: str,
    source: TrainingRun | Analysis,
    *,
    labels: Sequence[str] | None,
    metadata: dict[str, Any],
    target: float | None,
    window: int,
    level: float,
) -> Part:
    """Analyse where it is needed, aggregate, and bring both to the host."""
    if not isinstance(source, TrainingRun | Analysis):
        raise TypeError(f"`runs` must be TrainingRun or Analysis objects, got {type(source).__name__} as {name!r}")
    shape = source.batch_shape
    if math.prod(shape) == 0:
        raise ValueError(f"`runs`: {name!r} has no run, its batch axes are {shape}")
    if isinstance(source, TrainingRun):
        estimand = known_estimand(source)
        analysis = analyze(source, windows=(_fitting(source, window),), target=target, estimand=estimand)
        source = analysis if estimand == "hold" else source
    else:
        analysis = source
    target = None if analysis.target is None else float(analysis.target)
    summary = aggregate(analysis, jax.random.key(_SEED), level=level)
    leading = (math.prod(shape[:-1]), shape[-1] if shape else 1)
    return Part(
        name=name,
        source=source,
        analysis=_lead(dataclasses.replace(analysis, target=None), len(shape), leading),
        summary=_lead(summary, len(shape[:-1]), leading[:1]),
        labels=_names(labels, shape[:-1]),
        target=target,
        metadata=metadata,
    )


def _fitting(run: TrainingRun, window: int) -> int:
    """`window`, or as many episodes as the longest run has."""
    if run.episodes is None:
        return window
    return max(1, min(window, int(run.episodes.count.max()), run.episodes.returns.shape[-1]))


def _lead(tree: Any, axes: int, leading: tuple[int, ...]) -> Any:
    return jax.tree.map(lambda a: a.reshape(*leading, *a.shape[axes:]), to_host(tree))


def _names(labels: Sequence[str] | None, batch: tuple[int, ...]) -> tuple[str, ...]:
    count = math.prod(batch)
    if labels is None:
        if count == 1:
            return ("all runs",)
        return tuple(f"configuration {' '.join(map(str, i))}" for i in itertools.product(*map(range, batch)))
    if isinstance(labels, str) or len(labels) != count:
        raise ValueError(f"`labels` must name each of the {count} configurations, got {labels!r}")
    return tuple(map(str, labels))
