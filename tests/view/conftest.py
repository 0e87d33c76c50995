"""One small run for all tests of the view, so that it is compiled once; and how often anything is computed."""

import numpy as np
import pytest

from jaxviz import from_arrays
from jaxviz.aggregation import _aggregate
from jaxviz.analysis import _analyze

CONFIGURATIONS, RUNS, EPISODES, WINDOW, TARGET = 2, 3, 20, 5, 8.0
LABELS = ("small", "large")


@pytest.fixture(scope="session")
def run():
    """Two configurations of three runs."""
    rng = np.random.default_rng(0)
    rise = np.linspace(0, 10, EPISODES) + rng.normal(0, 1, (CONFIGURATIONS, RUNS, EPISODES))
    return from_arrays(rise.astype(np.float32), lengths=np.full(rise.shape, 5))


@pytest.fixture
def computed(monkeypatch):
    """The calls of `analyze` and of `aggregate`, from wherever they come: their jitted functions are counted."""
    counts = {"analyze": 0, "aggregate": 0}
    for module, name in ((_analyze, "analyze"), (_aggregate, "aggregate")):
        monkeypatch.setattr(module, f"_{name}", _counted(getattr(module, f"_{name}"), counts, name))
    return counts


def _counted(function, counts, name):
    def call(*args, **options):
        counts[name] += 1
        return function(*args, **options)

    return call
