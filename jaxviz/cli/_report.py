"""`jaxviz report`: one HTML page about saved runs."""

from pathlib import Path
from typing import Annotated

import typer

from ._exit import fail, say
from ._saved import distinct_names, load


def report(
    runs: Annotated[list[Path], typer.Argument(help="Runs saved with jaxviz.save_run (.npz).", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file.")] = Path("report.html"),
    target: Annotated[float | None, typer.Option(help="Return that counts as solved.")] = None,
    window: Annotated[int | None, typer.Option(min=1, help="Entries in the trailing mean.")] = None,
    title: Annotated[str, typer.Option(help="Heading of the page.")] = "Training report",
) -> None:
    """Write one self-contained HTML page about saved runs."""
    loaded = {name: load(path) for name, path in distinct_names(runs).items()}
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
