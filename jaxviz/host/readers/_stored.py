"""NumPy's own files, `.npy` and `.npz`, of anybody -> arrays. Sizes are checked before memory is taken; no pickle."""

import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Collection

import numpy as np

from ._content import FREE

_MOST_GROWTH = 10
_MAGIC = b"\x93NUMPY"
_LENGTHS = {1: "<H", 2: "<I", 3: "<I"}
_HEADER = re.compile(
    rb"\{\s*'descr'\s*:\s*'([<>|=]?[a-zA-Z]\d*)'\s*,\s*'fortran_order'\s*:\s*(True|False)\s*,\s*"
    rb"'shape'\s*:\s*\(([\d, ]{0,400})\)\s*,?\s*\}\s*"
)
"""A header as NumPy writes it; structured types have another."""
_MOST_HEADER = 10_000
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError, KeyError, NotImplementedError)


def npy(content: bytes) -> np.ndarray:
    """The array of an `.npy` file. ValueError for one of objects, which would have to be unpickled, and for damage."""
    version = content[len(_MAGIC)] if content.startswith(_MAGIC) and len(content) > 12 else 0
    if version not in _LENGTHS:
        raise ValueError("it does not begin as NumPy's files do")
    size = struct.calcsize(_LENGTHS[version])
    start = len(_MAGIC) + 2 + size
    (length,) = struct.unpack_from(_LENGTHS[version], content, len(_MAGIC) + 2)
    text = content[start : start + min(length, _MOST_HEADER)]
    found = _HEADER.fullmatch(text)
    if found is None:
        raise ValueError("it holds no plain array of numbers")
    return _array(content[start + length :], found)


def _array(content: bytes, header: re.Match[bytes]) -> np.ndarray:
    """The values behind a header."""
    try:
        dtype = np.dtype(header[1].decode())
    except TypeError:
        raise ValueError(f"it holds values of an unknown type {header[1].decode()!r}") from None
    if dtype.kind == "O":
        raise ValueError(
            "it holds Python objects, which are never unpickled: save numbers, np.save(path, x.astype(float))"
        )
    if dtype.kind not in "biuf":
        raise ValueError(f"it holds {dtype}, not real numbers")
    shape = tuple(map(int, header[3].replace(b",", b" ").split()))
    size = math.prod(shape) * dtype.itemsize
    if len(content) != size or len(shape) > 32:
        raise ValueError(f"it declares {list(shape)} values of {dtype}, {size} bytes, and holds {len(content)}")
    flat = np.frombuffer(content, dtype)
    return flat.reshape(shape[::-1]).T if header[2] == b"True" else flat.reshape(shape)


def npz(content: bytes, names: Collection[str]) -> dict[str, np.ndarray]:
    """Those of the named arrays that are in an `.npz` file. ValueError for damage and for what `npy` refuses."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_growth(archive, len(content))
            members = {name: f"{name}.npy" for name in names}
            there = set(archive.namelist())
            raw = {name: archive.read(member) for name, member in members.items() if member in there}
    except _DAMAGE as error:
        raise ValueError(f"it is a damaged archive: {str(error)[:200] or type(error).__name__}") from None
    return {name: _named(name, array) for name, array in raw.items()}


def _named(name: str, content: bytes) -> np.ndarray:
    try:
        return npy(content)
    except ValueError as error:
        raise ValueError(f"{name!r}: {error}") from None


def _check_growth(archive: zipfile.ZipFile, size: int) -> None:
    declared, most = sum(member.file_size for member in archive.infolist()), max(FREE, _MOST_GROWTH * size)
    if declared > most:
        raise ValueError(f"it declares {declared} bytes, the most for a file of {size} bytes is {most}")
