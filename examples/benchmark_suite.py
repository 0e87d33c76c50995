"""Three algorithms on four tasks, ten seeds each: trained behind one live bar, compared, and held by a gate.

    uv run --extra examples examples/benchmark_suite.py --help

PPO, A2C and DQN train on tasks of gymnax from easy to hard, each in one jitted call over its seeds. The verdicts are
printed, written as Markdown and JSON, and logged to MLflow beside every run. Then PPO is changed twice, as in a pull
request: a learning rate thirty times as high must not pass the gate, a little more entropy must. With `--baseline` the
suite itself must pass it against the runs of before; the exit code is 1 if an algorithm is worse.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import dqn
import ppo
import typer

if TYPE_CHECKING:  # the heavy libraries are imported where they are used, so that --help answers at once
    import jax

    import jaxviz as jv

TASKS = {"Catch-bsuite": 51_200, "CartPole-v1": 204_800, "Acrobot-v1": 204_800, "MountainCar-v0": 307_200}
"""Environment steps of each run. jaxviz has reference scores of all of them: 0 is random play, 1 a solved task."""
VALUES = {
    "PPO": {"learning_rate": 2.5e-3, "entropy_coef": 0.01},
    "A2C": {"learning_rate": 2.5e-3, "entropy_coef": 0.01},
    "DQN": {"learning_rate": 1e-3, "final_epsilon": 0.05},
}
"""The hyper-parameters that a change does not compile anew: one setting of each algorithm for all tasks."""
MARGIN = 0.1
"""A tenth of the way from random play to a solved task, on average over tasks: four in ten of one task that breaks."""
EXPERIMENT = "benchmark-suite"


class Change(NamedTuple):
    """Other values of an algorithm, and what the gate must say of them."""

    algorithm: str
    values: dict[str, float]
    passes: bool

    def __str__(self) -> str:
        return f"{self.algorithm} with {', '.join(f'{name}={value:g}' for name, value in self.values.items())}"


CHANGES = (
    Change("PPO", {"learning_rate": 7.5e-2}, passes=False),
    Change("PPO", {"entropy_coef": 0.012}, passes=True),
)


class Plan(NamedTuple):
    """What is trained: the algorithms with their values, the tasks with their steps, and the seeds."""

    algorithms: dict[str, dict[str, float]]
    tasks: dict[str, int]
    seeds: int

    @property
    def steps(self) -> int:
        """Environment steps of one seed of every cell."""
        return len(self.algorithms) * sum(self.tasks.values())


def main(
    algorithms: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(VALUES),
    tasks: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(TASKS),
    seeds: Annotated[int, typer.Option(min=2, help="Seeds of every algorithm on every task.")] = 10,
    scale: Annotated[float, typer.Option(help="Share of the usual environment steps.")] = 1.0,
    change: Annotated[list[str] | None, typer.Option(help="Another value: PPO.learning_rate=0.075.")] = None,
    baseline: Annotated[Path | None, typer.Option(help="The study.npz of before.", exists=True)] = None,
    margin: Annotated[float, typer.Option(help="Shortfall that the gate lets pass.")] = MARGIN,
    show_gate: Annotated[bool, typer.Option(help="Train PPO with two changes, and gate them.")] = True,
    mlflow: Annotated[bool, typer.Option(help="Log to MLflow.")] = True,
    seed: Annotated[int, typer.Option(help="Seed of the random key.")] = 0,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder.")] = Path("outputs/benchmark_suite"),
) -> None:
    """Train the suite, compare its algorithms, and let the gate decide."""
    import jax

    import jaxviz as jv

    begun = time.perf_counter()
    key_train, key_changes, key_compare = jax.random.split(jax.random.key(seed), 3)
    values = _changed(_chosen(VALUES, algorithms, "--algorithms"), change or [])
    steps = {task: _rounded(scale * full) for task, full in _chosen(TASKS, tasks, "--tasks").items()}
    plan = Plan(values, steps, seeds)
    study = jv.Study(train(plan, key_train))
    named = study.without(*study.axes)  # each algorithm has one setting: its name is enough
    comparison = jv.compare(named, key_compare, margin=margin) if len(plan.algorithms) > 1 else None
    curves = jv.compare_curves(named, key_compare) if comparison is not None else None
    print(f"\n{jv.describe(comparison or study)}\n")
    for path in written(study, comparison, curves, output):
        print(f"wrote    {path}")
    if mlflow:
        logged(plan, study, comparison, curves)
    ends = [gate(study.select(algorithm=name), jv.Study.load(baseline), margin) for name in values] if baseline else []
    if show_gate and "PPO" in plan.algorithms:
        ends += [shown(one, plan, study, key_changes, margin, output) for one in CHANGES]
    print(f"\nall of it: {time.perf_counter() - begun:.0f} s")
    raise typer.Exit(0 if all(ends) else 1)


@cache
def program(algorithm: str, task: str, steps: int) -> Any:
    """(keys [seed], values) → the result of every seed, in one compiled program."""
    import jax

    size = {"task": task, "total_steps": steps}
    actor_critic = {**size, "policy_samples": 0}
    single = {"steps": 16, "epochs": 1, "minibatches": 1, "gae_lambda": 1.0, "normalize": False}
    one = {
        "PPO": lambda: ppo.make_train(ppo.Config(**actor_critic), keep_episodes=False),
        "A2C": lambda: ppo.make_train(ppo.Config(**actor_critic, **single), keep_episodes=False),
        "DQN": lambda: dqn.make_train(dqn.Config(**size)),
    }[algorithm]()
    return jax.jit(jax.vmap(lambda key, values: one(key, **values), in_axes=(0, None)))


def train(plan: Plan, key: jax.Array) -> dict[jv.Cell, jv.TrainingRun]:
    """Cell → its runs [seed], with one bar for all of them, which counts environment steps of a seed."""
    import jax

    import jaxviz as jv

    keys = jax.random.split(key, plan.seeds)
    runs = {}
    with jv.live.watch(plan.steps, steps_per_update=1, title=EXPERIMENT) as watch:
        for name, values in plan.algorithms.items():
            for task, steps in plan.tasks.items():
                cell, start = jv.Cell(name, task, values), time.perf_counter()
                watch.begin(f"{name} on {task}", steps)
                runs[cell] = jv.from_purejaxrl(jax.block_until_ready(program(name, task, steps)(keys, values)))
                print(f"{name} on {task}: {time.perf_counter() - start:.1f} s", flush=True)
    return runs


def written(study: jv.Study, comparison: jv.Comparison | None, curves: jv.Curves | None, folder: Path) -> list[Path]:
    """The files of the study, of each algorithm for `jaxviz compare`, and of the comparison with its page."""
    import jaxviz as jv

    folder.mkdir(parents=True, exist_ok=True)
    saved = [study.save(folder / "study.npz")]
    saved += [study.select(algorithm=name).save(folder / f"{name}.npz") for name in study.algorithms]
    if comparison is None:
        return saved
    texts = {"verdicts.md": jv.view.to_markdown(comparison), "comparison.json": jv.view.to_json(comparison)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    saved += [*(folder / name for name in texts), comparison.save(folder / "comparison.npz")]
    return [*saved, jv.report.write(comparison, folder / "verdict.html", curves=curves)]


def logged(plan: Plan, study: jv.Study, comparison: jv.Comparison | None, curves: jv.Curves | None) -> None:
    """MLflow: a run for every cell, one with the study, one with the comparison."""
    import jaxviz as jv

    jv.tracking.log_study(study, EXPERIMENT, figures=False, quiet=True)
    if comparison is not None:
        with jv.MLflowLogger(EXPERIMENT, quiet=True) as logger:
            logger.start_run("comparison")
            logger.log_hyperparameters(plan._asdict())
            logger.log_comparison(comparison, curves=curves)
    print("MLflow   uv run --extra mlflow jaxviz ui")


def gate(new: jv.Study, baseline: jv.Study, margin: float) -> bool:
    """Whether the runs of one algorithm are not worse than those of before, and why not.

    By the mean over tasks: the IQM leaves out the worst quarter of the runs, as those of the one task that broke.
    """
    import jaxviz as jv

    (name,) = new.algorithms
    try:
        jv.testing.assert_not_worse(new, baseline.select(algorithm=name), margin=margin, estimator="mean")
    except AssertionError as worse:
        print(f"gate     {name}: {str(worse).partition(chr(10) * 2)[0]}")
        return False
    print(f"gate     {name}: not worse than the baseline (a shortfall up to {margin:g} is allowed)")
    return True


def shown(change: Change, plan: Plan, baseline: jv.Study, key: jax.Array, margin: float, folder: Path) -> bool:
    """Whether the gate says of a change what it must; other seeds train it than trained the baseline."""
    import jaxviz as jv

    print(f"\nchanged: {change}")
    values = {change.algorithm: plan.algorithms[change.algorithm] | change.values}
    study = jv.Study(train(plan._replace(algorithms=values), key))
    print(f"wrote    {study.save(folder / f'{change.algorithm}-{next(iter(change.values))}.npz')}")
    passes = gate(study, baseline, margin)
    print(f"         the gate {'lets it pass' if passes else 'stops it'}, as it {_must(change.passes == passes)}")
    return passes == change.passes


def _must(right: bool) -> str:
    return "must" if right else "must not"


def _chosen(known: Mapping[str, Any], names: str, option: str) -> dict[str, Any]:
    """Those of the names, comma-separated, in their order."""
    wanted = names.split(",")
    if unknown := [name for name in wanted if name not in known]:
        raise typer.BadParameter(f"expected some of {', '.join(known)}, got {unknown[0]!r}", param_hint=option)
    return {name: known[name] for name in wanted}


def _changed(values: Mapping[str, Mapping[str, float]], changes: Sequence[str]) -> dict[str, dict[str, float]]:
    """The hyper-parameters with others in place of some: `PPO.learning_rate=0.075`."""
    found = {name: dict(own) for name, own in values.items()}
    for text in changes:
        place, _, number = text.partition("=")
        algorithm, _, name = place.partition(".")
        try:
            found[algorithm][name] = float(number) if name in found[algorithm] else float(name)
        except (KeyError, ValueError):
            known = ", ".join(f"{one}.{name}" for one, own in values.items() for name in own)
            raise typer.BadParameter(f"expected NAME=NUMBER of {known}; got {text!r}", param_hint="--change") from None
    return found


def _rounded(steps: float) -> int:
    """Whole updates of all algorithms: multiples of 1024, ten at least."""
    return max(10, round(steps / 1024)) * 1024


if __name__ == "__main__":
    typer.run(main)
