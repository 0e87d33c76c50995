"""A Comparison for programs, pull requests and papers: JSON, Markdown and LaTeX."""

import json
import math
from typing import Any

from ..._explained import explained
from ...comparison import VERDICTS, Comparison
from ...host import to_host
from ...stats import Interval
from ...study.checks._findings import findings_data
from ._describe import verdict_sentence
from ._tables import comparison_latex, comparison_markdown

_AGGREGATES = ("iqm", "mean", "median", "optimality_gap")


@explained
def to_json(comparison: Comparison) -> str:
    """Every number of a comparison under its name, as JSON; what is undefined or infinite is null.

    "pairs": a list of `first`, `second`, `verdict` and `sentence`, the `difference` at the level of the comparison and
    `adjusted` for the number of pairs, `p_value`, `adjusted_p`, …; "algorithms": their tiers and aggregates; "tasks":
    each algorithm on each task with the scores of its runs; "chosen": the configurations that `select` took;
    "profile": the share of runs above each threshold; "findings": of the doctor.
    `Comparison.save` keeps it without loss.
    """
    return json.dumps(comparison_data(comparison), indent=1, allow_nan=False)


@explained
def to_markdown(comparison: Comparison) -> str:
    """The verdicts of a comparison in sentences and its tables in Markdown, as for a pull request."""
    return comparison_markdown(_checked(comparison))


@explained
def to_latex(comparison: Comparison) -> str:
    """The tables of a comparison as booktabs tabulars; algorithms of the first tier are bold."""
    return comparison_latex(_checked(comparison))


def _checked(comparison: Comparison) -> Comparison:
    if not isinstance(comparison, Comparison):
        raise TypeError(f"`comparison` must be what jv.compare returns, got {type(comparison).__name__}")
    return comparison


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """What `to_json` writes."""
    c: Comparison = to_host(_checked(comparison))
    return {
        "format": "jaxviz comparison",
        "score": c.score,
        "metric": c.metric,
        "better": "lower" if c.minimize else "higher",
        "estimator": c.estimator,
        "population": c.population,
        "correction": c.correction,
        "test": c.test,
        "level": _plain(c.level),
        "alpha": _plain(c.alpha),
        "looks": list(c.looks),
        "margin": _plain(c.margin),
        "baseline": c.baseline,
        "scale": {"name": c.scale.name, "source": c.scale.source, "reference": _reference(c)},
        "pairs": [_pair(c, i) for i in range(len(c.pairs.verdict))],
        "algorithms": [_algorithm(c, a) for a in range(len(c.algorithms))],
        "tasks": [_task(c, t) for t in range(len(c.task_names))],
        "chosen": [one._asdict() for one in c.chosen],
        "profile": _profile(c),
        "remarks": list(c.remarks),
        "findings": findings_data(c.findings),
    }


def _profile(c: Comparison) -> dict[str, Any]:
    """Of each algorithm one interval a threshold."""
    shares = {
        name: [_interval(c.profile.share, (a, i)) for i in range(len(c.profile.threshold))]
        for a, name in enumerate(c.algorithms)
    }
    return {"thresholds": [_plain(x) for x in c.profile.threshold], "algorithms": shares}


def _reference(c: Comparison) -> dict[str, list[float | None]]:
    ends = zip(c.task_names, c.scale.low, c.scale.high, strict=False)  # raw scores have none
    return {task: [_plain(low), _plain(high)] for task, low, high in ends}


def _pair(c: Comparison, i: int) -> dict[str, Any]:
    pairs, hangs = c.pairs, int(c.pairs.hangs_on[i])
    return {
        "first": c.algorithms[int(pairs.first[i])],
        "second": c.algorithms[int(pairs.second[i])],
        "verdict": VERDICTS[int(pairs.verdict[i])],
        "sentence": verdict_sentence(c, i),
        "difference": _interval(pairs.difference, i),
        "adjusted": _interval(pairs.adjusted, i),
        "p_value": _plain(pairs.p_value[i]),
        "adjusted_p": _plain(pairs.adjusted_p[i]),
        "improvement": _interval(pairs.improvement, i),
        "cliffs_delta": _plain(pairs.cliffs_delta[i]),
        **{name: int(getattr(pairs, name)[i]) for name in ("wins", "losses", "ties")},
        "hangs_on": c.task_names[hangs] if hangs >= 0 else None,
        "further_seeds": _plain(pairs.further_seeds[i]),
        "by_task": dict(zip(c.task_names, map(_plain, pairs.by_task[i]), strict=True)),
        "without": dict(zip(c.task_names, map(_plain, pairs.without[i]), strict=True)),
    }


def _algorithm(c: Comparison, a: int) -> dict[str, Any]:
    found = {name: getattr(c.aggregate, name) for name in _AGGREGATES}
    return {
        "name": c.algorithms[a],
        "tier": int(c.tier[a]),
        **{name: _interval(interval, a) for name, interval in found.items() if interval is not None},
        "ranks": [_plain(share) for share in c.ranks[a]],
    }


def _task(c: Comparison, t: int) -> dict[str, Any]:
    return {"name": c.task_names[t], "algorithms": {name: _cell(c, a, t) for a, name in enumerate(c.algorithms)}}


def _cell(c: Comparison, a: int, t: int) -> dict[str, Any]:
    runs = c.valid[a, :, t]
    return {
        "runs": int(c.tasks.runs[a, t]),
        "diverged": int(c.tasks.diverged[a, t]),
        "mean": _interval(c.tasks.mean, (a, t)),
        "iqm": _interval(c.tasks.iqm, (a, t)),
        "scores": [_plain(x) for x in c.scores[a, runs, t]],
        "raw": [_plain(x) for x in c.raw[a, runs, t]],
    }


def _interval(interval: Interval, place: int | tuple[int, int]) -> dict[str, float | None]:
    return {part: _plain(getattr(interval, part)[place]) for part in ("estimate", "low", "high")}


def _plain(x: Any) -> float | None:
    """The shortest number that is read as the same one; None where JSON has no word for it."""
    x = float(str(x))
    return x if math.isfinite(x) else None
