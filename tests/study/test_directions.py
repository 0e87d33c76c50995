"""The good direction of a number is the same in comparisons and in aggregates."""

import jax
import pytest

import jaxviz as jv
from jaxviz.aggregation._aggregate import _groups
from jaxviz.aggregation._columns import ANY, Columns
from jaxviz.aggregation._ranked import Ranking
from jaxviz.analysis import GROUPS
from jaxviz.study._directions import CENSORED, OF_METRIC, OTHERS, better
from tests.host.test_host import full_run
from tests.known import known


@pytest.fixture
def given(monkeypatch):
    """Which direction each number is given, by the identity of its array."""
    found = {}

    def number(columns, x, better=None, within=ANY):
        found[id(x)] = better
        return x

    monkeypatch.setattr(Columns, "number", number)
    monkeypatch.setattr(Columns, "share", lambda columns, flag: flag)
    return found


@pytest.fixture(scope="module")
def analysis():
    """Of zeros: only its paths matter, and nothing is compiled."""
    shapes = jax.eval_shape(lambda run: jv.analyze(run, groups=GROUPS, target=1.0), full_run())
    return jax.tree.map(lambda one: jax.numpy.zeros(one.shape, one.dtype), shapes)


def paths(analysis):
    """Path → leaf."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(analysis):
        yield "/".join(str(getattr(part, "name", getattr(part, "key", ""))) for part in path), leaf


@pytest.mark.parametrize("minimize", [True, False])
def test_directions_are_those_of_aggregates(analysis, given, minimize):
    ranking = Ranking(jax.numpy.zeros(1, bool), minimize, "iqm")
    _groups(analysis, Columns(jax.numpy.asarray(0.95), ranking))
    by_path = {path: given[id(leaf)] for path, leaf in paths(analysis) if id(leaf) in given}
    assert len(by_path) > 20
    assert {path: better(path, minimize) for path in by_path} == by_path


def test_every_path_is_there(analysis):
    there = {path for path, leaf in paths(analysis) if leaf.ndim == known(analysis.curve.value).ndim - 1}
    assert {*OF_METRIC, *OTHERS} <= there
    assert all(any(path.startswith(name) for path in there) for name in CENSORED)
