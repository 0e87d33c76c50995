"""`View`: an Analysis and its Aggregate on the host, with names, labels, target, window and colours."""

import dataclasses
import functools
import itertools
import math
from typing import TypeVar

from .._explained import explained
from .._printable import printable
from .._run import TrainingRun
from .._steps import plain
from .._types import Array
from ..aggregation import Aggregate
from ..analysis import Analysis
from ..host import copied_rows, to_host
from ..stats import Interval
from . import _compute, _looks
from ._camps import camps_p, camps_words
from ._looks import Look
from ._numbers import typeset

MOST_IN_COLOR = 8
"""More configurations than this: the best few are coloured, the others grey."""
COLORED = 5
RETURN = "Episodic return"
"""The label of an axis of returns."""
_FEWEST_FOR_CAMPS = 4
"""Runs below which the dip test is undefined."""
ALL_RUNS = "all runs"
"""The label of the only configuration."""
Known = TypeVar("Known")


@dataclasses.dataclass(frozen=True, eq=False)
class View:
    """Runs at the edge: words, figures, pages and MLflow are made from one View, so nothing is computed twice.

    Everything is on the host, as NumPy arrays: those of `analysis` and `run` have the leading axes
    [configuration, run], those of `summary` [configuration], whatever batch axes the caller's had. `make_view` makes
    one from arrays, a TrainingRun, an Analysis or an Aggregate.

    Either `analysis` or `summary` may be None. A reader that needs one asks for `per_run` (an Analysis, or an error),
    `estimates` (an Aggregate, always) or `results` (the first of both that is there), which are never None.
    """

    analysis: Analysis | None
    """Of single runs; None if the caller gave an Aggregate."""
    summary: Aggregate | None
    """Over several runs; None if every configuration has one run."""
    run: TrainingRun | None
    """The raw data; None if the caller gave an Analysis or an Aggregate."""
    labels: tuple[str, ...]
    """A name for each configuration."""
    target: float | None
    """The return that counts as solved."""
    runs: int
    """Runs per configuration."""
    level: float = 0.95
    """Nominal coverage of the intervals."""

    def __post_init__(self) -> None:
        if self.analysis is None and self.summary is None:
            raise ValueError("a View needs an Analysis or an Aggregate")

    @property
    def per_run(self) -> Analysis:
        """The Analysis of single runs; ValueError if only an Aggregate is known."""
        if self.analysis is None:
            raise ValueError("an Aggregate has no single runs: give the TrainingRun or the Analysis")
        return self.analysis

    @functools.cached_property
    def estimates(self) -> Aggregate:
        """The summary; of one run each, the same without intervals, computed when it is first asked for."""
        return to_host(_compute.summarize(self.per_run, level=self.level)) if self.summary is None else self.summary

    @property
    def results(self) -> Analysis | Aggregate:
        """The Analysis, or the Aggregate if no single runs are known."""
        return self.estimates if self.analysis is None else self.analysis

    @property
    def configurations(self) -> int:
        """Number of configurations."""
        return len(self.labels)

    @property
    def is_one_run(self) -> bool:
        """There is nothing to compare: one configuration, one run."""
        return self.configurations == 1 and self.runs == 1

    @property
    def cells(self) -> list[tuple[int, int]]:
        """Every (configuration, run)."""
        return list(itertools.product(range(self.configurations), range(self.runs)))

    def run_name(self, configuration: int, run: int) -> str:
        """``label, seed 3``; without the label if there is one configuration."""
        return f"{self.labels[configuration]}, seed {run}" if self.configurations > 1 else f"seed {run}"

    @property
    def window(self) -> tuple[int, int]:
        """Entries in the trailing mean that scalars read: of the run with the shortest window, and of the longest."""
        window = self.results.window
        return int(window.min()), int(window.max())

    @property
    def window_words(self) -> str:
        """``100 episodes``; ``6 to 15 episodes (a tenth of each run's)`` if runs have windows of their own."""
        low, high = self.window
        if low == high:
            return counted(low, self.entry)
        return f"{low:,} to {high:,} {self.entry}s (a tenth of each run's)"

    @property
    def best_words(self) -> str:
        """The level that falls are measured from: ``best trailing mean over 100 episodes``."""
        if self.window[1] == 1:
            return f"best {self.entry}"
        return f"best trailing mean over {self.window_words}"

    @property
    def metric(self) -> str:
        """The quantity that the runs are about, as words name it: ``return``."""
        return printable(self.results.metric)

    @property
    def metric_label(self) -> str:
        """The same as the label of an axis."""
        return RETURN if self.metric == "return" else capitalized(self.metric)

    @property
    def minimize(self) -> bool:
        """Lower is better."""
        return self.results.minimize

    @property
    def final_name(self) -> str:
        """The name of the headline in tables and figures: ``final return``."""
        return final_name(self.metric)

    @property
    def final_words(self) -> str:
        """The headline in words: what `performance/final` is the mean of."""
        entries = self._final_entries
        return f"the last tenth of training ({entries})" if entries else "the last tenth of training"

    @property
    def _final_entries(self) -> str:
        """``12 to 15 episodes each``; "" if the group was not computed."""
        performance = self.results.performance
        if performance is None:
            return ""
        low, high = int(performance.final_entries.min()), int(performance.final_entries.max())
        many = counted(low, self.entry) if low == high else f"{low:,} to {high:,} {self.entry}s"
        return f"{many} each" if self.runs * self.configurations > 1 else many

    @property
    def source(self) -> str:
        """The origin of the learning curve: "updates", "evaluation" or "episodes"."""
        return self.estimates.source if self.analysis is None else self.analysis.curve.source

    @property
    def entry(self) -> str:
        """The name of one entry of the stream behind scalars and windows."""
        return self.results.kind.removesuffix("s")

    @property
    def x_unit(self) -> str:
        """What a crossing counts: see `x_unit`."""
        return x_unit(self.results)

    @property
    def last_step(self) -> Array | None:
        """Environment steps that each run was trained for [configuration, run]; None if only the order is known."""
        if self.analysis is None or self.analysis.curve.step is None:
            return None
        return plain(self.analysis.total_steps)

    @property
    def colored(self) -> tuple[int, ...]:
        """Configurations drawn in colour: all, or the best few of many."""
        everyone = tuple(range(self.configurations))
        return everyone if len(everyone) <= MOST_IN_COLOR else self.ranking[:COLORED]

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

    @functools.cached_property
    def camps(self) -> Array:
        """p of the dip test of the final level of each configuration [configuration]; NaN below four runs."""
        return camps_p(known(self.scores))

    @property
    def scores(self) -> Array | None:
        """The final level of each run [configuration, run]; None: it was not computed."""
        if self.summary is not None:
            return self.summary.scores
        performance = self.per_run.performance
        return None if performance is None else performance.final

    @property
    def camps_words(self) -> list[str]:
        """A sentence for each configuration whose runs fall into camps."""
        if self.runs < _FEWEST_FOR_CAMPS or self.scores is None:
            return []
        return camps_words(self.camps, self.labels, self.final_name, typeset)

    @functools.cached_property
    def repeated(self) -> Array:
        """Runs that are an earlier one of their configuration again [configuration, run]."""
        curve = self.per_run.curve
        return copied_rows(curve.value, curve.valid)

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
    def ranking(self) -> tuple[int, ...]:
        """Configurations by their final level, best first, undefined ones last."""
        scores = [self.final(c) * (-1 if self.minimize else 1) for c in range(self.configurations)]
        return tuple(sorted(range(len(scores)), key=lambda c: (math.isnan(scores[c]), -scores[c])))

    @property
    def best(self) -> int:
        """The configuration with the best final level."""
        return self.ranking[0]

    def final(self, configuration: int) -> float:
        """The configuration's headline: the estimate over its runs; NaN if it was not computed."""
        if self.summary is not None and self.summary.performance is not None:
            return float(self.summary.performance.final.estimate[configuration])
        if self.analysis is not None and self.analysis.performance is not None:
            return float(self.analysis.performance.final[configuration, 0])
        return math.nan


def x_unit(results: Analysis | Aggregate) -> str:
    """What a crossing counts: steps, or entries of the stream if only their order is known."""
    return results.kind.removesuffix("s") if results.curve.step is None else "step"


def final_name(metric: str) -> str:
    """The name of the headline of a metric."""
    return f"final {metric}"


@explained
def capitalized(words: str) -> str:
    """The words with a capital at their start; other letters stay as they are."""
    return words[:1].upper() + words[1:]


@explained
def counted(count: int, thing: str) -> str:
    """``1 run``, ``12 runs``."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


@explained
def bounds(interval: Interval, configuration: int) -> tuple[float, float, float]:
    """Estimate, low and high of one configuration."""
    c = configuration
    return float(interval.estimate[c]), float(interval.low[c]), float(interval.high[c])


@explained
def known(part: Known | None) -> Known:
    """A part of a result that may be missing in others and, as the caller has checked, is there in this one."""
    assert part is not None
    return part
