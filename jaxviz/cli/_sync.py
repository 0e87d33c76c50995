"""`jaxviz sync`: send the records that are pending."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ._exit import fail, say

if TYPE_CHECKING:
    from ..tracking import Pending

NOTHING = "nothing is pending"
DAMAGED = "bytes in it are no record, the records around them are sent; delete it when you do not need it any more"


def sync(
    journal: Annotated[Path | None, typer.Option(help="Folder of the journals.", show_default=False)] = None,
    status: Annotated[bool, typer.Option("--status", help="Only show what is pending.")] = False,
) -> None:
    """Send the records that are pending in the journals to MLflow; exit code 1 if some are left or damaged."""
    from .. import tracking

    try:
        found = tracking.sync(journal, status=status)
    except ValueError as error:
        fail(str(error))
    for one in found:
        say(_pending_words(one))
        for reason in one.unreadable:
            say(f"left alone: {reason}", error=True)
        for segment in one.damaged:
            say(f"damaged: {segment} is kept: {DAMAGED}", error=True)
    if not found:
        say(NOTHING)
    raise typer.Exit(0 if all(one.is_done and not one.damaged for one in found) else 1)


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
