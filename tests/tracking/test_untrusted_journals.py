"""Journals that are damaged or come from anybody: what is whole is sent, the rest is named and kept, nothing leaves."""

import json
import shutil
import struct
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaxviz.cli import app
from jaxviz.tracking import Store, sync
from jaxviz.tracking.drain._drainer import Drainer, damaged_of, journals_of
from jaxviz.tracking.drain._sync import pending
from jaxviz.tracking.journal import _aside, _folder, _format, _frames
from jaxviz.tracking.journal._journal import Journal
from jaxviz.tracking.journal._progress import Progress, read_progress, write_progress
from jaxviz.tracking.journal._reader import Reader
from jaxviz.tracking.journal._records import (
    ArtifactRecord,
    EndRecord,
    PointsRecord,
    StartRecord,
    TagsRecord,
    UnknownRecord,
    kept_files,
)
from jaxviz.tracking.store._store import load_mlflow
from tests.mutations import COUNTS, mutations

from .test_journal_versions import STORED, contents, unpack

POINTS = 100


def begun(folder, store="s", run="one", points=POINTS):
    """A journal of one run with points and a file, that nobody sends."""
    journal = Journal(folder, "untrusted", store)
    journal.append(StartRecord(run=run, time=1, name=run, tags={"a": "b"}))
    for step in range(points):
        journal.append(PointsRecord(run=run, time=2, names=["loss", "x"], step=step, numbers=[step + 0.5, 1e-3]))
    kept = journal.keep("note.txt", b"content")
    journal.append(ArtifactRecord(run=run, time=3, folder="notes", kept=kept))
    journal.append(EndRecord(run=run, time=4, status="FINISHED"))
    journal.close()
    return journal.path


def records_of(segment):
    return [_format.encode(entry.record) for entry in _format.decode(segment)]


def drained(path, window=700):
    """The records that are sent of a journal; None if it stays as it is."""
    sent = []
    reader = Reader(path)
    if reader.unreadable:
        return None
    while records := reader.take(window):
        sent += records
        reader.acknowledge()
    reader.finish()
    return sent


@COUNTS
def test_a_mutated_segment_gives_its_own_records_and_says_what_is_missing(tmp_path, count):
    path = begun(tmp_path / "a", points=20)
    files, (segment,) = contents(path), path.glob("*.wal")
    whole = segment.read_bytes()
    expected, kept = records_of(whole), 0
    ends = [0, *(entry.end for entry in _format.decode(whole))]
    for i, (name, content) in enumerate(mutations(whole, count)):
        folder = tmp_path / f"{i}"
        copy = folder / path.name
        for file, old in files.items():
            (copy / file.relative_to(path)).parent.mkdir(parents=True, exist_ok=True)
            (copy / file.relative_to(path)).write_bytes(old)
        (copy / segment.name).write_bytes(content)
        told = pending(folder).damaged
        sent = drained(copy)
        assert sent is not None, name  # its opening stands in the journal once more
        assert {_format.encode(record) for record in sent} <= set(expected), name
        aside = _aside.kept(folder)
        is_cut = any(content == whole[:end] for end in ends)  # as a kill or a power cut leaves it
        assert len(aside) == len(told) == int(content != whole and not is_cut), name
        assert not copy.exists(), name
        kept += len(aside)
        if aside:
            assert aside[0].read_bytes() == content, name
    assert kept > 0.8 * count


