"""Quantiles of Hartigan's dip of uniform samples, the table in `jaxviz/stats/_engine/_dip_table.py`.

`python -m benchmarks.dip_table` prints it in some ten minutes.
"""

import jax
import numpy as np
import typer

from jaxviz.stats import dip_test
from jaxviz.stats._engine._dip_table import TAILS

SAMPLES = {20: 200_000, 50: 100_000, 100: 60_000, 200: 12_000, 500: 4_000, 1000: 2_000}
"""Samples of up to so many runs are drawn so often: of few runs there are more in the wild."""
SIZES = (*range(4, 21), 23, 26, 30, 35, 42, 50, 65, 80, 100, 140, 200, 500, 1000)


def dips(key: jax.Array, n: int, samples: int) -> np.ndarray:
    """The dips of uniform samples of n."""

    def one(key: jax.Array) -> jax.Array:
        return dip_test(jax.random.uniform(key, (n,))).statistic

    return np.asarray(jax.jit(lambda keys: jax.lax.map(one, keys, batch_size=128))(jax.random.split(key, samples)))


def row(n: int) -> str:
    """n and the quantiles of √n·D, in units of 1e-4."""
    samples = next(count for most, count in SAMPLES.items() if n <= most)
    found = np.quantile(dips(jax.random.key(n), n, samples), 1 - np.array(TAILS))
    return " ".join(f"{value:4.0f}" for value in (n, *np.sqrt(n) * found * 1e4))


def main() -> None:
    """Print a row for every size."""
    for n in SIZES:
        print(row(n), flush=True)


if __name__ == "__main__":
    typer.run(main)
