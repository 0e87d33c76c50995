"""What every test of a real library does: train as its users do, then the main path over the result."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.analysis import Analysis


@contextmanager
def as_its_users_run_it() -> Iterator[None]:
    """Neither the strict promotion of these tests nor their errors for warnings hold inside other libraries."""
    with (
        warnings.catch_warnings(),
        jax.numpy_dtype_promotion("standard"),
        jax.numpy_rank_promotion("allow"),
    ):
        warnings.simplefilter("ignore")
        yield


def library(name: str) -> Any:
    """A module of a library that may be absent: then the tests of the module are skipped."""
    with as_its_users_run_it():
        return pytest.importorskip(name, reason=f"{name} is not installed here; .ci/libraries installs it")


def main_path(run: jv.TrainingRun, target: float) -> tuple[Analysis, str]:
    """`analyze`, `aggregate`, `describe` and a figure, without one warning of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        analysis = jv.analyze(run, target=target)
        words = jv.describe(jv.aggregate(analysis, jax.random.key(0)))
        figure = jv.plots.plot_training_curves(run, target=target)
    assert figure.axes[0].lines
    return analysis, words


def ended(returns: Any, lengths: Any, done: Any) -> dict[str, Any]:
    """The episodes of one run [update, step, env], in the order in which they ended: time first, environment second."""
    returns, lengths, done = (np.asarray(x).reshape(-1, np.shape(x)[-1]) for x in (returns, lengths, done))
    time, _ = np.nonzero(done)
    return {"returns": returns[done], "lengths": lengths[done], "step": (time + 1) * done.shape[-1]}


def assert_episodes(run: jv.TrainingRun, index: Any, expected: dict[str, Any]) -> None:
    """The episodes of one run of a batch are those."""
    episodes = run.episodes
    assert episodes is not None
    valid = np.asarray(episodes.valid)[index]
    for name, values in expected.items():
        np.testing.assert_allclose(np.asarray(getattr(episodes, name))[index][valid], values, rtol=1e-6)
