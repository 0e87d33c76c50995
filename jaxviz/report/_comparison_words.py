"""The methods paragraph of a Comparison: words made from what it says of itself."""

from ..comparison import Comparison
from ..stats import Interval
from ..view import counted
from ..view._interval_words import method_words
from ..view._numbers import percent, span, typeset
from ..view.comparisons._describe import CORRECTIONS, score_words

_CITED = {
    "holm": " [holm1979]",
    "benjamini_hochberg": " [benjamini1995]",
    "benjamini_yekutieli": " [benjamini2001]",
}


def methods(c: Comparison) -> str:
    """A paragraph to paste, made from the settings and numbers of the comparison on the host."""
    runs = f"{span(c.tasks.runs.min(), c.tasks.runs.max(), typeset)} independent runs"
    words = [
        f"We compared {counted(len(c.algorithms), 'algorithm')} on {counted(len(c.task_names), 'task')} with {runs} of "
        f"each algorithm on each task by the {score_words(c)} of a run{_scale(c)}.",
        _aggregates(c),
        *(_pairs(c) if len(c.pairs.verdict) else []),
        "Statistics and figures were made with jaxviz.",
    ]
    return " ".join(words)


def _scale(c: Comparison) -> str:
    if c.scale.name == "raw":
        return ""
    source = f" ({c.scale.source})" if c.scale.source else ""
    return f", normalised on each task by {c.scale.name}{source}"


def _aggregates(c: Comparison) -> str:
    found: Interval = getattr(c.aggregate, c.estimator)
    draws = "runs of each task" if c.population == "these tasks" else "tasks and their runs"
    cited = " [agarwal2021]" if c.estimator == "iqm" else ""
    diverged = int(c.tasks.diverged.sum())
    lost = f" {counted(diverged, 'run')} that diverged count as the worst of their task." if diverged else ""
    return (
        f"Algorithms are summarised by the {found.estimator} of their scores{cited} with {method_words(found)}s "
        f"({draws} resampled, {found.reps} replicates).{lost}"
    )


def _pairs(c: Comparison) -> list[str]:
    pairs = len(c.pairs.verdict)
    against = f"{counted(pairs, 'pair')} of algorithms" if c.baseline is None else f"each algorithm with {c.baseline}"
    look = f" at look {c.looks.index(int(c.tasks.runs.max())) + 1} of {len(c.looks)}" if c.looks else ""
    words = [
        f"We compared {against}: one is better than the other if the interval of their {c.pairs.adjusted.estimator} "
        f"and the test of no difference ({c.test}) agree{look}, with "
        f"{CORRECTIONS[c.correction]}{_CITED.get(c.correction, '')} at {percent(1 - c.alpha)} over all pairs."
    ]
    if c.margin == c.margin:
        words.append(f"Two are practically equal if that interval is inside ±{typeset(c.margin)}.")
    words.append(
        "Probabilities of improvement [agarwal2021] have score intervals, not adjusted for the number of pairs."
    )
    return words
