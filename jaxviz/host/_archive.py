"""Arrays in a zip archive, written for others and read from others: every limit is checked before memory is taken.

Accepted are archives of members that are stored or deflated, each name once, that declare at most `MOST_GROWTH` times
the bytes of the file (small ones: `FREE`), and arrays of real numbers in NumPy's format. Nothing is unpickled.
"""

import errno
import hashlib
import math
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np

from .._printable import printable

MOST_GROWTH = 8
"""Bytes that a byte of the file may stand for: with the copy on the device, memory is about ten times the file."""
FREE = 32 << 20
"""Bytes that any file may declare: a small run of padding alone shrinks to a hundredth, and hurts nobody."""
MOST_MEMBERS = 10_000
MOST_TEXT = 1 << 20
"""Bytes of a text; one that takes as much room in the file may be longer."""
DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64"),
)
_NPY = b"\x93NUMPY"
_LENGTHS = {1: "<H", 2: "<I"}
"""How the length of an array's header is written, by the version of NumPy's format."""
_MOST_HEADER = 10_000
_HEADER = re.compile(
    rb"\{'descr': '([<>|=][a-z]\d+)', 'fortran_order': (True|False), 'shape': \(([\d, ]{0,400})\), \}\s*"
)
"""A header as NumPy writes it. NumPy's own reader takes any literal of Python."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MOST_NAME = 1000
_CHUNK = 1 << 20
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, ValueError, RuntimeError),
    *(OverflowError, MemoryError, TypeError, AttributeError),
)
"""What Python's and NumPy's readers raise about bytes that are not what they expect; RecursionError is one of them."""


class Spec(NamedTuple):
    """An array as the header describes it."""

    shape: tuple[int, ...]
    dtype: str
    sha256: str | None
    """Of its bytes, little-endian and in the order of its axes; None in files of before there were checksums."""
    member: str | None = None
    """The member that holds it, if it is not called as the array is."""


class Archive:
    """An open archive of a file of `size` bytes. ValueError if it holds more than it may."""

    def __init__(self, opened: zipfile.ZipFile, size: int) -> None:
        self._opened, self._most = opened, max(FREE, MOST_GROWTH * size)
        self._members = {member.filename: member for member in opened.infolist()}
        declared = sum(member.file_size for member in self._members.values())
        if len(self._members) < len(opened.infolist()):
            raise ValueError("two of its members have one name")
        if len(self._members) > MOST_MEMBERS:
            raise ValueError(f"it has {len(self._members)} members, the most is {MOST_MEMBERS}")
        if declared > self._most:
            raise ValueError(f"it declares {declared} bytes, the most for a file of {size} bytes is {self._most}")

    def _member(self, name: str) -> zipfile.ZipInfo:
        found = self._members.get(name)
        if found is None:
            raise ValueError(f"it has no member {name!r}")
        if found.compress_type not in _METHODS:
            raise ValueError(f"its member {name!r} is compressed by another method than deflate")
        return found

    def text(self, name: str) -> bytes:
        """The content of a member that is text."""
        member = self._member(name)
        if member.file_size > max(MOST_TEXT, member.compress_size):
            raise ValueError(f"its member {name!r} declares {member.file_size} bytes, the most is {MOST_TEXT}")
        return self._opened.read(member)

    def array(self, name: str, spec: Spec) -> np.ndarray:
        """The array of a name, if it is as the header describes it. ValueError if not."""
        stored, bytes_of_all = stored_dtype(spec.dtype), math.prod(max(n, 1) for n in spec.shape)
        if bytes_of_all * stored.itemsize > self._most:
            raise ValueError(f"{name!r} has the shape {list(spec.shape)}, the most is {self._most} bytes")
        with self._opened.open(self._member(f"{spec.member or name}.npy")) as member:
            shape, by_column, dtype = _array_header(member, name)
            if shape != spec.shape or dtype.newbyteorder("=") != stored:
                raise ValueError(f"{name!r} is {dtype}{list(shape)}, its header says {spec.dtype}{list(spec.shape)}")
            content = _exactly(member, math.prod(shape) * dtype.itemsize, name)
        array = content.view(dtype).reshape(shape[::-1]).T if by_column else content.view(dtype).reshape(shape)
        if stored.kind == "b" and content.size and content.max() > 1:
            raise ValueError(f"{name!r} must hold 0 and 1")
        array = array.astype(stored, copy=False)
        if spec.sha256 is not None and checksum(array) != spec.sha256:
            raise ValueError(f"{name!r} has another checksum than its header says")
        return array.astype(jnp.dtype(spec.dtype), copy=False)


def _array_header(member: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and dtype of an array; the member is then at its values."""
    start = member.read(len(_NPY) + 2)
    size = _LENGTHS.get(start[-2]) if start.startswith(_NPY) and len(start) == len(_NPY) + 2 else None
    (length,) = (0,) if size is None else struct.unpack(size, member.read(struct.calcsize(size)))
    found = _HEADER.fullmatch(member.read(length)) if length <= _MOST_HEADER else None
    if found is None:
        raise ValueError(f"{name!r} is no array as NumPy stores them")
    return tuple(map(int, found[3].replace(b",", b" ").split())), found[2] == b"True", np.dtype(found[1].decode())


