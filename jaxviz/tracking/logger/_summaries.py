"""What a training came to, as data for dashboards and as a report in words. Made from an Aggregate, not computed."""

import json
from collections.abc import Sequence
from typing import Any

import jax

from ...aggregation import Aggregate, aggregate
from ...analysis import Analysis, analyze, known_estimand
from ...inputs import from_training_data
from ...view import describe
from . import _columns, _provenance

SEED = 0


def summarise(training_results: Any, *, window: int = 100, target: float | None = None) -> Aggregate:
    """The Aggregate of raw training data, of a TrainingRun, or of an Analysis."""
    if isinstance(training_results, Aggregate):
        return training_results
    if not isinstance(training_results, Analysis):
        run = from_training_data(training_results)
        training_results = analyze(run, windows=(window,), target=target, estimand=known_estimand(run))
    return aggregate(training_results, jax.random.key(SEED), most_updates=_columns.MOST_POINTS)


def dashboard(summary: Aggregate, labels: Sequence[str] | None = None) -> dict[str, Any]:
    """Every number and curve of every configuration, as what JSON can hold; what is undefined is None."""
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
    """The table of `describe`, and what it was made with, as Markdown."""
    versions = "\n".join(f"- {name}: {value}" for name, value in sorted(_provenance.tags().items()))
    table = describe(summary) if labels is None else describe(summary, labels=labels)
    return f"# Performance\n\n```text\n{table}\n```\n\n## Made with\n\n{versions}\n"


def as_json(data: Any) -> bytes:
    """`data` for a file."""
    return json.dumps(data, indent=1, allow_nan=False).encode()


def _plain(value: float) -> float | None:
    value = float(value)
    return value if abs(value) < float("inf") else None
