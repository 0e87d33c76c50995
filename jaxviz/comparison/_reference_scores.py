"""Named tables of reference scores."""

from collections.abc import Callable
from typing import NamedTuple


class Reference(NamedTuple):
    """Reference scores of the tasks of a benchmark."""

    name: str
    source: str
    find: Callable[[str], tuple[float, float] | None]
    """Task → what is 0 and what is 1; None: the table does not have it."""


TABLES: tuple[Reference, ...] = ()
