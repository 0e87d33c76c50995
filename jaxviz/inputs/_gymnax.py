"""gymnax `LogWrapper` info -> TrainingRun."""

from collections.abc import Mapping
from typing import Any

from .._explained import explained
from .._run import TrainingRun
from ..host import as_counter
from . import _fields
from ._agent_dicts import stacked_agents
from ._axes import AgentOrder, default_names
from ._clock import Clock
from ._extras import read_series
from ._stream import Reading, StreamRead, read_stream, say

_STOIX_AXES = ("device", "update", "batch", "step", "env")


@explained
def from_gymnax(
    info: Any,
    *,
    axes: str | None = None,
    agents: int | None = None,
    agent_order: AgentOrder | None = None,
    step_every: int | None = None,
    step_start: int | None = None,
    capacity: int | None = None,
    returns: str | None = None,
    name: str = "return",
    minimize: bool = False,
) -> TrainingRun:
    """The `info` of gymnax's `LogWrapper`, stacked by a scan, as a TrainingRun.

    Shapes: every entry [..., step, env] (any number of leading axes: seeds, configurations), or as named by `axes`,
    e.g. ``"seed update step env"``, ``"step"``. Axes named `device` and `batch` hold environments of the same run;
    names other than those and update, step, env are batch axes, `agent` the first of them: the last holds the runs
    that `aggregate` reduces. Reads `returned_episode`, `returned_episode_returns`, `returned_episode_lengths` and, if
    present, `returned_episode_valid` and `timestep`. Also known:
    `is_terminal_step`/`episode_return`/`episode_length` (Stoix, Mava; five axes are [device, update, batch, step,
    env]). Entries may be mappings of agents, ``{"agent_0": …}``, or `info` one of agents' infos: they become a leading
    batch axis. Series per update beside them, also nested as `loss/…`, are read as losses; a warning says what is not.

    `agents`: the last axis holds that many agents of each environment, as JaxMARL flattens them; `agent_order`: "env"
    if all agents of the first environment come first (JaxMARL's `info`), "agent" if all environments of the first
    agent do (`batchify`); default: as their ends say. They become the first batch axis.
    `step_every`: one update in so many was kept, the last of each. `step_start`: environment steps that were taken
    before: a resumed run, or ``-(k - 1)·T·E`` with `step_every=k` if the first of each k was kept. Without both a
    `timestep` that goes another way than the shapes is believed, and a warning says so.
    `returns`: the entry to read as the return, e.g. ``"returned_won_episode"``. `name`: words for the quantity,
    e.g. ``"win rate"``; `minimize`: lower is better.
    `capacity`: the most episodes kept per run; default all of them (inside jit: one per cell). The result says
    `overflow` if it was too small. ValueError names an entry that is missing or has the wrong shape.

    >>> ended = np.array([False, True, True, False])[:, None]  # [step, env]
    >>> held = np.array([0.0, 2.0, 1.0, 1.0])[:, None]
    >>> info = {"returned_episode": ended, "returned_episode_returns": held, "returned_episode_lengths": held}
    >>> jv.from_gymnax(info)
    TrainingRun: one run
      episodes: 2 per run, 2 in all
    """
    reading = Reading(axes, agents, agent_order, Clock(step_every, step_start), capacity, returns)
    stream = read_info(_fields.as_mapping(info, "info"), "info", reading, default=("step", "env"))
    say(stream.notices)
    return TrainingRun(**stream.parts, metric=name, minimize=minimize)


def read_info(info: Mapping[str, Any], owner: str, reading: Reading, *, default: tuple[str, ...]) -> StreamRead:
    """The parts of a run from a mapping that has a mask of finished episodes."""
    if (stacked := stacked_agents(info, owner)) is not None:
        _, done = _fields.required(stacked, _fields.MASKS, owner)
        inner = reading.axes or " ".join(default_names(done.shape[1:], default, owner))
        return _read(stacked, owner, reading._replace(axes=f"agent {inner}"), default)
    return _read(info, owner, reading, default)


def _read(info: Mapping[str, Any], owner: str, reading: Reading, default: tuple[str, ...]) -> StreamRead:
    known = {"returns": _fields.RETURNS if reading.returns is None else (reading.returns,)}
    known |= {"lengths": _fields.LENGTHS, "valid": _fields.VALID}
    flat = _fields.flatten_names(info)
    mask, done = _fields.required_mask(flat, owner)
    _, returns = _fields.required(flat, known.pop("returns"), owner)
    optional: dict[str, Any] = {key: _fields.optional(flat, names, owner) for key, names in known.items()}
    optional["timestep"] = None
    if (timestep := _fields.find(flat, _fields.TIMESTEP)) is not None:
        optional["timestep"], first = as_counter(timestep[1], f"{owner}['timestep']")
        reading = reading._replace(counted_from=first)
    if mask == "is_terminal_step" and reading.axes is None and done.ndim >= len(_STOIX_AXES):
        reading = reading._replace(axes=" ".join(default_names(done.shape, _STOIX_AXES, owner)))
    stream = read_stream(returns, optional, (f"{owner}[{mask!r}]", done), reading=reading, default=default)
    read = {key for keys in (*_fields.STREAM_KEYS, (reading.returns or mask,)) for key in keys}
    losses, notices = read_series(flat, owner, done.shape, stream, read=read)
    return StreamRead({**stream.parts, "losses": losses}, stream.layout, [*stream.notices, *notices])
