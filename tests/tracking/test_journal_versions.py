"""A journal that an earlier version left on a disk is sent whole; one of a later version stays as it is.

`journal_of_version_1.bin` is a stored journal, all of its files one after the other: what `write` below left when
version 1 was the current one; 2 likewise. They stay as they are when the format changes; a new version adds its own.
`python -m tests.tracking.test_journal_versions` makes the one of the current version.
"""

import dataclasses
import json
import sys
from pathlib import Path
from unittest import mock

import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

from jaxviz.cli import app
from jaxviz.tracking import Store, load_model
from jaxviz.tracking.drain import _courier, _sync
from jaxviz.tracking.drain._drainer import Drainer, damaged_of, journals_of
from jaxviz.tracking.journal import _format, _frames, _reader
from jaxviz.tracking.journal._records import DatasetInfo, ModelRecord, OpenRecord, RegisterRecord
from jaxviz.tracking.logger import _session

STORED = {version: Path(__file__).parent / f"journal_of_version_{version}.bin" for version in _format.READ_VERSIONS}
AWAY = "http://127.0.0.1:9"


def write(root):
    """Every kind of record, in a journal that nobody sends; its folder."""
    from jaxviz.tracking.models import _files

    start, wait = mock.Mock(return_value=None), mock.Mock(return_value=False)
    courier = mock.patch.multiple(_courier.Courier, start=start, wait=wait)
    with mock.patch.dict("os.environ", {"JAXVIZ_JOURNAL": str(root)}), courier:
        with mock.patch("socket.gethostname", return_value="host"):
            session = _session.Session(
                Store(AWAY, ""), f"version {_format.VERSION}", "parent", {"kept": "tag"}, quiet=True
            )
        recorder = session.recorder
        run = recorder.run
        recorder.params(run, {"lr": "0.1"})
        recorder.points(run, {"loss": 0.5, "a/b": float("nan")}, 3)
        child = recorder.start("child", {}, parent=run)
        recorder.columns(child, np.arange(5), {"return": np.arange(5, dtype=np.float32)})
        recorder.columns(child, np.arange(2), {"wide": np.array([0.1, 0.2])})
        recorder.end(child, "FINISHED")
        recorder.artifact(run, "note.txt", b"content", "notes")
        stored = _files.model_files({"w": jnp.arange(3.0)})
        files = {name: recorder.journal.keep(name, content) for name, content in stored.items()}
        about = {"name": "policy", "step": 7, "files": files, "params": {"step": "7"}, "tags": {}}
        recorder.write(ModelRecord(run=run, time=_format.now(), model="key", **about))
        dataset = DatasetInfo("CartPole", "1", "jaxviz", "{}")
        recorder.linked_points(run, {"eval/return": 9.0}, 7, model="key", dataset=dataset)
        about = {"source": "key", "name": "old", "alias": "champion", "version": "version-key"}
        recorder.write(RegisterRecord(run=run, time=_format.now(), **about))
        session.finish("FINISHED")
    return recorder.journal.path


def pack(journal):
    """The files of a journal as one: a line of JSON with their names and sizes, and their bytes."""
    files = [path for path in sorted(journal.rglob("*")) if path.is_file()]
    sizes = {str(path.relative_to(journal)): path.stat().st_size for path in files}
    return json.dumps(sizes).encode() + b"\n" + b"".join(path.read_bytes() for path in files)


def unpack(content, journal):
    line, _, rest = content.partition(b"\n")
    for name, size in json.loads(line).items():
        path = journal / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rest[:size])
        rest = rest[size:]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


EACH = pytest.mark.parametrize("version", _format.READ_VERSIONS)


@EACH
def test_a_version_is_the_same_bytes(tmp_path, version):
    """What was read is written as it was; and a journal of today has the same records, but for their times and keys."""
    unpack(STORED[version].read_bytes(), tmp_path / "stored")
    (old,), (new,) = (tmp_path / "stored").glob("*.wal"), write(tmp_path / "new").glob("*.wal")
    content = old.read_bytes()
    entries = _format.decode(content, segment=1)
    assert not any(entry.is_misplaced for entry in entries)
    frames = [_format.encode(entry.record) for entry in entries]
    if version > 1:
        starts = [0, *(entry.end for entry in entries)]
        frames = [_frames.placed(frame, 1, start) for frame, start in zip(frames, starts, strict=False)]
    assert b"".join(frames) == content
    assert fields(new.read_bytes()) == fields(content)


def fields(segment):
    """The fields of every record of a segment, in their order."""
    return [list(json.loads(frame.text)) for frame in _frames.parse(segment)]


@EACH
def test_a_journal_of_a_version_is_sent_whole(local, tmp_path, version):
    unpack(STORED[version].read_bytes(), tmp_path / "stored.journal")
    drainer = Drainer(tmp_path, local.store)
    while drainer.once():
        pass
    assert not journals_of(tmp_path)
    assert not damaged_of(tmp_path)
    runs = local.runs(f"version {version}")
    parent, child = runs["parent"], runs["child"]
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert (parent.info.status, child.info.status) == ("FINISHED", "FINISHED")
    assert (parent.data.params, parent.data.tags["kept"]) == ({"lr": "0.1"}, "tag")
    assert local.history(parent, "loss") == [(3, 0.5)]
    assert np.isnan(parent.data.metrics["a/b"])
    assert local.history(child, "return") == [(i, float(i)) for i in range(5)]
    assert local.history(child, "wide") == [(0, 0.1), (1, 0.2)]
    assert local.artifacts(parent, "notes") == {"notes/note.txt"}
    back = load_model("models:/old@champion", {"w": jnp.zeros(3)}, tracking_uri=local.uri)
    np.testing.assert_array_equal(back["w"], [0, 1, 2])
    assert [i.dataset.name for i in parent.inputs.dataset_inputs] == ["CartPole"]


def later_version(journal):
    """As version 99 would begin it, with a note of progress that has more in it."""
    (segment,) = journal.glob("*.wal")
    opening, *rest = (entry.record for entry in _format.decode(segment.read_bytes()))
    assert isinstance(opening, OpenRecord)
    segment.write_bytes(b"".join(map(_format.encode, (dataclasses.replace(opening, version=99), *rest))))
    (journal / "progress.json").write_text(json.dumps({"offset": 0, "news": 1}))


def no_opening(journal):
    """Bytes that this version finds no record in."""
    (segment,) = journal.glob("*.wal")
    segment.write_bytes(b"another format entirely" * 9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (later_version, "journal version 99, this jaxviz reads 1 and 2; update jaxviz"),
        (no_opening, "can be read (damaged"),
    ],
)
def test_what_this_version_does_not_understand_stays_and_is_named(tmp_path, monkeypatch, change, said):
    folder = tmp_path / Store(AWAY, "").folder_name
    unpack(STORED[1].read_bytes(), folder / "stored.journal")
    change(folder / "stored.journal")
    before = contents(folder)
    (why,) = _sync.pending(folder).unreadable
    assert said in why
    monkeypatch.setenv("MLFLOW_TRACKING_URI", AWAY)
    for options in ([], ["--status"]):
        done = CliRunner().invoke(app, ["sync", "--journal", str(tmp_path), *options])
        assert done.exit_code == 1
        assert said in done.output
    assert not Drainer(folder, Store(AWAY, "")).once()
    after = contents(folder)
    assert {path: after[path] for path in before} == before
    assert _reader.journals(folder)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        target = STORED[_format.VERSION]
        target.write_bytes(pack(write(Path(folder))))
        print(f"wrote {target} ({target.stat().st_size} bytes)", file=sys.stderr)
