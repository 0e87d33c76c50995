"""Limits of the process that reads a file; where the system has none, there are none but the caller's patience."""

import contextlib
import os
from pathlib import Path

try:
    import resource
except ImportError:  # Windows has none
    resource = None
_FREE, _TIMES, _COPIES = 2 << 30, 20, 4
"""Addresses that threads of libraries reserve (older releases of polars took over half a gigabyte), times the file's
size, and copies of its numbers that there may be at once.
"""
_SECONDS, _BYTES_A_SECOND = 20, 1 << 20


def limit_memory(size: int, declared: int = 0) -> None:
    """No more memory than what is taken now and what a file of `size` bytes with `declared` ones of numbers needs."""
    with contextlib.suppress(OSError, ValueError):
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        _set("RLIMIT_AS", taken + _FREE + _TIMES * size + _COPIES * declared)


def limit_time(size: int) -> None:
    """No more seconds of the processor than a file of `size` bytes needs; and no core file of the end."""
    with contextlib.suppress(OSError, ValueError):
        _set("RLIMIT_CORE", 0)
        _set("RLIMIT_CPU", int(sum(os.times()[:2])) + _SECONDS + size // _BYTES_A_SECOND)


def _set(name: str, most: int) -> None:
    if resource is not None:
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        resource.setrlimit(which, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
