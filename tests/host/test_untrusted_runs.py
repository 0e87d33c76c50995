"""Saved runs that come from anybody: a damaged or crafted one is a ValueError that names it, or has equal numbers."""

import io
import json
import tracemalloc
import zipfile

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

from jaxviz import from_arrays, load_run, save_run
from jaxviz.cli import app
from jaxviz.host import _archive, _run_files, load_metadata
from tests.known import known
from tests.mutations import COUNTS, mutations

from .test_host import full_run


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A saved run: the run, its path, and its metadata."""
    metadata = {"labels": ["a", "b"], "config": {"lr": 0.1}}
    run = full_run()
    return run, save_run(tmp_path_factory.mktemp("saved") / "run", run, metadata=metadata), metadata


@COUNTS
def test_a_mutated_run_has_equal_numbers_or_is_refused(saved, tmp_path, count):
    run, path, metadata = saved
    damaged = tmp_path / "damaged.npz"
    refused = []
    for name, content in mutations(path.read_bytes(), count):
        damaged.write_bytes(content)
        try:
            back = load_run(damaged), load_metadata(damaged)
        except ValueError as error:
            refused.append(str(error))
            continue
        assert eqx.tree_equal(back[0], run), name
        assert back[1] == metadata, name
    assert all(str(damaged) in why and why.isprintable() for why in refused)
    assert len(refused) > count // 3


def parts(path):
    """The header of a saved run and its members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(members.pop("metadata.json")), members


def crafted(saved, path, change=lambda header, members: None, text=None, compression=zipfile.ZIP_DEFLATED):
    """A file whose header and members `change` has changed; `text` in place of the header."""
    header, members = parts(saved[1])
    change(header, members)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("metadata.json", json.dumps(header) if text is None else text, zipfile.ZIP_STORED)
    return path


