"""From inside jit to the host: progress and streaming while the one compiled program runs."""

from ._report import report as report
from ._watch import Watch as Watch
from ._watch import watch as watch
