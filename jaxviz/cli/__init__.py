"""The command line: `import`, `doctor`, `analyze`, `compare`, `report`, `ui`, `sync`.

JAX and everything heavy is imported inside the commands.
"""

import typer

from . import _analyze, _compare, _doctor, _import, _report, _sync, _ui

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they may hold credentials
    help="Statistics and figures of RL training runs.",
)
app.command("import")(_import.import_logs)
for command in (_doctor.doctor, _analyze.analyze, _compare.compare, _report.report, _ui.ui, _sync.sync):
    app.command()(command)
