"""`describe`: a run, an analysis or an aggregate in words and one table, made from their numbers."""

import itertools
import math
from collections.abc import Sequence

import jax.numpy as jnp

from .._explained import explained
from .._kinds import refusal
from .._printable import printable
from .._run import GaussianSample, PolicySample, TrainingRun
from .._steps import plain
from .._types import Array
from ..aggregation import Aggregate, CrossingAggregate
from ..analysis import Analysis
from ..comparison import Comparison, NextSeeds, Sweep
from ..host import copied_rows, to_host
from ..stats import Interval
from ..study import Study, StudyAnalysis
from ._camps import camps_p, camps_words
from ._interval_words import copies_words, coverage_words, interval_text, interval_words, method_words
from ._labels import one_each
from ._names import IN_SENTENCE
from ._numbers import UNDEFINED, number, span
from ._view import View, final_name, known, x_unit
from .comparisons._describe import describe_comparison
from .comparisons._next_seeds import describe_next_seeds
from .comparisons._sweep import describe_sweep

_WHY_UNDEFINED = (
    "  undefined: a run has no such value (it diverged, no episode finished in it, or it is shorter than the window)"
)


@explained
def describe(
    x: TrainingRun | Analysis | Aggregate | View | Study | StudyAnalysis | Comparison | NextSeeds | Sweep,
    *,
    labels: Sequence[str] | None = None,
) -> str:
    """The contents of `x`, as text to print.

    A TrainingRun: its batch, episodes, updates and other parts. An Analysis: how its runs ended and what went wrong.
    An Aggregate: one row per configuration (named by `labels`): the estimate of the final return, which is the mean
    over the last tenth of training, with its interval, the steps to the target, stability, and how many runs solved
    the task. A View: the rows of its estimates, under its own labels unless others are given. A Study: a row per cell,
    and its StudyAnalysis the same with final returns. A Comparison: its verdicts, then its algorithms in
    tiers. What `next_seeds` returns: who needs how many more runs. A Sweep: what its
    hyper-parameters do. TypeError for anything else.

    >>> print(jv.describe(jv.from_arrays(np.arange(18.0).reshape(3, 6))))
    TrainingRun: 3 runs
      episodes: 6 per run, 18 in all
    """
    return printable(_described(x, labels), lines=True)


def _described(
    x: TrainingRun | Analysis | Aggregate | View | Study | StudyAnalysis | Comparison | NextSeeds | Sweep,
    labels: Sequence[str] | None,
) -> str:
    if isinstance(x, Study | StudyAnalysis):
        return repr(x)
    if isinstance(x, Comparison):
        return describe_comparison(x)
    if isinstance(x, NextSeeds):
        return describe_next_seeds(x)
    if isinstance(x, Sweep):
        return describe_sweep(x)
    if isinstance(x, View):
        return _describe_aggregate(x.estimates, x.labels if labels is None else labels)
    if isinstance(x, Aggregate):
        return _describe_aggregate(x, labels)
    if isinstance(x, Analysis):
        return _describe_analysis(x)
    if isinstance(x, TrainingRun):
        return _describe_run(x)
    raise TypeError(refusal("x", x, "a TrainingRun, an Analysis or an Aggregate", "TrainingRun"))


