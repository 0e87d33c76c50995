"""What a page warns of: camps of seeds, runs that are copies, intervals that cover less than their level."""

import numpy as np
import pytest

from jaxviz import analyze, from_arrays
from jaxviz.analysis import Group
from jaxviz.report._section import Section
from jaxviz.report._words import warnings
from jaxviz.view import make_view

TARGET = 10.0


GROUPS: tuple[Group, ...] = ("performance",)
"""Of which camps are made; without the others it compiles in half the time."""


def words_of(returns: np.ndarray) -> str:
    """The warnings of a page."""
    run = from_arrays(returns, lengths=np.full(returns.shape, 7))
    view = make_view(analyze(run, target=TARGET, groups=GROUPS))
    return "\n".join(warnings(Section("run", view, {})))


def test_two_camps_are_found_by_a_test(rng):
    returns = rng.normal(0, 1, (12, 300))
    returns[6:] += 20
    found = words_of(returns)
    assert "Camps of seeds in all runs" in found
    assert "Hartigan's dip test, p = 0.0005, level 5%" in found


def test_a_target_that_cuts_one_camp_makes_no_two(rng):
    levels = rng.normal(TARGET, 1, 118)
    returns = levels[:, None] + rng.normal(0, 0.1, (118, 50))
    assert 40 < np.sum(levels >= TARGET) < 80
    assert "Camps" not in words_of(returns)


def test_copies_of_a_run_are_named(rng):
    returns = rng.normal(0, 1, (12, 300))
    returns[[3, 5]] = returns[1]
    assert "2 of 12 runs are bit for bit an earlier one: seed 3; seed 5." in words_of(returns)


def test_runs_that_solve_a_task_are_no_copies():
    assert "bit for bit" not in words_of(np.full((12, 300), 500.0))


@pytest.mark.parametrize("runs", [5, 12])
def test_intervals_that_hold_are_not_warned_of(rng, runs):
    assert "covers less" not in words_of(rng.normal(0, 1, (runs, 300)))
