"""Logged models, ordered by their metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from .. import _values
from ..store import _reading
from ..store._failures import RefusedError, UnavailableError, translated
from ..store._store import Store

Order = str | Mapping[str, Any]
DESCENDING, ASCENDING = "DESC", "ASC"
_METRIC = "metrics."
_ATTRIBUTES = ("creation_time", "creation_timestamp", "name", "model_id")
_PAGE = 100


def best_models(
    store: Store,
    experiments: str | Sequence[str] | None,
    filter_string: str | None,
    max_results: int,
    order_by: Order | Sequence[Order] | None,
    *,
    default: str,
) -> list[Any]:
    """The models of `MLflowLogger.search_best_models`; `default`: the experiment's name if none is given."""
    order = _orders("return" if order_by is None else order_by)
    if isinstance(max_results, bool) or not isinstance(max_results, int) or max_results < 0:
        raise ValueError(f"`max_results` must be a number of models, got {max_results!r}")
    client = _reading.open_reader(store)
    wanted = _reading.experiment_ids(client, experiments, default)
    try:
        with translated():
            found = _found(client, wanted, filter_string, max_results, order) if wanted else []
    except RefusedError as refusal:
        raise ValueError(f"`filter_string` {filter_string!r} or `order_by` is not understood: {refusal}") from None
    except UnavailableError as why:
        raise ConnectionError(f"MLflow at {store.address} cannot be searched now: {why}") from None
    if order_by is not None:
        _check_metric(found, order)
    return found


def _orders(order_by: Order | Sequence[Order]) -> list[dict[str, Any]]:
    """Orders as MLflow's client takes them. ValueError if they are none."""
    given = [order_by] if isinstance(order_by, str | Mapping) else list(order_by)
    return [_parsed(one) if isinstance(one, str) else _checked(one) for one in given]


def _checked(order: Any) -> dict[str, Any]:
    if not isinstance(order, Mapping) or not isinstance(order.get("field_name"), str):
        raise ValueError(
            f'`order_by` must be like "metrics.return DESC" or {{"field_name": "metrics.return"}}: {order!r}'
        )
    return dict(order)


def _parsed(order: str) -> dict[str, Any]:
    field, _, direction = order.strip().rpartition(" ")
    if direction.upper() not in (DESCENDING, ASCENDING):
        field, direction = order.strip(), DESCENDING
    name = field.strip().removeprefix(_METRIC).strip("`")
    wanted = name if field in _ATTRIBUTES else f"{_METRIC}{_values.key(name)}"
    return {"field_name": wanted, "ascending": direction.upper() == ASCENDING}


def _found(
    client: Any, experiments: list[str], filter_string: str | None, most: int, order: list[dict[str, Any]]
) -> list[Any]:
    """The first `most` models."""
    found: list[Any] = []
    token = None
    while len(found) < most and token != "":
        size = min(_PAGE, most - len(found))
        page = client.search_logged_models(
            experiments, filter_string, max_results=size, order_by=order, page_token=token
        )
        found += page
        token = page.token or ""
    return found


def _check_metric(found: list[Any], order: list[dict[str, Any]]) -> None:
    """ValueError if nobody has the first metric of an order: models without it come last, so the first tells."""
    name = order[0]["field_name"] if order else ""
    if not found or not name.startswith(_METRIC):
        return
    metric = name.removeprefix(_METRIC)
    if not any(one.key == metric for one in found[0].metrics or ()):
        known = sorted({one.key for model in found for one in model.metrics or ()})
        raise ValueError(f"`order_by`: no model has the metric {metric!r}; metrics of the newest: {known}")
