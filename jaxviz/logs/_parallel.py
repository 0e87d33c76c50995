"""Many files read by several processes.

Not by `multiprocessing`, which runs the caller's script once more in each of them: a script without
`if __name__ == "__main__"` would read its logs again and again. Each process is a fresh interpreter that gets a list of
paths and writes what it found to a pipe that nobody else can write to; none of them loads JAX.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

_BYTES, _FILES = 32 << 20, 2000
"""From here on it may take longer to read the files than to start a process, 0.2 s."""
_SECONDS = 0.5
"""It does, if the first of them say that the others take this long: small tables of one form take a fifth of others."""
_FILE_BYTES = 16 << 10
"""What opening a file costs, in bytes read."""
_MOST = 8
_START = """
import sys
sys.path.insert(0, sys.argv[1])
from jaxviz.logs._parallel import serve
serve()
"""
_TOGETHER, _TOGETHER_BYTES = 256, 4 << 20
"""Neighbouring files, and their bytes, that are asked about at once."""
Ask = Callable[[Sequence[str]], list[Any]]
"""Answers for some files, one each."""


def results(files: Sequence[str], sizes: Sequence[int], ask: Ask, told: Callable[[], None]) -> list[Any]:
    """`ask` of all files, some neighbours at a time, in order; by several processes, of which this is one, where there
    is much to read. `told` is called after each file."""
    workers, parts = min(os.cpu_count() or 1, _MOST), _parts(files, sizes)
    if workers == 1 or len(parts) < 2 or (sum(sizes) < _BYTES and len(files) < _FILES):
        return list(_here(parts, ask, told))
    began, first = perf_counter(), list(_here(parts[:1], ask, told))
    done, rest = sizes[: len(first)], sizes[len(first) :]
    if (perf_counter() - began) * _work(rest) < _SECONDS * _work(done):
        return [*first, *_here(parts[1:], ask, told)]
    own, *others = _shares(files[len(first) :], rest, workers)
    with ThreadPoolExecutor(workers) as pool:
        asked = pool.map(partial(_asked, ask=ask, told=told), others)
        return [*first, *_here(own, ask, told), *(found for share in asked for found in share)]


def _work(sizes: Sequence[int]) -> int:
    return sum(sizes) + _FILE_BYTES * len(sizes)


_Parts = list[Sequence[str]]


def _here(parts: _Parts, ask: Ask, told: Callable[[], None]) -> Iterator[Any]:
    for part in parts:
        for found in ask(part):
            yield found
            told()


def _parts(files: Sequence[str], sizes: Sequence[int]) -> _Parts:
    """Neighbouring files that are asked about at once."""
    parts: list[list[str]] = [[]]
    held = 0
    for file, size in zip(files, sizes, strict=True):
        if parts[-1] and (len(parts[-1]) == _TOGETHER or held + size > _TOGETHER_BYTES):
            parts.append([])
            held = 0
        parts[-1].append(file)
        held += size
    return list(parts)


def _shares(files: Sequence[str], sizes: Sequence[int], workers: int) -> list[_Parts]:
    """Neighbouring files, about as much work in each share."""
    whole = _work(sizes)
    shares: list[list[int]] = [[] for _ in range(workers)]
    done = 0
    for i, size in enumerate(sizes):
        shares[min(workers - 1, done * workers // whole)].append(i)
        done += size + _FILE_BYTES
    return [_parts([files[i] for i in share], [sizes[i] for i in share]) for share in shares if share]


def _asked(parts: _Parts, ask: Ask, told: Callable[[], None]) -> list[Any]:
    """What a process of its own finds in the files; whatever it did not come to is read here."""
    found, answered = list[Any](), 0
    command = [sys.executable, "-P", "-c", _START, str(Path(__file__).resolve().parents[2])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None  # it is a pipe
        assert child.stdout is not None
        try:
            pickle.dump((ask, parts), child.stdin)
            child.stdin.close()
            for part in parts:
                found += pickle.load(child.stdout)
                answered += 1
                for _ in part:
                    told()
        except (OSError, EOFError, pickle.UnpicklingError):  # it was killed, as for its memory
            child.kill()
    return [*found, *_here(parts[answered:], ask, told)]


def serve() -> None:
    """Ask what stdin says of the paths that it names, and write the answers for each part to stdout."""
    ask, parts = pickle.load(sys.stdin.buffer)
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # whatever a library prints is no answer
    for part in parts:
        pickle.dump(ask(part), out, protocol=pickle.HIGHEST_PROTOCOL)
        out.flush()
