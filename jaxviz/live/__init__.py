"""From inside jit to the host: progress and streaming while the one compiled program runs."""

from ._report import report
from ._watch import Watch, watch

__all__ = ["Watch", "report", "watch"]
