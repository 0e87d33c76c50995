"""Files that are there in name only."""

from ._log import UnreadableError

LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def check_present(head: bytes) -> None:
    """`UnreadableError` if a file is empty, or stands for one that Git LFS has not fetched."""
    if not head:
        raise UnreadableError("it is empty: it has 0 bytes")
    if head.startswith(LFS_POINTER):
        raise UnreadableError("it is a Git-LFS pointer, not the file: fetch it with `git lfs pull`")