def flipped(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(bytes(content))


@pytest.fixture(autouse=True, scope="module")
def loaded():
    """MLflow, loaded while a CliRunner stands in for the terminal, keeps streams that are closed later."""
    load_mlflow(Store("sqlite:///", ""))


def store_folder(local, tmp_path):
    return tmp_path / Store(local.uri, "").folder_name


@pytest.mark.parametrize("where", ["a record", "the opening", "the last record"])
def test_one_flipped_bit_is_said_and_the_rest_is_sent(local, tmp_path, where):
    folder, run = store_folder(local, tmp_path), f"flipped in {where}"
    path = begun(folder, local.store.address, run)
    (segment,) = path.glob("*.wal")
    ends = [entry.end for entry in _format.decode(segment.read_bytes())]
    flipped(segment, {"a record": ends[50] + 30, "the opening": 40, "the last record": ends[-1] - 3}[where])
    told = CliRunner().invoke(app, ["sync", "--status", "--journal", str(tmp_path)])
    assert told.exit_code == 1
    assert f"damaged: {segment}: bytes in it are no record; `jaxviz sync` sends the records around them" in told.stderr
    done = CliRunner().invoke(app, ["sync", "--journal", str(tmp_path)])
    assert done.exit_code == 1
    (aside,) = damaged_of(folder)
    assert f"damaged: {aside}" in done.stderr
    assert not journals_of(folder)
    found = local.runs("untrusted")[run]
    assert len(local.history(found, "loss")) == POINTS - (where == "a record")
    assert local.artifacts(found, "notes") == {"notes/note.txt"}
    assert found.info.status == ("KILLED" if where == "the last record" else "FINISHED")
    (told,) = sync(tmp_path)
    assert (told.is_done, told.damaged) == (True, (str(aside),))
    aside.unlink()
    assert sync(tmp_path) == []


def test_a_journal_without_any_opening_is_read_with_that_of_another_one(tmp_path):
    path, other = begun(tmp_path / "a"), begun(tmp_path / "b")
    flipped(_format.segment(path, 1), 40)
    (path / "opening").unlink()  # as before there was one
    assert "copy `opening` of another journal of its experiment" in Reader(path).unreadable
    shutil.copy(other / "opening", path)
    assert len([record for record in drained(path) or [] if isinstance(record, PointsRecord)]) == POINTS


def test_damage_between_segments_is_kept_with_its_segment_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(_folder, "SEGMENT_BYTES", 1000)
    path = begun(tmp_path / "a")
    segments = _format.segments(path)
    assert len(segments) > 5
    flipped(segments[2], 500)
    before = segments[2].read_bytes()
    sent = drained(path, window=5)
    assert sent is not None
    assert len([record for record in sent if isinstance(record, PointsRecord)]) == POINTS - 1
    (aside,) = _aside.kept(tmp_path / "a")
    assert aside.name == segments[2].name
    assert aside.read_bytes() == before


DAMAGED_NOTES = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "far on": json.dumps({"segment": 99, "offset": 5}).encode(),
    "beyond the end": json.dumps({"segment": 3, "offset": 10**9}).encode(),
    "negative": json.dumps({"segment": -1}).encode(),
    "text": json.dumps({"segment": "3"}).encode(),
    "ids in a list": json.dumps({"ids": []}).encode(),
    "no checksum": json.dumps({"segment": 99, "offset": 0, "broken": []}).encode(),
    "another checksum": json.dumps({"segment": 3, "offset": 0, "crc32": 1}).encode(),
}


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("content", DAMAGED_NOTES.values(), ids=list(DAMAGED_NOTES))
def test_a_damaged_note_of_progress_deletes_nothing_unsent(tmp_path, monkeypatch, content, before):
    monkeypatch.setattr(_folder, "SEGMENT_BYTES", 1000)
    path = begun(tmp_path / "a")
    reader, sent = Reader(path), []
    for _ in range(12):
        sent += reader.take(5)
        reader.acknowledge()
    assert not _format.segment(path, 1).exists()
    (path / "progress.json").write_bytes(content)
    if not before:
        (path / "before.json").unlink()
    rest = drained(path, window=5)
    assert rest is not None
    steps = {record.step for record in (*sent, *rest) if isinstance(record, PointsRecord)}
    assert steps == set(range(POINTS))
    assert not path.exists()


@COUNTS
def test_a_mutated_note_of_progress_is_the_one_or_the_one_before(tmp_path, count):
    first, second = (Progress(segment=1, offset=offset, ids={"one": "1"}, active=["one"]) for offset in (100, 200))
    write_progress(tmp_path, first)
    write_progress(tmp_path, second)
    whole = (tmp_path / "progress.json").read_bytes()
    for name, content in mutations(whole, count):
        (tmp_path / "progress.json").write_bytes(content)
        assert read_progress(tmp_path) in (first, second), name
    before = {"segment": 2, "offset": 7, "ids": {"a": "b"}, "active": [], "time": 0, "refused": 0, "damaged": 0}
    (tmp_path / "progress.json").write_text(json.dumps(before))  # there were no checksums
    assert read_progress(tmp_path) == Progress(segment=2, offset=7, ids={"a": "b"})


