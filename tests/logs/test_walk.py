"""Files under paths, folders and globs."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from jaxviz.logs._walk import walk


@pytest.fixture
def runs(tmp_path):
    for name in ("a/seed_0/x.csv", "a/seed_1/x.csv", "b/seed_0/x.csv", "a/.git/x.csv", "a/seed_0/[odd] {na}me?.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def found(paths, root):
    return [str(place.path.relative_to(root)) for place in walk(paths).places]


def test_folders_are_walked_in_order_without_those_of_tools(runs):
    everything = ["a/seed_0/[odd] {na}me?.csv", "a/seed_0/x.csv", "a/seed_1/x.csv", "b/seed_0/x.csv"]
    assert found(runs, runs) == everything
    assert found(str(runs), runs) == everything
    assert found([runs / "b", runs / "a"], runs) == [everything[3], *everything[:3]]


def test_globs_and_names_with_every_character(runs):
    assert found(f"{runs}/*/seed_0", runs) == ["a/seed_0/[odd] {na}me?.csv", "a/seed_0/x.csv", "b/seed_0/x.csv"]
    assert found(f"{runs}/**/x.csv", runs) == ["a/seed_0/x.csv", "a/seed_1/x.csv", "b/seed_0/x.csv"]
    assert found(runs / "a/seed_0/[odd] {na}me?.csv", runs) == ["a/seed_0/[odd] {na}me?.csv"]


def test_a_file_is_read_once(runs):
    (runs / "latest").symlink_to(runs / "b")
    (runs / "b" / "again.csv").symlink_to(runs / "b/seed_0/x.csv")
    places = walk([runs / "b", runs / "b/seed_0", runs / "latest"]).places
    assert len(places) == len({os.path.realpath(place.path) for place in places}) == 1


def test_a_mapping_names_what_is_below(runs):
    places = walk({"PPO": runs / "a", "DQN": [f"{runs}/b/*"]}).places
    assert [place.name for place in places] == ["PPO"] * 3 + ["DQN"]
    assert places[-1].root == runs / "b"  # the fixed part of the glob


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_is_named(runs):
    (runs / "a/seed_1").chmod(0)
    try:
        walked = walk(runs)
    finally:
        (runs / "a/seed_1").chmod(0o700)
    assert len(walked.places) == 3
    assert walked.refused[0].path.endswith("seed_1")
    assert "cannot be read" in walked.refused[0].why


@pytest.mark.parametrize(
    ("paths", "error", "message"),
    [
        ("absent", ValueError, "`paths`: absent does not exist"),
        ("nothing*", ValueError, "`paths`: no file or folder is named like nothing*"),
        ("s3://bucket/runs", ValueError, "`paths` must be on this machine, got s3:"),
        (3, TypeError, "`paths` must be a path, a glob, a list or a mapping of them, got int"),
        (b"runs", TypeError, "got bytes"),
        ({3: "runs"}, TypeError, "`paths` must have texts as names, got 3"),
        ([None], TypeError, "got NoneType"),
    ],
)
def test_what_is_no_path_is_told(paths: Any, error, message):
    with pytest.raises(error, match=re.escape(message)):
        walk(paths)


def test_a_folder_without_files_has_none(tmp_path):
    assert walk(tmp_path) == ([], [])
    assert walk([]) == ([], [])
    assert walk(Path(tmp_path)).places == []
