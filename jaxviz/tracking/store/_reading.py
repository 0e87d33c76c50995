"""Reading from a store, without waiting for minutes for one that is away."""

from collections.abc import Sequence
from typing import Any

from . import _store
from ._failures import RefusedError, UnavailableError, translated
from ._probe import answers
from ._store import Store

_ANSWER_SECONDS = 5.0


def open_reader(store: Store) -> Any:
    """An MlflowClient of a store. ConnectionError if the store does not answer or cannot be opened."""
    why: object = "it does not answer"
    if answers(store.uri, _ANSWER_SECONDS):
        try:
            with translated():
                return _store.open_client(store)
        except (RefusedError, UnavailableError) as error:
            why = error
    raise ConnectionError(f"MLflow at {store.address} cannot be read now: {why}")


def experiment_ids(client: Any, named: str | Sequence[str] | None, default: str) -> list[str]:
    """MLflow's ids of experiments that are given by id or by name; None: the one named `default`, if there is one.

    ValueError if there is no experiment of a name that was given.
    """
    if named is None:
        return _of_name(client, default)
    ids = []
    for one in [named] if isinstance(named, str) else map(str, named):
        found = _of_name(client, one)
        if not found and not one.isdecimal():
            raise ValueError(f"`experiment_ids` must be ids or names of experiments; there is no experiment {one!r}")
        ids += found or [one]
    return ids


def _of_name(client: Any, name: str) -> list[str]:
    """The id of the experiment of a name, if there is one."""
    found = client.get_experiment_by_name(name)
    return [] if found is None else [found.experiment_id]
