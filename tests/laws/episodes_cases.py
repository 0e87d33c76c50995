"""Law cases of `stats/one_run/_episodes.py`."""

import jax.numpy as jnp
import numpy as np

from jaxviz import stats
from tests.laws.case import Case


def stream(rng):
    """Returns, lengths and ends of episodes of one run [update, step, env]."""
    shape = (4, 6, 3)
    return {
        "returns": rng.normal(10, 3, shape),
        "lengths": rng.integers(1, 9, shape).astype(np.int32),
        "done": rng.random(shape) < 0.3,
    }


def episodes(rng):
    return {"returns": rng.normal(10, 3, 20), "lengths": rng.integers(1, 9, 20).astype(np.float64)}


def _pack(capacity):
    return Case(
        lambda d, _: stats.pack_episodes(d["returns"], d["lengths"], d["done"], capacity=capacity), stream, masked=False
    )


def _updates(estimand, **options):
    return lambda d, _: stats.update_statistics(d["returns"], d["done"], estimand=estimand, **options)


CASES = {
    "pack_episodes": [_pack(None), _pack(5)],
    "accumulate_episodes": [
        Case(lambda d, _: stats.accumulate_episodes(d["returns"], d["done"]), stream, masked=False)
    ],
    "update_statistics": [
        Case(_updates("episode"), stream, masked=False),
        Case(_updates("pooled", fill="previous"), stream, masked=False),
        Case(_updates("hold"), stream, masked=False),
    ],
    "env_steps": [Case(lambda d, _: stats.env_steps(*d["done"].shape), stream, masked=False, differentiable=False)],
    "episode_count": [Case(lambda d, _: stats.episode_count(d["done"]), stream, masked=False, differentiable=False)],
    "empty_updates": [Case(lambda d, _: stats.empty_updates(d["done"]), stream, masked=False, differentiable=False)],
    "mean_length": [Case(lambda d, _: stats.mean_length(d["lengths"], d["done"]), stream, masked=False)],
    "success_rate": [
        Case(
            lambda d, _: stats.success_rate(jnp.asarray(d["returns"] > 10), d["done"]),
            stream,
            masked=False,
            differentiable=False,
        )
    ],
    "step_weighted_return": [
        Case(lambda d, v: stats.step_weighted_return(d["returns"], d["lengths"], valid=v), episodes)
    ],
}
