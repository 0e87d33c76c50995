"""Whole records and segments that are missing, twice there or swapped are noticed, and the others are sent once."""

import itertools
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaxviz.cli import app
from jaxviz.tracking import Store
from jaxviz.tracking.drain._drainer import damaged_of, journals_of
from jaxviz.tracking.drain._sync import pending
from jaxviz.tracking.journal import _aside, _folder, _format, _spare, _walk
from jaxviz.tracking.journal._journal import Journal
from jaxviz.tracking.journal._reader import Reader
from jaxviz.tracking.journal._records import EndRecord, StartRecord, UnknownRecord
from jaxviz.tracking.store._store import load_mlflow

COUNT = 60


@pytest.fixture(autouse=True)
def short_segments(tmp_path, monkeypatch):
    monkeypatch.setattr(_folder, "SEGMENT_BYTES", 600)
    monkeypatch.setattr(_spare, "_bases", lambda: [tmp_path])


def written(folder, count=COUNT):
    """A journal of numbered records in several segments."""
    journal = Journal(folder, "e", "s")
    for i in range(count):
        journal.append(UnknownRecord({"op": "x", "i": i}))
    journal.close()
    assert len(_format.segments(journal.path)) > 5
    return journal.path


def drained(path, window=7):
    """The numbers of the records that are sent, and the segments that are kept aside, as was told before."""
    told = sorted(Path(one).name for one in pending(path.parent).damaged)
    reader, sent = Reader(path), []
    while records := reader.take(50 * window):
        sent += numbers(records)
        reader.acknowledge()
        reader = Reader(path)
    reader.finish()
    assert not path.exists()
    aside = [segment.name for segment in _aside.kept(path.parent)]
    assert told == aside
    return sent, aside


def frames(segment):
    """The parts of a segment that hold a record each."""
    content = segment.read_bytes()
    ends = [0, *(entry.end for entry in _format.decode(content))]
    return [content[start:end] for start, end in itertools.pairwise(ends)]


def record(part):
    return _format.decode(part)[0].record


def numbers(records):
    return [record.header["i"] for record in records if isinstance(record, UnknownRecord)]


def inside(segment):
    return numbers(entry.record for entry in _format.decode(segment.read_bytes()))


CHANGES = {
    "one is missing": lambda parts: parts[:3] + parts[4:],
    "two are missing": lambda parts: parts[:2] + parts[4:],
    "the opening is missing": lambda parts: parts[1:],
    "one is there twice": lambda parts: parts[:4] + parts[3:],
    "one is there again": lambda parts: [*parts[:5], parts[2], *parts[5:]],
    "two are swapped": lambda parts: [*parts[:2], parts[3], parts[2], *parts[4:]],
    "the last is missing": lambda parts: parts[:-1],
    "all are missing": lambda parts: parts[:1],
    "nothing is left": lambda parts: [],
}


@pytest.mark.parametrize("before", [0, 4, 15])
@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_records_that_do_not_follow_each_other_are_noticed(tmp_path, change, before):
    """Wherever the sending stands: behind none, in the segment, or in the one after it."""
    path = written(tmp_path / "a")
    segment = _format.segment(path, 2)
    reader = Reader(path)
    done = numbers(reader.take(50 * before))
    if before:
        reader.acknowledge()
    if not segment.exists():
        segment = _format.segment(path, 3)
    parts = frames(segment)
    segment.write_bytes(b"".join(change(parts)))
    gone, everything = {*numbers(map(record, parts))} - {*numbers(map(record, change(parts)))}, {*range(COUNT)}
    sent, aside = drained(path)
    assert everything - gone <= {*done, *sent} <= everything
    assert len(sent) - len(set(sent)) <= 1
    assert aside


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_segment_that_is_missing_is_noticed(tmp_path, number):
    path = written(tmp_path / "a")
    gone = inside(_format.segment(path, number))
    _format.segment(path, number).unlink()
    sent, aside = drained(path)
    assert sent == [i for i in range(COUNT) if i not in gone]
    assert aside == [f"{number + 1:06d}.wal"]  # the one behind the gap


@pytest.mark.parametrize("sent_before", [0, 30])
def test_segments_that_are_swapped_are_noticed(tmp_path, sent_before):
    path = written(tmp_path / "a")
    reader = Reader(path)
    done = numbers(reader.take(50 * sent_before))
    if sent_before:
        reader.acknowledge()
    one, other, *_ = _format.segments(path)
    one.rename(path / "kept")
    other.rename(one)
    (path / "kept").rename(other)
    sent, aside = drained(path)
    assert {*done, *sent} == set(range(COUNT))
    assert {one.name, other.name} <= set(aside)


