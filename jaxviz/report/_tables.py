"""The tables of a section, and links to them as CSV, LaTeX and Markdown."""

import base64
from collections.abc import Callable

from .._types import Array
from ..stats import Interval
from ..view import View
from ..view._interval_words import interval_text
from ..view._numbers import typeset
from ..view._tables import PageTable, TableCell, as_csv, as_latex, as_markdown, numeric, text


def _key_number(view: View, interval: Interval, c: int) -> TableCell:
    """An estimate with its interval; of a target that no run reached, how long it takes at least."""
    crossing, value = view.estimates.crossing, numeric(interval.estimate[c])
    if crossing is not None and interval is crossing.restricted_mean and not crossing.fraction_reached.estimate[c]:
        return TableCell(f"> {value.text}", value.value)
    if view.runs == 1:  # a Wilson interval of one run would be all there is, and says nothing
        return value
    return TableCell(interval_text(interval.estimate[c], interval.low[c], interval.high[c], typeset), value.value)


def configurations(view: View) -> PageTable:
    """One row per configuration: estimates over its runs with intervals."""
    keys, summary = key_intervals(view), view.estimates
    rows = [
        [
            text(label),
            numeric(summary.runs[c]),
            *(_key_number(view, interval, c) for _, interval in keys),
            numeric(summary.diverged[c]),
        ]
        for c, label in enumerate(view.labels)
    ]
    return PageTable("configurations", ["configuration", "runs", *(name for name, _ in keys), "diverged"], rows)


def key_intervals(view: View) -> list[tuple[str, Interval]]:
    """The key numbers over runs: name → Interval."""
    summary, found = view.estimates, []
    if summary.performance is not None:
        found += [
            (view.final_name, summary.performance.final),
            ("best", summary.performance.best),
            ("area under curve", summary.performance.area_under_curve),
        ]
        if summary.performance.solved is not None:
            found.append(("share solved", summary.performance.solved))
    if summary.crossing is not None:
        found.append((f"{view.x_unit}s to target", summary.crossing.restricted_mean))
    if summary.stability is not None:
        found += [
            ("max drawdown", summary.stability.max_drawdown),
            ("variation", summary.stability.coefficient_of_variation),
        ]
    return found


def seeds(view: View) -> PageTable:
    """One row per configuration and run."""
    columns, diverged, has_target = _seed_columns(view), view.per_run.diverged.returns, view.target is not None
    rows = [
        [
            text(view.labels[c]),
            numeric(r),
            *(numeric(values[c, r]) for _, values in columns),
            *([_crossing(view, c, r)] if has_target else []),
            text("yes" if diverged[c, r] else "no"),
        ]
        for c, r in view.cells
    ]
    crossings = [f"{view.x_unit}s to target"] if has_target else []
    return PageTable("seeds", ["configuration", "seed", *(name for name, _ in columns), *crossings, "diverged"], rows)


def _crossing(view: View, c: int, r: int) -> TableCell:
    convergence = view.per_run.convergence
    if convergence is None or convergence.crossing is None:
        return TableCell("not known", None)
    crossing = convergence.crossing
    return numeric(crossing.step[c, r]) if crossing.reached[c, r] else TableCell("not reached", None)


def _seed_columns(view: View) -> list[tuple[str, Array]]:
    """Numbers of single runs [configuration, run]."""
    analysis, found = view.per_run, []
    if analysis.performance is not None:
        found += [
            (view.final_name, analysis.performance.final),
            ("best", analysis.performance.best),
            ("area under curve", analysis.performance.area_under_curve),
        ]
    if analysis.stability is not None:
        found += [
            ("max drawdown", analysis.stability.max_drawdown),
            ("variation", analysis.stability.coefficient_of_variation),
        ]
    if analysis.episodes is not None:
        found.append(("episodes", analysis.episodes.count))
    if view.last_step is not None:
        found.append(("steps", view.last_step))
    return found


def downloads(table: PageTable) -> list[tuple[str, str, str]]:
    """Format, file name and data URI of the table in each format."""
    return [
        (words, f"{table.name}.{suffix}", data_uri(kind, make(table).encode()))
        for words, suffix, kind, make in _FORMATS
    ]


def data_uri(kind: str, content: bytes) -> str:
    """Bytes as a link that needs no network."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


_FORMATS: tuple[tuple[str, str, str, Callable[[PageTable], str]], ...] = (
    ("CSV", "csv", "text/csv", as_csv),
    ("LaTeX", "tex", "text/x-tex", as_latex),
    ("Markdown", "md", "text/markdown", as_markdown),
)
"""Name, suffix, media type and writer."""
