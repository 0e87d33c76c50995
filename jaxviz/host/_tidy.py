"""Runs as columns with one row for each value."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ._records import Arrays, Record

Column = np.ndarray


class TidyColumns(NamedTuple):
    """One row for each value of each stream of each run."""

    run: Column
    """Which run."""
    stream: list[str]
    """The names of the streams that `stream_of` counts."""
    stream_of: Column
    name: list[str]
    """The names of the quantities that `name_of` counts."""
    name_of: Column
    rollout: Column
    step: Column
    """int64; float64 with NaN if some are not known."""
    value: Column
    length: Column
    """Steps of an episode or rollout; NaN if not known."""


class _Stream(NamedTuple):
    """The values of one quantity of a run, flat."""

    stream: str
    name: str
    value: Column
    step: Column | None
    rollout: Column | None = None
    length: Column | None = None


def tidy_columns(records: Sequence[Record]) -> TidyColumns:
    """All values of all runs that are there, in the order of runs, streams and entries."""
    found = [(i, stream) for i, record in enumerate(records) for stream in _streams(record)]
    sizes = [stream.value.size for _, stream in found]
    streams, stream_of = _codes([stream.stream for _, stream in found], sizes)
    names, name_of = _codes([stream.name for _, stream in found], sizes)
    steps = [stream.step for _, stream in found]
    missing = any(step is None for step in steps)
    return TidyColumns(
        run=np.repeat(np.array([i for i, _ in found], np.int64), sizes),
        stream=streams,
        stream_of=stream_of,
        name=names,
        name_of=name_of,
        rollout=_joined([stream.rollout for _, stream in found], sizes, np.int64, 0),
        step=_joined(steps, sizes, np.float64 if missing else np.int64, np.nan if missing else 0),
        value=_joined([stream.value for _, stream in found], sizes, None, 0),
        length=_joined([stream.length for _, stream in found], sizes, np.float64, np.nan),
    )


def _codes(words: Sequence[str], sizes: Sequence[int]) -> tuple[list[str], Column]:
    places = {word: i for i, word in enumerate(dict.fromkeys(words))}
    return list(places), np.repeat(np.array([places[word] for word in words], np.int64), sizes)


def _joined(parts: Sequence[Column | None], sizes: Sequence[int], dtype: Any, fill: float) -> Column:
    halves = [np.float32 if part.dtype.itemsize < 4 else part.dtype for part in parts if part is not None]
    kind = dtype or np.result_type(np.float32, *halves)  # tables have no bfloat16
    whole = [np.full(size, fill, kind) if part is None else part for part, size in zip(parts, sizes, strict=True)]
    return np.concatenate(whole).astype(kind, copy=False) if whole else np.zeros(0, kind)


def _streams(record: Record) -> Iterator[_Stream]:
    arrays, metric = record.arrays, record.words.metric
    if "episodes/returns" in arrays:
        keep = arrays["episodes/valid"].astype(bool)
        step, length = (_kept(arrays.get(f"episodes/{name}"), keep) for name in ("step", "lengths"))
        yield _Stream("episodes", metric, arrays["episodes/returns"][keep], step, None, length)
    if "updates/total" in arrays or "updates/hold_total" in arrays:
        yield _updates(arrays, metric)
    if "evaluation/returns" in arrays:
        keep = arrays["evaluation/valid"].astype(bool)
        step, length = arrays.get("evaluation/step"), arrays.get("evaluation/lengths")
        spread = None if step is None else np.broadcast_to(step[:, None], keep.shape)[keep]
        rollout = np.broadcast_to(np.arange(keep.shape[1]), keep.shape)[keep]
        yield _Stream("evaluation", metric, arrays["evaluation/returns"][keep], spread, rollout, _kept(length, keep))
    for name, value in arrays.items():
        if name.startswith("losses/values/"):
            keep = arrays.get("losses/valid", np.ones(value.shape, bool)).astype(bool)
            yield _Stream(
                "losses", name.removeprefix("losses/values/"), value[keep], _kept(arrays.get("losses/step"), keep)
            )


def _updates(arrays: Arrays, metric: str) -> _Stream:
    """The mean of each update in which an episode ended, or the value that was held."""
    held = "updates/total" not in arrays
    total, count = (
        arrays[f"updates/{name}"] for name in (("hold_total", "hold_count") if held else ("total", "count"))
    )
    keep = (count > 0) & arrays.get("updates/valid", np.ones(total.shape, bool)).astype(bool)
    value = (total[keep] / count[keep]).astype(total.dtype)
    return _Stream("held" if held else "updates", metric, value, _kept(arrays.get("updates/step"), keep))


def _kept(array: Column | None, keep: Column) -> Column | None:
    return None if array is None else array[keep]
