"""The formats that can be told apart, most specific first: a new one is a file in `formats/` and a line here."""

from ._log import Format

FORMATS: tuple[Format, ...] = ()
"""The first whose `looks` says yes reads the file."""
