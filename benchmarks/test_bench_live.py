"""Training with reduced updates, with the live bar, and with diagnostics, against the same training without.

pytest benchmarks/test_bench_live.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import importlib
import io
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from rich.console import Console

import jaxviz as jv
from jaxviz import live

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SEEDS = 64


def example():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        return importlib.import_module("ppo")


SLICE, SLICE_EVALUATIONS = 40_960, 2
"""A fifth of the example's default training, with as many evaluations per step as it has."""
CONFIG = example().Config(total_steps=8_192, evaluations=2, rollouts=2)


def training(seeds=SEEDS, config=CONFIG, **options):
    """Seeds of the example: the compiled program, its keys, and the processor seconds of tracing and compiling."""
    one = example().make_train(config, **options)
    keys = jax.random.split(jax.random.key(0), seeds)
    start = time.process_time()
    compiled = jax.jit(jax.vmap(one, in_axes=(0, None, None))).lower(keys, 2.5e-3, 0.01).compile()
    return compiled, keys, time.process_time() - start


def run(program):
    compiled, keys, _ = program
    return jax.block_until_ready(compiled(keys, 2.5e-3, 0.01))


@pytest.fixture(scope="module")
def stacked():
    """Every step's info, and nothing of jaxviz for it."""
    return training(keep_episodes=True, reported=False)


@pytest.fixture(scope="module")
def reduced():
    return training(keep_episodes=False)


def size(*trees):
    return sum(leaf.nbytes for leaf in jax.tree.leaves(trees))


def test_metrics_take_fifty_times_less_memory(stacked, reduced):
    """All that is kept of the updates, losses on both sides; the rollout is 128 steps x 8 environments here."""
    whole, few = run(stacked), run(reduced)
    factor = size(whole["metrics"], whole["losses"]) / size(few["metrics"])
    print(f"\nmetrics and losses: {factor:.0f} times smaller")
    assert factor > 50


@pytest.fixture(scope="module")
def logger(tmp_path_factory):
    """A logger whose store is open and whose drainer works."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAXVIZ_JOURNAL", str(folder / "journal"))
        with jv.MLflowLogger("watched", f"sqlite:///{folder}/mlflow.db", quiet=True) as logger:
            logger.log_training_metrics({"warm": 1.0}, 0)
            assert logger.flush()
            yield logger


def watched(program, sink):
    console = Console(file=io.StringIO(), force_terminal=True)
    with live.watch(CONFIG.total_steps, sink=sink, target=475.0, console=console) as watch:
        run(program)
    assert watch.calls == CONFIG.updates


@pytest.mark.benchmark(group="training 64 seeds")
def test_training_in_turn(in_turn, stacked, reduced, logger):
    """Stacked info, reduced updates nobody watches, and reduced updates with bar and MLflow at 10 Hz, in turn."""
    ways = {
        "stacked": lambda: run(stacked),
        "reduced": lambda: run(reduced),
        "watched": lambda: watched(reduced, logger),
    }
    compiling = {"ratio of compiling reduced to stacked": reduced[2] / stacked[2]}
    in_turn(ways, rounds=4, seeds=SEEDS, steps=CONFIG.total_steps, **compiling)


@pytest.mark.parametrize("runs", [1, 64, 4096])
def test_host_calls_do_not_grow_with_the_runs(runs):
    def one(x):
        return jax.lax.scan(lambda total, i: (total, live.report(i, {"return": total + i})), x, jnp.arange(20))[1]

    with live.watch(20) as watch:
        jax.block_until_ready(jax.jit(jax.vmap(one))(jnp.arange(float(runs))))
    assert watch.calls == 20


@pytest.mark.benchmark(group="training 16 seeds with everything the example measures")
def test_diagnostics_in_turn(in_turn):
    """The example as it comes (losses, evaluations, policy sample), against its loop returning only the returns."""
    config = example().Config(total_steps=SLICE, evaluations=SLICE_EVALUATIONS)
    whole, bare = (training(16, config, returns_only=only) for only in (False, True))
    ways = {"returns only": lambda: run(bare), "everything": lambda: run(whole)}
    in_turn(ways, rounds=4, seeds=16, steps=SLICE, evaluations=config.evaluations)
