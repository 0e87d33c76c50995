"""Where a program rounds to half precision, seen in its trace: nothing may be computed from what it has rounded."""

from collections.abc import Iterator, Sequence
from typing import Any

HALF = ("float16", "bfloat16")
SINGLE = ("float32", "float64")


def used_after_rounding(closed: Any) -> list[Any]:
    """Equations of a closed program that widen, or decide from, a value which it rounded to half precision itself.

    Without one, every result in half precision is that of the same program in single precision, rounded once.
    """
    return _follow(closed.jaxpr, [False] * len(closed.jaxpr.invars))[1]


def _kind(v: Any) -> str:
    return str(getattr(v.aval, "dtype", None))


def _follow(jaxpr: Any, given: Sequence[bool]) -> tuple[list[bool], list[Any]]:
    """Which results of a program hold rounded values, and the equations that use one."""
    is_rounded = dict(zip(jaxpr.invars, given, strict=True))
    found = []
    for equation in jaxpr.eqns:
        taken = [not hasattr(v, "val") and is_rounded.get(v, False) for v in equation.invars]
        results, inside = _through(equation, taken)
        found += inside
        is_rounded.update(zip(equation.outvars, results, strict=True))
    return [not hasattr(v, "val") and is_rounded.get(v, False) for v in jaxpr.outvars], found


def _through(equation: Any, taken: list[bool]) -> tuple[list[bool], list[Any]]:
    inner = list(_programs(equation, taken))
    if not inner:
        rounds = any(_kind(v) in SINGLE for v in equation.invars)
        results = [_kind(v) in HALF and (rounds or any(taken)) for v in equation.outvars]
        wider = any(taken) and any(_kind(v) not in HALF for v in equation.outvars)
        return results, [equation] if wider else []
    results, found = [False] * len(equation.outvars), []
    for program, given in inner:
        ends, inside = _follow(program, given)
        found += inside
        if len(ends) == len(results):  # not the condition of a loop
            results = [a or b for a, b in zip(results, ends, strict=True)]
    return results, found


def _programs(equation: Any, taken: list[bool]) -> Iterator[tuple[Any, list[bool]]]:
    """The programs inside an equation, with what each is given: a branch is not given its index."""
    if equation.primitive.name == "while":
        n = equation.params["cond_nconsts"]
        body = equation.params["body_jaxpr"].jaxpr
        given = _carried(body, taken[n:])
        condition = equation.params["cond_jaxpr"].jaxpr
        yield condition, [*taken[:n], *given[len(given) + n - len(condition.invars) :]]
        yield body, given
        return
    for value in equation.params.values():
        for one in value if isinstance(value, tuple | list) else (value,):
            program = getattr(one, "jaxpr", one)
            if hasattr(program, "eqns"):
                given = taken[len(taken) - len(program.invars) :]
                yield program, _carried(program, given) if equation.primitive.name == "scan" else given


def _carried(body: Any, given: list[bool]) -> list[bool]:
    """What the second round of a loop is given: what has the type of a rounded result may be that result."""
    kinds = {str(v.aval) for v, end in zip(body.outvars, _follow(body, given)[0], strict=True) if end}
    return [x or str(v.aval) in kinds for x, v in zip(given, body.invars, strict=True)]