def _exactly(member: IO[bytes], size: int, name: str) -> np.ndarray:
    """That many bytes, which are the rest of a member; at its end Python compares the crc32."""
    content, at = np.empty(size, np.uint8), 0
    while at < size and (part := member.read(min(_CHUNK, size - at))):
        content[at : at + len(part)] = np.frombuffer(part, np.uint8)
        at += len(part)
    if at < size or member.read(1):
        raise ValueError(f"{name!r} is of {size} bytes, its member has {'fewer' if at < size else 'more'}")
    return content


def stored_dtype(dtype: str) -> np.dtype:
    """NumPy has no bfloat16: float32 holds its values exactly, and the header remembers the dtype."""
    return np.dtype(np.float32 if dtype == "bfloat16" else dtype)


def member_of(name: str, place: int) -> str:
    """The member of an array: its name, or its place where a zip archive cannot hold the name."""
    return name if name.isprintable() and len(name) < _MOST_NAME else f"array-{place}"


def checksum(array: np.ndarray) -> str:
    """SHA-256 of an array's bytes, little-endian and in the order of its axes."""
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    return hashlib.sha256(little.reshape(-1).view(np.uint8).data).hexdigest()


@contextmanager
def opened(path: Path, what: str) -> Iterator[Archive]:
    """The archive in a file that should be `what`. ValueError that names the file for everything that is wrong with it.

    OSError if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise ValueError("it is not a plain file")
            with zipfile.ZipFile(file) as archive:
                yield Archive(archive, about.st_size)
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # which places outside of the file cause
            raise
        raise ValueError(
            f"{path} is not {what} that can be read: {_reason(error)} (if it was one, take a fresh copy of it)"
        ) from None


def _reason(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return "it is nested too deep" if isinstance(error, RecursionError) else printable(text.splitlines()[0][:300])


def write(path: Path, arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]) -> None:
    """Write arrays and texts. Arrays are deflated, but for those that shrink more than `Archive` believes."""
    _write(path, arrays, texts, frozenset())
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if sum(member.file_size for member in members) > max(FREE, MOST_GROWTH * path.stat().st_size):
        tight = {member.filename for member in members if member.file_size > MOST_GROWTH * member.compress_size}
        _write(path, arrays, texts, frozenset(tight))


def _write(path: Path, arrays: Mapping[str, np.ndarray], texts: Mapping[str, str], whole: frozenset[str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            about = zipfile.ZipInfo(f"{name}.npy")
            about.compress_type = zipfile.ZIP_STORED if about.filename in whole else zipfile.ZIP_DEFLATED
            with archive.open(about, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), allow_pickle=False)
        for name, text in texts.items():
            archive.writestr(name, text)


def saved_kind(path: Path) -> Literal["run", "study"] | None:
    """What the members of a file say that it is; None if it is something else, or cannot be read."""
    if not path.is_file():  # a device has no end
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[:MOST_MEMBERS])
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return None
    return "study" if "study.json" in names else "run" if "metadata.json" in names else None
