"""`jaxviz analyze`: tables and figures of runs."""

from pathlib import Path
from typing import Annotated

import typer

from . import _given
from ._exit import fail, say
from ._saved import SavedRun


def analyze(
    runs: Annotated[list[str], typer.Argument(help=_given.HELP, show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the figures.")] = Path("figures"),
    target: Annotated[float | None, typer.Option(help="Return that counts as solved.")] = None,
    window: Annotated[int | None, typer.Option(min=1, help="Entries in the trailing mean.")] = None,
    suffix: Annotated[str, typer.Option(help="Format of the figures: png, pdf or svg.")] = "png",
    pattern: Annotated[str | None, typer.Option(help=_given.PATTERN, show_default=False)] = None,
    metric: Annotated[str | None, typer.Option(help=_given.METRIC, show_default=False)] = None,
    step_every: Annotated[int | None, typer.Option(min=1, help=_given.STEP_EVERY, show_default=False)] = None,
) -> None:
    """Print a table per configuration and write the figures of saved runs, studies or logs."""
    if suffix not in ("png", "pdf", "svg"):
        fail(f"--suffix must be png, pdf or svg, got {suffix!r}")
    loaded = _given.runs_of(runs, _given.Options(pattern, metric, step_every))
    from ..tracking.store._store import slug

    for name, saved in loaded.items():
        folder = output / slug(name) if len(loaded) > 1 else output
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
