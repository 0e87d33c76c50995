"""Entries of mappings under the names that codebases give them."""

from collections.abc import Mapping
from typing import Any

from .._nested import flat_items
from .._types import Array
from ..host import as_array, is_frame

MASKS = ("returned_episode", "is_terminal_step")
CURVES = (
    "returned_episode_returns", "episode_returns", "episode_return", "mean_episode_return", "returns", "return",
    "returns_mean", "eval/returns", "eval/returns_mean", "eval_returns", "test_returned_episode_returns",
    "test/returned_episode_returns", "test_returns", "eval/episode_reward",
)  # fmt: skip
"""Returns of which there is one number per update."""
CURVE_STEPS = ("env_step", "env_steps", "global_step", "timesteps", "iter/frames", "num_env_steps", "num_steps", "step")
COUNTERS = {
    "env_step", "env_steps", "epochs", "fps", "frames", "global_step", "grad_steps", "num_env_steps", "num_steps",
    "step", "steps", "steps_per_second", "time_delta", "timestep", "timesteps", "update_count", "update_step",
    "update_steps", "updates", "wall_time",
}  # fmt: skip
"""Entries that count or time the training: nothing about how it went."""
RETURNS = ("returned_episode_returns", "returns", "episode_return")
LENGTHS = ("returned_episode_lengths", "lengths", "episode_length")
VALID = ("returned_episode_valid",)
TIMESTEP = ("timestep",)
STREAM_KEYS = (MASKS, RETURNS, LENGTHS, VALID, TIMESTEP)


def as_mapping(x: Any, name: str) -> Mapping[str, Any]:
    """A dict, NamedTuple, dataclass or flax struct as a mapping; ValueError for anything else."""
    if isinstance(x, Mapping):
        return x
    if hasattr(x, "_asdict"):
        return x._asdict()
    if hasattr(x, "__dataclass_fields__"):
        return {field: getattr(x, field) for field in x.__dataclass_fields__}
    if is_frame(x):
        raise ValueError(
            f"`{name}` is a table: name its columns, jv.from_dataframe(frame, returns=..., step=..., run=...)"
        )
    if isinstance(x, list | tuple) and x and (isinstance(x[0], Mapping) or hasattr(x[0], "_asdict")):
        raise ValueError(
            f"`{name}` must be one mapping of arrays, got a {type(x).__name__} of {len(x)}: read each of them, then "
            "join them: stack_runs([...]) if they are runs, join_chunks([...]) if they are parts of one training"
        )
    raise ValueError(f"`{name}` must be a mapping of arrays, got {type(x).__name__}")


def find(mapping: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, Any] | None:
    """The first of `names` that is there, with its value."""
    return next(((name, mapping[name]) for name in names if mapping.get(name) is not None), None)


def optional(mapping: Mapping[str, Any], names: tuple[str, ...], owner: str) -> Array | None:
    """The array under the first of `names` that is there, else None."""
    found = find(mapping, names)
    return None if found is None else as_array(found[1], f"{owner}[{found[0]!r}]")


def required(mapping: Mapping[str, Any], names: tuple[str, ...], owner: str) -> tuple[str, Array]:
    """The array under the first of `names`, with its name in messages; ValueError if none is there."""
    found = find(mapping, names)
    if found is None:
        raise ValueError(f"`{owner}` has none of the keys {', '.join(map(repr, names))}; it has {_listing(mapping)}")
    label = f"{owner}[{found[0]!r}]"
    return label, as_array(found[1], label)


def required_mask(mapping: Mapping[str, Any], owner: str) -> tuple[str, Array]:
    """The key and the array of the mask of finished episodes; ValueError if there is none."""
    found = find(mapping, MASKS)
    if found is None:
        if "done_mask" in mapping or any(str(key).startswith("agent/train/") for key in mapping):
            raise ValueError(f"`{owner}` has logs of navix, with running sums in them: use from_navix({owner})")
        raise ValueError(
            f"`{owner}` has none of the keys {', '.join(map(repr, MASKS))}, which say where an episode ended; it has "
            f"{_listing(mapping)}. Are they means per update? Then use from_curves({owner}), or "
            "from_curves(returns, step=..., losses=...)"
        )
    return found[0], as_array(found[1], f"{owner}[{found[0]!r}]")


def _listing(mapping: Mapping[str, Any]) -> str:
    return ", ".join(repr(key) for key in mapping) or "no keys"


def flatten_names(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Nested mappings as ``{"a/b": array}``; None is left out."""
    return {name: value for name, value in flat_items(tree) if value is not None}


def last_name(name: str) -> str:
    """The part behind the last "/"."""
    return name.rsplit("/", 1)[-1]
