"""What a command says, and how it ends if it cannot do its work."""

import sys
from typing import NoReturn

import typer

from .._printable import printable


def say(text: str, *, error: bool = False) -> None:
    """Lines on standard output or standard error: files and stores of others say nothing to the terminal itself."""
    typer.echo(printable(text, lines=True), file=sys.stderr if error else sys.stdout)


def fail(message: str) -> NoReturn:
    """One line on standard error, and exit code 2."""
    typer.echo(f"jaxviz: {printable(message)}", file=sys.stderr)
    raise typer.Exit(2)
