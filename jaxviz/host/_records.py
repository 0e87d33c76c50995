"""Runs as flat mappings of arrays, one each, under the names of `_run_schema`; many of them as one padded batch."""

import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from .._run import UNKNOWN, TrainingRun
from . import _run_schema
from ._numbers import flat_metrics
from ._run_files import run_of, squashed_parts
from ._steps import check_step

Arrays = dict[str, np.ndarray]
_EMPTY_MAY_STAND = ("evaluation", "losses")
"""Parts that a run of a batch may be without: it has no valid entry in them."""
_RUNS = "total_steps"
_PRIMARY = ("episodes/returns", "updates/total", "updates/hold_total", "evaluation/returns")


class Words(NamedTuple):
    """What no array of a run says."""

    metric: str = "return"
    minimize: bool = False
    means: bool = False
    squashed: tuple[str, ...] = ()


class Record(NamedTuple):
    """One run on the host, without batch axes."""

    arrays: Arrays
    """Own axes only; steps are int64."""
    words: Words

    @property
    def parts(self) -> set[str]:
        """The first names of its arrays."""
        return {name.partition("/")[0] for name in self.arrays}

    @property
    def primary(self) -> str:
        """The name of the returns that every statistic reads."""
        return next(name for name in _PRIMARY if name in self.arrays)

    def summary(self) -> "Summary":
        """The span of its steps, its entries and whether returns are not finite."""
        values, valid = self.arrays[self.primary], primary_mask(self)
        if valid.ndim == 1 and valid.all():
            return _summary_of_all(values, self.arrays.get(f"{self.primary.partition('/')[0]}/step"))
        there = valid.any(axis=-1) if valid.ndim > 1 else valid
        step = self.arrays.get(f"{self.primary.partition('/')[0]}/step")
        ends = (None, None) if step is None or not there.any() else (int(step[there][0]), int(step[there][-1]))
        odd = values[valid]
        return Summary(*ends, int(there.sum()), bool(odd.size) and not np.isfinite(odd.astype(np.float64)).all())

    def digest(self) -> str:
        """Twelve letters that are others for other contents."""
        found = hashlib.blake2b(repr(self.words).encode(), digest_size=6)
        for name, array in sorted(self.arrays.items()):
            found.update(f"{name} {array.dtype} {array.shape}".encode())
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()


class Summary(NamedTuple):
    """What a table says of a run."""

    first_step: int | None
    last_step: int | None
    entries: int
    diverged: bool


def _summary_of_all(values: np.ndarray, step: np.ndarray | None) -> Summary:
    """As `Record.summary`, where every entry is there."""
    ends = (None, None) if step is None or not len(step) else (int(step[0]), int(step[-1]))
    return Summary(*ends, len(values), not np.isfinite(values).all())


def primary_mask(record: Record) -> np.ndarray:
    """Which of the primary returns there are: [entry] or [entry, rollout]."""
    part = record.primary.partition("/")[0]
    if part != "updates":
        return record.arrays[f"{part}/valid"].astype(bool)
    count = record.arrays.get(f"updates/{'hold_count' if 'hold' in record.primary else 'count'}")
    valid = record.arrays.get("updates/valid", np.ones(record.arrays[record.primary].shape, bool))
    return valid if count is None else valid & (count > 0)


def records_of(run: TrainingRun) -> list[Record]:
    """The runs [run] of a batch, or the one run without batch axes."""
    arrays = {name: _exact(array, name) for name, array in flat_metrics(run).items()}
    words = Words(run.metric, run.minimize, run.updates is not None and run.updates.means, tuple(squashed_parts(run)))
    _run_schema.check_layout(arrays, run.batch_shape)
    if not run.batch_shape:
        return [Record(arrays, words)]
    return [Record({name: np.asarray(a[i]) for name, a in arrays.items()}, words) for i in range(run.batch_shape[0])]


def _exact(array: np.ndarray, name: str) -> np.ndarray:
    """Steps as int64, whichever form they had."""
    return array.astype(np.int64) if name.endswith("/step") or name == "total_steps" else array


def returns_of(values: Any, name: str) -> np.ndarray:
    """Numbers as the default float; those beyond it are infinite, as those of a run that diverged."""
    found = np.asarray(values)
    if found.dtype.kind not in "biuf":
        raise ValueError(f"`{name}` must be numbers, got {found.dtype}")
    with np.errstate(over="ignore"):
        return found.astype(jax.dtypes.canonicalize_dtype(np.float64))


