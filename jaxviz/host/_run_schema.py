"""The schema of a saved run, version 1: what its header and its arrays must be before anything is made of them."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ._archive import DTYPES, MOST_MEMBERS, Spec

SCHEMA_VERSION = 1
FORMAT = "jaxviz TrainingRun"
MOST_WORDS = 1000
"""Characters of the metric's name."""
MOST_AXES = 16
MOST_CONTAINERS = 100_000
"""Lists and objects in the header: empty ones take thirty times their text in memory."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SQUASHED = ("policy", "policies")
_NUMBER, _COUNT, _MASK = "iuf", "iu", "b"
"""NumPy's kinds of dtypes: real numbers, counts and masks."""
_POLICIES = {
    "probs": ("sample action", _NUMBER),
    "mean": ("sample dimension", _NUMBER),
    "log_std": ("sample dimension", _NUMBER),
    "observations": ("sample ...", _NUMBER),
}
LAYOUT: dict[str, tuple[str, str]] = {
    "episodes/returns": ("episode", _NUMBER),
    "episodes/lengths": ("episode", _NUMBER),
    "episodes/step": ("episode", _NUMBER),
    "episodes/valid": ("episode", _MASK),
    "episodes/count": ("", _COUNT),
    "episodes/overflow": ("", _MASK),
    "updates/total": ("update", _NUMBER),
    "updates/length_total": ("update", _NUMBER),
    "updates/count": ("update", _COUNT),
    "updates/hold_total": ("update", _NUMBER),
    "updates/hold_count": ("update", _COUNT),
    "updates/step": ("update", _NUMBER),
    "updates/quartiles": ("update 5", _NUMBER),
    "updates/weighted_total": ("update", _NUMBER),
    "updates/valid": ("update", _MASK),
    "evaluation/returns": ("eval rollout", _NUMBER),
    "evaluation/lengths": ("eval rollout", _NUMBER),
    "evaluation/step": ("eval", _NUMBER),
    "evaluation/valid": ("eval rollout", _MASK),
    "losses/values/*": ("update", _NUMBER),
    "losses/step": ("update", _NUMBER),
    "losses/valid": ("update", _MASK),
    **{f"policy/{name}": of for name, of in _POLICIES.items()},
    "policies/step": ("update", _NUMBER),
    **{f"policies/sample/{name}": (f"update {axes}", kind) for name, (axes, kind) in _POLICIES.items()},
    "total_steps": ("", _NUMBER),
}
"""Every array that there may be: its own axes behind those of the batch, and what it holds. Axes of one name in one
part have one size; a number is a size."""
_TOGETHER = (
    ("episodes", ("returns", "valid", "count", "overflow")),
    ("evaluation", ("returns", "valid")),
    ("policy", ("probs",)),
    ("policy", ("mean", "log_std")),
    ("policies", ("sample/probs",)),
    ("policies", ("sample/mean", "sample/log_std")),
    ("updates", ("total",)),
    ("updates", ("hold_total",)),
    ("losses", ("values/*",)),
)
"""Of each part that is there, one of these sets is."""


class Header(NamedTuple):
    """The header of a saved run, checked."""

    arrays: dict[str, Spec]
    squashed: tuple[str, ...]
    means: bool
    words: dict[str, Any]
    """`metric` and `minimize`, where the file has them."""
    metadata: dict[str, Any]


def parse(text: bytes) -> Header:
    """The header in `metadata.json`. ValueError that says what is wrong with it."""
    if text.count(b"[") + text.count(b"{") > MOST_CONTAINERS:
        raise ValueError(f"its metadata.json has more than {MOST_CONTAINERS} lists and objects")
    header = json.loads(text)
    _check(isinstance(header, dict), "its metadata.json is not an object")
    _check(header.get("format") == FORMAT, f"its metadata.json has the format {_short(header.get('format'))}")
    version = header.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        raise ValueError(
            f"it has schema version {_short(version)}; this jaxviz reads version {SCHEMA_VERSION}: update jaxviz"
        )
    arrays = header.get("arrays")
    _check(isinstance(arrays, dict) and len(arrays) <= MOST_MEMBERS, "its header has no object `arrays`")
    specs = {name: spec(name, about) for name, about in arrays.items()}
    check_layout(specs, _sizes(header.get("batch_shape"), "batch_shape"))
    squashed, words = header.get("squashed", []), {k: header[k] for k in ("metric", "minimize") if k in header}
    _check(isinstance(squashed, list) and all(one in _SQUASHED for one in squashed), "`squashed` names no policies")
    _check(type(header.get("means", False)) is bool, "`means` must be true or false")
    _check(type(words.get("minimize", False)) is bool, "`minimize` must be true or false")
    _check(_is_text(words.get("metric", ""), MOST_WORDS), f"`metric` must be text of at most {MOST_WORDS} characters")
    _check(isinstance(header.get("metadata"), dict), "`metadata` must be an object")
    _check(not header.get("means") or "updates/count" in specs, "`means` is true, but there are no updates")
    return Header(specs, tuple(squashed), header.get("means", False), words, header["metadata"])


