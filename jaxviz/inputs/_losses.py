"""Losses as codebases hand them over -> names and arrays."""

from collections.abc import Mapping
from typing import Any

from . import _fields

_PPO = ("value_loss", "actor_loss", "entropy", "ratio", "approx_kl", "clip_frac")
"""What PPO of PureJaxRL (three) and JaxMARL (six) returns beside the total loss, in their order."""


def named_losses(losses: Any, owner: str = "losses") -> dict[str, Any]:
    """Losses by name: a mapping (nested names joined by "/"), PPO's ``(total_loss, (value_loss, actor_loss, entropy))``
    or one array, which is called "loss". ValueError for any other tuple of series: they have no names.
    """
    if isinstance(losses, Mapping) or hasattr(losses, "_asdict"):
        opened = {name: _opened(value, f"{owner}[{name!r}]") for name, value in _items(losses, owner)}
        return _fields.flatten_names(opened)
    if not isinstance(losses, tuple) or all(isinstance(x, int | float) for x in losses):
        return {"loss": losses}
    if len(losses) == 2 and isinstance(losses[1], tuple) and len(losses[1]) in (3, len(_PPO)):
        total, others = losses
        return {"total_loss": total, **dict(zip(_PPO, others, strict=False))}
    raise ValueError(
        f"`{owner}` is a tuple of {len(losses)} series without names: give a mapping name -> [..., update], "
        "or PPO's (total_loss, (value_loss, actor_loss, entropy))"
    )


def _items(losses: Any, owner: str) -> Any:
    return _fields.as_mapping(losses, owner).items()


def _opened(value: Any, owner: str) -> Any:
    """Named losses of a part of the loss; anything else as it is."""
    series = isinstance(value, tuple) and not all(isinstance(x, int | float) for x in value)
    return named_losses(value, owner) if series or hasattr(value, "_asdict") else value