def frame(header, blob=b""):
    return _frames.framed(json.dumps(header).encode(), blob)


RUN = {"run": "one", "time": 3}
ARTIFACT = {"op": "artifact", "folder": "", **RUN}
MODEL = {"op": "model", "model": "m", "name": "n", "step": 1, "params": {}, "tags": {}, **RUN}
POINT = {"op": "points", "names": ["loss"], "step": 1, **RUN}
MALFORMED = {
    "a file above": {**ARTIFACT, "file": "../../../victim/x"},
    "a file above in files": {**ARTIFACT, "file": "files/../x"},
    "an absolute file": {**ARTIFACT, "file": "/victim/x"},
    "a file that is a number": {**ARTIFACT, "file": 3},
    "the progress as a file": {**ARTIFACT, "file": "progress.json"},
    "a folder above": {**ARTIFACT, "folder": "../../victim", "file": "files/a/b"},
    "an absolute folder": {**ARTIFACT, "folder": "/victim", "file": "files/a/b"},
    "a model's file above": {**MODEL, "files": {"w": {"file": "../../victim/x"}}},
    "a model's name above": {**MODEL, "files": {"../../victim/w": {"file": "files/a/b"}}},
    "a model's absolute name": {**MODEL, "files": {"/victim/w": {"file": "files/a/b"}}},
    "a model's files in a list": {**MODEL, "files": ["w"]},
    "an export above": {"op": "export", "model": "m", "files": {"..": {"file": "files/a/b"}}, **RUN},
    "a key with a quote": {**POINT, "run": "x' OR '1' = '1"},
    "a key in a list": {**POINT, "run": ["one"]},
    "a parent with a quote": {"op": "start", "name": "n", "tags": {}, "parent": "x' AND", **RUN},
    "a time of text": {**POINT, "time": "now"},
    "a time of halves": {**POINT, "time": 1.5},
    "a step of 2^80": {**POINT, "step": 2**80},
    "a step that is true": {**POINT, "step": True},
    "names of numbers": {**POINT, "names": [1]},
    "names in a text": {**POINT, "names": "l"},
    "more names than numbers": {**POINT, "names": ["a", "b"]},
    "negative columns": {"op": "columns", "names": ["a"], "n": -1, "dtype": "d", **RUN},
    "columns of 2^62": {"op": "columns", "names": ["a"], "n": 2**62, "dtype": "d", **RUN},
    "columns of objects": {"op": "columns", "names": ["a"], "n": 0, "dtype": "P", **RUN},
    "tags in a list": {"op": "tags", "values": ["a"], **RUN},
    "tags of numbers": {"op": "tags", "values": {"a": 1}, **RUN},
    "no tags": {"op": "tags", **RUN},
    "a status of its own": {"op": "end", "status": "\x1b[31mDONE", **RUN},
    "a kind of a list": {"op": ["points"], **RUN},
    "a kind nobody knows": {"op": "\x1b]0;title\x07", **RUN},
}


def test_malformed_records_are_named_and_the_rest_goes_on(local, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "x").write_text("precious")
    folder, run = store_folder(local, tmp_path / "journals"), "beside malformed ones"
    journal = Journal(folder, "untrusted", local.store.address)
    journal.append(StartRecord(run="one", time=1, name=run, tags={}))
    for header in MALFORMED.values():
        journal.append_frame(frame(header, struct.pack("<d", 0.5)))
    journal.append_frame(_frames.framed(b"[" * 10_000, b""))
    journal.append_frame(frame({**ARTIFACT, "path": str(victim / "x")}))
    journal.append(TagsRecord(run="one", time=5, values={"after": "all"}))
    journal.append(EndRecord(run="one", time=6, status="FINISHED"))
    journal.close()
    done = CliRunner().invoke(app, ["sync", "--journal", str(tmp_path / "journals")])
    assert done.exit_code == 0  # nothing is left to send
    assert "\x1b" not in done.output
    assert f"{len(MALFORMED) + 2:,} records were refused" in done.output
    assert "is malformed: `file` must be a file inside the journal" in done.output
    assert "is outside of the journal" in done.output
    found = local.runs("untrusted")[run]
    assert (found.data.tags["after"], found.info.status, found.data.metrics) == ("all", "FINISHED", {})
    assert not local.artifacts(found)
    assert contents(victim) == {victim / "x": b"precious"}
    assert not list(tmp_path.rglob("victim/w"))


