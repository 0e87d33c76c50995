"""Comparisons that are written down, and a way to look at whether words stay in the figure."""

import numpy as np
import pytest

from jaxviz.comparison import BETTER, EQUAL, UNDECIDED, WORSE
from tests.comparison.made import comparison

HOSTILE = ("n" * 60 + " with many words in it" * 2, "a$b$c_x", "_private", "模型算法一二三（基线）", "</b>\x07", "PPO")


@pytest.fixture(scope="module")
def hostile():
    """Six names that are hard to write; one algorithm has no number at all."""
    verdicts = np.resize([BETTER, UNDECIDED, WORSE, EQUAL, UNDECIDED], 15)
    tasks = ("CartPole " * 8, "任务二", "_t$1$", "d")
    return comparison(HOSTILE, (1.0, 2.0, 2.2, 3.5, np.nan, 4.0), verdicts, tasks=tasks, margin=0.3)


@pytest.fixture(scope="module")
def forty():
    """Forty algorithms on 57 tasks."""
    names = [f"agent {i} with lr={10.0 ** -(i % 5)}" for i in range(40)]
    return comparison(names, np.linspace(0, 3, 40), tasks=[f"Environment-{i}-v0" for i in range(57)])
