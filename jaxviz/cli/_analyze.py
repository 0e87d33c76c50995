"""`jaxviz analyze`: tables and figures of saved runs."""

from pathlib import Path
from typing import Annotated

import typer

from ._exit import fail, say
from ._saved import SavedRun, load


def analyze(
    runs: Annotated[list[Path], typer.Argument(help="Runs saved with jaxviz.save_run (.npz).", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the figures.")] = Path("figures"),
    target: Annotated[float | None, typer.Option(help="Return that counts as solved.")] = None,
    window: Annotated[int | None, typer.Option(min=1, help="Entries in the trailing mean.")] = None,
    suffix: Annotated[str, typer.Option(help="Format of the figures: png, pdf or svg.")] = "png",
) -> None:
    """Print a table per configuration and write the figures of saved runs."""
    loaded = [load(path) for path in runs]
    if suffix not in ("png", "pdf", "svg"):
        fail(f"--suffix must be png, pdf or svg, got {suffix!r}")
    for saved in loaded:
        folder = output / saved.path.stem if len(loaded) > 1 else output
        _show(saved, folder, target=target, window=window, suffix=suffix)


def _show(saved: SavedRun, folder: Path, *, target: float | None, window: int | None, suffix: str) -> None:
    """The words, the table and the figures of one saved run, all from one View."""
    from ..plots import create_comprehensive_analysis
    from ..view import describe, make_view

    try:
        view = make_view(saved.run, target=target, window=window, labels=saved.labels)
        say(f"{saved.path}\n{describe(saved.run)}\n{describe(view)}")
        figures = create_comprehensive_analysis(view, folder, suffix=f".{suffix}")
    except OSError as error:
        fail(f"cannot write to {folder}: {error}")
    except ValueError as error:
        fail(f"{saved.path}: {error}")
    for figure in figures.values():
        say(f"wrote {figure}")
