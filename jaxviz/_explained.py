"""`explained`: an error from the depths becomes one that names the argument and the call to make.

A call that succeeds pays nothing: arguments are looked at only when the function has failed.
"""

import difflib
import inspect
import sys
import sysconfig
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, NoReturn, ParamSpec, TypeVar, Unpack, get_args, get_origin, get_type_hints

P = ParamSpec("P")
R = TypeVar("R")
_DEPTHS = (
    AttributeError, KeyError, IndexError, ZeroDivisionError, OverflowError, RecursionError, NotImplementedError,
    AssertionError, UnboundLocalError, TypeError, ValueError,
)  # fmt: skip
_BELOW = ("numpy", "struct")
"""Modules whose own kinds of errors say nothing of arguments."""
_LIBRARIES = tuple({str(Path(path)) for path in sysconfig.get_paths().values()})
_PACKAGE = str(Path(__file__).parent)


def explained(call: Callable[P, R]) -> Callable[P, R]:
    """Decorate a public function: whatever it fails with names the argument, what was expected and what came.

    Its own errors that name an argument pass as they are, and so do those of functions that the caller handed over.
    On `__check_init__` of a Module the arguments are its fields.
    """

    @wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except Exception as error:
            if "jax" in sys.modules and _any_axes().refused_for_axes(error, args, kwargs):
                return _any_axes().on_automatic_axes(wrapper, args, kwargs)
            _explain(call, args, kwargs, error)

    @wraps(call)
    def keyed(*args: P.args, **kwargs: P.kwargs) -> R:
        key = kwargs.get("key", args[place] if len(args) > place else _NO_KEY)
        if key is not _NO_KEY and not _is_key(key):
            _explain(call, args, kwargs, TypeError("no random key"))
        return wrapper(*args, **kwargs)

    names = inspect.unwrap(call).__code__.co_varnames
    place = names.index("key") if "key" in call.__annotations__ else 0
    made = keyed if "key" in call.__annotations__ else wrapper
    if "words" in call.__annotations__:
        made.__dict__["__signature__"] = _signature(call)
    return made


_NO_KEY = object()


def _signature(call: Callable[..., Any]) -> inspect.Signature:
    """The signature of a call, in which `**words: Unpack[Words]` is the arguments that it stands for."""
    signature = inspect.signature(call)
    last = next((p for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), None)
    if last is None or get_origin(last.annotation) is not Unpack:
        return signature
    kinds: Mapping[str, Any] = get_type_hints(get_args(last.annotation)[0])
    words = [inspect.Parameter(name, last.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in kinds.items()]
    return signature.replace(parameters=[p for p in signature.parameters.values() if p is not last] + words)


def _any_axes() -> ModuleType:
    """Loaded late: the drainer decorates too, and starts without JAX."""
    from . import _any_axes as module

    return module


def _is_key(key: Any) -> bool:
    """Whether it can be a key of either kind. Checked beforehand: a result that needs no draw would take any seed."""
    return str(getattr(key, "dtype", "")).startswith(("key<", "uint32"))


def _explain(call: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], error: Exception) -> NoReturn:
    """Raise what `call` should have raised: `error` itself, or one that names an argument."""
    from jax.errors import JAXIndexError, JAXTypeError  # here: the drainer decorates too, and starts without JAX

    from . import _kinds

    traced = isinstance(error, JAXTypeError | JAXIndexError)
    if not (traced or type(error) in _DEPTHS or type(error).__module__.startswith(_BELOW)):
        raise error
    constructor = call.__name__ == "__check_init__"
    signature = inspect.signature(type(args[0])) if constructor else _signature(call)
    try:
        bound = vars(args[0]) if constructor else signature.bind(*args, **kwargs).arguments
    except TypeError as why:
        raise TypeError(_misfit(call.__name__, signature, args, kwargs, _kinds.wanted) or str(why)) from None
    if (swapped := _kinds.swapped(bound, signature)) is not None:
        raise TypeError(swapped) from None
    fault = _kinds.fault(bound, signature)
    own = isinstance(error, ValueError | TypeError) and any(_names(error, name) for name in signature.parameters)
    if own and not (fault and fault.sure):
        raise error
    if fault is not None:
        raise (TypeError if fault.kind else ValueError)(fault.words) from None
    if traced or _in_foreign_code(error.__traceback__):
        raise error
    given = ", ".join(f"`{name}` {_kinds.described(value)}" for name, value in bound.items())
    reason = str(error) or type(error).__name__
    kind = TypeError if isinstance(error, TypeError) else ValueError
    raise kind(f"{call.__name__} cannot read {given or 'no arguments'}: {reason}") from error


def _names(error: Exception, name: str) -> bool:
    text = str(error)
    return any(f"`{name}{end}" in text for end in "`[.(")


def _misfit(
    name: str,
    signature: inspect.Signature,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    wanted: Callable[[Any], str],
) -> str | None:
    """Why arguments do not fit a signature, if one is missing or unknown."""
    known = signature.parameters
    for unknown in (word for word in kwargs if word not in known):
        near = difflib.get_close_matches(unknown, known, n=1, cutoff=0.5)
        others = ", ".join(f"`{word}`" for word in known)
        return f"{name}() has no argument `{unknown}`; " + (
            f"did you mean `{near[0]}`?" if near else f"it has {others}"
        )
    given = signature.bind_partial(*args[: len(known)], **kwargs).arguments if len(args) <= len(known) else known
    missing = [p for p in known.values() if p.name not in given and p.default is p.empty]
    needed = ", ".join(f"`{p.name}`{'' if p.annotation is Any else f' ({wanted(p.annotation)})'}" for p in missing)
    return f"{name}() needs {needed}" if missing else None


def _in_foreign_code(trace: TracebackType | None) -> bool:
    """Whether the error came out of code that is neither ours nor of an installed library: a caller's function."""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith((_PACKAGE, *_LIBRARIES, "<")):
            return True
        trace = trace.tb_next
    return False
