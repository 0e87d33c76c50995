"""`doctor`: what is wrong with a study, before any number is made of it."""

from collections.abc import Iterator

from ..._explained import explained
from ..._whole import whole
from .. import _cells
from .._study import Study
from . import _coverage, _folders, _measured, _runs
from ._case import case_of, many
from ._findings import Finding, Findings

_CHECKS = (
    _measured.kinds,
    _measured.units,
    _measured.directions,
    _runs.identical,
    _coverage.coverage,
    _runs.states,
    _runs.short,
    _runs.budgets,
    _runs.seeds,
    _folders.folders,
    _measured.without_steps,
    _measured.unknown,
    _measured.names,
    _measured.smoothed,
    _measured.notes,
    _measured.guessed,
)


@explained
def doctor(study: Study, *, seeds: int = 5, budget: int | None = None) -> Findings:
    """What is wrong with a study: print it before you compare anything.

    `seeds`: runs that every cell should have. `budget`: steps that every run should have; None: what its
    hyper-parameters asked for (`total_timesteps`, …), else as many as the longest of its algorithm and task.
    Found are: kinds of returns or units of steps that are mixed on one task, copies of runs (errors: `exit_code` is
    1); cells that are missing or have few runs, runs that diverged, are short or empty, budgets that differ, one seed
    for several runs, folders of several names in one cell, workers of other trainings, names that are nearly alike,
    losses that count as better if larger (warnings); what was guessed, repaired or smoothed (notes). `to_run` lists
    the runs that are still to be made.

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6), step=np.arange(10, 70, 10))
    >>> study = jv.Study({"PPO": {"CartPole-v1": run}})
    >>> print(*(finding.name for finding in jv.doctor(study)))
    few runs
    """
    if not isinstance(study, Study):
        raise TypeError(type(study).__name__)  # in words: see `explained`
    seeds, budget = whole(seeds, "seeds"), None if budget is None else whole(budget, "budget")
    rows = _cells.with_notes(study._rows, study._records, study._groups)
    case = case_of(study._groups, rows, study._records, seeds, budget)
    found = [finding for check in _CHECKS for finding in check(case)]
    found += list(_left_out(study))
    title = f"{many(len(rows), 'run')} in {many(len(study._groups), 'cell')}"
    return Findings(found, _coverage.matrix(case), _coverage.to_run(case), title)


def _left_out(study: Study) -> Iterator[Finding]:
    """Files that hold no run, with the reason."""
    if study.left_out:
        yield Finding(
            "note",
            "files left out",
            f"{many(len(study.left_out), 'file')} without a run that can be read",
            "see study.left_out for the reason of each",
            runs=tuple(f"{path}: {why}" for path, why in study.left_out),
        )
