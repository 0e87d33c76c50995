"""What an argument is and what its annotation asks for, in words: read only after a call has failed."""

import inspect
import types
from collections.abc import Callable, Mapping
from operator import index
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import jax
import jax.numpy as jnp
from jaxtyping import AbstractArray

from ._types import ArrayLike, PRNGKeyArray

_NUMBERS = "biufc"
_READERS = "jv.from_purejaxrl(out), jv.from_gymnax(info), jv.from_rejax(result) or jv.from_arrays(**data)"
_ANALYSE = "jv.analyze(run)"
_KEY = "jax.random.key(0)"
_DOORS: dict[str, dict[str, str]] = {
    "TrainingRun": {
        "array": "jv.from_arrays(returns)",
        "table": "jv.from_dataframe(frame, returns=..., step=..., run=...)",
        "mapping": _READERS,
        "str": "jv.load_run(path)",
        "Path": "jv.load_run(path)",
        "Analysis": "the run that it was made of",
        "Aggregate": "the run that it was made of",
        "runs": "jv.stack_runs(runs)",
        "results": "one entry at a time",
        "": "what a reader returns, e.g. jv.from_arrays(returns)",
    },
    "figure": {
        "str": "jv.load_run(path)",
        "Path": "jv.load_run(path)",
        "runs": "jv.stack_runs(runs)",
        "results": "one of them, or all to jv.plots.plot_learning_curve_comparison(results)",
    },
    "comparison": {
        "array": '{"name": array, ...}',
        "runs": '{"name": run, ...}',
        "TrainingRun": '{"name": run, ...}',
        "str": "jv.load_run(path)",
        "Path": "jv.load_run(path)",
        "": '{"name": jv.from_arrays(returns), ...}',
    },
    "named": {"": '{"name": result, ...}'},
    "part": {"str": "jv.load_run(path)", "Path": "jv.load_run(path)", "results": "one entry at a time"},
    "records": {
        "array": '{"rewards": returns}',
        "str": "jv.load_run(path)",
        "Path": "jv.load_run(path)",
        "Analysis": "the run that it was made of",
        "Aggregate": "the run that it was made of",
        "results": "one entry at a time",
        "": '{"rewards": returns}',
    },
    "Analysis": {
        "TrainingRun": "jv.analyze(run)",
        "runs": "jv.analyze(runs)",
        "results": "one entry at a time",
        "Aggregate": "the Analysis that it was made of",
        "": "jv.analyze(jv.from_arrays(returns))",
    },
    "Aggregate": {"Analysis": f"jv.aggregate(analysis, {_KEY})", "": f"jv.aggregate(analysis, {_KEY})"},
    "KaplanMeier": {"": "stats.kaplan_meier(step, reached)"},
    "Sweep": {"": "jv.analyze_sweep(study, key)"},
    "Comparison": {
        "str": "jv.comparison.Comparison.load(path)",
        "Path": "jv.comparison.Comparison.load(path)",
        "": "jv.compare(scores, jax.random.key(0))",
    },
    "array": {
        "TrainingRun": "run.episodes.returns, or jv.analyze(run) for every statistic",
        "Analysis": "one of its arrays, e.g. analysis.performance.final",
        "Aggregate": "one of its numbers, e.g. summary.performance.final.estimate",
        "Interval": "interval.estimate",
        "table": "one column, frame[name].to_numpy()",
        "mapping": "one entry at a time, {name: call(x) for name, x in data.items()}",
    },
}
"""What is expected → what came → the call to make; "" is anything else."""


class Fault(NamedTuple):
    """Why an argument cannot be used."""

    words: str
    kind: bool
    """It is another kind of object, not a wrong value or shape."""
    sure: bool = False
    """It holds no numbers where only numbers are taken: an error about its shape would mislead."""


def swapped(arguments: Mapping[str, Any], signature: inspect.Signature) -> str | None:
    """Which two arguments are in each other's place, in words; None: none."""
    asked = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    stream = next(iter(asked)) if _of_one_stream(signature) else ""
    for name in arguments:
        number = name == stream and _shape(arguments[name]) == ()
        if fits(arguments[name], asked[name]) and not number:
            continue
        for other in arguments:
            belongs = len(_shape(arguments[other]) or ()) == 1 if number else _surely(arguments[other], asked[name])
            if other != name and arguments[other] is not None and belongs and _surely(arguments[name], asked[other]):
                wants = "one stream [entry]" if number else wanted(asked[name])
                return (
                    f"`{name}` and `{other}` are swapped: `{name}` must be {wants}, got {described(arguments[name])}; "
                    f"`{other}` is {described(arguments[other])}"
                )
    return None


