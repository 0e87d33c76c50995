"""Runs of an MLflow store by their key: which one a journal means, and which one nobody does."""

from typing import Any

from .._names import KEY_TAG
from ..store._failures import UnavailableError, translated

PARENT_TAG = "mlflow.parentRunId"
_PAGE = 200
"""A page holds every latest metric of its runs."""


def find(client: Any, experiment: str, key: str) -> str | None:
    """MLflow's id of the run of a key; None if there is none. Of two, the one that holds something."""
    found = all_of(client, experiment, key)
    return max(found, key=content).info.run_id if found else None


def all_of(client: Any, experiment: str, key: str) -> list[Any]:
    """Every run of a key. There are two if the store carried out a request that we had given up."""
    with translated():
        return client.search_runs([experiment], f"tags.`{KEY_TAG}` = '{key}'", max_results=100)


def children(client: Any, experiment: str, parent: str) -> dict[str, str]:
    """MLflow's ids of the children of a run by their keys: one request in place of one for each child."""
    found: dict[str, Any] = {}
    token, begun = None, False
    while token or not begun:
        with translated():
            page = client.search_runs(
                [experiment], f"tags.`{PARENT_TAG}` = '{parent}'", max_results=_PAGE, page_token=token
            )
        for run in page:
            key = run.data.tags.get(KEY_TAG, "")
            found[key] = max((run, found.get(key, run)), key=content)
        token, begun = page.token, True
    return {key: run.info.run_id for key, run in found.items()}


def end(client: Any, run_id: str, status: str, time: int) -> None:
    """End a run. `UnavailableError` if the answer, which `set_terminated` hides, is not of the run as it is then."""
    from mlflow.entities import RunStatus

    told = client._tracking_client.store.update_run_info(run_id, RunStatus.from_string(status), time, None)
    if (told.run_id, told.status) != (run_id, status):
        raise UnavailableError("it has not said that a run has ended")


def get(client: Any, run_id: str) -> Any:
    """A run. `UnavailableError` if the answer is of another one, or of none."""
    run = client.get_run(run_id)
    if run.info.run_id != run_id:
        raise UnavailableError("it has answered for another run")
    return run


def is_empty(run: Any) -> bool:
    """Whether nothing has been logged to a run, not even its end."""
    return content(run) == (False, 0)


def content(run: Any) -> tuple[bool, int]:
    """How much has been logged to a run, so that the fullest is the greatest."""
    return run.info.status != "RUNNING", len(run.data.metrics) + len(run.data.params)
