"""The tables of a section, and the same tables as CSV, LaTeX and Markdown."""

import base64
import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, SupportsFloat

from .._printable import printable
from .._types import Array
from ..stats import Interval
from ..view import View
from ..view._interval_words import interval_text
from ..view._latex import escape
from ..view._numbers import typeset


class TableCell(NamedTuple):
    """A text, and the number or word by which its column sorts; None: undefined."""

    text: str
    value: float | str | None


class PageTable(NamedTuple):
    """A header and rows of cells."""

    name: str
    header: list[str]
    rows: list[list[TableCell]]


def numeric(x: SupportsFloat) -> TableCell:
    """The cell of a number."""
    x = float(x)
    return TableCell(typeset(x), x if x - x == 0 else None)


def text(x: str) -> TableCell:
    """The cell of a word."""
    return TableCell(x, x)


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


def as_csv(table: PageTable) -> str:
    """Comma-separated; names that a spreadsheet would run as a formula get a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([_csv_cell(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _csv_cell(cell: TableCell) -> str:
    if isinstance(cell.value, str):
        text = printable(cell.text, lines=True)
        return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
    return cell.text.replace(",", "").replace("−", "-") if "[" not in cell.text else cell.text.replace("−", "-")


def as_latex(table: PageTable) -> str:
    """A booktabs tabular."""

    def line(cells: Sequence[str]) -> str:
        return " & ".join(escape(one_line(c)) for c in cells) + r" \\"

    columns = "".join("l" if isinstance(cell.value, str) else "r" for cell in table.rows[0])
    body = [line([cell.text for cell in row]) for row in table.rows]
    head = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", line(table.header), r"\midrule"]
    return "\n".join([*head, *body, r"\bottomrule", r"\end{tabular}", ""])


def as_markdown(table: PageTable) -> str:
    """A pipe table."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(re.sub(r"([\\|`*_<>\[\]&])", r"\\\1", one_line(c)) for c in cells) + " |"

    rule = ["---" if isinstance(cell.value, str) else "---:" for cell in table.rows[0]]
    body = [line([cell.text for cell in row]) for row in table.rows]
    return "\n".join([line(table.header), f"| {' | '.join(rule)} |", *body, ""])


def one_line(words: str) -> str:
    """Line breaks would end a row."""
    return printable(" ".join(words.split()))


_FORMATS: tuple[tuple[str, str, str, Callable[[PageTable], str]], ...] = (
    ("CSV", "csv", "text/csv", as_csv),
    ("LaTeX", "tex", "text/x-tex", as_latex),
    ("Markdown", "md", "text/markdown", as_markdown),
)
"""Name, suffix, media type and writer."""
