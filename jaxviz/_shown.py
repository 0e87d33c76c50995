"""What results show of themselves: their numbers, in a few lines.

Whole results are told in the words of the view, which stands above them: it is named here and loaded when somebody
looks.
"""

import importlib
from dataclasses import fields
from typing import Any

import equinox as eqx
import jax
from jax.core import Tracer

_WORDS, _NOTEBOOKS = "view._describe", "view._in_html"
_MOST_LINES, _WIDTH = 40, 100
_LISTED, _ENDS = 6, 3
"""Numbers that are all listed; of more, so many at the beginning, and the last."""


class Result(eqx.Module):
    """A result that shows its numbers; what is traced or on other machines shows shapes, as every pytree."""

    def __repr__(self) -> str:
        return shown(self)


class Told(Result):
    """A result that the view has words for."""

    def __repr__(self) -> str:
        return _told(self)

    def _repr_html_(self) -> str | None:
        """For notebooks; None, of what has no numbers here: they show the text then."""
        try:
            return _in_html(self) if is_known(self) else None
        except Exception:  # as for `repr`
            return None


def _in_html(result: Any) -> str:
    return importlib.import_module(f"{__package__}.{_NOTEBOOKS}").in_html(result)


def _told(result: Any) -> str:
    try:
        if not is_known(result):
            return eqx.tree_pformat(result)
        lines = importlib.import_module(f"{__package__}.{_WORDS}").describe(result).splitlines()
    except Exception:  # of parts that somebody replaced: what is shown must not fail
        return eqx.tree_pformat(result)
    more = len(lines) - _MOST_LINES
    rest = [f"  … and {more} more lines: print(jv.describe(...))"] if more > 0 else []
    return "\n".join([*lines[:_MOST_LINES], *rest])


def shown(result: Any) -> str:
    """`Name(field=number, …)`, with the beginning and the end of arrays."""
    if not is_known(result):
        return eqx.tree_pformat(result)
    return _shown(jax.device_get(result))


def is_known(result: Any) -> bool:
    """Whether all numbers are here, and not only their shapes."""
    return all(
        not isinstance(leaf, jax.Array) or (not isinstance(leaf, Tracer) and _is_here(leaf))
        for leaf in jax.tree.leaves(result)
    )


def _is_here(leaf: jax.Array) -> bool:
    return leaf.is_fully_addressable and not leaf.is_deleted()


def _shown(value: Any) -> str:
    if isinstance(value, eqx.Module):
        return _module(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_shown(part)}' for key, part in value.items())}}}"
    if getattr(value, "shape", None) is None or not hasattr(value, "tolist"):
        return repr(value)
    return _array(value)


def _module(value: eqx.Module) -> str:
    """On one line if it fits, else a line for each field."""
    if type(value).__repr__ not in (Result.__repr__, Told.__repr__, eqx.Module.__repr__):
        return repr(value)  # it has its own
    known = [(field.name, getattr(value, field.name)) for field in fields(value)]
    parts = [f"{name}={_shown(part)}" for name, part in known if part is not None]
    name, line = type(value).__name__, ", ".join(parts)
    if len(line) + len(name) <= _WIDTH and "\n" not in line:
        return f"{name}({line})"
    inside = "".join(f"  {part}\n".replace("\n", "\n  ").removesuffix("  ") for part in parts)
    return f"{name}(\n{inside})"


def _array(value: Any) -> str:
    if value.dtype.kind not in "biuf":
        return f"{value.dtype}{list(value.shape)}"
    flat = value.ravel()
    if value.ndim == 0:
        return _number(flat[0])
    if value.dtype.kind == "b" and value.size > _LISTED:
        return f"{int(value.sum())} of {' x '.join(map(str, value.shape))} true"
    if value.size <= _LISTED:
        return f"[{', '.join(map(_number, flat))}]"
    return f"[{', '.join(map(_number, flat[:_ENDS]))}, … {_number(flat[-1])}] ({' x '.join(map(str, value.shape))})"


def _number(x: Any) -> str:
    kind = getattr(getattr(x, "dtype", None), "kind", "f")
    return str(x.item()) if kind in "biu" else f"{float(x):.4g}"
