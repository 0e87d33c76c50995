"""The series of a run -> what is analysed: its returns by kind, and the losses beside them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from ..host.readers import Array
from ..host.readers._order import beyond_single, has_finite, same, times
from ..study import RunData, StreamData
from ._log import Kind, Series, Unit
from ._names import in_order, meaning
from ._spelling import is_raw

_UPDATES: tuple[Kind, ...] = ("updates", "trailing mean", "held value", "running maximum")
"""Kinds of returns that come once per update, the plainest first."""
_SMOOTHED = _UPDATES[1:]
_ANALYSED = ("evaluation", "episodes", "updates")
"""Streams in the order in which their steps name the unit."""
_DIAGNOSTIC = re.compile(
    r"loss|(^|[/_])(approx_)?kl|entropy|clip_?frac|explained_variance|grad|learning_rate|(^|[/_])lr($|_)|q_?val|alpha"
    r"|temperature|(^|[/_])std",
    re.IGNORECASE,
)
_MOST_LOSSES = 64
_NEGATED = re.compile(r"(?:.*/)?entropy_loss")
"""Stable-Baselines3's is minus the entropy."""
_ALSO = 8


class Chosen(NamedTuple):
    """What is analysed of a run."""

    data: RunData
    kind: Kind | None
    """The kind of its returns where it is none of a stream's own: a trailing mean."""
    unit: Unit | None
    notes: tuple[str, ...]


def choose(series: Mapping[str, Series], metric: str | None, name: str | None, minimize: bool) -> Chosen:
    """The returns of a run: single episodes, means of updates and evaluations, of each kind the series best known.

    `metric`: the series to take in their place. ValueError that lists the series there are if there is none.
    """
    slots = _metric_slots(series, metric) if metric is not None else _return_slots(series)
    if not slots and metric is None and (slots := _success_slots(series)):
        name = name or "success rate"
    if not slots and not any(map(_has_entries, series.values())):
        raise ValueError("it has no entries")
    if not slots:
        raise ValueError(f"no return is among its series; choose one with `metric`: {_listing(series)}")
    taken = {slot: one for slot, one in slots.items() if slot != "updates" or not _is_covered(series[one], slots)}
    kind = series[taken["updates"]].kind if "updates" in taken else None
    word = name or ("return" if metric is None else metric.rsplit("/", 1)[-1].replace("_", " "))
    losses, loss_step = _losses(series, set(taken.values()))
    streams = {slot: _stream(series, one) for slot, one in taken.items()}
    data = RunData(
        episodes=streams.get("episodes"),
        updates=streams.get("updates"),
        evaluation=streams.get("evaluation"),
        losses=losses,
        loss_step=loss_step,
        metric=f"{word}, {kind}" if kind in _SMOOTHED else word,
        minimize=minimize,
    )
    stepped = [one for slot in _ANALYSED if slot in taken and (one := series[taken[slot]]).step is not None]
    unit: Unit | None = next((one.unit for one in stepped if one.unit is not None), None)
    if not stepped and data.episodes is not None and data.episodes.lengths is not None:
        unit = "environment steps"
    notes = (*_notes(series, taken, metric), *_too_large(series, taken.values()))
    return Chosen(data, kind if kind in _SMOOTHED else None, unit, notes)


def _is_covered(updates: Series, slots: Mapping[str, str]) -> bool:
    """Whether something plainer is known than the means of a log: single episodes, or evaluations beside smoothed
    ones, whose kind the run would have to have as a whole."""
    return "episodes" in slots or ("evaluation" in slots and updates.kind in _SMOOTHED)


def _metric_slots(series: Mapping[str, Series], metric: str) -> dict[str, str]:
    """The series that the caller names: its whole name, else its last part, in any case of letters."""
    exact = [one for one in series if one == metric] or [one for one in series if one.lower() == metric.lower()]
    found = exact or [one for one in series if one.lower().rsplit("/", 1)[-1] == metric.lower()]
    slots: dict[str, str] = {}
    for one in found:
        slots.setdefault(_slot(series[one].kind), one)
    return slots


def _slot(kind: Kind | None) -> str:
    return {"episodes": "episodes", "evaluations": "evaluation"}.get(kind or "", "updates")


def _return_slots(series: Mapping[str, Series]) -> dict[str, str]:
    """Slot → the return in it."""
    returns = [one for one in in_order(series, "return") if _has_entries(series[one])]
    returns += [one for one in series if one not in returns and _is_return(one, series[one])]
    slots: dict[str, str] = {}
    for kind in ("episodes", "evaluations", *_UPDATES, None):
        for one in returns:
            if series[one].kind == kind:
                slots.setdefault(_slot(kind), one)
    if (
        "updates" in slots
        and is_raw(slots["updates"].lower())
        and any("normalized" in one.lower() for one in slots.values())
    ):
        del slots["updates"]  # of the same evaluations, in other units
    return slots


