"""Warnings and the methods paragraph: words made from the numbers of an Analysis and an Aggregate."""

from .._types import Array
from ..view import View
from ..view._interval_words import copies_words, coverage_words, method_words
from ..view._names import IN_FULL
from ..view._numbers import told_apart, typeset
from ._section import Section

_MOST_NAMED = 8
REFERENCES = {
    "agarwal2021": "R. Agarwal, M. Schwarzer, P. S. Castro, A. Courville, M. G. Bellemare. Deep Reinforcement Learning "
    "at the Edge of the Statistical Precipice. NeurIPS 2021. arXiv:2108.13264",
    "benjamini1995": "Y. Benjamini, Y. Hochberg. Controlling the False Discovery Rate: A Practical and Powerful "
    "Approach to Multiple Testing. Journal of the Royal Statistical Society B 57 (1), 1995",
    "benjamini2001": "Y. Benjamini, D. Yekutieli. The Control of the False Discovery Rate in Multiple Testing under "
    "Dependency. Annals of Statistics 29 (4), 2001",
    "holm1979": "S. Holm. A Simple Sequentially Rejective Multiple Test Procedure. Scandinavian Journal of Statistics "
    "6 (2), 1979",
    "wilson1927": "E. B. Wilson. Probable Inference, the Law of Succession, and Statistical Inference. Journal of the "
    "American Statistical Association 22 (158), 1927",
    "royston2013": "P. Royston, M. K. B. Parmar. Restricted mean survival time: an alternative to the hazard ratio. "
    "BMC Medical Research Methodology 13 (152), 2013",
}


def warnings(section: Section) -> list[str]:
    """Everything that a reader has to know before believing the numbers, most serious first."""
    view = section.view
    found = [
        _diverged(view),
        _unfinished(view),
        _losses(view),
        _repeated(view),
        *view.camps_words,
        _few(view),
        _empty(view),
        _overflow(view),
        _hold(view),
        _lengths(view),
        _asked(view, section.asked_steps),
    ]
    return [words for words in found if words]


def _list_runs(view: View, flags: Array) -> str:
    names = [view.run_name(c, r) for c, r in view.cells if flags[c, r]]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return "; ".join(names[:_MOST_NAMED]) + more


def _diverged(view: View) -> str:
    flags = view.per_run.diverged.returns
    if not flags.any():
        return ""
    return (
        f"{int(flags.sum())} of {flags.size} runs diverged ({view.metric}s that are not finite): "
        f"{_list_runs(view, flags)}. They count as the worst of all in IQMs, medians and quantiles; means "
        "over runs are undefined."
    )


def _unfinished(view: View) -> str:
    flags = ~view.per_run.curve.valid.any(-1)
    if not flags.any():
        return ""
    return (
        f"No episode finished in {int(flags.sum())} of {flags.size} runs: {_list_runs(view, flags)}. "
        "Estimates are over the other runs."
    )


def _losses(view: View) -> str:
    flags = view.per_run.diverged.losses or {}
    bad = [f"{name} ({_list_runs(view, flag)})" for name, flag in flags.items() if flag.any()]
    return f"Losses with values that are not finite: {', '.join(bad)}." if bad else ""


def _repeated(view: View) -> str:
    flags = view.repeated
    return copies_words(int(flags.sum()), flags.size, _list_runs(view, flags))


def _few(view: View) -> str:
    if view.runs == 1:
        return "One run per configuration: there are no intervals, and the difference to another seed is unknown."
    words = coverage_words(view.estimates.curve.interval)
    return f"{view.runs} runs per configuration: {words}." if words else ""


def _empty(view: View) -> str:
    share = None if view.per_run.episodes is None else view.per_run.episodes.empty_updates
    if share is None or not share.max() > 0:
        return ""
    worst = float(share.max())
    return f"Updates in which no episode ended: up to {worst:.1%} of a run. The learning curve has gaps there."


def _overflow(view: View) -> str:
    if view.per_run.episodes is None or not view.per_run.episodes.overflow.any():
        return ""
    flags = view.per_run.episodes.overflow
    return f"{int(flags.sum())} runs had more episodes than were kept; the later ones are missing."


def _hold(view: View) -> str:
    if view.per_run.curve.estimand != "hold":
        return ""
    return (
        "The learning curve shows hold-last values (the latest finished return of every environment): it lags, and "
        "short episodes are overwritten while long ones stay."
    )


def _lengths(view: View) -> str:
    ends, unit = view.last_step, "step"
    if ends is None and view.per_run.episodes is not None:
        ends, unit = view.per_run.episodes.count, "episode"
    if ends is None or ends.min() == ends.max():
        return ""
    low, high = told_apart((ends.min(), ends.max()), typeset)
    return f"Runs have different lengths: the shortest ends at {unit} {low}, the longest at {unit} {high}."


def _asked(view: View, asked: float | None) -> str:
    last = view.last_step
    if asked is None or last is None or last.max() == asked:
        return ""
    return f"{typeset(asked)} environment steps were asked for; {typeset(last.max())} were run."


def methods(view: View) -> str:
    """A paragraph to paste, made from the numbers on the page."""
    summary, interval = view.estimates, view.estimates.curve.interval
    words = [
        f"We trained {view.configurations} configuration{'s' * (view.configurations > 1)} with {view.runs} independent "
        f"run{'s' * (view.runs > 1)} each."
    ]
    if view.runs > 1:
        words.append(
            f"We report the {IN_FULL[summary.statistic]} over runs with {method_words(interval)}s (unit of resampling: "
            f"{interval.unit}, {interval.reps} replicates) [agarwal2021]."
        )
    if summary.performance is not None:
        words.append(f"The {view.final_name} of a run is its mean over {view.final_words}.")
    if view.target is not None and view.runs > 1:
        words.append(
            f"A run counts as solved if that mean is at {'most' if view.minimize else 'least'} "
            f"{typeset(view.target)}; shares of runs have Wilson "
            "score intervals [wilson1927]."
        )
    if summary.crossing is not None:
        words.append(
            f"{view.x_unit.capitalize()}s to the target are restricted means: runs that never meet it count the "
            f"common budget [royston2013]{_crossing_interval(view)}."
        )
    words.append("Statistics and figures were made with jaxviz.")
    return " ".join(words)


def _crossing_interval(view: View) -> str:
    crossing = view.estimates.crossing
    return "" if crossing is None or view.runs == 1 else f", with {method_words(crossing.restricted_mean)}s"


def references(paragraphs: list[str]) -> list[tuple[str, str]]:
    """The works that the paragraphs cite."""
    return [(key, words) for key, words in REFERENCES.items() if any(f"[{key}]" in p for p in paragraphs)]
