"""Disks that are full where a training does not write its journal: it neither waits nor raises."""

import tempfile
import time
from typing import TypeVar

import pytest
from matplotlib.figure import Figure

from jaxviz.tracking import MLflowLogger
from jaxviz.tracking.drain import _courier, _drainer
from jaxviz.tracking.drain._drainer import journals_of
from jaxviz.tracking.journal import _locks, _private
from jaxviz.tracking.journal._reader import Reader
from jaxviz.tracking.journal._records import ArtifactRecord, ModelRecord, PointsRecord, StartRecord, TagsRecord

from .conftest import full_disk

Kind = TypeVar("Kind")


@pytest.fixture
def idle(workplace, monkeypatch):
    """A current folder whose drainer seems to work and gets nowhere, as one that can neither persist nor tell."""
    monkeypatch.setattr(_courier.Courier, "start", lambda _: None)
    monkeypatch.setattr(_courier.Courier, "_is_working", lambda _: True)
    return workplace


def pending(logger, kind: type[Kind]) -> list[Kind]:
    (path,) = journals_of(logger._journals / logger.store.folder_name)
    return [record for record in Reader(path).pending() if isinstance(record, kind)]


def test_a_drainer_without_room_is_not_waited_for(idle, monkeypatch, recwarn):
    logger = MLflowLogger("x", "sqlite:///a.db", quiet=True)
    logger.start_run("r")
    logger.log_training_metrics({"a": 1.0}, 1)
    monkeypatch.setattr(_private, "_SMALL", 0)
    monkeypatch.setattr(_private, "append_to", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    start = time.monotonic()
    assert not logger.flush()
    assert not logger.flush()
    logger.end_run()
    assert time.monotonic() - start < _courier.PATIENCE_SECONDS
    said = [str(one.message) for one in recwarn]
    assert len(said) == 1
    assert f"{logger._journals / logger.store.folder_name} cannot be written" in said[0]
    assert len(pending(logger, PointsRecord)) == 1


@pytest.mark.parametrize("uri", ["sqlite:///{}/a.db", "file:{}", "file://{}"])
def test_a_store_without_room_is_not_waited_for(idle, monkeypatch, recwarn, uri):
    """Its drainer may take seconds to find out: it loads MLflow first."""
    store = idle / "the store"
    store.mkdir()
    has_room = _private.has_room
    monkeypatch.setattr(_private, "has_room", lambda folder: folder != store and has_room(folder))
    logger = MLflowLogger("x", uri.format(store), quiet=True)
    logger.start_run("r")
    start = time.monotonic()
    logger.end_run()
    assert time.monotonic() - start < _courier.PATIENCE_SECONDS
    (said,) = [str(one.message) for one in recwarn]
    assert f"({store} cannot be written)" in said


def test_room_is_asked_for_and_leaves_nothing(tmp_path):
    assert _private.has_room(tmp_path)
    assert not _private.has_room(tmp_path / "nowhere")
    assert not list(tmp_path.iterdir())


def test_figures_without_room_are_told_of(idle, monkeypatch):
    monkeypatch.setattr(_courier.Courier, "wait", lambda *_: False)
    nowhere = idle / "nowhere"
    monkeypatch.setattr(tempfile, "tempdir", str(nowhere))
    with MLflowLogger("x", "sqlite:///a.db", quiet=True) as logger:
        with pytest.warns(UserWarning, match=r"^curve\.png is not logged: .* cannot be written"):
            logger.log_figure(Figure(), "curve")
        logger.log_training_metrics({"a": 1.0}, 1)
        monkeypatch.setattr(tempfile, "tempdir", None)
        logger.log_figure(Figure(), "curve")
    assert len(pending(logger, PointsRecord)) == len(pending(logger, ArtifactRecord)) == 1
    assert _locks.is_held(idle / _drainer.LOCK) is False


@pytest.mark.parametrize("begins", ["before the run", "in the run", "at its end"])
def test_a_training_on_a_full_disk_waits_for_nothing(workplace, monkeypatch, begins, recwarn):
    monkeypatch.setattr(_courier.Courier, "start", lambda _: None)
    places = ["before the run", "in the run", "at its end"]
    logger = MLflowLogger("x", "sqlite:///a.db", quiet=True)
    steps = [lambda: logger.start_run("r"), lambda: logger.log_training_metrics({"a": 1.0}, 1), logger.end_run]
    for step in steps[: places.index(begins)]:
        step()
    start = time.monotonic()
    with full_disk():
        for step in steps[places.index(begins) :]:
            step()
    assert time.monotonic() - start < _courier.PATIENCE_SECONDS
    assert "records are lost" in str(recwarn[-1].message)
    assert len(recwarn) == 2


def test_names_of_tags_and_of_texts_of_one_run_stay_apart(idle, monkeypatch):
    monkeypatch.setattr(_courier.Courier, "wait", lambda *_: False)
    with MLflowLogger("x", "sqlite:///a.db", quiet=True) as logger:
        logger.start_run("r", tags={"a[0]": 1})
        logger.log_training_metrics({"a(0)": "text"}, 1)
        logger.log_model_checkpoint({"w": 1.0}, metrics={"b[0]": 1.0, "c[0]": "text"}, tags={"c(0)": 2})
        logger.log_training_metrics({"b(0)": 1.0}, 1)
    (started,), (texts,) = pending(logger, StartRecord), pending(logger, TagsRecord)
    assert "a_0_" in started.tags
    assert not set(texts.values) & set(started.tags)
    (model,) = pending(logger, ModelRecord)
    assert len(model.tags) == 2
    names = [name for record in pending(logger, PointsRecord) for name in record.names]
    assert len(set(names)) == len(names) == 2
