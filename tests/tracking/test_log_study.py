"""A study as MLflow runs, and back."""

import jax
import numpy as np

from jaxviz import Cell, Study, from_arrays
from jaxviz.tracking import log_study


def test_a_study_is_a_run_for_each_cell_and_comes_back(local, rng):
    returns = rng.normal(0, 1, (2, 30)), rng.normal(2, 1, (2, 30))
    cells = {
        Cell("PPO", "Cart-v1", {"lr": lr}): from_arrays(one) for lr, one in zip((1e-3, 1e-4), returns, strict=True)
    }
    study = Study(cells)
    log_study(study, "a study", local.uri, figures=False, quiet=True)
    runs = local.runs("a study")
    assert set(runs) == {*map(str, cells), "study"}
    for cell in cells:
        logged = runs[str(cell)].data
        assert logged.params == {"algorithm": "PPO", "task": "Cart-v1", "lr": str(cell.configuration["lr"])}
    two = returns[1][:, -10:].mean()  # the last ten episodes; of two runs the IQM is the mean
    final = runs["PPO on Cart-v1 (lr=0.0001)"].data.metrics["performance/final/estimate"]
    np.testing.assert_allclose(final, two, rtol=1e-5)
    assert local.artifacts(runs["study"]) == {"study.npz", "manifest.csv"}
    path = local.client.download_artifacts(runs["study"].info.run_id, "study.npz")
    back = Study.load(path)
    assert back.manifest == study.manifest
    for cell, run in study.cells.items():
        for ours, theirs in zip(jax.tree.leaves(run), jax.tree.leaves(back.cells[cell]), strict=True):
            np.testing.assert_array_equal(ours, theirs)
