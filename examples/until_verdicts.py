"""Seeds added until the verdicts stand: learning rates of PPO on CartPole-v1, at looks that share the error.

    uv run --extra examples examples/until_verdicts.py --help

Each look trains, in one jitted call, only the seeds that `jv.next_seeds` asks for: those of learning rates that are in
an undecided pair. Looking again and again at 5 % until something is significant would be wrong in 13 % of experiments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from ppo import Config, make_train

if TYPE_CHECKING:
    import jax

    from jaxviz import Comparison, TrainingRun

TASK = "CartPole-v1"
Runs = dict[str, "TrainingRun"]


def main(
    learning_rates: Annotated[str, typer.Option(help="Comma-separated.")] = "0.0025,0.001,0.0001",
    looks: Annotated[str, typer.Option(help="Numbers of seeds at which to compare, comma-separated.")] = "3,5,8,12,20",
    steps: Annotated[int, typer.Option(min=2048, help="Environment steps per seed.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Seed of the random key.")] = 0,
) -> None:
    """Train, compare and go on with whom it needs, until every pair has a verdict or the last look is over."""
    import jax

    import jaxviz as jv

    numbers = [int(look) for look in looks.split(",")]
    key_train, key_compare = jax.random.split(jax.random.key(seed))
    runs: Runs = {}
    wanted = {f"lr={rate}": numbers[0] for rate in learning_rates.split(",")}
    while True:
        runs = train(Config(total_steps=steps, evaluations=1, rollouts=1), key_train, runs, wanted)
        comparison = compared(runs, key_compare, numbers)
        plan = jv.next_seeds(comparison)
        print(jv.describe(plan), flush=True)
        if plan.stop:
            break
        wanted = {name: tasks[TASK] for name, tasks in plan.further.items()}
    print(f"\n{jv.describe(comparison)}\n")
    trained = sum(run.batch_shape[0] for run in runs.values())
    print(f"{trained} runs trained, {numbers[-1] * len(runs)} would have been without looks")


def train(config: Config, key: jax.Array, runs: Runs, wanted: Mapping[str, int]) -> Runs:
    """The runs with so many more of each name, whose seeds go on from those that are there."""
    import jax

    import jaxviz as jv

    one = jax.jit(jax.vmap(make_train(config, reported=False), in_axes=(0, None, None)))
    for name, more in wanted.items():
        before = [runs[name]] if name in runs else []
        first = before[0].batch_shape[0] if before else 0
        keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(jax.numpy.arange(first, first + more))
        new = jv.from_purejaxrl(one(keys, float(name.removeprefix("lr=")), 0.01))
        runs = {**runs, name: jv.stack_runs([*before, new])}
    return runs


def compared(runs: Runs, key: jax.Array, looks: list[int]) -> Comparison:
    """The verdicts at what the plan leaves to this look."""
    import jaxviz as jv

    return jv.compare(jv.Study({name: {TASK: run} for name, run in runs.items()}), key, looks=looks)


if __name__ == "__main__":
    typer.run(main)
