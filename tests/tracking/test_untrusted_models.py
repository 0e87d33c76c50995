"""Models on a disk that come from anybody: a damaged or crafted one is a ValueError that names it."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.tracking.models import _files, _manifest
from jaxviz.tracking.models._layout import EXPORTED, EXPORTED_CHECKSUM, MANIFEST, WEIGHTS
from tests.mutations import COUNTS, mutations

MODEL = {"w": jnp.arange(6.0).reshape(2, 3), "half": jnp.ones(3, jnp.bfloat16), "key": jax.random.key(0), "n": 7}


@pytest.fixture(scope="module")
def stored():
    return _files.model_files(MODEL)


def write(folder, files):
    for name, content in files.items():
        (folder / name).write_bytes(content)


def equal(found, expected):
    return list(found) == list(expected) and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() and kind == other
        for (a, kind), (b, other) in zip(found.values(), expected.values(), strict=True)
    )


@COUNTS
@pytest.mark.parametrize("file", [WEIGHTS, MANIFEST])
def test_a_mutated_model_is_equal_or_refused(stored, tmp_path, file, count):
    write(tmp_path, stored)
    expected, refused = _files.read_arrays(tmp_path), []
    for name, content in mutations(stored[file], count):
        (tmp_path / file).write_bytes(content)
        try:
            found = _files.read_arrays(tmp_path, "models:/m-1")
        except ValueError as error:
            refused.append(str(error))
            continue
        assert equal(found, expected), name
    assert all("the model 'models:/m-1' is damaged" in why and why.isprintable() for why in refused)
    assert len(refused) > 0.9 * count


@COUNTS
def test_a_mutated_function_is_refused(tmp_path, count):
    files = _files.exported_files(bytes(range(256)) * 20)
    write(tmp_path, files)
    for _, content in mutations(files[EXPORTED], count):
        (tmp_path / EXPORTED).write_bytes(content)
        if content == files[EXPORTED]:
            continue
        with pytest.raises(ValueError, match=r"is damaged: policy\.stablehlo"):
            _files.read_exported(tmp_path)
    (tmp_path / EXPORTED_CHECKSUM).unlink()
    assert _files.read_exported(tmp_path)


def test_models_without_checksums_are_read(stored, tmp_path):
    write(tmp_path, stored)
    expected, manifest = _files.read_arrays(tmp_path), json.loads(stored[MANIFEST])
    del manifest["sha256"], manifest["weights_sha256"]
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    assert equal(_files.read_arrays(tmp_path), expected)


def change(**fields):
    return lambda manifest: manifest["arrays"][0].update(fields)


CRAFTED = {
    "one checksum": lambda manifest: manifest.update(sha256="0" * 64),
    "a list": lambda manifest: [],
    "another format": lambda manifest: manifest.update(format="other"),
    "no version": lambda manifest: manifest.pop("schema_version"),
    "a later version": lambda manifest: manifest.update(schema_version=2),
    "a version that is true": lambda manifest: manifest.update(schema_version=True),
    "no arrays": lambda manifest: manifest.pop("arrays"),
    "arrays of texts": lambda manifest: manifest.update(arrays=["w"]),
    "an array twice": lambda manifest: manifest["arrays"].append(manifest["arrays"][0]),
    "an array less": lambda manifest: manifest["arrays"].pop(),
    "no name": change(name=None),
    "a name with a way out": change(name="../../w"),
    "a shape of 2^40": change(shape=[2**40]),
    "a negative shape": change(shape=[-1, 3]),
    "another shape": change(shape=[7]),
    "objects": change(dtype="object"),
    "dates": change(dtype="datetime64[s]"),
    "records": change(dtype="i4,i4"),
    "a number as dtype": change(dtype=4),
    "code as kind": change(kind="key:__import__('os')"),
    "another kind": change(kind="pickle"),
}


@pytest.mark.parametrize("craft", CRAFTED.values(), ids=list(CRAFTED))
def test_a_crafted_manifest_is_refused(stored, tmp_path, craft):
    write(tmp_path, stored)
    manifest = json.loads(stored[MANIFEST])
    del manifest["sha256"], manifest["weights_sha256"]
    changed = craft(manifest)
    (tmp_path / MANIFEST).write_text(json.dumps(manifest if changed is None or changed else changed))
    with pytest.raises(ValueError, match=r"the model in .* is damaged, or was not stored by jaxviz"):
        _files.read_arrays(tmp_path)


@pytest.mark.parametrize("text", ["", "null", "[" * 100_000, '{"arrays":' * 50_000, "\xff"])
def test_what_is_no_manifest_is_refused(stored, tmp_path, text):
    write(tmp_path, stored)
    (tmp_path / MANIFEST).write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="is damaged"):
        _files.read_arrays(tmp_path)


def test_files_stay_in_their_folder(stored, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    write(folder, stored)
    (folder / WEIGHTS).rename(tmp_path / WEIGHTS)
    (folder / WEIGHTS).symlink_to(tmp_path / WEIGHTS)
    with pytest.raises(ValueError, match="link out of its folder"):
        _files.read_arrays(folder)


def test_checksums_are_those_of_sha256sum(stored):
    manifest = json.loads(stored[MANIFEST])
    assert manifest["weights_sha256"] == _manifest.sha256(stored[WEIGHTS])
    assert _manifest.sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2
    assert np.frombuffer(stored[WEIGHTS][:8], "<u8")[0] < len(stored[WEIGHTS])
