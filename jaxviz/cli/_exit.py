"""What a command says, and how it ends if it cannot do its work."""

import sys
from typing import NoReturn

import typer

from .._printable import printable
from ._folded import folded


def say(text: str, *, error: bool = False) -> None:
    """Lines on standard output or standard error: files and stores of others say nothing to the terminal itself."""
    typer.echo(printable(text, lines=True), file=sys.stderr if error else sys.stdout)


def explain(text: str, *, error: bool = False) -> None:
    """As `say`, sentences: broken between words where they are wider than the terminal."""
    say(folded(printable(text, lines=True), error=error), error=error)


def fail(message: str) -> NoReturn:
    """One sentence on standard error, and exit code 2."""
    explain(f"jaxviz: {printable(message)}", error=True)
    raise typer.Exit(2)
