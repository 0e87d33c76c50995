"""The bytes of a file of anybody, packed or not, and the text in them."""

import bz2
import lzma
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

HEAD = 64 << 10
"""Bytes by which a format is told."""
MOST_GROWTH = 100
"""Bytes that a byte of a packed file may stand for: text of numbers shrinks to a third, of repeated words to a
thirtieth."""
FREE = 64 << 20
"""Bytes that any packed file may hold."""
_PIECE = 1 << 10
"""Bytes that are unpacked at a time at the beginning of a file: of a damaged one what is before the damage is seen."""


class _Packing(NamedTuple):
    """A way in which files are packed."""

    name: str
    mark: bytes
    unpacker: Callable[[], Any]
    """Makes an object with `decompress(data, most)`, `eof` and `unused_data`."""


_PACKINGS = (
    _Packing("gzip", b"\x1f\x8b\x08", lambda: zlib.decompressobj(wbits=31)),
    _Packing("bzip2", b"BZh", bz2.BZ2Decompressor),
    _Packing("xz", b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(memlimit=FREE * 4)),
)
_UNPACKING = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)
"""What these libraries raise for damage."""
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


_MARKS = tuple(one.mark for one in _PACKINGS)


def _packing(start: bytes) -> _Packing | None:
    return next(one for one in _PACKINGS if start.startswith(one.mark)) if start.startswith(_MARKS) else None


def head(path: Path, size: int = HEAD) -> bytes:
    """The first `size` bytes, unpacked if they are packed; of a damaged packed file those before the damage.

    ValueError if those are not even a line.
    """
    with path.open("rb") as file:
        start = file.read(size)
    packing = _packing(start)
    return _in_utf8(start) if packing is None else _in_utf8(_first(start, packing, size))


def _first(packed: bytes, packing: _Packing, size: int) -> bytes:
    """The first bytes of what is packed."""
    unpacker, found = packing.unpacker(), b""
    try:
        for at in range(0, len(packed), _PIECE):
            found += unpacker.decompress(packed[at : at + _PIECE], size - len(found))
            if len(found) >= size or unpacker.eof:
                break
    except _UNPACKING as error:
        if b"\n" not in found:
            raise ValueError(f"it is packed with {packing.name} and damaged: {error}") from None
    if b"\n" not in found and not unpacker.eof and len(packed) < size:
        raise ValueError(f"it is packed with {packing.name} and damaged: its end is missing")
    return found


def start(path: str) -> tuple[bytes, bytes | None]:
    """The head, and all bytes of a file that is read as a whole then: a short one that is not packed."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        found = os.read(file, HEAD + 1)
    finally:
        os.close(file)
    packed = _packing(found) is not None
    return head(Path(path)) if packed else _in_utf8(found[:HEAD]), None if packed or len(found) > HEAD else found


def _in_utf8(start: bytes) -> bytes:
    """The first bytes of a file, of text in UTF-16 as UTF-8."""
    encoding = _UTF16.get(start[:2])
    if encoding is None or b"\0" not in start[:64]:
        return start
    return start[2 : len(start) // 2 * 2].decode(encoding, "ignore").encode()


def is_plain(path: Path) -> bool:
    """Whether a file is read as it is: it is not packed, and UTF-8 with `\\n` at the ends of its lines."""
    with path.open("rb") as file:
        start = file.read(1 << 12)
    return _packing(start) is None and b"\n" in start and not start.startswith((*_UTF16, b"\xef\xbb\xbf"))


def content(path: Path) -> bytes:
    """All bytes, unpacked if they are packed. ValueError if they cannot be, or are far more than the file's."""
    packed = path.read_bytes()
    packing = _packing(packed)
    return packed if packing is None else _unpacked(packed, packing)


def _unpacked(packed: bytes, packing: _Packing) -> bytes:
    most, parts, size = max(FREE, MOST_GROWTH * len(packed)), [], 0
    while packed:
        member = packing.unpacker()
        try:
            parts.append(member.decompress(packed, most - size + 1))
        except _UNPACKING as error:
            raise ValueError(f"it is packed with {packing.name} and damaged: {error}") from None
        size += len(parts[-1])
        if size > most:
            raise ValueError(f"it is packed with {packing.name} and holds more than {most} bytes")
        if not member.eof:
            raise ValueError(f"it is packed with {packing.name} and its end is missing")
        packed = member.unused_data.lstrip(b"\x00")
    return b"".join(parts)


def text(content: bytes) -> bytes:
    """UTF-8 text without a byte order mark, whose lines end with `\\n` or `\\r\\n`.

    ValueError where there are bytes of 0, which a power cut leaves.
    """
    encoding = _UTF16.get(content[:2])
    if encoding is not None:
        content = content[2:].decode(encoding, "replace").encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in content:
        content = unified(content)
    zero = content.find(b"\0")
    if zero >= 0:
        raise ValueError(f"line {content.count(10, 0, zero) + 1} holds bytes of 0, which are no text")
    return content


def unified(content: bytes) -> bytes:
    """Text with `\\n` as its only end of a line; readers leave out lines without anything."""
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content


def decoded(content: bytes) -> str:
    """Text of UTF-8, else of Latin-1, which has a character for every byte."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")
