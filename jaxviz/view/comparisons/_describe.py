"""A Comparison in words: verdicts in sentences, then the algorithms in tiers."""

import math
from collections.abc import Iterator

from ...comparison import BETTER, EQUAL, UNDECIDED, VERDICTS, WORSE, Comparison
from ...host import to_host
from ...stats import Interval
from .._interval_words import interval_text, method_words
from .._numbers import Form, number, percent
from ._chosen import chosen_lines

_MOST_PAIRS = 60
"""Pairs that are written out; of more, those that are undecided are only counted."""
_VERBS = {BETTER: "is better than", WORSE: "is worse than", EQUAL: "is practically equal to"}
CORRECTIONS = {
    "holm": "Holm's correction",
    "bonferroni": "Bonferroni's correction",
    "benjamini_hochberg": "Benjamini and Hochberg's false discovery rate",
    "benjamini_yekutieli": "Benjamini and Yekutieli's false discovery rate",
    "none": "no correction for the number of pairs",
}


def describe_comparison(comparison: Comparison) -> str:
    """The verdicts first, each with its size and interval; then one row an algorithm, and what to know."""
    c: Comparison = to_host(comparison)
    verdicts = (f"  {line}" for line in verdict_lines(c))
    lines = [title_words(c), *verdicts, "", *_table(c), "", f"  {method_sentence(c)}"]
    notes = [*(f"  {line}" for line in chosen_lines(c)), *(f"  ! {remark}" for remark in warning_lines(c))]
    return "\n".join([*lines, *notes])


def warning_lines(c: Comparison) -> list[str]:
    """What to know of the verdicts, and what the doctor found that makes numbers wrong or misleading."""
    grave = [finding for finding in c.findings if finding.severity != "note"]
    return [*c.remarks, *(f"{finding.name}: {finding.evidence}" for finding in grave)]


def title_words(c: Comparison) -> str:
    """What was compared: "Comparison: 3 algorithms on 4 tasks, final return"."""
    return f"Comparison: {subject_words(c)}"


def subject_words(c: Comparison) -> str:
    """The same without its first word."""
    tasks = len(c.task_names)
    where = f"{tasks} tasks" if tasks > 1 else c.task_names[0]
    direction = ", lower is better" if c.minimize else ""
    return f"{len(c.algorithms)} algorithms on {where}, {score_words(c)}{direction}"


def score_words(c: Comparison) -> str:
    """What of a run is compared: "final return"."""
    return c.score if c.score == c.metric else f"{c.score} {c.metric}"


def verdict_lines(c: Comparison, form: Form = number) -> Iterator[str]:
    """The verdicts of a comparison on the host, a sentence each; of very many pairs those that are decided."""
    places = pairs_in_order(c)
    if not places:
        yield "one algorithm: nothing to compare"
    short = len(places) > _MOST_PAIRS
    for i in places:
        if not (short and c.pairs.verdict[i] == UNDECIDED):
            yield verdict_sentence(c, i, form)
    undecided = int((c.pairs.verdict == UNDECIDED).sum())
    if short and undecided:
        yield f"{undecided} of {len(places)} pairs are undecided"


def pairs_in_order(c: Comparison) -> list[int]:
    """Places of the pairs: those that are decided first, and of each the largest differences."""
    decided, size = c.pairs.verdict != UNDECIDED, abs(c.pairs.difference.estimate)
    return sorted(range(len(decided)), key=lambda i: (not decided[i], -size[i] if size[i] == size[i] else math.inf))


def algorithms_in_order(c: Comparison) -> list[int]:
    """Places of the algorithms: by tier, then by their estimates; those without an estimate last."""
    estimate = (1 if c.minimize else -1) * getattr(c.aggregate, c.estimator).estimate
    return sorted(
        range(len(c.algorithms)), key=lambda a: (c.tier[a], estimate[a] if estimate[a] == estimate[a] else math.inf)
    )


def mean_rank(c: Comparison, a: int) -> float:
    """Of an algorithm over the tasks; 1 = best."""
    return float(sum(rank * share for rank, share in enumerate(c.ranks[a], start=1)))


def runs_words(c: Comparison, a: int) -> str:
    """Runs of an algorithm on its tasks: "5", "3-5"."""
    runs = c.tasks.runs[a]
    return str(runs.max()) if runs.min() == runs.max() else f"{runs.min()}-{runs.max()}"


