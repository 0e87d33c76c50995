"""Tests that could never reject give way, or the remarks say so; known before anything is computed."""

import numpy as np
import pytest

import jaxviz as jv
from jaxviz.comparison import _words
from jaxviz.comparison._compare import _settings
from jaxviz.comparison._scales import scale_of
from jaxviz.comparison._settings import Population, relabellings_for, too_few_to_flip, too_few_to_permute
from jaxviz.comparison._tables import table_of
from jaxviz.study._measures import sounds_lower


def words(algorithms, runs, tasks, population: Population = "these tasks", reps=10_000):
    """The test and the remarks of a comparison of all pairs of so many algorithms."""
    table = table_of({f"a{i}": [[0.0] * tasks] * runs for i in range(algorithms)}, "final", None)
    settings = _settings(table, None, population, "iqm", "holm", reps, 0.05)
    return _words.test_words(settings), " ".join(_words.remarks(table, scale_of(table, "raw"), settings))


@pytest.mark.parametrize(
    ("runs", "pairs", "few"), [(4, 1, True), (5, 1, False), (5, 6, False), (5, 10, True), (6, 28, True), (7, 28, False)]
)
def test_least_p_of_permutations(runs, pairs, few):
    """2/C(10, 5) = 0.0079, 2/C(12, 6) = 0.0022, 2/C(14, 7) = 0.0006 against 0.05/6, 0.05/10 and 0.05/28."""
    assert too_few_to_permute(runs, pairs, 0.05) == few


@pytest.mark.parametrize(("tasks", "pairs", "few"), [(5, 1, True), (6, 1, False), (10, 28, True), (11, 28, False)])
def test_least_p_of_sign_flips(tasks, pairs, few):
    """2/2ᴹ: 0.0625, 0.03125, 0.00195, 0.00098 against 0.05 and 0.05/28 = 0.0018."""
    assert too_few_to_flip(tasks, pairs, 0.05) == few


def test_eight_algorithms_of_five_runs_are_compared_by_welch():
    test, said = words(8, 5, 1)
    assert test == "Welch's test with variances moderated over algorithms"
    assert "5 runs of one task are too few for a permutation test of 28 pairs: Welch's test takes its place" in said
    assert words(8, 7, 1)[0] == words(4, 5, 1)[0] == "exact permutation test of the studentised difference"


def test_too_few_tasks_to_flip_are_named():
    assert "5 tasks are too few to tell a pair apart on tasks like them" in words(2, 5, 5, "tasks like these")[1]
    assert "too few to tell" not in words(2, 5, 6, "tasks like these")[1]


def test_there_are_relabellings_enough_for_all_pairs():
    """The least p is 1/(B + 1): of 780 pairs 15,600 are the least with which one can be told apart."""
    assert "no verdict" not in words(40, 3, 5)[1]
    assert relabellings_for(780, 0.05, 10_000) == 31_200
    assert relabellings_for(1, 0.05, 10_000) == 10_000
    assert relabellings_for(780, 1e-6, 10_000) == 10_000  # a look so early: said, not drawn


def test_a_loss_that_is_better_if_larger_is_said():
    run = jv.from_curves(np.arange(24, dtype=np.float32).reshape(6, 4), name="td_loss")
    study = jv.Study({"a": {"task": run}, "b": {"task": run}})
    for minimize, said in ((None, True), (False, False), (True, False)):
        table = table_of(study, "final", minimize)
        settings = _settings(table, None, "these tasks", "iqm", "holm", 1000, 0.05)
        remarks = _words.remarks(table, scale_of(table, "raw"), settings)
        assert ("of td_loss the larger counts as better: say minimize=True" in " ".join(remarks)) == said


@pytest.mark.parametrize(
    ("metric", "lower"),
    [
        ("train/loss", True),
        ("td_error", True),
        ("Regret", True),
        ("return", False),
        ("lossless", False),
        ("glossary", False),
    ],
)
def test_names_of_losses(metric, lower):
    assert sounds_lower(metric) == lower
