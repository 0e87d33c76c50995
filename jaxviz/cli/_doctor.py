"""`jaxviz doctor`: what stands in the way of a conclusion, before any number."""

from typing import Annotated

import typer

from . import _given
from ._exit import explain, fail, say
from ._progress import progress


def doctor(
    runs: Annotated[list[str], typer.Argument(help=_given.HELP, show_default=False)],
    pattern: Annotated[str | None, typer.Option(help=_given.PATTERN, show_default=False)] = None,
    metric: Annotated[str | None, typer.Option(help=_given.METRIC, show_default=False)] = None,
    step_every: Annotated[int | None, typer.Option(min=1, help=_given.STEP_EVERY, show_default=False)] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs that a cell should have.")] = 5,
    budget: Annotated[int | None, typer.Option(min=1, help="Steps that a run should have.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Examine runs before they are compared: what is missing, short, mixed, twice or too few. Exit code 1: an error."""
    with progress("reading") as tell:
        study = _given.study_of(runs, _given.Options(pattern, metric, step_every), tell)
    from ..study import doctor as examine

    try:
        findings = examine(study, seeds=seeds, budget=budget)
    except ValueError as error:
        fail(str(error))
    say(findings.to_json()) if as_json else explain(str(findings))
    _given.say_left_out(study)
    raise typer.Exit(findings.exit_code)