def verdict_sentence(c: Comparison, i: int, form: Form = number) -> str:
    """The verdict of the i-th pair of a comparison on the host, with sign, size and interval.

    Without a baseline the better one is named first.
    """
    pairs, verdict = c.pairs, int(c.pairs.verdict[i])
    first, second = (c.algorithms[int(place[i])] for place in (pairs.first, pairs.second))
    turned = verdict == WORSE and c.baseline is None
    if turned:
        first, second, verdict = second, first, BETTER
    difference = signed_words(difference_at(pairs.adjusted, i, turned), form)
    size = f"{pairs.adjusted.estimator} {difference}, p = {p_words(float(pairs.adjusted_p[i]))}"
    if verdict != UNDECIDED:
        hangs = int(pairs.hangs_on[i])
        carried = f"; without {c.task_names[hangs]} it would be undecided" if hangs >= 0 else ""
        return f"{first} {_VERBS[verdict]} {second}: {size}{carried}"
    more = float(pairs.further_seeds[i])
    each = " of every task" if len(c.task_names) > 1 else ""
    runs = (
        "" if math.isnan(more) else f"; about {int(more)} more run{'' if more == 1 else 's'} each{each} might settle it"
    )
    return f"{first} against {second} is {VERDICTS[verdict]}: {size}{runs}"


def difference_at(interval: Interval, i: int, turned: bool) -> tuple[float, float, float]:
    """Estimate and bounds of the i-th difference; `turned`: of the second less the first."""
    estimate, low, high = (float(part[i]) for part in (interval.estimate, interval.low, interval.high))
    return (-estimate, -high, -low) if turned else (estimate, low, high)


def signed_words(difference: tuple[float, float, float], form: Form) -> str:
    """A difference with its sign: "+2 [1, 3]"."""
    text = interval_text(*difference, form)
    return f"+{text}" if difference[0] > 0 else text


def p_words(p: float) -> str:
    """A p-value in two digits."""
    return "undefined" if math.isnan(p) else f"{p:.1g}" if p < 0.001 else f"{p:.2g}"


def _table(c: Comparison) -> Iterator[str]:
    """Algorithms by tier, then by their estimate."""
    chosen: Interval = getattr(c.aggregate, c.estimator)
    rows = [("tier", "algorithm", chosen.estimator, f"{percent(c.level)} interval", "runs", "mean rank")]
    for a in algorithms_in_order(c):
        low, high = (number(end[a]) for end in (chosen.low, chosen.high))
        estimate, rank = number(chosen.estimate[a]), f"{mean_rank(c, a):.1f}"
        rows.append((str(c.tier[a]), c.algorithms[a], estimate, f"[{low}, {high}]", runs_words(c, a), rank))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [text.ljust(w) if i < 2 else text.rjust(w) for i, (text, w) in enumerate(zip(row, widths, strict=True))]
        yield "  " + "  ".join(cells).rstrip()


def method_sentence(c: Comparison) -> str:
    """How the numbers and the verdicts were made."""
    scale = "raw scores" if c.scale.name == "raw" else f"scores normalised by {c.scale.name} ({c.scale.source})"
    draws = "runs of each task resampled" if c.population == "these tasks" else "tasks and their runs resampled"
    margin = "" if math.isnan(c.margin) else f", margin {number(c.margin)}"
    look = f"; {_look(c)}" if c.looks else ""
    parts = [
        scale,
        f"about {c.population}",
        f"{method_words(getattr(c.aggregate, c.estimator))} ({draws}, {c.pairs.difference.reps} replicates)",
        f"{c.test}{_caveat(c)}",
        f"{CORRECTIONS[c.correction]}{margin}{look}",
    ]
    return "; ".join(parts)


def _caveat(c: Comparison) -> str:
    """Where p by itself does not hold its level, as simulated in docs/statistics.md, section 6.7."""
    if c.estimator != "iqm" or "permutation" not in c.test:
        return ""
    return " (where spreads differ p of the IQM is too small by itself: verdicts need the interval too)"


def _look(c: Comparison) -> str:
    at, look = ", ".join(map(str, c.looks)), c.looks.index(int(c.tasks.runs.max())) + 1
    return f"look {look} of {len(c.looks)} (at {at} runs), whose verdicts are at {p_words(float(c.alpha))}"
