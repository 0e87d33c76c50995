"""`jaxviz report`: one HTML page about runs."""

from pathlib import Path
from typing import Annotated

import typer

from . import _given
from ._exit import fail, say


def report(
    runs: Annotated[list[str], typer.Argument(help=_given.HELP, show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file.")] = Path("report.html"),
    target: Annotated[float | None, typer.Option(help="Return that counts as solved.")] = None,
    window: Annotated[int | None, typer.Option(min=1, help="Entries in the trailing mean.")] = None,
    title: Annotated[str, typer.Option(help="Heading of the page.")] = "Training report",
    pattern: Annotated[str | None, typer.Option(help=_given.PATTERN, show_default=False)] = None,
    metric: Annotated[str | None, typer.Option(help=_given.METRIC, show_default=False)] = None,
    step_every: Annotated[int | None, typer.Option(min=1, help=_given.STEP_EVERY, show_default=False)] = None,
) -> None:
    """Write one self-contained HTML page about saved runs, studies or logs."""
    loaded = _given.runs_of(runs, _given.Options(pattern, metric, step_every))
    from ..report import write

    try:
        write(
            {name: saved.run for name, saved in loaded.items()},
            output,
            title=title,
            target=target,
            window=window,
            labels={name: saved.labels for name, saved in loaded.items()},
            metadata={name: saved.metadata for name, saved in loaded.items()},
        )
    except (OSError, ValueError) as error:
        fail(f"cannot write {output}: {error}")
    say(f"wrote {output}")
