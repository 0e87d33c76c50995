"""Saved studies: lossless, and whatever is wrong with a file is a ValueError that names it."""

import json
import zipfile

import equinox as eqx
import numpy as np
import pytest

from jaxviz import from_arrays
from jaxviz.study import Cell, ManifestRow, RunData, StreamData, Study
from tests.host.test_host import full_run
from tests.mutations import COUNTS, mutations

from .made import episodes, evaluations, rows


def mixed() -> Study:
    """A study of logs and pytrees, with everything in it."""
    made, data = rows(seeds=1)
    made[0] = made[0]._replace(
        notes=("two", "notes"), guessed={"task": "stem"}, configuration={"a": None, "b": "x", "c": 1.0}
    )
    data[1] = episodes(1, 4)._replace(losses={"value": np.ones(3), "ü/x": np.arange(3.0)}, loss_step=np.arange(3))
    data[2] = evaluations(2, 4)
    data[3] = RunData(updates=StreamData(np.array([1.0, np.nan, np.inf]), np.array([0, 2**52, 2**53])), metric="cost")
    data[4] = RunData(episodes=StreamData(np.zeros(0)), minimize=True)
    return Study.of_rows(made, data) | Study({"A": {"full": full_run(), "plain": from_arrays(np.ones((2, 5)))}})


def test_a_study_comes_back_bit_for_bit(tmp_path):
    made = mixed()
    path = made.save(tmp_path / "deep" / "study")
    assert path.name == "study.npz"
    back = Study.load(path)
    assert back.manifest == made.manifest
    assert [one.digest() for one in back._records] == [one.digest() for one in made._records]
    assert list(back.cells) == list(made.cells)
    assert eqx.tree_equal(back.cells[Cell("A", "full")], full_run())
    assert [p.name for p in path.parent.iterdir()] == ["study.npz"]


@COUNTS
def test_a_mutated_study_is_equal_or_refused(tmp_path, count):
    made = mixed()
    path, damaged = made.save(tmp_path / "study"), tmp_path / "damaged.npz"
    refused = []
    for name, content in mutations(path.read_bytes(), count):
        damaged.write_bytes(content)
        try:
            back = Study.load(damaged)
        except ValueError as error:
            refused.append(str(error))
            continue
        assert back.manifest == made.manifest, name
        assert [one.digest() for one in back._records] == [one.digest() for one in made._records], name
    assert all(str(damaged) in why and why.isprintable() for why in refused)
    assert len(refused) > count // 3


def test_other_files_are_no_studies(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, a=np.ones(3))
    with pytest.raises(ValueError, match=r"other\.npz is not a study saved by Study\.save"):
        Study.load(path)


def test_many_runs_are_one_small_file(tmp_path):
    made = [ManifestRow("PPO", configuration={"i": i}, source=str(i)) for i in range(2000)]
    study = Study.of_rows(made, [episodes(i, 3) for i in range(2000)])
    path = study.save(tmp_path / "study")
    assert path.stat().st_size < 1 << 20
    assert Study.load(path).manifest == study.manifest


def crafted(made, path, change):
    """The file of a study whose header and arrays `change` has changed."""
    saved = made.save(path.with_name("right.npz"))
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members.pop("study.json"))
    change(header)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, "study.json": json.dumps(header)}.items():
            archive.writestr(name, content)
    return path


def label(name, value):
    return lambda header: header["labels"].update({name: value})


def column(i, name):
    return lambda header: header["columns"].__setitem__(i, name)


CHANGES = {
    "no format": lambda header: header.pop("format"),
    "another version": lambda header: header.update(schema_version=2),
    "a version that is true": lambda header: header.update(schema_version=True),
    "no columns": lambda header: header.pop("columns"),
    "columns of numbers": lambda header: header.update(columns=[1] * len(header["columns"])),
    "a column nobody knows": column(0, "surprise"),
    "a column twice": lambda header: column(0, header["columns"][1])(header),
    "no arrays": lambda header: header.update(arrays={}),
    "no checksum": lambda header: header["arrays"]["0/values"].pop("sha256"),
    "a shape of 2^40": lambda header: header["arrays"]["0/values"].update(shape=[2**40]),
    "objects": lambda header: header["arrays"]["0/values"].update(dtype="object"),
    "more runs than rows": lambda header: header["arrays"]["words"].update(shape=[10**7]),
    "no words": lambda header: header.update(words=[]),
    "words of three": lambda header: header["words"][0].pop(),
    "a metric that is a number": lambda header: header["words"][0].__setitem__(0, 3),
    "labels in a list": lambda header: header.update(labels=[]),
    "a row fewer": lambda header: header["labels"]["task"].pop(),
    "a name that is a number": lambda header: header["labels"]["task"].__setitem__(0, 3),
    "a seed in a list": lambda header: header["labels"]["seed"].__setitem__(0, [3]),
    "no such kind": lambda header: header["labels"]["kind"].__setitem__(0, "surprise"),
    "no such unit": lambda header: header["labels"]["unit"].__setitem__(0, {}),
    "entries that are true": lambda header: header["labels"]["entries"].__setitem__(0, True),
    "parameters in a list": label("configuration", []),
    "parameters of no run": label("configuration", {"lr": {"99": 1}}),
    "parameters of a run called -1": label("configuration", {"lr": {"-1": 1}}),
    "parameters that are lists": label("configuration", {"lr": {"0": [[]]}}),
    "notes that are numbers": label("notes", {"0": 3}),
    "guesses that are numbers": label("guessed", {"task": {"0": 3}}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_crafted_study_is_refused(tmp_path, change):
    made, data = rows(seeds=1)
    study = Study.of_rows(made[:2], data[:2])
    assert Study.load(crafted(study, tmp_path / "same.npz", lambda header: None)).manifest == study.manifest
    with pytest.raises(ValueError, match=r"crafted\.npz is not a study") as found:
        Study.load(crafted(study, tmp_path / "crafted.npz", change))
    assert len(str(found.value)) < 1000