def fault(arguments: Mapping[str, Any], signature: inspect.Signature) -> Fault | None:
    """The first argument that is not what its annotation asks for."""
    asked = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    for name, value in _single(arguments, signature):
        if not fits(value, asked[name]):
            numbers = _has_numbers(value) and bool(_arrays(asked[name])) and not _is_key(asked[name])
            sure = not _has_numbers(value) and bool(_takes_arrays(asked[name])) and not isinstance(value, list | tuple)
            return Fault(_words(name, value, asked[name]), not numbers, sure)
    first = next(iter(signature.parameters), "")
    shape = _shape(arguments.get(first)) if _of_one_stream(signature) else None
    if shape is not None and len(shape) != 1:
        rest = "map over the other axes with jax.vmap" if len(shape) > 1 else "one number has no course"
        return Fault(f"`{first}` must be one stream [entry], got {described(arguments[first])}: {rest}", False)
    for name, value in _single(arguments, signature):
        if isinstance(value, list | tuple) and _takes_arrays(asked[name]):
            return Fault(f"`{name}` must be an array, got {described(value)}: give jnp.asarray({name})", True)
    return None


def _single(arguments: Mapping[str, Any], signature: inspect.Signature) -> list[tuple[str, Any]]:
    """Each argument with its value; of `*data` each of them."""
    found = []
    for name, value in arguments.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            found += [(name, one) for one in value]
        elif kind is not inspect.Parameter.VAR_KEYWORD:
            found.append((name, value))
    return found


def _of_one_stream(signature: inspect.Signature) -> bool:
    """A kernel of one stream: its mask has one axis, and its first argument is any array."""
    valid = signature.parameters.get("valid")
    first = next(iter(signature.parameters.values()), None)
    if valid is None or first is None or first.annotation != ArrayLike:
        return False
    return {len(array.dim_str.split()) for array in _arrays(valid.annotation)} == {1}


def refusal(name: str, value: Any, words: str, like: str) -> str:
    """Why `value` is not what is wanted, in `words`, and the call to make by the table `like` of `_DOORS`."""
    door = _DOORS[like].get(_came(value), _DOORS[like].get("", ""))
    return f"`{name}` must be {words}, got {described(value)}" + (f": give {door}" if door else "")


def _words(name: str, value: Any, asked: Any) -> str:
    door = _door(value, asked)
    return f"`{name}` must be {wanted(asked)}, got {described(value)}" + (f": give {door}" if door else "")


def _door(value: Any, asked: Any) -> str:
    """The call that makes what is expected of what came; "" if nobody knows."""
    if _is_key(asked):
        seed = value if isinstance(value, bool) or not hasattr(value, "__index__") else _seed(value)
        return f"jax.random.key({seed})" if type(seed) is int else _KEY
    expected = [one.__name__ for one in _members(asked) if inspect.isclass(one) and one.__name__ in _DOORS]
    table = _DOORS[expected[0]] if expected else _DOORS["array"] if _takes_arrays(asked) else {}
    return table.get(_came(value), table.get("", ""))


def _seed(value: Any) -> int | None:
    """A whole number as a seed that a key of 32 bits takes; None for anything else."""
    try:
        seed = index(value)
    except TypeError:
        return None
    return seed if -(2**31) <= seed < 2**32 else seed % 2**32


def _came(value: Any) -> str:
    """The word for a value under which `_DOORS` lists it."""
    if hasattr(value, "columns"):
        return "table"
    if isinstance(value, Mapping):
        return "results" if any(map(_is_result, value.values())) else "mapping"
    if isinstance(value, list | tuple) and any(map(_is_result, value)):
        return "runs"
    if isinstance(value, list | tuple) or _shape(value):
        return "array"
    name = type(value).__name__
    return "Path" if name.endswith("Path") else name


def _is_result(value: Any) -> bool:
    return type(value).__name__ in ("TrainingRun", "Analysis", "Aggregate", "View")


def described(value: Any) -> str:
    """A value in a few words: its kind, and of an array its dtype and shape."""
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return repr(value if len(value) < 40 else value[:37] + "...")
    if hasattr(value, "columns"):
        return f"a table with the columns {', '.join(map(str, list(value.columns)[:8]))}"
    if isinstance(value, Mapping):
        return f"a {type(value).__name__} of {', '.join(map(repr, list(value)[:8])) or 'nothing'}"
    if hasattr(value, "item") and hasattr(value, "nbytes") and not hasattr(value, "__len__"):
        return f"{value.item()!r} of type {value.dtype}"
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{value.dtype} of shape {tuple(value.shape)}"
    if isinstance(value, list | tuple):
        kinds = sorted({type(one).__name__ for one in value[:100]})
        return f"a {type(value).__name__} of {len(value)} {' and '.join(kinds)}".rstrip()
    if inspect.isroutine(value) or inspect.isclass(value):
        return f"the {'class' if inspect.isclass(value) else 'function'} {value.__name__}"
    return f"{'an' if type(value).__name__[0] in 'AEIOaeio' else 'a'} {type(value).__name__}"


def wanted(asked: Any) -> str:
    """What an annotation asks for, in words."""
    if _is_key(asked):
        return f"a random key, {_KEY}"
    arrays, others = _arrays(asked), [one for one in _members(asked) if one is not types.NoneType]
    if arrays:
        shape = arrays[0].dim_str.strip()
        return f"{_noun(arrays[0])} [{', '.join(shape.split())}]" if shape else "one number"
    if _takes_arrays(asked):
        return "an array of numbers"
    words = [_word(one) for one in others]
    return " or ".join(dict.fromkeys(words)) or "None"