@pytest.mark.parametrize("header", MALFORMED.values(), ids=list(MALFORMED))
def test_a_malformed_record_is_of_no_kind(header):
    (entry,) = _format.decode(frame(header, struct.pack("<d", 0.5)))
    assert isinstance(entry.record, UnknownRecord)
    assert _format.decode(_format.encode(entry.record))[0].record == entry.record  # kept as it is


LINKS = {
    "a file": lambda path, victim: (next(path.glob("files/*/*")).unlink(), next(path.glob("files/*")) / "note.txt"),
    "a folder of a file": lambda path, victim: (None, path / "files" / "linked"),
    "a segment": lambda path, victim: (None, path / "000002.wal"),
    "the progress": lambda path, victim: (None, path / "progress.json"),
}


@pytest.mark.parametrize("link", LINKS.values(), ids=list(LINKS))
def test_links_in_a_journal_are_not_followed(tmp_path, link):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "x").write_text("precious")
    path = begun(tmp_path / "journals" / "store", "http://127.0.0.1:9")
    _, place = link(path, victim)
    place.symlink_to(victim if place.parent.name == "files" else victim / "x")
    (told,) = sync(tmp_path / "journals")
    assert not told.is_done
    assert "is a link" in told.unreadable[0]
    assert contents(victim) == {victim / "x": b"precious"}
    assert path.exists()


@COUNTS
def test_mutations_of_a_stored_journal_of_every_kind_of_record_raise_nothing(tmp_path, count):
    unpack(STORED[1].read_bytes(), tmp_path / "stored")
    whole = (tmp_path / "stored" / "000001.wal").read_bytes()
    expected = set(records_of(whole))
    for name, content in mutations(whole, count, seed=1):
        assert set(records_of(content)) <= expected, name


@COUNTS
def test_records_with_mutated_headers_are_read_or_kept(count):
    """With their checksum, as somebody would write them who wanted to."""
    texts = [json.dumps(header).encode() for header in MALFORMED.values()]
    for i, text in enumerate(texts[: len(texts) if count > 100 else 3]):
        for name, content in mutations(text, max(count // len(texts), 5), seed=i):
            if len(content) < _frames.SHORTEST:
                continue
            ((record, *_),) = _format.decode(_frames.framed(content, b"12345678"))
            assert record.time is None or 0 <= record.time < 2**63, name
            for file in kept_files(record):
                assert Path(file).parts[0] == "files", name
                assert ".." not in Path(file).parts, name


def test_files_that_were_sent_are_not_refused_where_the_notes_are_damaged(local, tmp_path):
    """Their records are sent again, and they themselves are in the store alone."""
    folder, run = store_folder(local, tmp_path), "sent again"
    path = begun(folder, local.store.address, run)
    drainer = Drainer(folder, local.store)
    while _format.segment(path, 1).exists() and list(path.glob("files/*/*")):
        drainer.once()
    assert path.exists()
    for note in ("progress.json", "before.json"):
        (path / note).write_bytes(b"")
    (told,) = sync(tmp_path)
    assert (told.refused, told.failure, journals_of(folder)) == (0, None, [])
    found = local.runs("untrusted")[run]
    assert local.artifacts(found, "notes") == {"notes/note.txt"}


@pytest.mark.parametrize("address", ["postgresql://[::1", "file://[bad", "http://["])
def test_an_address_that_is_none_stops_no_other_store(local, tmp_path, address):
    begun(tmp_path / "a", address)
    begun(store_folder(local, tmp_path), local.store.address, f"beside {address}")
    bad, good = sync(tmp_path)
    assert (good.is_done, bad.is_done) == (True, False)
    assert bad.failure or bad.unreadable
    assert len(journals_of(tmp_path / "a")) == 1
