"""Wrong objects for every required argument of every public function: a result, or an error that names the argument.

The functions are found by walking the public rooms, so a new one is covered as soon as it is public.
"""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple, get_args, get_origin, is_typeddict

import jax
import numpy as np
import pandas as pd
import pytest

import jaxviz as jv
from tests.marks import exhaustive

ROOMS = ("", "stats", "plots", "report", "live", "tracking", "view", "inputs")
FLAT = np.linspace(0.0, 1.0, 12, dtype=np.float32)


@cache
def run() -> jv.TrainingRun:
    return jv.from_arrays(np.random.default_rng(0).normal(size=(3, 24)).astype(np.float32))


@cache
def analysis() -> jv.Analysis:
    return jv.analyze(run(), groups=("performance",))


@cache
def summary() -> jv.Aggregate:
    return jv.aggregate(analysis(), jax.random.key(0), reps=20)


OBJECTS: dict[str, Callable[[], Any]] = {
    "list": lambda: [1.0, 2.0, 3.0],
    "nested": lambda: [[1.0, 2.0], [3.0]],
    "empty": list,
    "dict": lambda: {"a": FLAT, "b": FLAT},
    "none": lambda: None,
    "string": lambda: "returns",
    "number": lambda: 3,
    "row": lambda: FLAT,
    "cube": lambda: np.ones((2, 3, 2, 3), np.float32),
    "words": lambda: np.array(["a", "b"]),
    "objects": lambda: np.array([{}, None], object),
    "frame": lambda: pd.DataFrame({"returns": FLAT, "step": np.arange(12)}),
    "run": run,
    "analysis": analysis,
    "aggregate": summary,
    "function": lambda: len,
}
"""What people hold, and give to an argument that wants something else."""

FILLERS: dict[str, Callable[[], Any]] = {
    "key": lambda: jax.random.key(0),
    "statistic": lambda: jv.stats.iqm,
    "run": run,
    "runs": analysis,
    "analysis": analysis,
    "window": lambda: 3,
    "total": lambda: 12,
    "reached": lambda: FLAT > 0.5,
    "done": lambda: FLAT[:, None] > 0.5,
    "valid": lambda: FLAT > 0.5,
    "flag": lambda: FLAT > 0.5,
}
"""The other arguments; numbers, and data of one shape, are right for most."""
RIGHT = {("compare", "dict")}
"""Functions, and what they take beside the fillers."""
NUMBERS = ("target", "alpha", "q", "cutoff", "delta", "threshold", "horizon", "share", "level", "low", "high", "n", "m")


class Wrong(NamedTuple):
    """A function, and one of its arguments that is wrong."""

    name: str
    call: Callable[..., Any]
    argument: str
    kind: str


