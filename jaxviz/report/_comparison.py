"""The values that the template shows of a Comparison, as plain Python: an overview, then tasks, then algorithms."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from ..comparison import Comparison, Curves
from ..host import to_host
from ..plots.comparison._all import draw_comparison
from ..view._numbers import percent, span, typeset
from ..view.comparisons._chosen import chosen_lines
from ..view.comparisons._describe import score_words, subject_words, verdict_lines, warning_lines
from ..view.comparisons._tables import comparison_tables
from . import _blocks, _comparison_words
from ._blocks import Block

_MOST_SENTENCES = 20
"""Verdicts that are written out above the figures; the table has all of them."""
_TITLES = {
    "differences": "Differences and verdicts",
    "tiers": "Scores and tiers",
    "coverage": "Runs that there are",
    "common_curves": "Learning curves over the common tasks",
    "task_curves": "Learning curves on each task",
    "task_scores": "Scores on each task",
    "task_improvements": "Improvement on each task",
    "improvement_matrix": "Probability of improvement",
    "profiles": "Performance profiles",
    "ranks": "Ranks",
}
_TABLES = {
    "algorithms": "Algorithms in their tiers",
    "tasks": "Every algorithm on every task",
    "verdicts": "Every pair",
}


class Compared(NamedTuple):
    """A Comparison as a section of the page."""

    name: str
    """"" is what was compared."""
    comparison: Comparison
    curves: Curves | None = None
    figures: Mapping[str, Figure] | None = None
    """Those of `draw_comparison`, if they are drawn already."""


def content(section: Compared) -> dict[str, Any]:
    """Every value that the template reads of a comparison."""
    c: Comparison = to_host(section.comparison)
    return {
        "name": section.name or subject_words(c),
        "facts": facts(c),
        "facts_title": "What was compared",
        "config": [],
        "warnings": warning_lines(c),
        "blocks": list(_all_blocks(c, section)),
        "methods": _comparison_words.methods(c),
    }


def facts(c: Comparison) -> list[tuple[str, str]]:
    """The size of the comparison, and what it asks."""
    runs = c.tasks.runs
    rows = [
        ("algorithms", str(len(c.algorithms))),
        ("tasks", str(len(c.task_names))),
        ("runs of an algorithm on a task", span(runs.min(), runs.max(), typeset)),
        ("score", f"{score_words(c)}, {'lower' if c.minimize else 'higher'} is better"),
        ("level over all pairs", percent(1 - c.alpha)),
    ]
    if c.scale.name != "raw":
        rows.append(("normalised by", f"{c.scale.name} ({c.scale.source})" if c.scale.source else c.scale.name))
    if c.baseline is not None:
        rows.append(("baseline", c.baseline))
    if c.margin == c.margin:
        rows.append(("margin", f"±{typeset(c.margin)}"))
    return rows


def _all_blocks(c: Comparison, section: Compared) -> Iterator[Block]:
    drawn = draw_comparison(c, curves=section.curves) if section.figures is None else section.figures.items()
    pictures = _blocks.pictures(drawn, _TITLES)
    tables = {table.name: table for table in comparison_tables(c)}

    def shown(*names: str) -> Iterator[Block]:
        yield from (pictures[name] for name in names if name in pictures)

    def table(name: str, note: str) -> Iterator[Block]:
        if tables[name].rows:
            yield _blocks.table(tables[name], _TABLES[name], note)

    yield _blocks.heading("Verdicts")
    yield _blocks.listing(_sentences(c))
    yield from shown("differences", "tiers")
    yield from table("algorithms", f"Estimates with {percent(c.level)} intervals. Bold: the first tier.")
    yield from shown("common_curves", "coverage")
    yield _blocks.heading("Tasks")
    yield from shown("task_curves", "task_scores", "task_improvements")
    yield from table("tasks", "Means with intervals; n: runs.")
    yield _blocks.heading("Algorithms")
    yield from shown("profiles", "improvement_matrix", "ranks")
    yield from table("verdicts", "Differences and p-values are adjusted for the number of pairs.")
    if c.chosen:
        yield _blocks.heading("Configurations that were chosen")
        yield _blocks.listing(list(chosen_lines(c)))


def _sentences(c: Comparison) -> list[str]:
    """The first verdicts; how many more there are."""
    lines = list(verdict_lines(c, typeset))
    rest = len(lines) - _MOST_SENTENCES
    more = [f"{rest} more {'is' if rest == 1 else 'are'} in the table of every pair"] if rest > 0 else []
    return [*lines[:_MOST_SENTENCES], *more]
