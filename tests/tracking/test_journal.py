"""The journal on its disk: full, removed, under any umask, beside folders of other users."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jaxviz.tracking.journal import _folder, _format, _journal, _spare
from jaxviz.tracking.journal._folder import JournalFolder
from jaxviz.tracking.journal._journal import Journal
from jaxviz.tracking.journal._reader import Reader
from jaxviz.tracking.journal._records import ArtifactRecord, OpenRecord, UnknownRecord, kept_files

from .conftest import full_disk

OPENING = "e", "s"


@pytest.fixture
def spares(tmp_path, monkeypatch):
    """The folder for temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(_spare, "_bases", lambda: [folder])
    return folder


def numbered(i, size=0):
    """A record with a number, of any kind, of about that size."""
    return UnknownRecord({"op": "x", "i": i, "text": "x" * size})


def of_file(i, kept):
    """A record with a number and a file."""
    return ArtifactRecord(run="r", time=1, folder=str(i), kept=kept)


def number(record):
    return int(record.folder) if isinstance(record, ArtifactRecord) else record.header["i"]


def written(path):
    """The numbers of the records of a journal, and the files that they speak of."""
    records = list(Reader(path).pending())
    files = [(path / file).read_bytes() for record in records for file in kept_files(record)]
    return [number(record) for record in records], files


def test_a_segment_that_begins_on_a_full_disk_has_its_opening(tmp_path, monkeypatch, recwarn):
    monkeypatch.setattr(_folder, "SEGMENT_BYTES", 600)
    journal = Journal(tmp_path / "a", *OPENING)
    for i in range(30):
        if i == 10:
            with full_disk():
                journal.append(numbered(i, 500))
        else:
            journal.append(numbered(i))
    journal.close()
    assert written(journal.path)[0] == list(range(30))
    segments = sorted(journal.path.glob("*.wal"))
    assert len(segments) > 2
    for segment in segments:
        first = _format.decode(segment.read_bytes())[0].record
        assert isinstance(first, OpenRecord)
        assert (first.experiment, first.store) == OPENING


def test_files_are_kept_in_memory_with_their_records(tmp_path, recwarn):
    journal = Journal(tmp_path / "a", *OPENING)
    passing = tmp_path / "figure.png"
    passing.write_bytes(b"figure")
    with full_disk():
        for i, content in enumerate((b"bytes", passing)):
            journal.append(of_file(i, journal.keep("name", content)))
        passing.unlink()  # as the temporary file of a figure
        assert journal.in_memory == 4
    journal.append(numbered(2))
    journal.close()
    assert written(journal.path) == ([0, 1, 2], [b"bytes", b"figure"])
    assert len([w for w in recwarn if "cannot be written" in str(w.message)]) == 1


def test_a_file_moves_to_another_disk_with_its_record(tmp_path, spares, monkeypatch, recwarn):
    monkeypatch.setattr(_journal, "MOST_HELD", 400)
    journal, broken, write = Journal(tmp_path / "a", *OPENING), [True], JournalFolder.write_file

    def no_room(self, place, content):
        if broken[0] and self.path == journal.path:
            raise OSError(28, "No space left on device")
        write(self, place, content)

    monkeypatch.setattr(JournalFolder, "write_file", no_room)
    kept = journal.keep("name", b"x" * 200)
    journal.append(numbered(0, 200))
    journal.append(of_file(1, kept))
    broken[0] = False
    journal.close()
    assert "records were moved to" in str(recwarn[-1].message)
    assert written(journal.path) == ([1], [b"x" * 200])
    (spare,) = spares.glob("*/a/*.journal")
    assert written(spare)[0] == [0]


def test_where_both_disks_are_full_nothing_raises(tmp_path, spares, monkeypatch, recwarn):
    monkeypatch.setattr(_journal, "MOST_HELD", 400)
    journal = Journal(tmp_path / "a", *OPENING)
    with full_disk():
        journal.append(of_file(0, journal.keep("name", b"x" * 200)))
        journal.append(numbered(1, 200))
    assert journal.lost
    assert "records are lost" in str(recwarn[-1].message)
    journal.append(numbered(2))
    journal.close()
    assert written(journal.path)[0] == [2]


def test_a_journal_that_is_removed_is_written_again(tmp_path):
    journal = Journal(tmp_path / "a" / "b", *OPENING)
    for i in range(3):
        journal.append(numbered(i))
    shutil.rmtree(tmp_path / "a")
    journal.append(numbered(3))
    with pytest.warns(UserWarning, match="was removed while it was written"):
        journal.sync()
    journal.append(numbered(4))
    journal.close()
    assert written(journal.path)[0] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("mask", [0, 0o022, 0o777])
def test_everything_is_private_under_any_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        journal = Journal(tmp_path / "root" / "store", *OPENING)
        source = tmp_path / "source"
        source.write_bytes(b"content")
        source.chmod(0o644)
        journal.append(of_file(0, journal.keep("name", source)))
        journal.close()
    finally:
        os.umask(before)
    for path in [tmp_path / "root", *(tmp_path / "root").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert written(journal.path) == ([0], [b"content"])


def test_a_folder_of_somebody_else_takes_no_spare_journals(tmp_path, spares):
    (root,) = _spare.roots()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    root.symlink_to(elsewhere)
    assert not _spare.roots()
    assert next(_spare.folders_for(tmp_path / "a")).parent.parent == Path(tempfile.gettempdir())
    root.unlink()
    root.mkdir()
    root.chmod(0o777)
    assert not _spare.roots()
    root.chmod(0o700)
    assert _spare.roots() == [root]
    assert not list(elsewhere.iterdir())


FORK = """
import os, sys
from pathlib import Path
from jaxviz.tracking.journal._journal import Journal
from jaxviz.tracking.journal._records import ArtifactRecord
journal = Journal(Path(sys.argv[1]), "e", "s")
child = os.fork() == 0
content = b"child" if child else b"parent"
journal.append(ArtifactRecord(run="r", time=1, folder=str(int(child)), kept=journal.keep("name", content)))
journal.close()
if not child:
    os.wait()
    print(journal.path)
"""


def test_a_fork_keeps_its_files_in_its_own_journal(tmp_path):
    done = subprocess.run([sys.executable, "-c", FORK, tmp_path], capture_output=True, text=True, check=True)
    parent = Path(done.stdout.strip())
    (child,) = [path for path in tmp_path.glob("*.journal") if path != parent]
    assert written(parent) == ([0], [b"parent"])
    assert written(child) == ([1], [b"child"])
