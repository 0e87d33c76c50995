"""The formats that can be told apart, most specific first: a new one is a file in `formats/` and a line here."""

from ._log import Format
from .formats import evaluations, monitor, progress, spinning_up, tensorboard

FORMATS: tuple[Format, ...] = (
    tensorboard.FORMAT,
    evaluations.FORMAT,
    monitor.FORMAT,
    spinning_up.FORMAT,
    progress.FORMAT,
)
"""The first whose `looks` says yes reads the file."""
