"""Tables of rows that belong to runs -> TrainingRun. Shared by the readers of data frames and of records."""

import dataclasses
from typing import Literal

from .._run import LossSeries, TrainingRun
from ..host import LongTable, RunColumns, as_array, pack_runs
from . import _parts
from ._curves import from_curves
from ._raw import from_arrays

Rows = Literal["episode", "update", "evaluation"]
LOSS = "losses/"
"""Before the names of losses among the roles of columns."""


def pack_returns(table: LongTable) -> RunColumns:
    """The rows that have a return, by run."""
    return pack_runs(table, ["returns"], whole=[role for role in ("step", "lengths") if role in table.columns])


def run_of(table: LongTable, packed: RunColumns, rows: Rows, *, name: str, minimize: bool) -> TrainingRun:
    """The run of the packed returns, with the losses of the table on rows of their own."""
    read = _read(packed, rows)
    return dataclasses.replace(read, losses=_losses(table), metric=name, minimize=minimize)


def _read(packed: RunColumns, rows: Rows) -> TrainingRun:
    parts, valid = packed.values, packed.valid
    returns, step = parts["returns"], parts.get("step")
    if rows == "episode":
        return from_arrays(returns, step=step, lengths=parts.get("lengths"), valid=valid)
    if rows == "update":
        return from_curves(returns, step=step, valid=valid)
    return TrainingRun(evaluation=_parts.read_evaluation(returns[..., None], None, step, valid[..., None]))


def _losses(table: LongTable) -> LossSeries | None:
    """The rows that have all of the losses."""
    roles = [role for role in table.columns if role.startswith(LOSS)]
    if not roles:
        return None
    packed = pack_runs(table, roles, whole=["step"] if "step" in table.columns else [])
    if not packed.valid.any():
        raise ValueError(f"`losses`: no row has {' and '.join(role.removeprefix(LOSS) for role in roles)}")
    values = {role.removeprefix(LOSS): packed.values[role] for role in roles}
    read = _parts.read_losses(values, table.batch, packed.values.get("step"))
    return read if packed.valid.all() else dataclasses.replace(read, valid=as_array(packed.valid, "losses"))
