"""What a reader of verdicts has to know, in sentences."""

import math

from ..host import to_host
from ..study.checks._case import many
from ._settings import Scale, Settings, too_few_to_flip
from ._tables import Table


def test_words(settings: Settings) -> str:
    """Where the p-values come from."""
    if settings.population == "tasks like these":
        return "sign-flip test over tasks"
    if settings.few:
        return "Welch's test" if len(settings.pairs) == 1 else "Welch's test with variances moderated over algorithms"
    if settings.exact is not None:
        return "exact permutation test of the studentised difference"
    return "permutation test within tasks of the studentised difference"


def remarks(table: Table, scale: Scale, settings: Settings) -> tuple[str, ...]:
    """A sentence for each thing that bears on the verdicts."""
    found = list[str]()
    counts = to_host(table.valid.sum(axis=1))
    least = min((n for n in counts.ravel().tolist() if n), default=0)
    if settings.few and least >= 5 and settings.population == "these tasks":
        found.append(
            f"{many(least, 'run')} of one task are too few for a permutation test of {len(settings.pairs)} pairs: "
            "Welch's test takes its place"
        )
    elif settings.few:
        found.append("one task and fewer than five runs: only differences of about four standard deviations can show")
    elif least < 5:
        found.append(f"some algorithm has only {many(least, 'run')} of a task")
    if scale.name == "min-max":
        found.append("scores are normalised by the worst and best of these very runs, so other runs move all of them")
    if table.doubtful:
        found.append(f"of {table.metric} the larger counts as better: say minimize=True if lower is, or False if not")
    if table.score == "best":
        found.append("the best window of a run is an optimistic score")
    if table.score == "absolute":
        found.append(
            "the best of several evaluations is an optimistic score of its policy, unless they are of many episodes"
        )
    found += table.remarks
    found += without_scores(table)
    missing = [
        f"{name} on {task}"
        for name, row in zip(table.algorithms, counts.tolist(), strict=True)
        for task, runs in zip(table.tasks, row, strict=True)
        if not runs
    ]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        found.append(
            f"no runs of {', '.join(missing[:5])}{more}: pairs are compared on the tasks that both have, and "
            "aggregates are over those that all have"
        )
    tested = 1 if settings.correction == "none" else len(settings.pairs)
    if settings.population == "tasks like these":
        if too_few_to_flip(len(table.tasks), tested, settings.alpha):
            found.append(
                f"{many(len(table.tasks), 'task')} are too few to tell {_pairs(tested)} apart on tasks like them"
            )
    elif not settings.few and settings.exact is None and tested > settings.alpha * (settings.relabellings + 1):
        enough = math.ceil(tested / settings.alpha)
        found.append(f"no verdict can be found among {_pairs(tested)} with reps={settings.reps}: take {enough} or more")
    return tuple(found)


def without_scores(table: Table) -> list[str]:
    """Runs that diverged, and those that have no such number."""
    found, lost = list[str](), int(to_host((table.diverged & table.valid).sum()))
    if lost:
        found.append(f"{many(lost, 'run')} diverged, which counts as the worst score of the task")
    if table.missing:
        found.append(f"{many(table.missing, 'run')} without such a score left out")
    return found


def _pairs(number: int) -> str:
    return "a pair" if number == 1 else f"{number} pairs"
