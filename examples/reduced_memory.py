"""Before and after `jv.reduce_update`: the memory of the metrics of a vmapped PPO run, measured.

    uv run --extra examples examples/reduced_memory.py --help

Before, every step's info leaves the scan: [seed, update, step, env] × 3. After, `reduce_update` keeps a few numbers
per update: [seed, update] × 12. The losses count on both sides. Each way trains in a process of its own, so that its
peak memory can be told.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Annotated

import typer
from ppo import Config, make_train

WAYS = {"before": "info of every step", "after": "reduce_update"}


def main(
    seeds: Annotated[int, typer.Option(min=1, help="Seeds, vmapped.")] = 64,
    steps: Annotated[int, typer.Option(min=1024, help="Environment steps per seed.")] = 102_400,
    way: Annotated[str | None, typer.Option(help="Only one: before or after.")] = None,
) -> None:
    """Train both ways and print what each takes."""
    if way is not None:
        print(*measure(way == "before", seeds, steps))
        return
    print(f"{seeds} seeds x {steps:,} steps of PPO on CartPole-v1")
    taken = {name: _in_a_process(name, seeds, steps) for name in WAYS}
    for name, (metrics, peak) in taken.items():
        sizes = f"metrics {metrics / 1e6:>9,.3f} MB   peak of the process {peak / 1e6:>7,.0f} MB"
        print(f"{name:>7}  {WAYS[name]:<20} {sizes}")
    print(f"the metrics are {taken['before'][0] / taken['after'][0]:,.0f} times smaller")


def measure(keep_episodes: bool, seeds: int, steps: int) -> tuple[int, int]:
    """Bytes of the metrics and losses, and the most memory the process ever had."""
    import jax

    train = make_train(Config(total_steps=steps, evaluations=1, rollouts=1), keep_episodes=keep_episodes)
    keys = jax.random.split(jax.random.key(0), seeds)
    out = jax.block_until_ready(jax.jit(jax.vmap(train, in_axes=(0, None, None)))(keys, 2.5e-3, 0.01))
    metrics = sum(leaf.nbytes for leaf in jax.tree.leaves((out["metrics"], out.get("losses"))))
    unit = 1 if sys.platform == "darwin" else 1024
    return metrics, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _in_a_process(way: str, seeds: int, steps: int) -> tuple[int, int]:
    command = [sys.executable, __file__, "--seeds", str(seeds), "--steps", str(steps), "--way", way]
    metrics, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(metrics), int(peak)


if __name__ == "__main__":
    typer.run(main)
