"""`jaxviz sync`: send the records that are pending."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ._exit import fail, say
from ._mending import mending

if TYPE_CHECKING:
    from ..tracking import Pending

NOTHING = "nothing is pending"
DAMAGED = "bytes in it are no record, the records around them are sent; delete it when you do not need it any more"
AHEAD = "bytes in it are no record; `jaxviz sync` sends the records around them, and keeps it"
AGAIN = "`jaxviz sync --retry-refused` sends them again"


def sync(
    journal: Annotated[Path | None, typer.Option(help="Folder of the journals.", show_default=False)] = None,
    status: Annotated[bool, typer.Option("--status", help="Only show what is pending.")] = False,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Send records that the store refused again too.")
    ] = False,
) -> None:
    """Send the records that are pending in the journals to MLflow; exit code 1 if some are left or damaged."""
    from .. import tracking

    try:
        found = tracking.sync(journal, status=status, retry_refused=retry_refused)
    except ValueError as error:
        fail(str(error))
    for one in found:
        say(_words(one))
        for reason in one.unreadable:
            say(f"left alone: {reason}", error=True)
        for segment in one.damaged:
            say(f"damaged: {segment}{_damage(one)}", error=True)
    if not found:
        say(NOTHING)
    raise typer.Exit(0 if all(one.is_done and not one.damaged for one in found) else 1)


def _damage(found: "Pending") -> str:
    return f" is kept: {DAMAGED}" if found.is_done else f": {AHEAD}"


def _words(found: "Pending") -> str:
    """What was sent, is pending and was refused of one store, in one line."""
    words = [f"{found.sent:,} records were sent"] if found.sent else []
    words.append(_pending_words(found))
    if found.refused:
        words.append(f"{found.refused:,} records were refused: {'; '.join(found.reasons)} ({AGAIN})")
    line = ": ".join(filter(None, (found.address, ", ".join(words))))
    return line if found.failure is None else f"{line} ({found.failure}{mending(found.failure)})"


def _pending_words(found: "Pending") -> str:
    import datetime

    if not found.records:
        return NOTHING
    words = f"{found.records:,} records ({found.points:,} points) are pending"
    if found.since is None:
        return words
    return f"{words}, since {datetime.datetime.fromtimestamp(found.since):%Y-%m-%d %H:%M:%S}"
