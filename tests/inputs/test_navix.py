"""`from_navix`: logs as navix 4 writes them, and as navix did before."""

import jax
import numpy as np
import pytest

from jaxviz import from_gymnax, from_navix
from tests.known import known

PREFIXES = {"navix 4": ("agent/train/", "agent/diagnostics/"), "before": ("", "loss/")}


def logs(version="navix 4", batch=(2,), updates=3, steps=8, envs=2):
    """Episodes of 3 steps and reward 1 each; after the end one step resets, with t = 0 and return 0."""
    stream, diagnostics = PREFIXES[version]
    t = np.broadcast_to((np.arange(updates * steps) % 4)[:, None], (updates * steps, envs))
    shape = (*batch, updates, steps, envs)
    parts = {"done_mask": t == 2, "returns": np.where(t < 3, t + 1.0, 0.0).astype(np.float32), "lengths": t}
    frames = np.broadcast_to(np.arange(1, updates + 1) * steps * envs, shape[: len(batch) + 1])
    return {
        **{f"{stream}{name}": np.broadcast_to(x.reshape(shape[len(batch) :]), shape) for name, x in parts.items()},
        **{f"{diagnostics}{name}": frames / 10 for name in ("entropy", "value_loss", "epochs")},
        "agent/train/frames": frames,
        "experiment/costs/fps": frames * 1.0,
    }


@pytest.mark.parametrize("version", PREFIXES)
@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_finished_episodes_alone_and_whole_lengths(version, batch):
    run = from_navix(logs(version, batch))
    assert run.batch_shape == batch
    episodes = known(run.episodes)
    valid = np.asarray(episodes.valid)
    np.testing.assert_array_equal(episodes.count, np.full(batch, 12))
    np.testing.assert_array_equal(np.asarray(episodes.returns)[valid], 3)
    np.testing.assert_array_equal(np.asarray(episodes.lengths)[valid], 3)
    np.testing.assert_array_equal(np.asarray(episodes.step)[(0,) * len(batch)][:4], [6, 6, 14, 14])
    np.testing.assert_array_equal(np.asarray(known(run.updates).step)[(0,) * len(batch)], [16, 32, 48])
    assert set(known(run.losses).values) == {"entropy", "value_loss"}


def test_held_returns_are_those_of_the_last_end():
    updates = known(from_navix(logs(batch=())).updates)
    np.testing.assert_allclose(known(updates.hold_total), 3.0 * np.array([2 * 6, 2 * 8, 2 * 8]))
    np.testing.assert_array_equal(updates.hold_count, [2 * 6, 2 * 8, 2 * 8])


def test_frames_tell_of_a_resumed_run_and_of_updates_left_out():
    """Every second update from step 1000 on."""
    kept = logs(batch=()) | {"agent/train/frames": 1000 + np.array([32, 64, 96])}
    run = from_navix(kept)
    np.testing.assert_array_equal(known(run.updates).step, [1032, 1064, 1096])
    np.testing.assert_array_equal(known(run.losses).step, [1032, 1064, 1096])
    assert int(known(known(run.episodes).step)[0]) == 1000 + 16 + 6


def test_other_readers_name_this_one():
    with pytest.raises(ValueError, match=r"use from_navix\(info\)"):
        from_gymnax(logs())


def test_inside_jit():
    run = jax.jit(lambda x: from_navix(x, capacity=16))(logs())
    np.testing.assert_array_equal(known(run.episodes).count, [12, 12])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"returned_episode": np.ones((2, 3, 4), bool)}, "none of the keys 'agent/train/done_mask'"),
        ({k: v[..., 0] for k, v in logs(batch=()).items()}, r"must be \[..., update, step, env\], got shapes \(3, 8\)"),
        ([logs()], "`logs` must be"),
    ],
)
def test_what_does_not_fit_is_named(bad, message):
    with pytest.raises(ValueError, match=message):
        from_navix(bad)
