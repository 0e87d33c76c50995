"""The formats that can be told apart, most specific first: a new one is a file in `formats/` and a line here."""

from ._log import Format
from .formats import (
    databases,
    dreamer,
    evaluations,
    jaxrl,
    json_lines,
    marl_eval,
    mlflow_folder,
    monitor,
    parquet,
    progress,
    refused,
    rllib,
    sacred,
    spinning_up,
    stored_curve,
    tensorboard,
    tidy,
    torchrl,
    wandb,
)

FORMATS: tuple[Format, ...] = (
    *refused.EARLY,
    marl_eval.FORMAT,
    dreamer.FORMAT,
    tensorboard.FORMAT,
    *wandb.FORMATS,
    databases.FORMAT,
    mlflow_folder.FORMAT,
    parquet.FORMAT,
    evaluations.FORMAT,
    stored_curve.FORMAT,
    *refused.LATE,
    sacred.FORMAT,
    rllib.FORMAT,
    monitor.FORMAT,
    spinning_up.FORMAT,
    tidy.FORMAT,
    progress.FORMAT,
    json_lines.FORMAT,
    torchrl.FORMAT,
    jaxrl.FORMAT,
)
"""The first whose `looks` says yes reads the file."""