def test_a_segment_in_the_place_of_one_that_was_read_to_its_end_is_sent(tmp_path):
    """The two are equally long, so that no record begins where the sending stands."""
    path = written(tmp_path / "a")
    reader, one, other = Reader(path), _format.segment(path, 3), _format.segment(path, 5)
    assert one.stat().st_size == other.stat().st_size
    done = []
    while reader.progress.position < (3, one.stat().st_size):
        done += numbers(reader.take(1))
        reader.acknowledge()
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    sent, aside = drained(path)
    assert {*done, *sent} == set(range(COUNT))
    assert {one.name, other.name} <= set(aside)


def test_a_segment_of_another_journal_is_noticed(tmp_path):
    """Its records are whole; the one behind it knows how long the right one was."""
    path, other = written(tmp_path / "a"), written(tmp_path / "b", COUNT + 30)
    shutil.copy(_format.segment(other, 3), _format.segment(path, 2))
    _, aside = drained(path)
    assert "000002.wal" in aside


def test_nothing_is_noticed_where_nothing_is_missing(tmp_path):
    for window in (1, 7, 1000):
        assert drained(written(tmp_path / f"{window}"), window) == (list(range(COUNT)), [])


def test_segments_that_were_sent_are_not_missing_where_the_last_note_is_damaged(tmp_path):
    path = written(tmp_path / "a")
    reader = Reader(path)
    for _ in range(4):
        reader.take(50 * 7)
        reader.acknowledge()
    assert not _format.segment(path, 1).exists()
    (path / "progress.json").write_bytes(b"")
    (path / "before.json").unlink()
    sent, aside = drained(path)
    assert (sent[-1], aside) == (COUNT - 1, [])


def test_the_damage_of_a_last_segment_without_any_record_is_noticed(tmp_path):
    path = written(tmp_path / "a")
    last = _format.segments(path)[-1]
    lost = inside(last)
    last.write_bytes(b"\0" * 500)
    sent, aside = drained(path)
    assert sent == [i for i in range(COUNT) if i not in lost]
    assert aside == [last.name]


def test_a_kill_while_a_segment_begins_leaves_nothing_behind(tmp_path):
    path = written(tmp_path / "a")
    _format.segment(path, len(_format.segments(path)) + 1).touch()
    assert drained(path) == (list(range(COUNT)), [])


def test_what_is_written_while_it_is_looked_for_is_not_passed_over(tmp_path, monkeypatch):
    """The end of a segment is read, then more is written and the next one begins."""
    journal = Journal(tmp_path / "a", "e", "s")
    reader, read = Reader(journal.path), _walk.read
    reader.take(1)
    reader.acknowledge()

    def read_before_more_is_written(*about):
        monkeypatch.setattr(_walk, "read", read)
        found = read(*about)
        for i in range(COUNT):
            journal.append(UnknownRecord({"op": "x", "i": i}))
        return found

    monkeypatch.setattr(_walk, "read", read_before_more_is_written)
    assert numbers(reader.take(1)) == [0]
    journal.close()
    assert drained(journal.path) == (list(range(COUNT)), [])


def test_a_journal_that_is_written_again_has_its_records_in_their_places(tmp_path):
    journal = Journal(tmp_path / "a" / "b", "e", "s")
    for i in range(10):
        journal.append(UnknownRecord({"op": "x", "i": i}))
    shutil.rmtree(tmp_path / "a")
    with pytest.warns(UserWarning, match="was removed while it was written"):
        journal.sync()
    for i in range(10, 20):
        journal.append(UnknownRecord({"op": "x", "i": i}))
    journal.close()
    sent, aside = drained(journal.path)
    assert sent == list(range(sent[0], 20))
    assert (sent[0] < 10, aside) == (True, [])


def test_a_missing_record_is_said_and_the_rest_is_sent(local, tmp_path):
    load_mlflow(local.store)
    folder = tmp_path / "journals" / Store(local.uri, "").folder_name
    journal = Journal(folder, "missing", local.store.address)
    journal.append(StartRecord(run="one", time=1, name="one is missing", tags={}))
    journal.append(UnknownRecord({"op": "x"}))
    journal.append(EndRecord(run="one", time=4, status="FINISHED"))
    journal.close()
    segment = _format.segment(journal.path, 1)
    first, second, _, last = frames(segment)
    segment.write_bytes(first + second + last)
    done = CliRunner().invoke(app, ["sync", "--journal", str(tmp_path / "journals")])
    (aside,) = damaged_of(folder)
    assert (done.exit_code, journals_of(folder)) == (1, [])
    assert f"damaged: {aside} is kept" in done.stderr
    assert local.runs("missing")["one is missing"].info.status == "FINISHED"
