"""Runs on the host with names, labels, target and colours: made once, for words, figures, pages and MLflow.

    view = make_view(run, window=100, target=475, labels=["small", "large"])

analyses once and aggregates once; `describe(view)`, every figure, `report.write(view, path)` and
`create_comprehensive_analysis(view, folder)` read it and compute nothing.
"""

from ._compute import analyze_run, analyze_study, summarize
from ._describe import describe
from ._make import RESULTS, from_analysis, make_view, read_arrays, refuse, without_returns
from ._view import ALL_RUNS, View, bounds, capitalized, counted, known
from .comparisons._export import to_json, to_latex, to_markdown
from .frames._frame import table

__all__ = [
    "ALL_RUNS",
    "RESULTS",
    "View",
    "analyze_run",
    "analyze_study",
    "bounds",
    "capitalized",
    "counted",
    "describe",
    "from_analysis",
    "known",
    "make_view",
    "read_arrays",
    "refuse",
    "summarize",
    "table",
    "to_json",
    "to_latex",
    "to_markdown",
    "without_returns",
]
