"""Files of known kinds that hold no runs, or none that can be read safely: each is refused with its reason."""

import re
from collections.abc import Callable
from pathlib import Path

from ..._printable import printable
from ...host.readers import names_of
from .._log import Format, Log, UnreadableError
from .._names import meaning, normal

_PICKLE = re.compile(
    rb"\x80[\x02-\x05]|\(dp?\d*\n|\(lp?\d*\n|c(?:numpy|__builtin__|builtins|collections|copy_reg)[\w.]*\n"
)
_DOPAMINE = re.compile(rb'\s*\[\s*\{[^{}]*"Iteration"\s*:[^{}]*\}')
_TIANSHOU = re.compile(rb'\s*\[\s*\{[^{}]*"rew_std"\s*:')


def _refused(why: str) -> Callable[[Path], list[Log]]:
    def read(path: Path) -> list[Log]:
        raise UnreadableError(f"{printable(str(path))}: {why}")

    return read


def is_pointer(head: bytes, path: Path) -> bool:
    """Git LFS has not fetched the file."""
    return head.startswith(b"version https://git-lfs.github.com/spec/")


def is_empty(head: bytes, path: Path) -> bool:
    """Nothing, or nothing but blanks."""
    return not head.removeprefix(b"\xef\xbb\xbf").strip()


def is_pickle(head: bytes, path: Path) -> bool:
    """The opcodes with which Python's pickles of any protocol begin."""
    return _PICKLE.match(head) is not None


def is_dopamine(head: bytes, path: Path) -> bool:
    """Records of Iteration, Value and Agent, in any order."""
    return _DOPAMINE.match(head) is not None and all(name in head for name in (b'"Value"', b'"Agent"'))


def is_tianshou(head: bytes, path: Path) -> bool:
    """Records of env_step, rew and rew_std."""
    return _TIANSHOU.match(head) is not None and b'"env_step"' in head


_MIDDLES = {"iqm", "mean", "median", "average", "avg"}
_INTERVAL = re.compile(r"(?:ci|conf|iqm|mean)?_?(?:\d\d_?)?(?:low|lower|lo|lb|high|upper|hi|ub)(?:_?(?:ci|bound))?")


def is_aggregated(head: bytes, path: Path) -> bool:
    """A table of a mean, median or IQM and its interval, in which no return has a name of its own."""
    names = set(map(normal, names_of(head)))
    if names.isdisjoint(_MIDDLES) or sum(_INTERVAL.fullmatch(name) is not None for name in names) < 2:
        return False
    return not any(known.role in ("return", "success") for name in names if (known := meaning(name)))


EARLY = (
    Format("Git LFS pointer", is_pointer, _refused("a pointer of Git LFS, not the file: run `git lfs pull` there")),
    Format("empty file", is_empty, _refused("empty: the training wrote nothing, or the disk was full")),
    Format(
        "pickle",
        is_pickle,
        _refused("a pickle, which can run any code when it is loaded: save arrays (np.savez) or a CSV table instead"),
    ),
)
"""Before all others: by their first bytes."""
LATE = (
    Format(
        "Dopamine results",
        is_dopamine,
        _refused(
            "Dopamine's results have no run ids, their order differs between files and iterations are not steps: "
            "give the event files of the runs"
        ),
    ),
    Format(
        "Tianshou results",
        is_tianshou,
        _refused("Tianshou's results are means over runs already (rew, rew_std): give the event files of the runs"),
    ),
    Format(
        "aggregated table",
        is_aggregated,
        _refused("it is aggregated over runs already, a mean or IQM with its interval: give the logs of the runs"),
    ),
)
