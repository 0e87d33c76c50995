"""The bytes of a file of anybody, packed or not, and the text in them."""

import zlib
from pathlib import Path

HEAD = 64 << 10
"""Bytes by which a format is told."""
MOST_GROWTH = 100
"""Bytes that a byte of a packed file may stand for: text of numbers shrinks to a third, of repeated words to a
thirtieth."""
FREE = 64 << 20
"""Bytes that any packed file may hold."""
_GZIP = b"\x1f\x8b\x08"
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def head(path: Path, size: int = HEAD) -> bytes:
    """The first `size` bytes, unpacked if they are gzip; of a damaged packed file those that can be unpacked."""
    with path.open("rb") as file:
        start = file.read(size)
    if not start.startswith(_GZIP):
        return start
    try:
        return zlib.decompressobj(wbits=31).decompress(start, size)
    except zlib.error:
        return b""


def start(path: Path) -> tuple[bytes, bytes | None]:
    """The head, and all bytes of a file that is read as a whole then: a short one that is not packed."""
    with open(path, "rb", buffering=0) as file:
        found = file.read(HEAD + 1)
    packed = found.startswith(_GZIP)
    return head(path) if packed else found[:HEAD], None if packed or len(found) > HEAD else found


def is_plain(path: Path) -> bool:
    """Whether a file is read as it is: it is not packed, and UTF-8 with `\\n` at the ends of its lines."""
    start = head(path, 1 << 12)
    with path.open("rb") as file:
        packed = file.read(4).startswith(_GZIP)
    return not packed and b"\n" in start and not start.startswith((*_UTF16, b"\xef\xbb\xbf"))


def content(path: Path) -> bytes:
    """All bytes, unpacked if they are gzip. ValueError if they cannot be, or are far more than the file's."""
    packed = path.read_bytes()
    return _unpacked(packed) if packed.startswith(_GZIP) else packed


def _unpacked(packed: bytes) -> bytes:
    most, parts, size = max(FREE, MOST_GROWTH * len(packed)), [], 0
    while packed:
        member = zlib.decompressobj(wbits=31)
        try:
            parts.append(member.decompress(packed, most - size + 1))
        except zlib.error as error:
            raise ValueError(f"it is packed with gzip and damaged: {error}") from None
        size += len(parts[-1])
        if size > most:
            raise ValueError(f"it is packed with gzip and holds more than {most} bytes")
        if not member.eof:
            raise ValueError("it is packed with gzip and its end is missing")
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
