"""PPO on CartPole-v1: seeds x configurations in one jitted call, then everything jaxviz does with the result.

uv run --extra examples examples/cartpole_ppo.py --help
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from ppo import Config, make_train

if TYPE_CHECKING:  # the heavy libraries are imported where they are used, so that --help answers at once
    import jax

    from jaxviz import MLflowLogger


def train_grid(
    config: Config, key: jax.Array, seeds: int, grid: list[tuple[float, float]], *, keep_episodes: bool = True
) -> dict[str, Any]:
    """All configurations x seeds in one jitted call; every array leads with [configuration, seed]."""
    import jax
    import jax.numpy as jnp

    learning_rates, entropy_coefs = jnp.array(grid).T
    over_seeds = jax.vmap(make_train(config, keep_episodes=keep_episodes), in_axes=(0, None, None))
    over_grid = jax.jit(jax.vmap(over_seeds, in_axes=(None, 0, 0)))
    return jax.block_until_ready(over_grid(jax.random.split(key, seeds), learning_rates, entropy_coefs))


def main(
    seeds: Annotated[int, typer.Option(min=1, help="Seeds per configuration.")] = 16,
    steps: Annotated[int, typer.Option(min=2048, help="Environment steps per seed.")] = 200_000,
    learning_rates: Annotated[str, typer.Option(help="Comma-separated.")] = "0.0025,0.005",
    entropy_coefs: Annotated[str, typer.Option(help="Comma-separated.")] = "0,0.01",
    target: Annotated[float, typer.Option(help="Return that counts as solved.")] = 475.0,
    window: Annotated[int | None, typer.Option(min=1, help="Entries in the trailing mean.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for figures and the saved run.")] = Path("outputs/cartpole_ppo"),
    seed: Annotated[int, typer.Option(help="Seed of the random key.")] = 0,
    mlflow: Annotated[bool, typer.Option(help="Log the run to MLflow.")] = True,
    keep_episodes: Annotated[
        bool, typer.Option(help="Keep every episode; without, a few numbers per update, and the window counts updates.")
    ] = True,
) -> None:
    """Train PPO on CartPole-v1 over seeds and configurations, then analyse, draw, save and log the result."""
    rates, coefs = _numbers(learning_rates, "--learning-rates"), _numbers(entropy_coefs, "--entropy-coefs")
    grid = list(itertools.product(rates, coefs))
    labels = [f"lr={rate:g} ent={coef:g}" for rate, coef in grid]
    config = Config(total_steps=steps)
    hyperparameters = {**config._asdict(), "seeds": seeds, "learning_rates": rates, "entropy_coefs": coefs}

    with stage("importing JAX"):
        import jax

        import jaxviz as jv
    key_train, key_aggregate = jax.random.split(jax.random.key(seed))
    with jv.MLflowLogger("cartpole-ppo") if mlflow else nullcontext() as logger:
        if logger:
            logger.start_run(f"ppo {len(grid)} x {seeds}")
            logger.log_hyperparameters(hyperparameters)
        out = _train(config, key_train, seeds, grid, keep_episodes=keep_episodes, target=target, logger=logger)
        with stage("analysing"):
            run = jv.from_purejaxrl(out)
            analysis = jv.analyze(run, windows=window, target=target)
            summary = jv.aggregate(analysis, key_aggregate)
            table = jv.describe(summary, labels=labels)
        with stage("saving and drawing"):
            saved = jv.save_run(output / "run", run, metadata={"labels": labels, "target": target, **hyperparameters})
            figures = jv.plots.create_comprehensive_analysis(run, output, window=window, target=target, labels=labels)
        if logger:
            with stage("logging to MLflow"):
                parameters = [{"learning_rate": rate, "entropy_coef": coef} for rate, coef in grid]
                logger.log_run(run, window=window, target=target, labels=labels, parameters=parameters)

    print(f"\nPPO on CartPole-v1, {config.updates * config.envs * config.steps:,} steps per seed\n{table}\n")
    print(f"run      {saved}")
    for path in figures.values():
        print(f"figure   {path}")
    print(f"again    uv run jaxviz analyze {saved} -o {output} --target {target:g}")
    if mlflow:
        print("MLflow   uv run --extra mlflow jaxviz ui")


def _train(
    config: Config,
    key: jax.Array,
    seeds: int,
    grid: list[tuple[float, float]],
    *,
    keep_episodes: bool,
    target: float,
    logger: MLflowLogger | None,
) -> dict[str, Any]:
    """Train behind a progress bar that moves while the one compiled program runs, and say how fast it was."""
    from jaxviz import live

    batch = config.envs * config.steps
    total = len(grid) * seeds * config.updates * batch
    title = f"training {len(grid)} configurations x {seeds} seeds in one call"

    def stream(metrics: dict[str, float], step: int) -> None:
        if logger:
            logger.log_training_metrics({f"live/{name}": value for name, value in metrics.items()}, step)

    start = time.perf_counter()
    with live.watch(config.updates * batch, steps_per_update=1, target=target, sink=stream, title="training"):
        out = train_grid(config, key, seeds, grid, keep_episodes=keep_episodes)
    seconds = time.perf_counter() - start
    print(f"{title}: {seconds:.1f} s")
    print(f"  {total:,} environment steps, {total / seconds:,.0f} per second with compilation")
    return out


@contextmanager
def stage(title: str) -> Iterator[None]:
    """Say what is being done, with a spinner on a terminal, and how long it took."""
    from rich.console import Console

    start = time.perf_counter()
    with Console().status(title):
        yield
    print(f"{title}: {time.perf_counter() - start:.1f} s", flush=True)


def _numbers(text: str, option: str) -> list[float]:
    """Comma-separated numbers of an option."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"expected comma-separated numbers, got {text!r}", param_hint=option) from None


if __name__ == "__main__":
    typer.run(main)
