"""The command line: `analyze`, `report`, `ui`, `sync`. JAX and everything heavy is imported inside the commands."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from .tracking import Pending

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Statistics and figures of RL training runs.")


@app.command()
def analyze(
    runs: Annotated[list[Path], typer.Argument(help="Runs saved with jaxviz.save_run (.npz).", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the figures.")] = Path("figures"),
    target: Annotated[float | None, typer.Option(help="Return that counts as solved.")] = None,
    window: Annotated[int, typer.Option(min=1, help="Episodes in the trailing mean.")] = 100,
    suffix: Annotated[str, typer.Option(help="Format of the figures: png, pdf or svg.")] = "png",
) -> None:
    """Print a table per configuration and write the figures of saved runs."""
    loaded = [(path, *_load(path)) for path in runs]
    if suffix not in ("png", "pdf", "svg"):
        _fail(f"--suffix must be png, pdf or svg, got {suffix!r}")
    for path, run, labels in loaded:
        folder = output / path.stem if len(loaded) > 1 else output
        _report(path, run, labels, folder, target=target, window=window, suffix=suffix)


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(help="Runs saved with jaxviz.save_run (.npz).", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file.")] = Path("report.html"),
    target: Annotated[float | None, typer.Option(help="Return that counts as solved.")] = None,
    window: Annotated[int, typer.Option(min=1, help="Episodes in the trailing mean.")] = 100,
    title: Annotated[str, typer.Option(help="Heading of the page.")] = "Training report",
) -> None:
    """Write one self-contained HTML page about saved runs."""
    loaded = {name: _load(path) for name, path in _distinct_names(runs).items()}
    from .host import load_metadata
    from .report import write

    metadata = {name: load_metadata(path) for name, path in _distinct_names(runs).items()}
    labels = {name: _fitting_labels(run, names) for name, (run, names) in loaded.items()}
    sources = {name: run for name, (run, _) in loaded.items()}
    try:
        write(sources, output, title=title, target=target, window=window, labels=labels, metadata=metadata)
    except (OSError, ValueError) as error:
        _fail(f"cannot write {output}: {error}")
    typer.echo(f"wrote {output}")


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 5000,
) -> None:
    """Serve the local MLflow store on 127.0.0.1, until Ctrl-C."""
    from .tracking import local_store
    from .tracking.store._server import serve

    store = local_store()
    typer.echo(f"MLflow UI of {store.address}: http://127.0.0.1:{port}  (Ctrl-C ends it)")
    try:
        raise typer.Exit(serve(store, port))
    except RuntimeError as error:
        _fail(str(error))


@app.command()
def sync(
    journal: Annotated[Path | None, typer.Option(help="Folder of the journals.", show_default=False)] = None,
    status: Annotated[bool, typer.Option("--status", help="Only show what is pending.")] = False,
) -> None:
    """Send the records that are pending in the journals to MLflow; exit code 1 if some are left."""
    from . import tracking

    try:
        found = tracking.sync(journal, status=status)
    except ValueError as error:
        _fail(str(error))
        return
    for one in found:
        typer.echo(_pending_words(one))
        for reason in one.unreadable:
            typer.echo(f"left alone: {reason}", err=True)
    if not found:
        typer.echo(NOTHING)
    raise typer.Exit(0 if all(one.is_done for one in found) else 1)


NOTHING = "nothing is pending"


def _pending_words(found: "Pending") -> str:
    """The records that are pending for one store, in one line."""
    import datetime

    words = [f"{found.records:,} records ({found.points:,} points) are pending" if found.records else NOTHING]
    if found.since is not None:
        words.append(f"since {datetime.datetime.fromtimestamp(found.since):%Y-%m-%d %H:%M:%S}")
    if found.refused:
        words.append(f"{found.refused:,} records were refused: {'; '.join(found.reasons)}")
    line = ": ".join(filter(None, (found.address, ", ".join(words))))
    return line if found.failure is None else f"{line} ({found.failure})"


def _load(path: Path) -> tuple[Any, list[str] | None]:
    """A saved run and the names of its configurations, where it was saved with any."""
    from .host import load_metadata, load_run

    try:
        return load_run(path), load_metadata(path).get("labels")
    except FileNotFoundError:
        _fail(f"{path} does not exist")
    except (ValueError, OSError) as error:
        _fail(str(error))
    raise AssertionError  # _fail never returns


def _report(
    path: Path, run: Any, labels: list[str] | None, folder: Path, *, target: float | None, window: int, suffix: str
) -> None:
    """The words, the table and the figures of one saved run."""
    import jax

    from .aggregation import aggregate
    from .analysis import analyze as analyze_run
    from .analysis import known_estimand
    from .plots import create_comprehensive_analysis
    from .view import describe

    try:
        analysis = analyze_run(run, windows=(window,), target=target, estimand=known_estimand(run))
        summary = aggregate(analysis, jax.random.key(0))
        named = _fitting_labels(run, labels)
        typer.echo(f"{path}\n{describe(run)}\n{describe(summary, labels=named)}")
        figures = create_comprehensive_analysis(
            run, folder, target=target, window=window, labels=named, suffix=f".{suffix}"
        )
    except OSError as error:
        _fail(f"cannot write to {folder}: {error}")
        return
    except ValueError as error:
        _fail(f"{path}: {error}")
        return
    for figure in figures.values():
        typer.echo(f"wrote {figure}")


def _distinct_names(paths: list[Path]) -> dict[str, Path]:
    """Stems of files, or whole paths where two files have the same stem."""
    stems = [path.stem for path in paths]
    return {path.stem if stems.count(path.stem) == 1 else str(path): path for path in paths}


def _fitting_labels(run: Any, labels: list[str] | None) -> list[str] | None:
    """The saved names, where there is one for each configuration."""
    return labels if labels is not None and len(labels) == _configurations(run.batch_shape) else None


def _configurations(batch_shape: tuple[int, ...]) -> int:
    """Runs stand on the last batch axis; the product of the others."""
    import math

    return math.prod(batch_shape[:-1])


def _fail(message: str) -> None:
    """One line on standard error, and exit code 2."""
    typer.echo(f"jaxviz: {message}", file=sys.stderr)
    raise typer.Exit(2)


if __name__ == "__main__":
    app()
