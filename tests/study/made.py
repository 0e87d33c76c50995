"""Studies of made-up runs."""

import numpy as np

from jaxviz.study import ManifestRow, RunData, StreamData, Study


def episodes(seed: int, size: int, *, every: int = 10) -> RunData:
    """A run of that many episodes."""
    rng = np.random.default_rng(seed)
    return RunData(episodes=StreamData(rng.normal(size=size), every * np.arange(1, size + 1), np.full(size, every)))


def evaluations(seed: int, size: int, rollouts: int = 3) -> RunData:
    rng = np.random.default_rng(seed)
    return RunData(evaluation=StreamData(rng.normal(size=(size, rollouts)), 100 * np.arange(1, size + 1)))


def rows(*, seeds: int = 3) -> tuple[list[ManifestRow], list[RunData]]:
    """Two algorithms on two tasks with two learning rates each, of other lengths."""
    made, data = list[ManifestRow](), list[RunData]()
    for algorithm in ("PPO", "DQN"):
        for task in ("CartPole-v1", "Acrobot-v1"):
            for lr in ("3e-4", "1e-3"):
                for seed in range(seeds):
                    source = f"runs/{algorithm}/{task}/{lr}/{seed}.monitor.csv"
                    unit = "environment steps"
                    made.append(ManifestRow(algorithm, task, {"lr": lr}, seed, source, "SB3 monitor", unit=unit))
                    data.append(episodes(len(made), 5 + len(made)))
    return made, data


def study(*, seeds: int = 3) -> Study:
    return Study.of_rows(*rows(seeds=seeds))