def steps_of(step: Any, size: int, name: str) -> np.ndarray:
    """Whole steps [entry] that do not fall, as int64. ValueError that names them."""
    found = np.asarray(step)
    if found.shape != (size,):
        raise ValueError(f"`{name}` must have one step for each of the {size} entries, got shape {found.shape}")
    if found.dtype.kind == "f":
        if not (np.isfinite(found).all() and (found == np.round(found)).all()):
            raise ValueError(f"`{name}` must be whole steps, got fractions or NaN")
        if found.size:
            check_step(int(np.abs(found).max()), name)
    elif found.dtype.kind not in "iu":
        raise ValueError(f"`{name}` must be whole steps, got {found.dtype}")
    if found.size:
        check_step(int(found.max()), name)
    found = found.astype(np.int64)
    if found.size and (int(found[0]) < 0 or (found[1:] < found[:-1]).any()):
        raise ValueError(
            f"`{name}` must not fall and not be negative: sort the entries, or cut the part that was rerun"
        )
    return found


def stream_arrays(part: str, values: Any, step: Any, lengths: Any, valid: Any) -> Arrays:
    """The arrays of one stream of returns: "episodes", "updates" (means) or "evaluation"."""
    returns = returns_of(values, f"{part}.values")
    if part == "evaluation" and returns.ndim == 1:
        returns = returns[:, None]
    if returns.ndim != 1 + (part == "evaluation"):
        raise ValueError(f"`{part}.values` must be [entry], of evaluations also [entry, rollout]; got {returns.shape}")
    there = np.ones(returns.shape, bool) if valid is None else np.asarray(valid, bool).reshape(returns.shape)
    if part == "episodes" and not there.all():
        keep = there
        returns, there = returns[keep], there[keep]
        step, lengths = (None if x is None else np.asarray(x)[keep] for x in (step, lengths))
    found = {"returns": np.where(there, returns, np.zeros((), returns.dtype)), "valid": there}
    if lengths is not None:
        found["lengths"] = _lengths(lengths, returns.shape, f"{part}.lengths")
    if step is not None:
        found["step"] = steps_of(step, len(returns), f"{part}.step")
    elif part == "episodes" and lengths is not None:
        found["step"] = np.cumsum(found["lengths"], dtype=np.int64)
    if part == "updates":
        found = {"total": found["returns"], "count": there.astype(np.int32), "step": found.get("step")}
    if part == "episodes":
        found |= {"count": np.asarray(len(returns), np.int32), "overflow": np.zeros((), bool)}
    return {f"{part}/{name}": array for name, array in found.items() if array is not None}


