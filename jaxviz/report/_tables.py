"""The tables of a part, and the same tables as CSV, LaTeX and Markdown."""

import base64
import csv
import io
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ._part import Part


class Cell(NamedTuple):
    """What is written, and the number by which a column sorts; None: undefined."""

    text: str
    value: float | str | None


class Table(NamedTuple):
    """A header and rows of cells."""

    name: str
    header: list[str]
    rows: list[list[Cell]]


def number(x: Any) -> str:
    """A number with four significant digits, thousands grouped."""
    x = float(x)
    if x != x:
        return "undefined"
    if x in (float("inf"), float("-inf")):
        return "∞" if x > 0 else "−∞"
    text = f"{x:,.0f}" if abs(x) >= 1000 or x == round(x) else f"{x:.4g}"
    return text.replace("-", "−")


def numeric(x: Any) -> Cell:
    """The cell of a number."""
    x = float(x)
    return Cell(number(x), x if x - x == 0 else None)


def text(x: str) -> Cell:
    """The cell of a word."""
    return Cell(x, x)


def interval_text(interval: Any, c: int) -> str:
    """``estimate [low, high]`` of one configuration."""
    estimate, low, high = (float(part[c]) for part in (interval.estimate, interval.low, interval.high))
    return (
        number(estimate)
        if estimate != estimate or low != low
        else f"{number(estimate)} [{number(low)}, {number(high)}]"
    )


def _key_number(part: Part, interval: Any, c: int) -> Cell:
    """An estimate with its interval; of a target that no run reached, how long it takes at least."""
    crossing = part.summary.crossing
    if crossing is not None and interval is crossing.restricted_mean and not crossing.fraction_reached.estimate[c]:
        return Cell(f"> {number(interval.estimate[c])}", numeric(interval.estimate[c]).value)
    return Cell(interval_text(interval, c), numeric(interval.estimate[c]).value)


def configurations(part: Part) -> Table:
    """One row per configuration: estimates over its runs with intervals."""
    columns = [("configuration", lambda c: text(part.labels[c])), ("runs", lambda c: numeric(part.summary.runs[c]))]
    for name, interval in key_intervals(part):
        columns.append((name, lambda c, interval=interval: _key_number(part, interval, c)))
    columns.append(("diverged", lambda c: numeric(part.summary.diverged[c])))
    rows = [[make(c) for _, make in columns] for c in range(len(part.labels))]
    return Table("configurations", [name for name, _ in columns], rows)


def key_intervals(part: Part) -> list[tuple[str, Any]]:
    """The key numbers of an Aggregate: name → Interval."""
    summary, found = part.summary, []
    if summary.performance is not None:
        found += [
            (f"return, last {summary.window}", summary.performance.last_window),
            ("best", summary.performance.best),
            ("area under curve", summary.performance.area_under_curve),
        ]
        if summary.performance.solved is not None:
            found.append(("share solved", summary.performance.solved))
    if summary.crossing is not None:
        found.append((f"{part.x_unit}s to target", summary.crossing.restricted_mean))
    if summary.stability is not None:
        found += [
            ("max drawdown", summary.stability.max_drawdown),
            ("variation", summary.stability.coefficient_of_variation),
        ]
    return found


def seeds(part: Part) -> Table:
    """One row per configuration and run."""
    columns = _seed_columns(part)
    rows = []
    for c, r in part.cells:
        words = text("yes" if part.analysis.diverged.returns[c, r] else "no")
        numbers = [numeric(values[c, r]) for _, values in columns]
        rows.append([text(part.labels[c]), numeric(r), *numbers, _crossing(part, c, r), words])
    header = ["configuration", "seed", *(name for name, _ in columns), f"{part.x_unit}s to target", "diverged"]
    if part.target is None:
        del header[-2]
        rows = [[*row[:-2], row[-1]] for row in rows]
    return Table("seeds", header, rows)


def _crossing(part: Part, c: int, r: int) -> Cell:
    crossing = part.analysis.convergence and part.analysis.convergence.crossing
    if crossing is None:
        return Cell("not known", None)
    return numeric(crossing.step[c, r]) if crossing.reached[c, r] else Cell("not reached", None)


def _seed_columns(part: Part) -> list[tuple[str, Any]]:
    analysis, found = part.analysis, []
    if analysis.performance is not None:
        found += [
            (f"return, last {analysis.window}", analysis.performance.last_window),
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
    if part.last_step is not None:
        found.append(("last step", part.last_step))
    return found


def downloads(table: Table) -> list[tuple[str, str, str]]:
    """Format, file name and data URI of the table in each format."""
    made = (("CSV", "csv", "text/csv", as_csv), ("LaTeX", "tex", "text/x-tex", as_latex))
    made += (("Markdown", "md", "text/markdown", as_markdown),)
    return [
        (words, f"{table.name}.{suffix}", data_uri(kind, make(table).encode())) for words, suffix, kind, make in made
    ]


def data_uri(kind: str, content: bytes) -> str:
    """Bytes as a link that needs no network."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def as_csv(table: Table) -> str:
    """Comma-separated; names that a spreadsheet would run as a formula get a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([_csv_cell(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell.value, str):
        return f"'{cell.text}" if cell.text[:1] in ("=", "+", "-", "@", "\t", "\r") else cell.text
    return cell.text.replace(",", "").replace("−", "-") if "[" not in cell.text else cell.text.replace("−", "-")


_LATEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "∞": r"$\infty$",
    **{c: f"\\{c}" for c in "&%$#_{}"},
}  # fmt: skip


def as_latex(table: Table) -> str:
    """A booktabs tabular."""

    def line(cells: Sequence[str]) -> str:
        return " & ".join(re.sub(r"[\\~^&%$#_{}−∞]", lambda m: _LATEX[m[0]], one_line(c)) for c in cells) + r" \\"

    columns = "".join("l" if isinstance(cell.value, str) else "r" for cell in table.rows[0])
    body = [line([cell.text for cell in row]) for row in table.rows]
    head = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", line(table.header), r"\midrule"]
    return "\n".join([*head, *body, r"\bottomrule", r"\end{tabular}", ""])


def as_markdown(table: Table) -> str:
    """A pipe table."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(re.sub(r"([\\|`*_<>\[\]&])", r"\\\1", one_line(c)) for c in cells) + " |"

    rule = ["---" if isinstance(cell.value, str) else "---:" for cell in table.rows[0]]
    body = [line([cell.text for cell in row]) for row in table.rows]
    return "\n".join([line(table.header), f"| {' | '.join(rule)} |", *body, ""])


def one_line(words: str) -> str:
    """Line breaks would end a row."""
    return " ".join(words.split())
