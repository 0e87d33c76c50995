"""Score tables for tests across runs: the real ones, and drawn ones with ties, holes and offsets."""

import json
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

RUNS, TASKS = 6, 3


def atari_100k(folder: Path, algorithm: str) -> np.ndarray:
    """Human-normalised scores [100 runs, 26 games], games in alphabetical order."""
    raw = json.loads((folder / f"atari_100k_{algorithm}.json").read_text())
    reference = json.loads((folder / "atari_random_human.json").read_text())
    games = sorted(raw)
    scores = np.stack([np.asarray(raw[game], np.float64) for game in games], axis=1)
    low, high = (np.array([reference[game][who] for game in games]) for who in ("random", "human"))
    return (scores - low) / (high - low)


@st.composite
def tables(draw, runs=RUNS, tasks=TASKS):
    """(scores [run, task], valid): every task keeps one run; ties, infinities of either sign, offsets."""
    values = draw(st.sampled_from([st.integers(-3, 3), st.floats(-50, 50, width=32)]))
    size = runs * tasks
    x = np.array(draw(st.lists(values, min_size=size, max_size=size)), np.float64).reshape(runs, tasks)
    flags = draw(st.lists(st.booleans() | st.just(True), min_size=size, max_size=size))
    valid = np.array(flags, bool).reshape(runs, tasks)
    valid[draw(st.integers(0, runs - 1))] = True
    return x + draw(st.sampled_from([0.0, 1e6])), valid
