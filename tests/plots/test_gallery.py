"""The script of the README's gallery, at toy size."""

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "gallery.py"


def test_the_gallery_is_drawn(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("gallery", SCRIPT)
    gallery = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gallery)
    monkeypatch.setattr(gallery, "EPISODES", 40)
    monkeypatch.setattr(gallery, "WINDOW", 10)
    drawn = gallery.draw(tmp_path / "gallery", runs=4)
    assert {path.name for path in drawn} == {path.name for path in (SCRIPT.parent / "gallery").iterdir()}
    assert all(path.stat().st_size > 2000 for path in drawn)
