"""How a command ends that cannot do its work."""

import sys
from typing import NoReturn

import typer


def fail(message: str) -> NoReturn:
    """One line on standard error, and exit code 2."""
    typer.echo(f"jaxviz: {message}", file=sys.stderr)
    raise typer.Exit(2)