def _success_slots(series: Mapping[str, Series]) -> dict[str, str]:
    """Slot → the success in it, for runs that have logged no return: those of sparse rewards."""
    found = [one for one in in_order(series, "success") if _has_entries(series[one])]
    return {_slot(series[one].kind): one for one in reversed(found)}


def _is_return(name: str, series: Series) -> bool:
    """Whether a series is one of returns, of the task's reward and not of its successes."""
    known = meaning(name)
    return series.kind is not None and (known is None or known.role == "return") and _has_entries(series)


def _has_entries(series: Series) -> bool:
    return len(series.values) > 0


def _stream(series: Mapping[str, Series], name: str) -> StreamData:
    one = series[name]
    values = one.values if one.values.ndim == 1 or one.kind == "evaluations" else one.values.mean(axis=1)
    return StreamData(values, one.step, one.lengths if one.lengths is not None else _lengths(series, one))


def _lengths(series: Mapping[str, Series], returns: Series) -> Array | None:
    """Lengths that were logged beside the returns, entry by entry; of single episodes only."""
    if returns.kind != "episodes" or returns.step is None:
        return None
    for name in in_order(series, "length"):
        one = series[name]
        if one.step is not None and one.values.shape == returns.values.shape and same(one.step, returns.step):
            return one.values
    return None


def _is_diagnostic(name: str, one: Series, taken: Collection[str]) -> bool:
    """Whether it is a loss or the like, beside the returns that are `taken`."""
    plain = name not in taken and one.kind is None and one.values.ndim == 1
    return plain and _DIAGNOSTIC.search(name) is not None and has_finite(one.values)


def _losses(series: Mapping[str, Series], taken: set[str]) -> tuple[dict[str, Array], Array | None]:
    """Losses and diagnostics that were logged at the same steps, the most of them."""
    groups: list[tuple[Array, dict[str, Array]]] = []
    for name, one in series.items():
        if one.step is None or not _is_diagnostic(name, one, taken):
            continue
        group = next((group for step, group in groups if same(step, one.step)), None)
        if group is None:
            groups.append((one.step, group := {}))
        group[name] = one.values
    if not groups:
        return {}, None
    step, found = max(groups, key=lambda group: (len(group[1]), len(group[0])))
    return dict(_shortly(dict(list(found.items())[:_MOST_LOSSES]))), step


def _shortly(found: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """The last part of each name, the whole one where two have the same."""
    last = [name.rsplit("/", 1)[-1] for name in found]
    for name, short, values in zip(found, last, found.values(), strict=True):
        if _NEGATED.fullmatch(name) and "entropy" not in last:
            yield "entropy", times(values, -1.0)
        else:
            yield short if last.count(short) == 1 else name.replace("/", "_"), values


def _notes(series: Mapping[str, Series], taken: Mapping[str, str], metric: str | None) -> Iterator[str]:
    """What was chosen, and what else there was."""
    if metric is None:
        others = [one for one in in_order(series, "return") if one not in taken.values()]
        if others:
            more = f" and {len(others) - _ALSO} more" if len(others) > _ALSO else ""
            chosen = ", ".join(map(repr, taken.values()))
            yield f"{chosen} is analysed; also there: {', '.join(map(repr, others[:_ALSO]))}{more}"
    lost = [
        repr(name) for name, one in series.items() if one.step is None and _is_diagnostic(name, one, taken.values())
    ]
    if lost:
        more = f" and {len(lost) - _ALSO} more" if len(lost) > _ALSO else ""
        yield f"losses without steps are left out: {', '.join(lost[:_ALSO])}{more}"
    if any(_NEGATED.fullmatch(name) for name in series):
        yield "entropy is minus 'entropy_loss'"


def _too_large(series: Mapping[str, Series], taken: Iterable[str]) -> Iterator[str]:
    """What becomes infinite in single precision, in which returns are analysed."""
    for one in taken:
        if count := beyond_single(series[one].values):
            yield f"{one}: {count:,} finite values are beyond ±3.4e38, what single precision holds: taken as infinite"


def _listing(series: Mapping[str, Series]) -> str:
    names = [repr(name) for name in series]
    return ", ".join(names[:30]) + (f" and {len(names) - 30} more" if len(names) > 30 else "") or "there is none"
