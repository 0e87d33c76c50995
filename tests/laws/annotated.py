"""Law cases and accumulators, traced so that annotations are checked; run by `tests/laws/checker.py`."""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import TypeCheckError

from jaxviz import stats
from tests.laws.collect import Named, all_cases
from tests.precision import float64

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

STREAMS = 300
"""Enough for the kernels that treat many streams in another way than few."""


def trace(call: Callable[..., object], *arguments: object) -> None:
    """Run `call` on abstract arrays: annotations are checked, nothing is compiled."""
    jax.eval_shape(call, *arguments)


def trace_numpy(named: Named) -> None:
    """NumPy arrays reach the kernel as they are."""
    trace(lambda: named.case.call(named.data("float32"), named.valid()))


def trace_jit(named: Named, dtype: str) -> None:
    trace(named.case.call, named.data(dtype), named.valid())


def trace_half(named: Named) -> None:
    """Annotations hold in half precision too, as far as JAX supports it: some of its functions do not."""
    try:
        trace_jit(named, "float16")
    except TypeCheckError:
        raise
    except (TypeError, ValueError, NotImplementedError):
        return


def trace_double(named: Named) -> None:
    with float64():
        trace_jit(named, "float64")


def trace_vmap(named: Named) -> None:
    """Many streams at once: batching rules are traced too."""
    data, valid = named.data("float32"), named.valid()
    many = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (STREAMS, *leaf.shape)), (data, valid))
    trace(jax.vmap(named.case.call, in_axes=(0, None if valid is None else 0)), *many)


def trace_grad(named: Named) -> None:
    """Differentiation rules are traced too."""

    def total(data: object) -> jax.Array:
        leaves = [x for x in jax.tree.leaves(named.case.call(data, named.valid())) if x.dtype == np.float32]
        return sum((jnp.sum(x) for x in leaves), jnp.float32(0))

    if named.case.differentiable:
        trace(jax.grad(total, allow_int=True), named.data("float32"))


def check(named: Named) -> None:
    trace_numpy(named)
    trace_vmap(named)
    trace_grad(named)
    trace_half(named)
    trace_double(named)


X, VALID = np.arange(12, dtype=np.float32), np.arange(12) % 3 > 0
POLICY = np.full((12, 4), 0.25, np.float32)
REWARD, DONE = X.reshape(4, 3), VALID.reshape(4, 3)
ACCUMULATORS: dict[str, Callable[[], object]] = {
    "RunningMoments": lambda: whole(stats.RunningMoments.init().update(X, valid=VALID)).finalize(ddof=1),
    "RunningWeightedMean": lambda: whole(stats.RunningWeightedMean.init((12,)).update(X, 2.0)).finalize(),
    "RunningEntropy": lambda: whole(stats.RunningEntropy.init(4).update(POLICY, valid=VALID)).finalize(),
    "RunningPolicyKL": lambda: whole(stats.RunningPolicyKL.init().update(POLICY, POLICY, valid=VALID)).finalize(),
    "RunningHistogram": lambda: whole(stats.RunningHistogram.init(X).update(X, valid=VALID)).finalize(X / 12),
    "QuantileSketch": lambda: whole(stats.QuantileSketch.init().update(X, valid=VALID)).finalize(0.5),
    "RunningExponentialMean": lambda: whole(
        stats.RunningExponentialMean.init(0.1).update(X[0], valid=VALID[0])
    ).finalize(),
    "RunningWindow": lambda: whole(stats.RunningWindow.init(5).update(X[0], valid=VALID[0])).finalize().mean(),
    "RunningDrawdown": lambda: whole(stats.RunningDrawdown.init().update(X[0], valid=VALID[0])).finalize(),
    "RunningPageHinkley": lambda: stats.RunningPageHinkley.init(0.1, 1.0).update(X[0], valid=VALID[0]).finalize(),
    "RunningEpisodes": lambda: whole(
        stats.RunningEpisodes.init(3).update(REWARD, DONE).update(REWARD[0], DONE[0])
    ).finalize(),
    "Population": lambda: stats.should_stop(stats.Population.init(12, 5).update(X, valid=VALID), target=3.0),
}
"""Updated from NumPy arrays, merged and finalized."""


def whole(state):
    """An accumulator merged with another of its kind."""
    return state.merge(state)


def traces() -> Iterator[tuple[str, str, Callable[[], None]]]:
    """(kernel or class, name of the case, its trace)."""
    for named in all_cases():
        yield named.kernel, named.id, partial(check, named)
    for name, call in ACCUMULATORS.items():
        yield name, f"{name}-0", partial(trace, call)


def violations(kernels: list[str]) -> Iterator[tuple[str, str]]:
    for kernel, case, run in traces():
        if kernels and kernel not in kernels:
            continue
        try:
            run()
        except Exception as error:
            yield case, f"{type(error).__name__}: {error}"


def report(kernels: list[str]) -> None:
    """Print the violations by case as one JSON object; of all kernels if none is named."""
    json.dump(dict(violations(kernels)), sys.stdout, indent=1)
