"""The results of a training as data for dashboards and as a report in words, both made from its Aggregate."""

import json
from collections.abc import Sequence
from typing import Any

from ...aggregation import Aggregate
from ...analysis import Analysis
from ...inputs import from_training_data
from ...view import View, analyze_run, describe, summarize
from . import _columns, _provenance


def summary_of(training_results: Any, *, window: int | None = None, target: float | None = None) -> Aggregate:
    """The Aggregate of raw training data, of a TrainingRun, of an Analysis or of a View, over the points logged."""
    if isinstance(training_results, Aggregate):
        return training_results
    if isinstance(training_results, View):
        return training_results.estimates
    if not isinstance(training_results, Analysis):
        training_results = analyze_run(from_training_data(training_results), window=window, target=target)
    return summarize(training_results, most_updates=_columns.MOST_POINTS)


def dashboard(summary: Aggregate, labels: Sequence[str] | None = None) -> dict[str, Any]:
    """Every number and curve of every configuration, as JSON can hold them; undefined ones are None."""
    return {
        "statistic": summary.statistic,
        "configurations": {
            label: {
                "numbers": {name: _plain(value) for name, value in _columns.numbers(one).items()},
                "curves": {
                    name: {"step": curves.steps.tolist(), "value": [_plain(x) for x in values.tolist()]}
                    for curves in _columns.curves(one)
                    for name, values in curves.columns.items()
                },
            }
            for label, one in _columns.configurations(summary, labels)
        },
    }


def report(summary: Aggregate, labels: Sequence[str] | None = None) -> str:
    """The table of `describe`, and the versions it was made with, as Markdown."""
    versions = "\n".join(f"- {name}: {value}" for name, value in sorted(_provenance.tags().items()))
    table = describe(summary) if labels is None else describe(summary, labels=labels)
    return f"# Performance\n\n```text\n{table}\n```\n\n## Made with\n\n{versions}\n"


def as_json(data: Any) -> bytes:
    """`data` for a file."""
    return json.dumps(data, indent=1, allow_nan=False).encode()


def _plain(value: float) -> float | None:
    value = float(value)
    return value if abs(value) < float("inf") else None
