"""The tables of a Comparison: its pairs, its algorithms, its tasks, with the number of runs in every cell."""

import math
from collections.abc import Sequence

from ...comparison import UNDECIDED, VERDICTS, Comparison
from ...host import to_host
from ...stats import Interval
from .._interval_words import interval_text
from .._latex import escape
from .._numbers import UNDEFINED, typeset, with_minus
from .._tables import PageTable, TableCell, as_latex, as_markdown, markdown, numeric, text
from ._chosen import chosen_lines
from ._describe import (
    algorithms_in_order,
    mean_rank,
    method_sentence,
    p_words,
    pairs_in_order,
    runs_words,
    title_words,
    verdict_lines,
    warning_lines,
)


def comparison_tables(comparison: Comparison) -> list[PageTable]:
    """Algorithms in their tiers (the first in bold), the pairs with their verdicts, and the tasks."""
    c: Comparison = to_host(comparison)
    return [_algorithms(c), _pairs(c), _tasks(c)]


def _algorithms(c: Comparison) -> PageTable:
    found = {name: getattr(c.aggregate, name) for name in ("iqm", "mean", "median", "optimality_gap")}
    intervals: list[Interval] = [interval for interval in found.values() if interval is not None]
    rows = [
        [
            TableCell(str(c.tier[a]), float(c.tier[a])),
            text(c.algorithms[a], strong=bool(c.tier[a] == 1)),
            *(_of_interval(interval, a) for interval in intervals),
            _of_rank(mean_rank(c, a)),
            TableCell(runs_words(c, a), float(c.tasks.runs[a].max())),
        ]
        for a in algorithms_in_order(c)
    ]
    names = [interval.estimator for interval in intervals]
    return PageTable("algorithms", ["tier", "algorithm", *names, "mean rank", "runs"], rows)


def _of_rank(rank: float) -> TableCell:
    return TableCell(UNDEFINED if math.isnan(rank) else f"{rank:.1f}", None if math.isnan(rank) else rank)


def _pairs(c: Comparison) -> PageTable:
    header = ["first", "verdict", "second", "difference", "p", "P(first > second)", "won, lost, tied", "runs", "tasks"]
    return PageTable("verdicts", [*header, "further runs"], [_pair(c, i) for i in pairs_in_order(c)])


def _pair(c: Comparison, i: int) -> list[TableCell]:
    pairs, verdict, more = c.pairs, int(c.pairs.verdict[i]), float(c.pairs.further_seeds[i])
    won, lost, tied = (int(count[i]) for count in (pairs.wins, pairs.losses, pairs.ties))
    p = float(pairs.adjusted_p[i])
    return [
        text(c.algorithms[int(pairs.first[i])]),
        text(VERDICTS[verdict], strong=verdict != UNDECIDED),
        text(c.algorithms[int(pairs.second[i])]),
        _of_interval(pairs.adjusted, i),
        TableCell(with_minus(p_words(p)), p if p == p else None),
        _of_interval(pairs.improvement, i),
        TableCell(f"{won}, {lost}, {tied}", float(won)),
        numeric(pairs.difference.n[i]),
        numeric(pairs.difference.n_tasks[i]),
        TableCell("" if math.isnan(more) else f"{more:.0f}", None if math.isnan(more) else more),
    ]


def _tasks(c: Comparison) -> PageTable:
    order = algorithms_in_order(c)
    rows = [
        [text(task), *(_on_task(c, a, t) for a in order)] for t, task in enumerate(c.task_names)
    ]  # fmt: skip
    return PageTable("tasks", [f"task (mean{_unit(c)})", *(c.algorithms[a] for a in order)], rows)


def _on_task(c: Comparison, a: int, t: int) -> TableCell:
    mean, runs, diverged = c.tasks.mean, int(c.tasks.runs[a, t]), int(c.tasks.diverged[a, t])
    if not runs:
        return TableCell("no runs", None)
    cell = _of_interval(mean, (a, t))
    lost = f", {diverged} diverged" if diverged else ""
    return cell._replace(text=f"{cell.text} (n = {runs}{lost})")


def _unit(c: Comparison) -> str:
    return "" if c.scale.name == "raw" else f", normalised by {c.scale.name}"


def _of_interval(interval: Interval, place: int | tuple[int, int]) -> TableCell:
    estimate = numeric(interval.estimate[place])
    words = interval_text(interval.estimate[place], interval.low[place], interval.high[place], typeset)
    return TableCell(words, estimate.value)


def comparison_markdown(comparison: Comparison) -> str:
    """The verdicts in sentences, then the tables, for a pull request."""
    c: Comparison = to_host(comparison)
    verdicts = [f"- {markdown(line)}" for line in verdict_lines(c)]
    tables = [as_markdown(table) for table in comparison_tables(c) if table.rows]
    notes = [f"- {markdown(line)}" for line in (*chosen_lines(c), *warning_lines(c))]
    return _paragraphs([f"**{markdown(title_words(c))}**", "\n".join(verdicts), *tables, "\n".join(notes), *_by(c)])


def _by(c: Comparison) -> list[str]:
    return [markdown(method_sentence(c))]


def comparison_latex(comparison: Comparison) -> str:
    """The tables as booktabs tabulars, with how they were made in comments."""
    c: Comparison = to_host(comparison)
    lines = [title_words(c), *verdict_lines(c), method_sentence(c), *chosen_lines(c), *warning_lines(c)]
    comments = "\n".join(f"% {escape(' '.join(line.split()))}" for line in lines)
    return _paragraphs([comments, *(as_latex(table) for table in comparison_tables(c) if table.rows)])


def _paragraphs(parts: Sequence[str]) -> str:
    return "\n\n".join(part.rstrip("\n") for part in parts if part) + "\n"