def _describe_run(run: TrainingRun) -> str:
    lines = [f"TrainingRun: {_batch(run.batch_shape)}"]
    if 0 in run.batch_shape:
        return lines[0]
    episodes, updates, evaluation = run.episodes, run.updates, run.evaluation
    if episodes is not None:
        counts = to_host(episodes.count)
        lines.append(f"  episodes: {span(counts.min(), counts.max())} per run, {counts.sum():,} in all")
        overflow = int(to_host(episodes.overflow).sum())
        if overflow:
            kept = to_host(jnp.sum(episodes.valid, axis=-1, dtype=jnp.int32))
            lines.append(
                f"  kept of them: {span(kept.min(), kept.max())} per run, {kept.sum():,} in all; {overflow} of "
                f"{counts.size} runs had more episodes than were kept (overflow)"
            )
    if updates is not None and updates.sums.shape[-1]:
        last = "" if updates.step is None else f", to step {int(plain(to_host(updates.step)).max()):,}"
        lines.append(f"  updates: {updates.sums.shape[-1]:,}{last}")
        if updates.count is not None:
            empty = float(to_host(jnp.mean(updates.count == 0)))
            lines.append(
                f"  updates {'without a value' if updates.means else 'in which no episode ended'}: {empty:.1%}"
            )
    if evaluation is not None:
        number, rollouts = evaluation.returns.shape[-2:]
        lines.append(f"  evaluations: {number:,}, of {rollouts:,} rollout{'s' * (rollouts != 1)} each")
    if run.losses is not None:
        lines.append(f"  losses: {', '.join(run.losses.values)}")
    if run.policy is not None:
        lines.append(f"  policy: {_samples(run.policy)}")
    if run.policies is not None:
        lines.append(
            f"  policy over training: {run.policies.rows.shape[-3]:,} updates, {_samples(run.policies.sample)}"
        )
    return "\n".join(lines)


def _samples(policy: PolicySample | GaussianSample) -> str:
    if isinstance(policy, GaussianSample):
        return "{:,} samples of a Gaussian of {:,} dimensions".format(*policy.rows.shape[-2:])
    return "{:,} samples of {:,} actions".format(*policy.rows.shape[-2:])


def _describe_analysis(analysis: Analysis) -> str:
    lines = [f"Analysis: {_batch(analysis.batch_shape)}, {_axis_words(analysis)}"]
    if analysis.performance is not None:
        lines.append(f"  {final_name(analysis.metric)}: {_final_span(analysis)}")
        if analysis.performance.solved is not None and analysis.target is not None:
            solved = to_host(analysis.performance.solved)
            sign = "≤" if analysis.minimize else "≥"
            lines.append(f"  solved ({sign} {number(to_host(analysis.target))}): {solved.sum()} of {solved.size}")
        lines += _camps(analysis.performance.final, analysis.batch_shape[:-1], final_name(analysis.metric))
    diverged = to_host(analysis.diverged.returns)
    if diverged.any():
        lines.append(f"  diverged (values that are not finite): {int(diverged.sum())} of {diverged.size} runs")
    if len(analysis.batch_shape):
        flags = copied_rows(*to_host((analysis.curve.value, analysis.curve.valid)))
        copies = copies_words(int(flags.sum()), flags.size)
        lines += [f"  {copies}"] if copies else []
    return "\n".join(lines)


def _axis_words(analysis: Analysis) -> str:
    curve, metric = analysis.curve, analysis.metric
    if curve.source == "updates":
        estimand = "" if curve.estimand == "update" else f" (estimand {curve.estimand!r})"
        return f"{metric} per update{estimand}"
    return f"{metric} per evaluation" if curve.source == "evaluation" else f"{metric} by equal intervals of training"


def _describe_aggregate(aggregate: Aggregate, labels: Sequence[str] | None) -> str:
    host = to_host(aggregate)
    shape = aggregate.batch_shape
    indices = list(itertools.product(*(range(n) for n in shape)))
    labels = _numbered(shape) if labels is None else one_each(labels, len(indices))
    cells = [dict(_cells(host[index] if index else host)) for index in indices]
    header = list(dict.fromkeys(name for row in cells for name in row))
    rows = [[label, *(row.get(name, "") for name in header)] for label, row in zip(labels, cells, strict=True)]
    lines = [_title(host), *_table([["configuration", *header], *rows]), *_crossing_words(host)]
    copies = copies_words(int(host.copies.clip(0).sum()), int(host.runs.sum()))
    lines += [f"  {copies}"] if copies else []
    lines += [] if aggregate.scores is None else _camps(aggregate.scores, shape, final_name(host.metric), labels)
    return "\n".join([*lines, _WHY_UNDEFINED] if UNDEFINED in itertools.chain(*rows) else lines)


