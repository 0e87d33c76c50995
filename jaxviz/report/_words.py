"""Warnings and the methods paragraph: words made from the numbers of an Analysis and an Aggregate."""

from typing import Any

from ._part import Part
from ._tables import number

_FEW_RUNS = 10
_MOST_NAMED = 8
_STATISTICS = {"iqm": "interquartile mean (IQM)", "mean": "mean", "median": "median"}
_ASKED = ("TOTAL_TIMESTEPS", "total_timesteps", "total_steps", "num_timesteps")
REFERENCES = {
    "agarwal2021": "R. Agarwal, M. Schwarzer, P. S. Castro, A. Courville, M. G. Bellemare. Deep Reinforcement Learning "
    "at the Edge of the Statistical Precipice. NeurIPS 2021. arXiv:2108.13264",
    "wilson1927": "E. B. Wilson. Probable Inference, the Law of Succession, and Statistical Inference. Journal of the "
    "American Statistical Association 22 (158), 1927",
    "royston2013": "P. Royston, M. K. B. Parmar. Restricted mean survival time: an alternative to the hazard ratio. "
    "BMC Medical Research Methodology 13 (152), 2013",
}


def warnings(part: Part) -> list[str]:
    """What a reader has to know before believing the numbers, most serious first."""
    found = [
        _diverged(part),
        _unfinished(part),
        _losses(part),
        *_camps(part),
        _few(part),
        _empty(part),
        _overflow(part),
        _hold(part),
    ]
    return [words for words in [*found, _lengths(part), _asked(part)] if words]


def _list_runs(part: Part, flags: Any) -> str:
    names = [part.run_name(c, r) for c, r in part.cells if flags[c, r]]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return "; ".join(names[:_MOST_NAMED]) + more


def _diverged(part: Part) -> str:
    flags = part.analysis.diverged.returns
    if not flags.any():
        return ""
    return (
        f"{int(flags.sum())} of {flags.size} runs diverged (returns that are not finite): {_list_runs(part, flags)}. "
        "Estimates over runs that need their values are undefined."
    )


def _unfinished(part: Part) -> str:
    flags = ~part.analysis.curve.valid.any(-1)
    if not flags.any():
        return ""
    return (
        f"No episode finished in {int(flags.sum())} of {flags.size} runs: {_list_runs(part, flags)}. "
        "Estimates over runs that need their values are undefined."
    )


def _losses(part: Part) -> str:
    flags = part.analysis.diverged.losses or {}
    bad = [f"{name} ({_list_runs(part, flag)})" for name, flag in flags.items() if flag.any()]
    return f"Losses with values that are not finite: {', '.join(bad)}." if bad else ""


def _camps(part: Part) -> list[str]:
    """Two camps of seeds, told by the target: enough on both sides of it."""
    performance = part.analysis.performance
    if performance is None or performance.solved is None or part.runs < 4:
        return []
    found = []
    finite = ~part.analysis.diverged.returns
    for c, label in enumerate(part.labels):
        solved = int((performance.solved[c] & finite[c]).sum())
        missed = int(finite[c].sum()) - solved
        if min(solved, missed) * 5 >= part.runs:
            found.append(
                f"Two camps of seeds in {label}: {solved} of {part.runs} meet the target and {missed} do not. One "
                "estimate over them may describe neither; look at the single seeds."
            )
    return found


def _few(part: Part) -> str:
    if part.runs == 1:
        return "One run per configuration: there are no intervals, and the difference to another seed is unknown."
    if part.runs < _FEW_RUNS:
        return f"{part.runs} runs per configuration: below {_FEW_RUNS} runs intervals cover less than their level."
    return ""


def _empty(part: Part) -> str:
    share = None if part.analysis.episodes is None else part.analysis.episodes.empty_updates
    if share is None or not share.max() > 0:
        return ""
    worst = float(share.max())
    return f"Updates in which no episode ended: up to {worst:.1%} of a run. The learning curve has gaps there."


def _overflow(part: Part) -> str:
    if part.analysis.episodes is None or not part.analysis.episodes.overflow.any():
        return ""
    flags = part.analysis.episodes.overflow
    return f"{int(flags.sum())} runs had more episodes than were kept; the later ones are missing."


def _hold(part: Part) -> str:
    if part.analysis.curve.estimand != "hold":
        return ""
    return (
        "The learning curve shows hold-last values (the latest finished return of every environment): it lags, and "
        "short episodes are overwritten while long ones stay."
    )


def _lengths(part: Part) -> str:
    ends, unit = part.last_step, "step"
    if ends is None and part.analysis.episodes is not None:
        ends, unit = part.analysis.episodes.count, "episode"
    if ends is None or ends.min() == ends.max():
        return ""
    low, high = number(ends.min()), number(ends.max())
    return f"Runs have different lengths: the shortest ends at {unit} {low}, the longest at {unit} {high}."


def asked_steps(part: Part) -> float | None:
    """The environment steps that the configuration asked for, where it says."""
    config = part.metadata.get("config")
    for name in _ASKED:
        for place in (config, part.metadata):
            if isinstance(place, dict) and isinstance(place.get(name), int | float):
                return float(place[name])
    return None


def _asked(part: Part) -> str:
    asked, last = asked_steps(part), part.last_step
    if asked is None or last is None or last.max() == asked:
        return ""
    return f"{number(asked)} environment steps were asked for; the last one recorded is {number(last.max())}."


def methods(part: Part) -> str:
    """A paragraph to paste, made from what was computed."""
    summary, interval = part.summary, part.summary.curve.interval
    words = [
        f"We trained {len(part.labels)} configuration{'s' * (len(part.labels) > 1)} with {part.runs} independent "
        f"run{'s' * (part.runs > 1)} each."
    ]
    if part.runs > 1:
        words.append(
            f"We report the {_STATISTICS[summary.statistic]} over runs with {float(interval.level.max()):.0%} "
            f"{interval.method} bootstrap intervals (unit of resampling: {interval.unit}, {interval.reps} replicates) "
            "[agarwal2021]."
        )
    if summary.performance is not None:
        words.append(f"Final returns are means over the last {summary.window} {part.entry}s of each run.")
    if part.target is not None and part.runs > 1:
        words.append(
            f"A run counts as solved where that mean is at least {number(part.target)}; shares of runs have Wilson "
            "score intervals [wilson1927]."
        )
    if summary.crossing is not None:
        words.append(
            f"{part.x_unit.capitalize()}s to the target are restricted means: runs that never meet it count the "
            "common budget [royston2013]."
        )
    words.append("Statistics and figures were made with jaxviz.")
    return " ".join(words)


def references(paragraphs: list[str]) -> list[tuple[str, str]]:
    """The works that the paragraphs cite."""
    return [(key, words) for key, words in REFERENCES.items() if any(f"[{key}]" in p for p in paragraphs)]
