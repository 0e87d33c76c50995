"""The ground floor: files that are whole, flat names, even thinning."""

import os
import stat

import numpy as np
import pytest

from jaxviz._nested import flat_items
from jaxviz._thinning import evenly_spaced
from jaxviz._whole_file import PRIVATE, SHARED, whole_file


def test_a_file_appears_at_the_end(tmp_path):
    path = tmp_path / "new" / "page.html"
    with whole_file(path) as temporary:
        temporary.write_text("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"
    assert os.listdir(path.parent) == ["page.html"]


def test_an_error_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError), whole_file(path) as temporary:
        temporary.write_text("half, and then \ud800", encoding="utf-8")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["page.html"]


@pytest.mark.parametrize(
    ("mode", "mask", "expected"), [(SHARED, 0o022, 0o644), (SHARED, 0o077, 0o600), (PRIVATE, 0, 0o600)]
)
def test_modes(tmp_path, mode, mask, expected):
    before = os.umask(mask)
    try:
        with whole_file(tmp_path / "x", mode=mode) as temporary:
            assert stat.S_IMODE(temporary.stat().st_mode) == expected
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == expected


def test_names_are_flat_and_in_order():
    tree = {"a": {"b": 1, "c": {"d": None}}, "e": 2, 3: {}}
    assert list(flat_items(tree)) == [("a/b", 1), ("a/c/d", None), ("e", 2)]
    assert list(flat_items({"a": {"b": 1}}, "x/")) == [("x/a/b", 1)]
    assert list(flat_items({"a": {"b": 1}}, opened=lambda _: None)) == [("a", {"b": 1})]


@pytest.mark.parametrize("size", [0, 1, 2, 5, 190, 246, 257, 100_003])
@pytest.mark.parametrize("most", [1, 2, 7, 256])
def test_points_are_evenly_spaced(size, most):
    chosen = evenly_spaced(size, most)
    assert len(chosen) == min(size, most)
    assert chosen == sorted(set(chosen))
    if size and most > 1:
        assert (chosen[0], chosen[-1]) == (0, size - 1)
        steps = np.diff(chosen)
        assert steps.size == 0 or steps.max() - steps.min() <= 1
