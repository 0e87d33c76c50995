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
from typing import Any

_BYTES, _FILES = 32 << 20, 2000
"""From here on it takes longer to read the files than to start a process, 0.2 s."""
_FILE_BYTES = 16 << 10
"""What opening a file costs, in bytes read."""
_MOST = 8
_START = """
import sys
sys.path.insert(0, sys.argv[1])
from jaxviz.logs._parallel import serve
serve()
"""
Ask = Callable[[Path], Any]


def results(paths: Sequence[Path], sizes: Sequence[int], ask: Ask, told: Callable[[], None]) -> list[Any]:
    """`ask` of each path, in order; by several processes, of which this is one, where there is much to read. `told` is
    called after each."""
    workers = min(os.cpu_count() or 1, _MOST)
    if workers == 1 or (sum(sizes) < _BYTES and len(paths) < _FILES):
        return list(_here(paths, ask, told))
    own, *others = _shares(paths, sizes, workers)
    with ThreadPoolExecutor(workers) as pool:
        asked = pool.map(partial(_asked, ask=ask, told=told), others)
        return [*_here(own, ask, told), *(found for share in asked for found in share)]


def _here(paths: Sequence[Path], ask: Ask, told: Callable[[], None]) -> Iterator[Any]:
    for path in paths:
        yield ask(path)
        told()


def _shares(paths: Sequence[Path], sizes: Sequence[int], workers: int) -> list[Sequence[Path]]:
    """Neighbouring files, about as much work in each share."""
    whole = sum(size + _FILE_BYTES for size in sizes)
    shares: list[list[Path]] = [[] for _ in range(workers)]
    done = 0
    for path, size in zip(paths, sizes, strict=True):
        shares[min(workers - 1, done * workers // whole)].append(path)
        done += size + _FILE_BYTES
    return [share for share in shares if share]


def _asked(paths: Sequence[Path], ask: Ask, told: Callable[[], None]) -> list[Any]:
    """What a process of its own finds in the files; whatever it did not come to is read here."""
    found = []
    command = [sys.executable, "-P", "-c", _START, str(Path(__file__).resolve().parents[2])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None  # it is a pipe
        assert child.stdout is not None
        try:
            pickle.dump((ask, [str(path) for path in paths]), child.stdin)
            child.stdin.close()
            for _ in paths:
                found.append(pickle.load(child.stdout))
                told()
        except (OSError, EOFError, pickle.UnpicklingError):  # it was killed, as for its memory
            child.kill()
    return [*found, *_here(paths[len(found) :], ask, told)]


def serve() -> None:
    """Ask what stdin says of the paths that it names, and write each answer to stdout."""
    ask, paths = pickle.load(sys.stdin.buffer)
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # whatever a library prints is no answer
    for path in paths:
        pickle.dump(ask(Path(path)), out, protocol=pickle.HIGHEST_PROTOCOL)
        out.flush()
