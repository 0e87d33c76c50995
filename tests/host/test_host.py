"""The door to the host: saved runs come back bit for bit, and metrics have path names."""

import json
import zipfile

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import from_arrays, from_purejaxrl, load_run, save_run
from jaxviz.host import _run_schema, flat_metrics, load_metadata
from tests.inputs.test_readers import info
from tests.known import known


def full_run():
    return from_purejaxrl(
        {
            "metrics": info(2, 5, 16, 4),
            "losses": {"loss/entropy": np.ones((2, 5)), "kl": np.zeros((2, 5))},
            "evaluation": {"returns": np.ones((2, 3, 7))},
            "policy": {"probs": np.full((2, 6, 2), 0.5)},
        }
    )


def test_a_saved_run_comes_back_bit_for_bit(tmp_path):
    run = full_run()
    path = save_run(tmp_path / "deep" / "folder" / "run", run, metadata={"env": "CartPole-v1", "seeds": [0, 1]})
    assert path.name == "run.npz"
    assert eqx.tree_equal(load_run(path), run)
    assert load_metadata(path) == {"env": "CartPole-v1", "seeds": [0, 1]}
    assert [p.name for p in path.parent.iterdir()] == ["run.npz"]


def test_the_metadata_is_readable_without_jaxviz(tmp_path):
    path = save_run(tmp_path / "run.npz", full_run(), metadata={"lr": 0.1})
    with zipfile.ZipFile(path) as archive:
        header = json.loads(archive.read("metadata.json"))
    assert header["schema_version"] == 1
    assert header["batch_shape"] == [2]
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["episodes/returns"].shape[0] == 2


def test_bfloat16_survives(tmp_path):
    run = from_arrays(jnp.arange(5, dtype=jnp.bfloat16))
    loaded = load_run(save_run(tmp_path / "run", run))
    assert known(loaded.episodes).returns.dtype == jnp.bfloat16
    assert eqx.tree_equal(loaded, run)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, a=np.ones(3))
    with pytest.raises(ValueError, match="not a run saved by"):
        load_run(path)
    path.write_text("not a zip")
    with pytest.raises(ValueError, match="not a run saved by"):
        load_run(path)
    with pytest.raises(FileNotFoundError):
        load_run(tmp_path / "absent.npz")


def test_a_newer_schema_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(_run_schema, "SCHEMA_VERSION", 99)
    path = save_run(tmp_path / "run", full_run())
    monkeypatch.undo()
    with pytest.raises(ValueError, match="schema version 99"):
        load_run(path)


def test_metadata_must_be_json_and_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="`metadata` must be values that JSON can hold"):
        save_run(tmp_path / "run", full_run(), metadata={"f": object()})
    assert list(tmp_path.iterdir()) == []


def test_flat_metrics_are_named_by_their_paths():
    flat = flat_metrics(full_run())
    assert {"episodes/returns", "losses/values/loss/entropy", "updates/step"} <= set(flat)
    assert isinstance(flat["updates/step"], np.ndarray)


def test_a_run_needs_returns_and_shared_batch_axes():
    from jaxviz import TrainingRun

    with pytest.raises(ValueError, match="needs returns"):
        TrainingRun()
