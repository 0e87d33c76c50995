"""Parquet is read by another process: whatever a file does to it, the caller goes on."""

import os
import sys
import textwrap

import pytest

from jaxviz.host.readers._parquet import _child, _columns, _limits
from jaxviz.logs._log import UnreadableError
from jaxviz.logs.formats import parquet
from tests.mutations import mutations

from . import samples

pytest.importorskip("polars")


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    """No child of before, and none that is left."""
    children: dict[int, _child.Child] = {}
    monkeypatch.setattr(_columns, "_children", children)
    yield children
    for child in children.values():
        child.end()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "history.parquet"
    path.write_bytes(samples.parquet())
    return path


def starts(monkeypatch, program):
    """The next child runs this program, and those after it the real one."""
    programs, popen = [program], _child.subprocess.Popen

    def started(command, **options):
        real = command[3]
        return popen([*command[:3], programs.pop() if programs else real, *command[4:]], **options)

    monkeypatch.setattr(_child.subprocess, "Popen", started)


def is_read(path):
    (log,) = parquet.FORMAT.read(path)
    return log.series["return"].values.tolist() == [k / 3 for k in range(20)]


ABORTS = "import os, sys; sys.stdin.readline(); os.abort()"
HALF = 'import os, sys; sys.stdin.readline(); print(\'{"rows": 20, "names": ["a"]\', end=\'\'); os._exit(1)'
SHORT = 'import os, sys; sys.stdin.readline(); print(\'{"rows": 20, "names": ["a"]}\', flush=True); os._exit(1)'
HANGS = "import time; time.sleep(1000)"


@pytest.mark.parametrize("program", [ABORTS, HALF, SHORT, HANGS])
def test_a_file_that_ends_the_reader_is_named_and_the_next_one_is_read(file, monkeypatch, program):
    starts(monkeypatch, program)
    if program == HANGS:
        monkeypatch.setattr(_columns, "_SECONDS", 0.2)
    with pytest.raises(UnreadableError, match=r"history\.parquet: it is damaged parquet: .* ended the process"):
        parquet.FORMAT.read(file)
    monkeypatch.undo()
    assert is_read(file)


def test_a_reader_that_had_been_idle_is_started_again(file, monkeypatch):
    starts(monkeypatch, "import os, sys; sys.stdin.readline(); os._exit(0)")
    assert is_read(file)


def test_a_reader_that_cannot_be_started_is_said(file, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(UnreadableError, match=r"history\.parquet: .*cannot be started.*/nowhere/python"):
        parquet.FORMAT.read(file)


def test_one_process_reads_many_files(file, fresh):
    assert is_read(file)
    (child,) = fresh.values()
    assert is_read(file)
    assert list(fresh.values()) == [child]


def test_no_child_of_another_process_is_asked(file, fresh, monkeypatch):
    """After a fork both would read the same answers."""
    assert is_read(file)
    (child,) = fresh.values()
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert child.end() == 0
    assert not child.has_ended
    assert is_read(file)
    assert len(fresh) == 2
    fresh.pop(1).end()


def test_a_relative_path_is_that_of_now(file, fresh, monkeypatch, tmp_path):
    assert is_read(file)
    monkeypatch.chdir(tmp_path)
    assert is_read(parquet.Path("history.parquet"))


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the system does not tell")
def test_memory_of_the_reader_is_bounded(tmp_path):
    """In a process of its own, as limits stay."""
    program = f"""
    import sys
    sys.path.insert(0, {str(_child._ROOT)!r})
    from jaxviz.host.readers._parquet._limits import limit_memory
    limit_memory(1000)
    some = bytearray({_limits._FREE // 2})
    try:
        bytearray({2 * _limits._FREE})
    except MemoryError:
        sys.exit(7)
    """
    done = _child.subprocess.run([sys.executable, "-c", textwrap.dedent(program)])
    assert done.returncode == 7


def test_a_flipped_bit_that_makes_polars_abort(file):
    """With polars 2.1; other releases may refuse it."""
    content = dict(mutations(samples.parquet(), 81))["_flip 0 80"]
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"history\.parquet"):
        parquet.FORMAT.read(file)
