"""The script of the README's gallery, at toy size."""

import importlib.util
import os
from functools import partial
from pathlib import Path

from jaxviz.view import _compute
from tests.known import known

from .conftest import WINDOW, analyzed

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "gallery.py"


def known_or_made(shared, summary, aggregate, analysis, *args, **options):
    """The Aggregate of the shared Analysis; of another one, such as that of a policy over training, its own."""
    return summary if analysis is shared else aggregate(analysis, *args, **options)


def test_the_gallery_is_drawn(run, view, tmp_path, monkeypatch):
    """Drawn from the Analysis that all figure tests share; analysed by the script itself where JAXVIZ_TEST_FIGURES is
    set."""
    spec = known(importlib.util.spec_from_file_location("gallery", SCRIPT))
    gallery = importlib.util.module_from_spec(spec)
    known(spec.loader).exec_module(gallery)
    monkeypatch.setattr(gallery, "EPISODES", 40)
    monkeypatch.setattr(gallery, "WINDOW", WINDOW)
    if "JAXVIZ_TEST_FIGURES" not in os.environ:
        analysis = analyzed(run)[0]
        monkeypatch.setattr(gallery, "TARGET", float(known(analysis.target)))
        monkeypatch.setattr(gallery.jv, "analyze", lambda *_, **__: analysis, raising=False)
        aggregate = partial(known_or_made, analysis, view.summary[0], _compute.aggregate)
        monkeypatch.setattr(_compute, "aggregate", aggregate)
    drawn = gallery.draw(tmp_path / "gallery", runs=4)
    assert {path.name for path in drawn} == {path.name for path in (SCRIPT.parent / "gallery").iterdir()}
    assert all(path.stat().st_size > 2000 for path in drawn)
