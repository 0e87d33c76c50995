"""CRC-32C (Castagnoli), by which TensorBoard and LevelDB protect their records."""

from collections.abc import Callable

import numpy as np

from ._array import Array

_POLYNOMIAL = 0x82F63B78
_MASK = 0xA282EAD8


def _table() -> Array:
    """The checksum of each byte, [256] uint32."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ _POLYNOMIAL, table >> 1).astype(np.uint32)
    return table


_TABLE = _table()
_ENTRIES = _TABLE.tolist()


def _slow_crc32c(data: bytes) -> int:
    """The definition, about 10 MB a second: for those who have not installed `jaxviz-rl[logs]`."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _ENTRIES[(crc ^ byte) & 255] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _fastest() -> Callable[[bytes], int]:
    try:
        from crc32c import crc32c
    except ImportError:
        return _slow_crc32c
    return crc32c


crc32c = _fastest()
"""CRC-32C of bytes; the processor's own instruction where the package crc32c is installed."""


def masked(crc: Array) -> Array:
    """TensorFlow's and LevelDB's mask: rotl(crc, 17) + 0xa282ead8 mod 2³²."""
    crc = crc.astype(np.uint32)
    return ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + np.uint32(_MASK)


def masked_crc(data: bytes) -> int:
    """The masked checksum of bytes."""
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + _MASK) & 0xFFFFFFFF


def window_crcs(data: Array, width: int) -> Array:
    """The masked checksum of each `width` bytes in a row, [byte] uint8 -> [byte - width + 1] uint32."""
    count = data.size - width + 1
    crc = np.full(count, 0xFFFFFFFF, np.uint32)
    for i in range(width):
        crc = _TABLE[(crc ^ data[i : i + count]) & 255] ^ (crc >> np.uint32(8))
    return masked(~crc)
