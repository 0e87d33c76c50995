"""Folders that are one run of a store: read by one file, whatever else is in them."""

import re
from collections.abc import Collection

_OF_MLFLOW = {"metrics", "params", "tags"}
_OF_WANDB = {"files", "logs", "tmp"}
_FILES_OF_WANDB = re.compile(
    r"\..*|run-.*|wandb-.*|debug.*|config\.yaml|output\.log|requirements\.txt|diff.*\.patch|conda-.*"
)


def run_files(files: Collection[str], folders: Collection[str]) -> list[str]:
    """The files by which a folder is read that is a run of a store; none if it is not.

    Of MLflow `meta.yaml`, which stands for a file for each metric, parameter and tag; of W&B `run-<id>.wandb`, beside
    which are copies and logs of the tool itself; not in a folder that has other ones in it. What is there besides is
    read too.
    """
    if folders and "meta.yaml" in files and not _OF_MLFLOW.isdisjoint(folders):
        return [name for name in files if not name.startswith(".")]
    own = [name for name in files if name.startswith("run-") and name.endswith(".wandb")]
    if not own or not _OF_WANDB.issuperset(folders):
        return []
    return own + [name for name in files if not _FILES_OF_WANDB.fullmatch(name)]
