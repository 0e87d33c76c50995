"""What a LogWrapper puts out over a whole training, simulated in NumPy."""

import numpy as np


def simulate(*batch, updates, steps, envs, seed=0, share=0.1):
    """Masks, held returns and lengths, and the step counter: [*batch, update, step, env]."""
    rng = np.random.default_rng(seed)
    time = updates * steps
    done = rng.random((*batch, time, envs)) < share
    returns, lengths = np.zeros(done.shape, np.float32), np.zeros(done.shape, np.int32)
    began = np.zeros((*batch, envs), np.int32)
    for t in range(time):
        before = max(t - 1, 0)
        now, value = done[..., t, :], rng.normal(10, 3, began.shape)
        returns[..., t, :] = np.where(now, value, returns[..., before, :])
        lengths[..., t, :] = np.where(now, t + 1 - began, lengths[..., before, :])
        began = np.where(now, t + 1, began)
    count = np.broadcast_to(np.arange(1, time + 1, dtype=np.int32)[:, None], done.shape)
    flat = {
        "returned_episode": done,
        "returned_episode_returns": returns,
        "returned_episode_lengths": lengths,
        "timestep": count,
    }
    return {name: x.reshape(*batch, updates, steps, envs) for name, x in flat.items()}


def episodes(metrics):
    """Returns, lengths and environment steps of the episodes of one run [update, step, env], in the order they end."""
    done = metrics["returned_episode"]
    time, envs = done.shape[0] * done.shape[1], done.shape[2]
    found = [(t, e) for t in range(time) for e in range(envs) if done.reshape(time, envs)[t, e]]
    returns, lengths = (
        np.array([metrics[name].reshape(time, envs)[at] for at in found])
        for name in ("returned_episode_returns", "returned_episode_lengths")
    )
    return returns, lengths, np.array([(t + 1) * envs for t, _ in found])


def without(metrics, *names):
    """The metrics without those entries."""
    return {name: x for name, x in metrics.items() if name not in names}
