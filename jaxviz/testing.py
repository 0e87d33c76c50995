"""Assertions about training runs for test suites: the same key and the same runs give the same outcome.

def test_ppo_learns_as_well_as_before():
    run = jv.from_purejaxrl(train(keys))
    jv.testing.assert_not_worse(run, jv.load_run("tests/ppo.npz"), margin=20)
"""

from collections.abc import Mapping
from typing import Any, Literal

import jax

from ._explained import explained
from ._kinds import described
from ._run import TrainingRun
from ._types import PRNGKeyArray
from .comparison import Comparison, Correction, Estimator, Population, compare
from .comparison._gate import outcome
from .comparison._times import Target
from .study import Study
from .view import describe
from .view.comparisons._gate import outcome_words

__all__ = ["assert_not_worse"]
_NEW, _BASELINE = "new", "baseline"


def assert_not_worse(
    new: TrainingRun | Study | Mapping[str, Any] | Any,
    baseline: TrainingRun | Study | Mapping[str, Any] | Any,
    *,
    margin: float | None = None,
    undecided: Literal["pass", "fail"] = "pass",
    key: PRNGKeyArray | None = None,
    score: str = "final",
    target: Target | None = None,
    population: Population = "these tasks",
    estimator: Estimator | None = None,
    normalize: str | Mapping[str, tuple[float, float]] | None = None,
    minimize: bool | None = None,
    level: float = 0.95,
    correction: Correction = "holm",
    reps: int = 10_000,
) -> Comparison:
    """AssertionError, with the verdict in words, if new runs are worse than those of a baseline.

    `new` and `baseline`: each a TrainingRun [run], a Study of one configuration, task → TrainingRun, or scores: [run],
    [run, task] or task → [run]. `margin`: a shortfall up to it, in units of the score, is allowed. Worse: the verdict
    of `jv.compare` is worse, and its interval does not end above −margin. `undecided`: whether runs that are neither
    worse nor shown to be not worse "pass", as equal ones do without a margin, or "fail": few seeds can show little, and
    pass. `key`: key(0) unless given, so that the outcome never changes by itself. The others are those of `jv.compare`.

    Returns the Comparison. ValueError if the two have no task in common.
    """
    __tracebackhide__ = True
    if undecided not in ("pass", "fail"):
        raise ValueError(f"`undecided` must be 'pass' or 'fail', got {undecided!r}")
    sides = _together(new, baseline)
    found = compare(
        sides, jax.random.key(0) if key is None else key, score=score, target=target, baseline=_BASELINE,
        margin=margin, population=population, estimator=estimator, normalize=normalize, minimize=minimize, level=level,
        correction=correction, reps=reps,
    )  # fmt: skip
    end = outcome(found)
    if end.worse or (end.undecided and undecided == "fail"):
        raise AssertionError(f"{outcome_words(found, end)}\n\n{describe(found)}")
    return found


@explained
def _together(new: Any, baseline: Any) -> Study | dict[str, Any]:
    """Both sides as one study, or as scores by name."""
    sides = [_side(_NEW, new), _side(_BASELINE, baseline)]
    studies = [one for one in sides if isinstance(one, Study)]
    if len(studies) == 1:
        raise TypeError(
            f"`baseline` must be runs if `new` are runs, and scores if they are scores; got {described(new)} and "
            f"{described(baseline)}"
        )
    return studies[0] | studies[1] if studies else {_NEW: sides[0], _BASELINE: sides[1]}


def _side(name: str, given: Any) -> Any:
    """The runs of one side as a study of one algorithm; scores as they are."""
    parts = given.values() if isinstance(given, Mapping) else (given,)
    if any(isinstance(one, TrainingRun) for one in parts):
        given = Study({name: given})
    return _one_configuration(name, given).as_algorithm(name, source=name) if isinstance(given, Study) else given


def _one_configuration(name: str, study: Study) -> Study:
    several = [axis for axis, values in study.axes.items() if len(values) > 1]
    if len(study.algorithms) > 1 or several:
        what = ", ".join([*(study.algorithms if len(study.algorithms) > 1 else ()), *several])
        raise ValueError(f"`{name}` must be of one algorithm and configuration, it has several ({what}): select one")
    return study.without(*study.axes) if study.axes else study
