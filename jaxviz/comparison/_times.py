"""Steps to a target as scores: within a budget that all runs of a task had, so that late ones count too."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .._run import BaseStudy
from ..study import Study, StudyAnalysis
from ..study._analysis import RunScore
from ..study._export import methods

Target = float | Mapping[str, float]
TIME = "time_to_target"
_STEP, _REACHED, _END = "convergence/crossing/step", "convergence/crossing/reached", "convergence/last_step"


class Time(NamedTuple):
    """When a run met its target, or how far it was followed without."""

    run: RunScore
    reached: bool
    end: float


class Times(NamedTuple):
    """The time of every run within the budget of its task, T or the budget if that is less, and the budgets."""

    runs: list[RunScore]
    budgets: dict[str, float]
    remarks: tuple[str, ...]


def times_of(given: BaseStudy | StudyAnalysis, target: Target | None) -> Times:
    """min(T, τ) of every run, T the step at which its trailing mean meets the target, τ the budget of its task.

    τ is where the first run ends that has not met it, or the last run if all did. Every run is known up to there, so
    that the mean over runs is the restricted mean ∫₀^τ S(t) dt of the Kaplan–Meier curve. A run that diverged never
    meets the target. ValueError without a target.
    """
    found = list(_followed(given, target))
    budgets = {task: _budget([one for one in found if one.run.task == task]) for task in {o.run.task for o in found}}
    runs = [
        one.run._replace(value=_within(one, budgets[one.run.task]), diverged=False) for one in found if one.end >= 0
    ]
    return Times(runs, budgets, _remarks(found, budgets, target))


def _followed(given: BaseStudy | StudyAnalysis, target: Target | None) -> Iterable[Time]:
    if isinstance(given, StudyAnalysis):
        if target is not None:
            raise ValueError(
                "`target` is that of the analysis: jv.analyze(study, target=...), or give the study itself"
            )
        return _times(given)
    if target is None:
        raise ValueError(f"`target` is needed for {TIME!r}: a number, or task -> number")
    from ..analysis import analyze

    if not isinstance(target, Mapping):
        return _times(analyze(given, target=target, groups=("convergence",)))
    assert isinstance(given, Study)
    if missing := [task for task in given.tasks if task not in target]:
        raise ValueError(f"`target` has no number for {', '.join(missing)}")
    rows = list(given.manifest)
    names = {(row.algorithm, _sorted(row.configuration)): name for row, name in zip(rows, methods(rows), strict=True)}
    parts = [
        analyze(given.select(task=task), target=target[task], groups=("convergence",)) for task in given.tasks
    ]  # names of algorithms have what differs in the whole study
    found = [one for part in parts for one in _times(part)]
    return [
        one._replace(run=one.run._replace(algorithm=names[one.run.base, _sorted(one.run.configuration)]))
        for one in found
    ]


def _sorted(configuration: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, repr(value)) for name, value in configuration.items()))


def _times(analysis: StudyAnalysis) -> list[Time]:
    try:
        parts = [analysis.scores(path) for path in (_STEP, _REACHED, _END)]
    except ValueError:
        raise ValueError(f"`score` {TIME!r} needs a target: jv.analyze(study, target=...)") from None
    return [
        Time(run, bool(reached.value) and not run.diverged, end.value) for run, reached, end in zip(*parts, strict=True)
    ]


def _budget(times: list[Time]) -> float:
    """Where the first run ends that has not met the target; runs that diverged do not shorten it."""
    short = [one.end for one in times if not one.reached and not one.run.diverged and one.end >= 0]
    return min(short) if short else max(one.end for one in times)


def _within(time: Time, budget: float) -> float:
    return min(time.run.value, budget) if time.reached else budget


def _remarks(found: list[Time], budgets: Mapping[str, float], target: Target | None) -> tuple[str, ...]:
    missed = sum(not one.reached for one in found)
    level = "the target" if target is None or isinstance(target, Mapping) else f"the target {target:g}"
    said = [f"steps until the trailing mean of a run meets {level}"]
    if missed:
        said[0] += f"; {missed:,} of {len(found):,} runs never do, and count the whole budget"
    for task in sorted(budgets):
        longest = max(one.end for one in found if one.run.task == task)
        if budgets[task] < longest:
            said.append(
                f"on {task} times count up to {budgets[task]:,.0f} of {longest:,.0f} steps, where a run ends that did "
                "not meet the target"
            )
    return tuple(said)