def npy(array, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


def header_of(shape, dtype="<f4"):
    """A member of no values that declares that shape."""
    text = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def put(name, array, **options):
    """A change: another array under a name, as the header then says it, without a checksum."""

    def change(header, members):
        header["arrays"][name] = {"shape": list(array.shape), "dtype": array.dtype.name}
        members[f"{name}.npy"] = npy(array, **options)

    return change


def say(**fields):
    return lambda header, members: header.update(fields)


def describe(name, **fields):
    return lambda header, members: header["arrays"][name].update(fields)


def drop(*names):
    def change(header, members):
        for name in names:
            del header["arrays"][name]

    return change


RETURNS = "episodes/returns"
HEADERS = {
    "a list": "[1, 2]",
    "a number": "3",
    "null": "null",
    "nothing": "",
    "no UTF-8": b"\xff\xfe\x00",
    "half": '{"format": "jaxviz',
    "deep": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "wide": "[" + "{}," * 200_000 + "{}]",
    "a huge number": '{"schema_version": ' + "9" * 5000 + "}",
}
CHANGES = {
    "no format": lambda header, members: header.pop("format"),
    "another format": say(format="other"),
    "no version": lambda header, members: header.pop("schema_version"),
    "a version that is true": say(schema_version=True),
    "a version that is text": say(schema_version="1"),
    "no arrays": lambda header, members: header.pop("arrays"),
    "arrays in a list": say(arrays=[]),
    "no array": say(arrays={}),
    "another batch shape": say(batch_shape=[3]),
    "no batch shape": lambda header, members: header.pop("batch_shape"),
    "a batch shape of text": say(batch_shape="2"),
    "metadata in a list": say(metadata=[]),
    "no metadata": lambda header, members: header.pop("metadata"),
    "a metric that is a number": say(metric=3),
    "a metric of a megabyte": say(metric="x" * 1_000_000),
    "minimize that is a number": say(minimize=1),
    "means that is text": say(means="yes"),
    "squashed that is text": say(squashed="policy"),
    "squashed of lists": say(squashed=[["policy"]]),
    "no such policy": say(squashed=["episodes"]),
    "means without updates": lambda header, members: (
        header.update(means=True),
        [header["arrays"].pop(name) for name in list(header["arrays"]) if name.startswith("updates/")],
    ),
    "an array that is a number": lambda header, members: header["arrays"].update({RETURNS: 3}),
    "a shape of 2^40": describe(RETURNS, shape=[2, 2**40]),
    "an empty shape of 2^40": describe(RETURNS, shape=[2, 0, 2**40]),
    "a negative shape": describe(RETURNS, shape=[2, -1]),
    "a shape of fractions": describe(RETURNS, shape=[2, 1.5]),
    "a shape of 10,000 axes": describe(RETURNS, shape=[1] * 10_000),
    "objects": describe(RETURNS, dtype="object"),
    "complex numbers": describe(RETURNS, dtype="complex64"),
    "dates": describe(RETURNS, dtype="datetime64[s]"),
    "no dtype": lambda header, members: header["arrays"][RETURNS].pop("dtype"),
    "a dtype in a list": describe(RETURNS, dtype=["float32"]),
    "another dtype": describe(RETURNS, dtype="int32"),
    "another checksum": describe(RETURNS, sha256="0" * 64),
    "a checksum that is a number": describe(RETURNS, sha256=5),
    "a member missing": lambda header, members: members.pop(f"{RETURNS}.npy"),
    "an array nobody knows": put("episodes/surprise", np.zeros((2, 3), np.float32)),
    "a part nobody knows": put("surprise", np.zeros(2, np.float32)),
    "no valid": drop("episodes/valid"),
    "no returns": drop(RETURNS),
    "NaN in valid": put("episodes/valid", np.full((2, 80), np.nan, np.float32)),
    "numbers in valid": put("episodes/valid", np.ones((2, 80), np.int32)),
    "a mask of sevens": lambda header, members: (
        put("episodes/valid", np.zeros((2, 80), bool))(header, members),
        members.update({"episodes/valid.npy": npy(np.zeros((2, 80), bool)).replace(b"\0" * 160, b"\7" * 160)}),
    ),
    "another length": put("episodes/valid", np.ones((2, 3), bool)),
    "an axis more": put(RETURNS, np.ones((2, 80, 1), np.float32)),
    "negative counts": put("episodes/count", np.array([-1, 2], np.int32)),
    "counts of halves": put("episodes/count", np.array([0.5, 2], np.float32)),
    "more than there is room for": put("episodes/count", np.array([10**6, 2], np.int32)),
    "negative counts of updates": put("updates/count", np.full((2, 5), -3, np.int32)),
    "steps that are NaN": put("episodes/step", np.full((2, 80), np.nan, np.float32)),
    "steps of halves": put("episodes/step", np.full((2, 80), 0.5, np.float32)),
    "four quartiles": put("updates/quartiles", np.ones((2, 5, 4), np.float32)),
    "a pickle": lambda header, members: members.update(
        {f"{RETURNS}.npy": npy(np.array([{}], object), allow_pickle=True)}
    ),
    "a member that is no array": lambda header, members: members.update({f"{RETURNS}.npy": b"text"}),
    "a member of 2^40": lambda header, members: members.update({f"{RETURNS}.npy": header_of((2, 2**40))}),
    "a member nested deep": lambda header, members: members.update({f"{RETURNS}.npy": header_of("(" * 9000)}),
    "a member with a rest": lambda header, members: members.update(
        {f"{RETURNS}.npy": members[f"{RETURNS}.npy"] + b"more"}
    ),
    "a member cut": lambda header, members: members.update({f"{RETURNS}.npy": members[f"{RETURNS}.npy"][:-4]}),
    "one letter out of place": lambda header, members: members.update(
        {f"{RETURNS}.npy": members[f"{RETURNS}.npy"][:-1] + b"\x01"}
    ),
}


@pytest.mark.parametrize("text", HEADERS.values(), ids=list(HEADERS))
def test_a_crafted_header_is_refused(saved, tmp_path, text):
    refused(crafted(saved, tmp_path / "crafted.npz", text=text))


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_crafted_run_is_refused(saved, tmp_path, change):
    refused(crafted(saved, tmp_path / "crafted.npz", change))


def refused(path):
    """In Python a ValueError that names the file, on the command line one line."""
    with pytest.raises(ValueError, match="crafted") as found:
        load_run(path)
    assert len(str(found.value)) < 1000
    done = CliRunner().invoke(app, ["analyze", str(path)])
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1


def test_it_is_the_crafting_that_is_refused(saved, tmp_path):
    assert eqx.tree_equal(load_run(crafted(saved, tmp_path / "crafted.npz")), saved[0])
    bytes_of_columns = npy(np.asfortranarray(known(saved[0].episodes).returns))
    change = lambda header, members: members.update({f"{RETURNS}.npy": bytes_of_columns})  # noqa: E731
    assert eqx.tree_equal(load_run(crafted(saved, tmp_path / "crafted.npz", change)), saved[0])


def bomb(header, members):
    """A member of 300 MB of zeros in 300 kB."""
    put(RETURNS, np.zeros((2, 75_000_000 // 2), np.float32))(header, members)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_bomb_takes_no_memory(saved, tmp_path, compression):
    path = crafted(saved, tmp_path / "crafted.npz", bomb, compression=compression)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="the most"):
            load_run(path)
        assert tracemalloc.get_traced_memory()[1] < max(10 * path.stat().st_size, 4 << 20)
    finally:
        tracemalloc.stop()


def test_members_of_one_name_are_refused(saved, tmp_path):
    path = crafted(saved, tmp_path / "crafted.npz")
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("metadata.json", "{}")
    refused(path)


def test_a_run_that_shrinks_to_nothing_is_written_so_that_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "FREE", 1 << 12)
    run = from_arrays(jnp.zeros((4, 20_000)))
    path = save_run(tmp_path / "run", run)
    assert eqx.tree_equal(load_run(path), run)


@pytest.mark.parametrize("name", ["a\0b", "line\nend", "x" * 70_000, "\ud800", "../../up", "/abs", "a" * 300])
def test_losses_of_any_name_come_back(tmp_path, name):
    run = from_arrays(np.ones(5), losses={name: np.arange(3.0), "a": np.zeros(3)})
    assert eqx.tree_equal(load_run(save_run(tmp_path / "run", run)), run)


def test_files_without_checksums_are_read(saved, tmp_path):
    """As before there were any."""

    def change(header, members):
        for about in header["arrays"].values():
            del about["sha256"]

    assert eqx.tree_equal(load_run(crafted(saved, tmp_path / "old.npz", change)), saved[0])


def test_folders_and_devices_are_no_runs(tmp_path):
    with pytest.raises(OSError, match="directory"):
        load_run(tmp_path)
    with pytest.raises(ValueError, match="plain file"):
        load_run("/dev/zero")
    for path in (tmp_path, "/dev/zero"):
        done = CliRunner().invoke(app, ["analyze", str(path)])
        assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)


def test_what_could_not_be_read_is_not_written(saved, tmp_path):
    episodes = known(saved[0].episodes)
    odd = eqx.tree_at(lambda run: run.episodes.count, saved[0], -jnp.ones_like(episodes.count))
    with pytest.raises(ValueError, match=r"`run` cannot be saved: 'episodes/count' holds -1"):
        save_run(tmp_path / "run", odd)
    with pytest.raises(ValueError, match="lists and objects"):
        save_run(tmp_path / "run", saved[0], metadata={"many": [[]] * 200_000})
    assert not list(tmp_path.iterdir())
    assert _run_files.load_metadata(saved[1]) == saved[2]