def _check(right: bool, otherwise: str) -> None:
    if not right:
        raise ValueError(otherwise)


def _short(value: Any) -> str:
    return repr(value)[:80]


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most


def spec(name: str, about: Any) -> Spec:
    _check(isinstance(about, dict), f"{name!r} is not described by an object")
    dtype, checksum = about.get("dtype"), about.get("sha256")
    _check(dtype in DTYPES, f"{name!r} has the dtype {_short(dtype)}; there may be {', '.join(DTYPES)}")
    _check(checksum is None or (isinstance(checksum, str) and _SHA256.fullmatch(checksum) is not None), "no checksum")
    member = about.get("member")
    _check(member is None or _is_text(member, MOST_WORDS), f"the member of {name!r} must be text")
    return Spec(_sizes(about.get("shape"), name), dtype, checksum, member)


def _sizes(value: Any, name: str) -> tuple[int, ...]:
    right = isinstance(value, list) and len(value) <= MOST_AXES and all(type(n) is int and n >= 0 for n in value)
    _check(right, f"the shape of {name!r} must be at most {MOST_AXES} numbers from 0 on, got {_short(value)}")
    return tuple(value)


def check_layout(arrays: Mapping[str, Any], batch: tuple[int, ...]) -> None:
    """ValueError unless the arrays, or specs of them, are those of one run or batch of runs."""
    sizes: dict[tuple[str, str], int] = {}
    for name, array in arrays.items():
        axes, kind = _place(name)
        _check(np.dtype(_host_dtype(array.dtype)).kind in kind, f"{name!r} has the dtype {array.dtype}")
        shape, whole = (
            tuple(array.shape),
            f"{name!r} has the shape {list(array.shape)}, its batch axes are {list(batch)}",
        )
        _check(shape[: len(batch)] == batch, whole)
        own, names = shape[len(batch) :], axes.replace(" ...", "").split()
        _check(len(own) == len(names) or (axes.endswith("...") and len(own) >= len(names)), f"{whole}; own: [{axes}]")
        for axis, size in zip(names, own, strict=False):
            key = (name.partition("/")[0], axis)
            expected = int(axis) if axis.isdigit() else sizes.setdefault(key, size)
            _check(size == expected, f"{whole}: the axis `{axis}` has {expected} entries")
    _check_complete(arrays)


def _host_dtype(dtype: Any) -> Any:
    return np.float32 if str(dtype) == "bfloat16" else dtype


def _place(name: str) -> tuple[str, str]:
    found = LAYOUT.get("losses/values/*" if name.startswith("losses/values/") else name)
    if found is None:
        raise ValueError(f"it has {name!r}, which no run of this version has: update jaxviz")
    return found


def own_axes(name: str) -> list[str]:
    """The named axes of an array, behind those of the batch."""
    return _place(name)[0].replace(" ...", "").split()


def is_complete(names: Iterable[str], part: str) -> bool:
    """Whether these arrays can be that part of a run."""
    there = {"losses/values/*" if name.startswith("losses/values/") else name for name in names}
    return any({f"{part}/{name}" for name in one} <= there for of, one in _TOGETHER if of == part)


def _check_complete(names: Iterable[str]) -> None:
    """ValueError if a part lacks arrays that it cannot be without."""
    there = {"losses/values/*" if name.startswith("losses/values/") else name for name in names}
    for part in sorted({name.partition("/")[0] for name in there} - {"total_steps"}):
        sets = [{f"{part}/{name}" for name in one} for of, one in _TOGETHER if of == part]
        _check(any(one <= there for one in sets), f"`{part}` lacks one of {sorted(set.union(*sets) - there)}")


def check_counts(arrays: Mapping[str, np.ndarray]) -> None:
    """ValueError for counts below 0, and for more episodes than there is room for that do not overflow."""
    for name, array in arrays.items():
        if LAYOUT.get(name, ("", ""))[1] == _COUNT and array.size:
            _check(int(array.min()) >= 0, f"{name!r} holds {array.min()}: a count is at least 0")
    if "episodes/count" in arrays:
        beyond = arrays["episodes/count"] > arrays["episodes/valid"].shape[-1]
        _check(not (beyond & ~arrays["episodes/overflow"]).any(), "more episodes are counted than there is room for")
