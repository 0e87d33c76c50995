"""What users have on disk -> Study: one file a format in `formats/`."""

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from ._read import read_logs as read_logs
    from ._reading import UNKNOWN as UNKNOWN
    from ._recognize import is_log as is_log

# At its first use: processes that help to read many files import this package without JAX.
_HOMES = {"UNKNOWN": "_reading", "is_log": "_recognize", "read_logs": "_read"}

__all__ = ["UNKNOWN", "is_log", "read_logs"]

__getattr__ = lazily(__name__, _HOMES)
