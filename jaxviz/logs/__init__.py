"""What users have on disk -> Study: one file a format in `formats/`."""

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from ._read import read_logs as read_logs

# At its first use: processes that help to read many files import this package without JAX.
_HOMES = {"read_logs": "_read"}

__all__ = ["read_logs"]

__getattr__ = lazily(__name__, _HOMES)
