"""Folders that are one run of a store: read by one file, whatever else is in them."""

from collections.abc import Collection

_OF_MLFLOW = {"metrics", "params", "tags"}
_OF_WANDB = {"files", "logs", "tmp"}


def run_files(files: Collection[str], folders: Collection[str]) -> list[str]:
    """The file by which a folder is read as a run; none if it is not that of a store.

    Of MLflow `meta.yaml`, which stands for a file for each metric, parameter and tag; of W&B `run-<id>.wandb`, beside
    which are copies and logs of the tool itself.
    """
    if folders and "meta.yaml" in files and not _OF_MLFLOW.isdisjoint(folders):
        return ["meta.yaml"]
    if not _OF_WANDB.issuperset(folders):
        return []
    return [name for name in files if name.startswith("run-") and name.endswith(".wandb")]
