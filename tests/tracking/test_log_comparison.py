"""A Comparison in MLflow, and back."""

import json

import jax
import numpy as np
import pytest

from jaxviz.comparison import UNDECIDED, WORSE, Comparison
from jaxviz.tracking import MLflowLogger
from tests.comparison.made import comparison, curves
from tests.known import unchecked


def test_a_comparison_is_numbers_words_tables_and_a_file(local):
    made = comparison(("A/C", "DQN", "PPO"), (1.0, 2.0, 4.0), (UNDECIDED, WORSE), baseline="PPO", margin=0.5)
    with MLflowLogger("a comparison", local.uri, quiet=True) as logger:
        logger.start_run("verdicts")
        logger.log_comparison(made, curves=curves(made.algorithms, made.task_names))
    run = local.runs("a comparison")["verdicts"]
    asked = {name.removeprefix("comparison/"): value for name, value in run.data.params.items()}
    assert (asked["score"], asked["baseline"], asked["margin"], asked["normalize"]) == ("final", "PPO", "0.5", "raw")
    found = run.data.metrics
    assert found["comparison/pairs/DQN vs PPO/difference/estimate"] == -2
    np.testing.assert_allclose(found["comparison/pairs/DQN vs PPO/adjusted_p"], 0.03)
    assert (found["comparison/algorithms/PPO/iqm/high"], found["comparison/algorithms/PPO/tier"]) == (5, 1)
    assert "DQN is worse than PPO" in run.data.tags["jaxviz.verdicts"]
    names = {
        "verdicts.txt", "verdicts.md", "tables.tex", "comparison.json", "comparison.npz", "algorithms.csv",
        "verdicts.csv", "tasks.csv", "verdict.html", "figures",
    }  # fmt: skip
    figures = (
        "common_curves task_curves tiers coverage task_scores differences task_improvements profiles "
        "improvement_matrix ranks"
    )
    drawn = {f"comparison/figures/{name}.png" for name in figures.split()}
    assert local.artifacts(run, "comparison/figures") == drawn
    assert local.artifacts(run, "comparison") == {f"comparison/{name}" for name in names}
    path = local.client.download_artifacts(run.info.run_id, "comparison")
    back = Comparison.load(f"{path}/comparison.npz")
    for ours, theirs in zip(jax.tree.leaves(made), jax.tree.leaves(back), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    with open(f"{path}/verdict.html", encoding="utf-8") as page:
        assert "Learning curves over the common tasks" in page.read()
    with open(f"{path}/comparison.json") as file:
        assert json.load(file)["pairs"][1]["verdict"] == "worse"


def test_other_objects_are_refused(local):
    with (
        MLflowLogger("a comparison", local.uri, quiet=True) as logger,
        pytest.raises(TypeError, match=r"`comparison` must be what jv.compare returns, got dict"),
    ):
        unchecked(logger.log_comparison, {})
