"""The command line: `import`, `doctor`, `analyze`, `compare`, `report`, `ui`, `sync`.

JAX and everything heavy is imported inside the commands.
"""

from typing import Annotated

import typer

from . import _analyze, _compare, _doctor, _import, _report, _sync, _ui

__all__ = ["app"]


def _version(wanted: bool) -> None:
    """Say which release this is, and end."""
    if wanted:
        from .. import __version__

        typer.echo(f"jaxviz {__version__}")
        raise typer.Exit


def _about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Statistics and figures of RL training runs."""


app = typer.Typer(
    callback=_about,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they may hold credentials
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="jaxviz doctor runs/ · jaxviz analyze runs/ · jaxviz compare PPO=runs/ppo SAC=runs/sac -o verdict.html",
)
app.command("import")(_import.import_logs)
for command in (_doctor.doctor, _analyze.analyze, _compare.compare, _report.report, _ui.ui, _sync.sync):
    app.command()(command)
