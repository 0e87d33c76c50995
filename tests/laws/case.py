"""What a law test needs to know about one public kernel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Arrays = Any


def noisy_curve(rng: np.random.Generator) -> np.ndarray:
    """37 returns that rise, fall back and repeat values: the default stream of a case."""
    x = 50 * np.tanh(np.linspace(0, 3, 37)) + rng.normal(0, 6, 37)
    x[5:8] = x[5]
    return x


Equivariance = Literal["location", "dispersion", "invariant"]


@dataclass(frozen=True)
class Case:
    """One kernel under one setting.

    call:  (data, valid) → result pytree. `data` is an array or a pytree of arrays; `valid` a boolean mask over the
           entries (leading axis) of every array in `data`, or None where `masked` is False.
    data:  rng → data in float64 NumPy; floating leaves are cast to the dtype under test.
    masked:        the kernel takes `valid`: the padding laws apply.
    empty:         what a fully invalid stream gives in floating leaves: "nan" (docs/statistics.md, 1.2), or "any" if
                   the kernel's entry there says otherwise (the module's own tests then assert it).
    differentiable: gradients of the floating results with respect to `data` must be finite where values are.
    equivariance:  under x → a·x + b, a > 0, of the floating results: "location" (a·f + b), "dispersion" (a·f),
                   "invariant" (f), or None (not applicable).
    float32:       relative tolerance of float32 against float64.
    """

    call: Callable[[Arrays, Any], Any]
    data: Callable[[np.random.Generator], Arrays] = noisy_curve
    masked: bool = True
    empty: Literal["nan", "any"] = "nan"
    differentiable: bool = True
    equivariance: Equivariance | None = None
    float32: float = 2e-5


def bounds(interval):
    """What the laws speak of: not the level, which is not NaN where the interval is."""
    return interval.estimate, interval.low, interval.high, interval.n