def _numbered(shape: tuple[int, ...]) -> list[str]:
    """Names for configurations that have none."""
    indices = itertools.product(*map(range, shape))
    return [" ".join(map(str, index)) if index else "all runs" for index in indices]


def _camps(final: Array, shape: tuple[int, ...], name: str, labels: Sequence[str] | None = None) -> list[str]:
    """Configurations whose runs [*shape, run] fall into camps."""
    runs = final.shape[-1] if final.ndim else 1
    if runs < 4 or not final.size:
        return []
    p = camps_p(to_host(final).reshape(-1, runs))
    return [f"  {words}" for words in camps_words(p, labels or _numbered(shape), name)]


def _title(host: Aggregate) -> str:
    runs = int(host.runs.max())
    words = f"{IN_SENTENCE[host.statistic]} over {runs} {'run' if runs == 1 else 'runs'}"
    if runs == 1:
        return f"{words}; one run has no interval"
    interval = host.curve.interval
    note = coverage_words(interval)
    return f"{words} with {method_words(interval)}s (unit: {interval.unit}){f'; {note}' if note else ''}"


def _cells(host: Aggregate) -> list[tuple[str, str]]:
    """Column names and cells of one configuration."""
    cells, runs = [], int(host.runs)
    if host.performance is not None:
        cells.append((final_name(host.metric), _interval(host.performance.final, runs)))
    if host.crossing is not None:
        cells.append((f"{x_unit(host)}s to target", _steps_to_target(host.crossing, runs)))
    if host.stability is not None:
        cells.append(("max drawdown", _interval(host.stability.max_drawdown, runs)))
        cells.append(("variation", _interval(host.stability.coefficient_of_variation, runs)))
    if host.performance is not None and host.performance.solved is not None:
        cells.append(("solved", f"{round(float(host.performance.solved.estimate) * runs)} of {runs}"))
    if int(host.diverged):
        cells.append(("diverged", f"{int(host.diverged)} of {runs}"))
    if int(host.unfinished):
        cells.append(("no episode", f"{int(host.unfinished)} of {runs}"))
    return cells


def _crossing_words(host: Aggregate) -> list[str]:
    """The estimator behind the time to the target, which is another than that of the title."""
    if host.crossing is None or int(host.runs.max()) == 1:
        return []
    return [f"  {x_unit(host)}s to target: {interval_words(host.crossing.restricted_mean)}"]


def _steps_to_target(crossing: CrossingAggregate, runs: int) -> str:
    """The restricted mean; if no run got there, all that is known is that it takes longer."""
    mean = crossing.restricted_mean
    return f"> {number(mean.estimate)}" if float(crossing.fraction_reached.estimate) == 0 else _interval(mean, runs)


def _interval(interval: Interval, runs: int) -> str:
    """An estimate with its interval; the runs behind it if some have no such number."""
    n, words = float(interval.n), interval_text(interval.estimate, interval.low, interval.high, number)
    return f"{words} ({n:.0f} of {runs} runs)" if 0 < n < runs else words


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _batch(shape: tuple[int, ...]) -> str:
    if not shape:
        return "one run"
    return "1 run" if math.prod(shape) == 1 else f"{' x '.join(map(str, shape))} runs"


def _final_span(analysis: Analysis) -> str:
    """The span of the finite final levels, and how many runs have none because they diverged, or otherwise."""
    performance, diverged = known(to_host(analysis.performance)), to_host(analysis.diverged.returns)
    values = performance.final
    finite = abs(values) < math.inf
    words = span(values[finite].min(), values[finite].max()) if finite.any() else UNDEFINED
    counts = {"diverged": int((diverged & ~finite).sum()), "undefined": int((~diverged & ~finite).sum())}
    notes = ", ".join(f"{why} in {count} of {values.size}" for why, count in counts.items() if count)
    return f"{words} ({notes})" if notes else words
