"""A study -> MLflow: a run for each cell, and one with the study itself."""

import os
from functools import partial
from pathlib import Path

from .._explained import explained
from ..study import Cell, Study
from .logger._logger import MLflowLogger
from .logger._run_methods import PerSeed
from .logger._temporary import in_folder

STUDY = "study"
"""The name of the run that has the study."""


@explained
def log_study(
    study: Study,
    experiment_name: str,
    tracking_uri: str | os.PathLike[str] | None = None,
    *,
    target: float | None = None,
    window: int | None = None,
    per_seed: PerSeed | None = None,
    figures: bool = True,
    quiet: bool = False,
) -> None:
    """Every cell of a study as an MLflow run: its numbers, curves and figures under its algorithm, task and settings.

    The parameters of a run are `algorithm`, `task` and the hyper-parameters of its cell; `target`, `window`, `per_seed`
    and `figures` are those of `MLflowLogger.log_run`, `experiment_name`, `tracking_uri` and `quiet` those of
    `MLflowLogger`, which keeps what a store does not take yet. One more run, "study", has `study.npz`, which
    `Study.load` reads back without loss, and `manifest.csv`.
    """
    if not isinstance(study, Study):
        raise TypeError(f"`study` must be a Study, got {type(study).__name__}: make one with Study or read_logs")
    with MLflowLogger(experiment_name, tracking_uri, quiet=quiet) as logger:
        for cell, run in study.cells.items():
            logger.start_run(str(cell), tags={"jaxviz.study": experiment_name})
            logger.log_run(
                run, window=window, target=target, labels=[str(cell)], parameters=_parameters(cell),
                per_seed=per_seed, figures=figures, report=figures,
            )  # fmt: skip
        logger.start_run(STUDY, tags={"jaxviz.study": experiment_name})
        in_folder("the study", partial(_log_files, logger, study))


def _log_files(logger: MLflowLogger, study: Study, folder: Path) -> None:
    logger.log_artifact(study.save(folder / "study.npz"))
    logger.log_artifact(study.manifest.to_csv(folder / "manifest.csv"))


def _parameters(cell: Cell) -> dict[str, object]:
    return {"algorithm": cell.algorithm, "task": cell.task, **cell.configuration}