def _lengths(lengths: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    found = np.asarray(lengths).reshape(shape) if np.size(lengths) == np.prod(shape) else None
    right = found is not None and found.dtype.kind in "iuf" and np.isfinite(found).all() and (found >= 0).all()
    if found is None or not right or (found.size and found.max() >= 2**31):
        raise ValueError(f"`{name}` must be a number of steps for each of the {shape} returns")
    return found.astype(np.int32)


def loss_arrays(losses: Mapping[str, Any], step: Any) -> Arrays:
    """The arrays of losses, all at the same updates."""
    values = {name: returns_of(x, f"losses[{name!r}]") for name, x in losses.items()}
    sizes = {x.shape for x in values.values()}
    if len(sizes) > 1 or any(len(size) != 1 for size in sizes):
        raise ValueError(f"`losses` must all be [update] of one length, got {sorted(sizes)}")
    found = {f"losses/values/{name}": x for name, x in values.items()}
    if values and step is not None:
        found["losses/step"] = steps_of(step, next(iter(sizes))[0], "loss_step")
    return found


def total_of(arrays: Arrays) -> np.ndarray | None:
    """Steps that were run: as recorded, or up to the last update, or up to the last entry; None: not known."""
    if "total_steps" in arrays:
        return arrays["total_steps"]
    if "updates/step" in arrays and arrays["updates/step"].size:
        return arrays["updates/step"][-1]
    ends = [
        arrays[f"{part}/step"][valid.any(axis=-1) if valid.ndim > 1 else valid].max(initial=0)
        for part in ("episodes", "evaluation")
        if f"{part}/step" in arrays and (valid := arrays[f"{part}/valid"].astype(bool)) is not None
    ]
    return np.asarray(max(ends), np.int64) if ends else None


def as_run(arrays: Mapping[str, Any], words: Words) -> TrainingRun:
    """The run, or batch of runs, of flat arrays that nobody else has. Nothing is compiled."""
    arrays = {name: _placed(array, name) for name, array in arrays.items()}
    return run_of(arrays, words.squashed, words.means, {"metric": words.metric, "minimize": words.minimize})


def _placed(array: np.ndarray, name: str) -> Any:
    """An array on the device: `jnp.asarray` compiles a program for each shape. Steps beyond int32 stay as they are."""
    dtype = jax.dtypes.canonicalize_dtype(array.dtype)
    of_steps = dtype != array.dtype and name.rpartition("/")[2] in ("step", "total_steps")
    if of_steps and not -(2**31) <= array.min(initial=0) <= array.max(initial=0) < 2**31:
        return array
    return jax.device_put(array.astype(dtype, copy=False))


class Common(NamedTuple):
    """The arrays that all runs of a batch can have."""

    names: tuple[str, ...]
    words: Words
    left_out: list[list[str]]
    """Of each run the arrays that it has alone."""


def common_arrays(records: Sequence[Record]) -> Common:
    """What the runs have in common: of a part that some are without, evaluations and losses stay, empty in those."""
    kinds = _kinds(records)
    if len(kinds) == 1:
        first = records[0]
        return Common((*_ordered(first.arrays),), first.words, [[] for _ in records])
    names = {name for part in sorted({p for r in records for p in r.parts}) for name in _shared(part, records)}
    means = {r.words.means for r in records if "updates" in r.parts}
    if len(means) > 1:
        names -= {name for name in names if name.startswith("updates/")}
    squashed = records[0].words.squashed
    words = records[0].words._replace(means=means == {True} and any(n.startswith("updates/") for n in names))
    if any(r.words.squashed != squashed for r in records):
        names, words = {n for n in names if not n.startswith("polic")}, words._replace(squashed=())
    made = names | {"total_steps"}
    left = [sorted(set(r.arrays) - made) for r in records]
    return Common((*_ordered(names),), words, left)


def _kinds(records: Iterable[Record]) -> set[object]:
    """What runs can differ in, but for their lengths."""
    return {(frozenset(r.arrays), r.words, _policy_shapes(r)) for r in records}


def _policy_shapes(record: Record) -> tuple[object, ...]:
    return tuple((name, a.shape) for name, a in sorted(record.arrays.items()) if name.startswith("polic"))


def _ordered(names: Iterable[str]) -> list[str]:
    """In the order of the schema: parts together."""
    return sorted(names)


def _shared(part: str, records: Sequence[Record]) -> set[str]:
    """The arrays of one part that a batch of all runs has; none if some runs cannot do without."""
    own = [{name for name in r.arrays if name.partition("/")[0] == part} for r in records]
    having = [names for names in own if names]
    if part == "total_steps":
        return {part}
    if len(having) < len(own) and part not in _EMPTY_MAY_STAND:
        return set()
    names = set.intersection(*having)
    masks = {f"{part}/valid"} & set.union(*having)
    if part.startswith("polic") and len({_policy_shapes(r) for r in records}) > 1:
        return set()
    return (names | masks) if _run_schema.is_complete(names | masks, part) else set()


def stacked(
    records: Sequence[Record], names: Sequence[str], sizes: Mapping[tuple[str, str], int] | None = None
) -> Arrays:
    """The arrays of that names of many runs as one batch [run, …], padded to common sizes, or to the given ones.

    `sizes`: (part, axis) → size. What is ragged gets a mask, and the steps that were run are those of each run.
    """
    found: Arrays = {}
    own = axis_sizes(records, names)
    wanted = {**own, **(sizes or {})}
    for name in names:
        part, axes = name.partition("/")[0], _run_schema.own_axes(name)
        shape = tuple(wanted.get((part, axis), 0) for axis in axes)
        arrays = [r.arrays.get(name) for r in records]
        found[name] = _padded_steps(arrays, shape) if name.endswith("/step") else _padded(arrays, shape, name)
    for part in ("updates", "losses"):
        if f"{part}/valid" not in found and (like := next((n for n in names if n.startswith(f"{part}/")), None)):
            lengths = [_length(r, part) for r in records]
            if sizes is not None or len(set(lengths)) > 1:
                found[f"{part}/valid"] = np.arange(found[like].shape[1]) < np.array(lengths)[:, None]
    return found | _totals(records, found, sizes is not None)


def axis_sizes(records: Sequence[Record], names: Sequence[str]) -> dict[tuple[str, str], int]:
    """(part, axis) → the largest size in any of the runs."""
    found: dict[tuple[str, str], int] = {}
    for name in names:
        part = name.partition("/")[0]
        for i, axis in enumerate(_run_schema.own_axes(name)):
            most = max((r.arrays[name].shape[i] for r in records if name in r.arrays), default=0)
            found[part, axis] = max(most, found.get((part, axis), 0))
    return found


def _length(record: Record, part: str) -> int:
    """Updates of a part of a run."""
    own = [a for name, a in record.arrays.items() if name.startswith(f"{part}/") and a.ndim]
    return own[0].shape[0] if own else 0


def _padded(arrays: Sequence[np.ndarray | None], shape: tuple[int, ...], name: str) -> np.ndarray:
    there = [a for a in arrays if a is not None]
    dtype = max((a.dtype for a in there), key=lambda dtype: dtype.itemsize)
    if name.startswith("polic"):
        return np.stack([a.astype(dtype) for a in there])
    if not shape:
        return np.array([0 if a is None else a for a in arrays], dtype)
    fill = np.nan if name.split("/")[1] in UNKNOWN else 0
    whole = np.full((len(arrays), *shape), fill, dtype) if fill else np.zeros((len(arrays), *shape), dtype)
    for row, array in zip(whole, arrays, strict=True):
        if array is not None:
            row[tuple(slice(size) for size in array.shape)] = array
    return whole


def _padded_steps(arrays: Sequence[np.ndarray | None], shape: tuple[int, ...]) -> np.ndarray:
    """Steps [run, entry]: a shorter axis goes on as the longest if it began as that one, else it stays at its end."""
    longest = max((a for a in arrays if a is not None), key=len)
    axis = np.concatenate([longest, np.repeat(longest[-1:], shape[0] - longest.size)]) if longest.size else None
    whole = np.zeros((len(arrays), *shape), np.int64)
    for row, array in zip(whole, arrays, strict=True):
        if array is None or axis is None:
            continue
        size = array.size
        row[:size] = array
        row[size:] = axis[size:] if np.array_equal(array, axis[:size]) else array[-1] if size else 0
    return whole


def _totals(records: Sequence[Record], found: Arrays, forced: bool) -> Arrays:
    """The steps that each run took; none if they are not known of some, or no run says so and nothing is padded."""
    given = any("total_steps" in r.arrays for r in records)
    if not given and not forced and not _is_ragged(records):
        return {}
    totals = [total_of(r.arrays) for r in records]
    found.pop("total_steps", None)
    if any(total is None for total in totals):
        return {}
    return {"total_steps": np.array([int(total) for total in totals if total is not None], np.int64)}


def _is_ragged(records: Sequence[Record]) -> bool:
    """Whether the runs have other lengths, or parts."""
    return len({tuple((name, a.shape) for name, a in sorted(r.arrays.items())) for r in records}) > 1


def as_total(total: Any, arrays: Arrays) -> np.ndarray | None:
    """Steps that were run, as recorded or up to the last entry. ValueError if they end before it."""
    last = total_of(arrays)
    if total is None:
        return last
    found = steps_of(np.reshape(total, (1,)), 1, "total_steps")[0]
    if last is not None and found < last:
        raise ValueError(f"`total_steps` is {found}, but the last entry is at step {last}")
    return np.asarray(found, np.int64)


def rows_in_parts(count: int, most: int) -> tuple[list[int], int]:
    """Where parts of at most `most` of `count` rows start, and their size; the last may overlap the one before."""
    parts = max(1, -(-count // most))
    size = -(-count // parts)
    return [min(i * size, count - size) for i in range(parts)], size


def joined_rows(parts: Sequence[Any], starts: Sequence[int], size: int) -> Any:
    """The pytrees of parts that start there as one of all rows; without an axis of rows the first stands for all."""
    if len(parts) == 1:
        return parts[0]
    overlaps = [max(0, before + size - start) for before, start in itertools.pairwise(starts)]
    skip = [0, *overlaps]

    def join(*leaves: np.ndarray) -> np.ndarray:
        if not np.ndim(leaves[0]):
            return leaves[0]
        return np.concatenate([leaf[n:] for leaf, n in zip(leaves, skip, strict=True)])

    return jax.tree.map(join, *parts)


def fingerprint(record: Record) -> bytes | None:
    """What only copies of a run share: its returns, bit for bit; None if they are all equal, as of solved tasks."""
    values = record.arrays[record.primary][primary_mask(record)]
    if not (values != values[:1]).any():
        return None
    return hashlib.blake2b(f"{values.dtype}{values.shape}".encode() + values.tobytes(), digest_size=16).digest()
