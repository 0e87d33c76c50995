"""How often the interval of a performance profile holds the truth, with few runs.

`python -m benchmarks.profiles` prints the table: each task has its own known distribution, so the share of runs above
a score is known. Normal runs stand for all: what a profile counts does not change with the scale of the scores. The
same command prints the same table.
"""

from functools import partial
from itertools import product
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import typer
from rich.progress import track
from scipy import optimize
from scipy import stats as theory

from jaxviz.stats.across_runs._profiles import profile_ends

RUNS, TASKS = (3, 5, 10), (1, 5, 26)
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
LEVEL = 0.95
APART = {"alike": 0.0, "apart": 2.0}
"""Standard deviation of the tasks' centres, in those of their runs."""


def coverage(apart: float, runs: int, tasks: int, experiments: int) -> np.ndarray:
    """[share] in %: how many experiments hold the true share of runs above a score, at the scores of `SHARES`."""
    rng = np.random.default_rng(0)
    centres = apart * np.sort(rng.normal(size=tasks))

    def above(z: float) -> float:
        return float(np.mean(theory.norm.sf(z - centres)))

    scores: list[Any] = [optimize.brentq(lambda z, share=share: above(z) - share, -30, 30) for share in SHARES]
    x = centres[:, None] + rng.normal(size=(experiments, tasks, runs))
    counts = np.stack([(x > score).sum(axis=2) for score in scores], axis=-1)
    low, high = _ends(jnp.asarray(counts, jnp.int32), jnp.full((experiments, tasks), runs, jnp.int32))
    held = (low <= np.array(SHARES)) & (np.array(SHARES) <= high)
    return 100 * held.mean(axis=0)


def _ends(counts: jax.Array, runs: jax.Array) -> tuple[np.ndarray, np.ndarray]:
    ends = jax.jit(partial(profile_ends, tasks=jnp.ones(runs.shape[1], bool), level=jnp.asarray(LEVEL)))
    _, low, high = ends(counts, runs)
    return np.asarray(low), np.asarray(high)


def main(experiments: Annotated[int, typer.Option(help="of each cell", min=1)] = 4000) -> None:
    """Print the coverage in %, at shares of 5, 25, 50, 75 and 95 %."""
    print(f"| tasks are | tasks | runs | {' | '.join(f'{share:.0%}' for share in SHARES)} |")
    print(f"|{'---|' * (len(SHARES) + 3)}")
    for (name, apart), tasks, runs in track(list(product(APART.items(), TASKS, RUNS))):
        if tasks > 1 or name == "alike":
            cells = " | ".join(f"{share:.1f}" for share in coverage(apart, runs, tasks, experiments))
            print(f"| {name} | {tasks} | {runs} | {cells} |")


if __name__ == "__main__":
    typer.run(main)
