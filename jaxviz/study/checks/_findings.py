"""`Findings`: what is wrong with a study, how bad it is, where, and what to do."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, overload

from ..._printable import printable
from .._cell import Cell
from .._tables import TextTable, as_html, as_text

Severity = Literal["error", "warning", "note"]
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}
_SHOWN = 5
"""Cells and runs that the text names; JSON has all."""


class Finding(NamedTuple):
    """One thing that was found."""

    severity: Severity
    """"error": numbers would be wrong; "warning": they would mislead; "note": good to know."""
    name: str
    """What it is, the same in every study: "kinds mixed"."""
    evidence: str
    """What was seen, with its numbers."""
    remedy: str
    """What to do."""
    cells: tuple[Cell, ...] = ()
    runs: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = [*_some("cells", [str(cell) for cell in self.cells]), *_some("runs", self.runs)]
        lines = [f"{self.severity}: {self.name}: {self.evidence}", *where, f"→ {self.remedy}"]
        return printable("\n  ".join(lines), lines=True)


def _some(what: str, names: Sequence[str]) -> list[str]:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return [f"{what}: {'; '.join(names[:_SHOWN])}{more}"] if names else []


class ToRun(NamedTuple):
    """Runs of a cell that are still to be made."""

    cell: Cell
    runs: int


class Findings(Sequence[Finding]):
    """The findings of `jv.doctor`, the worst first. `exit_code` is 1 if there is an error, else 0."""

    def __init__(self, found: Sequence[Finding], coverage: TextTable, to_run: Sequence[ToRun], title: str) -> None:
        self._found = tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))
        self.coverage, self.to_run, self._title = coverage, tuple(to_run), title

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    @property
    def exit_code(self) -> int:
        """1 if something is an error, else 0."""
        return int(any(finding.severity == "error" for finding in self._found))

    def of(self, name: str) -> tuple[Finding, ...]:
        """The findings of one name."""
        return tuple(finding for finding in self._found if finding.name == name)

    def _counts(self) -> str:
        counts = Counter(finding.severity for finding in self._found)
        words = [f"{n} {severity}{'' if n == 1 else 's'}" for severity in _ORDER if (n := counts[severity])]
        return f"{', '.join(words) or 'nothing found'} ({self._title})"

    def __str__(self) -> str:
        parts = [f"doctor: {self._counts()}", *map(str, self._found)]
        if self.coverage.rows:
            parts.append(f"runs of each task:\n{as_text(self.coverage)}")
        if self.to_run:
            lines = [f"  {runs:,} of {cell}" for cell, runs in self.to_run[:40]]
            more = [f"  and {len(self.to_run) - 40:,} more cells"] if len(self.to_run) > 40 else []
            total = sum(runs for _, runs in self.to_run)
            parts.append(printable("\n".join([f"still to run: {total:,} runs", *lines, *more]), lines=True))
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        rows = [
            (f.severity, f.name, f.evidence, "; ".join([*map(str, f.cells), *f.runs][:_SHOWN]), f.remedy)
            for f in self._found
        ]
        found = TextTable(("severity", "name", "evidence", "where", "remedy"), rows)
        return as_html(found) + as_html(self.coverage)

    def to_json(self) -> str:
        """All of it as JSON, for programs."""
        found = {
            "exit_code": self.exit_code,
            "findings": findings_data(self._found),
            "to_run": [{**_cell(cell), "runs": runs} for cell, runs in self.to_run],
        }
        return json.dumps(found, indent=2)


def findings_data(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON has them."""
    return [
        {**finding._asdict(), "cells": list(map(_cell, finding.cells)), "runs": list(finding.runs)}
        for finding in findings
    ]


def _cell(cell: Cell) -> dict[str, Any]:
    configuration = {name: _plain(value) for name, value in cell.configuration.items()}
    return {"algorithm": cell.algorithm, "task": cell.task, "configuration": configuration, "variant": cell.variant}


def _plain(value: object) -> object:
    """JSON has no word for NaN and infinity."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