def public(room: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in room.__all__:
        found = getattr(room, name)
        if callable(found) and not isinstance(found, ModuleType) and not is_typeddict(found):
            yield f"{room.__name__.removeprefix('jaxviz').lstrip('.')}.{name}".lstrip("."), found


@cache
def functions() -> dict[str, Callable[..., Any]]:
    """Every public function and constructor once, under its first name."""
    named: dict[int, tuple[str, Callable[..., Any]]] = {}
    for room in ROOMS:
        for name, call in public(importlib.import_module(f"jaxviz.{room}".rstrip("."))):
            named.setdefault(id(call), (name, call))
    return dict(named.values())


def required(call: Callable[..., Any]) -> list[inspect.Parameter]:
    """The arguments without a default; of a function that has none its first."""
    parameters = [p for p in inspect.signature(call).parameters.values() if p.kind is not p.VAR_KEYWORD]
    return [p for p in parameters if p.default is p.empty] or parameters[:1]


def wrongs(names: list[str]) -> Iterator[Wrong]:
    for name in names:
        for parameter in required(functions()[name]):
            for kind in OBJECTS:
                if not is_right(name, parameter, kind):
                    yield Wrong(name, functions()[name], parameter.name, kind)


def is_right(name: str, parameter: inspect.Parameter, kind: str) -> bool:
    """What the argument wants, so that the whole function would be compiled and run."""
    return OBJECTS[kind] is filler_of(parameter) or (name, kind) in RIGHT


def filler_of(parameter: inspect.Parameter, folder: Path = Path()) -> Callable[[], Any]:
    """What makes a right value of an argument."""
    if parameter.name in FILLERS:
        return FILLERS[parameter.name]
    if parameter.name in ("path", "save_dir"):
        return lambda: folder / "made"
    if get_origin(parameter.annotation) is Literal:
        return lambda: get_args(parameter.annotation)[0]
    if parameter.name in NUMBERS:
        return lambda: 0.5
    return (lambda: FLAT[:, None]) if parameter.name == "scores" else OBJECTS["row"]


def made_of(wrong: Wrong, folder: Path) -> Any:
    """Call the function with the wrong object in its place."""
    positional, named = [], {}
    for parameter in required(wrong.call):
        bad = parameter.name == wrong.argument
        value = OBJECTS[wrong.kind]() if bad else filler_of(parameter, folder)()
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            positional.append(value)
    return wrong.call(*positional, **named)


def fault(wrong: Wrong, folder: Path, call: Callable[..., Any]) -> str | None:
    """What is wrong with the answer to a wrong object; None: nothing."""
    try:
        call(lambda: made_of(wrong, folder))
    except (ValueError, TypeError) as error:
        known = type(error) in (ValueError, TypeError)
        if known and any(re.search(rf"`{name}\b", str(error)) for name in inspect.signature(wrong.call).parameters):
            return None  # `argument`, or another with which it does not go together
        return f"{type(error).__name__}: {error}"
    except FileNotFoundError as error:
        return None if wrong.argument == "path" and wrong.kind == "string" else str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def traced(call: Callable[[], Any]) -> None:
    """Run it while JAX traces: nothing is compiled."""
    for make in (run, analysis, summary):  # not there: they are kept
        make()
    jax.eval_shape(lambda: (call(), None)[1])


def faults(names: list[str], folder: Path, run_it: Callable[[Callable[[], Any]], Any], drop: tuple[str, ...] = ()):
    found = {}
    for wrong in wrongs(names):
        if wrong.kind not in drop and (why := fault(wrong, folder, run_it)) is not None:
            found[f"{wrong.name}, `{wrong.argument}` is {wrong.kind}"] = why
    return found


def rooms(*wanted: str) -> list[str]:
    return [name for name in functions() if name.partition(".")[0] in wanted]


DRAWN = ("list", "dict", "string", "nested", "row", "cube", "number", "frame", "run", "analysis", "aggregate")
"""What figures can draw, which takes seconds each."""
TAKEN = ("list", "number", "row", "cube", "aggregate")
"""What most kernels take, and then trace to their end, or refuse as they refuse an Analysis."""
KERNELS = rooms("stats")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Files that a wrong path makes are made in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("drop", [TAKEN, exhaustive(())], ids=["refused", "all"])
@pytest.mark.parametrize("part", range(4))
def test_kernels_name_the_argument(part, drop, tmp_path):
    assert faults(KERNELS[part::4], tmp_path, traced, drop) == {}


@pytest.mark.filterwarnings("ignore")
def test_readers_and_edges_name_the_argument(tmp_path):
    edges = [name for name in functions() if "." not in name] + rooms("live", "tracking", "inputs")
    assert faults(edges, tmp_path, lambda call: call()) == {}


@pytest.mark.filterwarnings("ignore")
def test_figures_pages_and_views_name_the_argument(tmp_path):
    assert faults(rooms("plots", "report", "view"), tmp_path, lambda call: call(), DRAWN) == {}


@pytest.mark.exhaustive
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", rooms("plots", "report", "view"))
def test_figures_draw_or_name_the_argument(name, tmp_path):
    assert faults([name], tmp_path, lambda call: call()) == {}


def test_every_public_function_is_tried():
    assert {"analyze", "stats.iqm", "plots.plot_training_curves", "report.write", "tracking.sync"} <= {*functions()}
    assert len(functions()) > 200


STREAMS: dict[str, Callable[[], Any]] = {
    "RunningMoments": lambda: jv.stats.RunningMoments.init(),
    "RunningWeightedMean": lambda: jv.stats.RunningWeightedMean.init(),
    "RunningExponentialMean": lambda: jv.stats.RunningExponentialMean.init(0.1),
    "RunningWindow": lambda: jv.stats.RunningWindow.init(4),
    "RunningDrawdown": lambda: jv.stats.RunningDrawdown.init(),
    "RunningPageHinkley": lambda: jv.stats.RunningPageHinkley.init(0.1, 1.0),
    "RunningHistogram": lambda: jv.stats.RunningHistogram.init(np.linspace(0, 1, 5)),
    "QuantileSketch": lambda: jv.stats.QuantileSketch.init(),
    "RunningEpisodes": lambda: jv.stats.RunningEpisodes.init(2),
    "RunningEntropy": lambda: jv.stats.RunningEntropy.init(3),
    "RunningPolicyKL": lambda: jv.stats.RunningPolicyKL.init(),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", STREAMS)
def test_accumulators_name_the_argument(name):
    state, found = STREAMS[name](), {}
    for method in ("update", "merge"):
        call = getattr(state, method, None)
        if call is None:
            continue
        first, *rest = required(call)
        for kind in ("dict", "none", "string", "words", "frame", "run", "function"):
            try:
                call(OBJECTS[kind](), *(FLAT for _ in rest))
            except (ValueError, TypeError) as error:
                names = [first.name, *(one.name for one in rest)]
                if not any(re.search(rf"`{one}\b", str(error)) for one in names):
                    found[method, kind] = str(error)
            except Exception as error:
                found[method, kind] = f"{type(error).__name__}: {error}"
    assert found == {}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda bad: jv.stats.RunningExponentialMean.init(bad), "alpha"),
        (lambda bad: jv.stats.RunningWindow.init(bad), "window"),
        (lambda bad: jv.stats.RunningHistogram.init(bad), "edges"),
        (lambda bad: jv.stats.RunningEpisodes.init(bad), "envs"),
        (lambda bad: jv.stats.RunningEntropy.init(bad), "actions"),
        (lambda bad: jv.stats.RunningPageHinkley.init(bad, 1.0), "delta"),
        (lambda bad: jv.stats.RunningHistogram.init(np.linspace(0, 1, 5)).finalize(bad), "q"),
    ],
)
@pytest.mark.parametrize("kind", ["dict", "none", "string", "run"])
def test_accumulators_name_what_they_are_made_of(make, argument, kind):
    with pytest.raises((ValueError, TypeError), match=f"`{argument}"):
        make(OBJECTS[kind]())