def _noun(array: Any) -> str:
    kind = array.dtype.__name__
    return {"Bool": "booleans", "Int": "integers", "Integer": "integers"}.get(kind, "numbers")


def _word(one: Any) -> str:
    if get_origin(one) is Literal:
        return " or ".join(map(repr, get_args(one)))
    if (origin := get_origin(one)) is not None:
        if origin is Mapping:
            return "a mapping with a name for each"
        inner = [_word(arg) for arg in get_args(one) if arg not in (Any, Ellipsis) and inspect.isclass(arg)]
        plural = f" of {inner[-1].partition(' ')[2]}s" if inner else ""
        return "a function" if origin is Callable else f"a {origin.__name__.lower()}{plural}"
    name = getattr(one, "__name__", str(one)).removeprefix("Base")  # people know the class that is made of it
    return f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}"


def fits(value: Any, asked: Any) -> bool:
    """Whether a value can be what an annotation asks for; True where it does not say."""
    if _is_key(asked):
        return _is_a_key(value)
    return any(_fits_one(value, one) for one in _members(asked))


def _surely(value: Any, asked: Any) -> bool:
    """Whether an annotation asks for something, and the value is that."""
    return asked is not Any and asked is not inspect.Parameter.empty and fits(value, asked)


def _fits_one(value: Any, one: Any) -> bool:
    if one is Any or one is inspect.Parameter.empty or isinstance(one, TypeVar):
        return True
    if one is None or one is types.NoneType:
        return value is None
    if _is_array_type(one):
        return _fits_array(value, one)
    origin = get_origin(one)
    if origin is Literal:
        return isinstance(value, str | int | None) and value in get_args(one)
    if origin is Callable or one is Callable or getattr(origin, "__name__", "") == "Callable":
        return callable(value)
    if origin is not None:
        return _fits_collection(value, origin, get_args(one))
    if one is float:
        return isinstance(value, int | float) or _shape(value) == ()
    if not inspect.isclass(one) or getattr(one, "_is_protocol", False):
        return not _is_data(value) if getattr(one, "_is_protocol", False) else True
    try:
        return isinstance(value, one) or (one is int and _shape(value) == ())
    except TypeError:
        return True


def _fits_collection(value: Any, origin: Any, inner: tuple[Any, ...]) -> bool:
    try:
        if not isinstance(value, origin) or isinstance(value, str):
            return False
    except TypeError:
        return True
    entries = list(value.values())[:3] if isinstance(value, Mapping) else list(value)[:3] if _sized(value) else []
    return not inner or all(fits(entry, inner[-1] if inner[-1] is not Ellipsis else inner[0]) for entry in entries)


def _sized(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _fits_array(value: Any, one: Any) -> bool:
    shape = _shape(value)
    if shape is None:
        return False
    if not inspect.isclass(one) or not issubclass(one, AbstractArray):
        return True
    axes = one.dim_str.split()
    fixed = [axis for axis in axes if not axis.startswith(("*", "..."))]
    return len(shape) == len(fixed) if len(fixed) == len(axes) else len(shape) >= len(fixed)


def _shape(value: Any) -> tuple[int, ...] | None:
    """The shape of numbers of any kind; None if they are none, or not rectangular."""
    if isinstance(value, bool | int | float | complex):
        return ()
    if isinstance(value, list | tuple):
        inner = {_shape(one) for one in value}
        return None if None in inner or len(inner) > 1 else (len(value), *(inner.pop() or () if inner else ()))
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        return None
    if hasattr(value, "columns") or not hasattr(value, "shape"):
        return None
    kind = getattr(getattr(value, "dtype", None), "kind", "f")
    return tuple(value.shape) if kind in _NUMBERS or kind == "V" else None


def _has_numbers(value: Any) -> bool:
    return _shape(value) is not None


def _is_data(value: Any) -> bool:
    return not callable(value)


def _is_a_key(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return False
    return bool(jnp.issubdtype(dtype, jax.dtypes.prng_key)) or (dtype == jnp.uint32 and value.shape[-1:] == (2,))


def _is_key(asked: Any) -> bool:
    return asked == PRNGKeyArray


def _members(asked: Any) -> list[Any]:
    """The alternatives of an annotation."""
    if get_origin(asked) in (Union, types.UnionType):
        return [inner for one in get_args(asked) for inner in _members(one)]
    return [asked]


def _is_array_type(one: Any) -> bool:
    return inspect.isclass(one) and (
        issubclass(one, AbstractArray) or one.__name__ in ("ndarray", "Array", "WideSteps")
    )


def _arrays(asked: Any) -> list[Any]:
    """The annotations of arrays in an annotation."""
    return [one for one in _members(asked) if inspect.isclass(one) and issubclass(one, AbstractArray)]


def _takes_arrays(asked: Any) -> bool:
    return any(_is_array_type(one) for one in _members(asked))
