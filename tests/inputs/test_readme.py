"""The table "You have X, call Y" of the README: every call of a reader, on a result of that shape."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jaxviz as jv
from tests.inputs.test_brax import training
from tests.inputs.test_navix import logs
from tests.inputs.test_readers import info
from tests.known import known

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
TABLE = README[README.index("## You have X, call Y") : README.index("Returns per update come under")]
FILES_AND_MORE = ("from_mlflow", "load_run")
"""What needs a store or a file has tests of its own."""
CALLS = [
    (row, call)
    for row in TABLE.splitlines()
    for call in re.findall(r"`(jv\.from_\w+\([^`]*\))", row)
    if "..." not in call and not any(name in call for name in FILES_AND_MORE)
]


def things(row, call):
    """What the user of that row has, by the names in the call."""
    metrics = info(3, 5, 16, 4)
    agents = {name: np.stack([x] * 3, -1) for name, x in metrics.items()}
    flat = {name: x.reshape(*x.shape[:-2], -1) for name, x in agents.items()}
    curve = np.linspace(9, 1, 60).reshape(3, 20)
    rollouts = np.arange(96).reshape(3, 4, 8)
    tidy = pd.DataFrame({"seed": np.repeat(range(3), 20), "step": np.tile(np.arange(20), 3), "return": curve.ravel()})
    return {
        "out": {"metrics": flat if "agents=" in call else metrics},
        "info": agents if "agent" in call else metrics,
        "result": ("train_state", (rollouts, rollouts / 2)),
        "algorithm": {"eval_freq": 100, "num_envs": 4, "num_steps": 16},
        "logs": logs(batch=(3,)),
        "calls": [training(1.0, 2.0, 3.0)] * 3,
        "returns": curve,
        "env_step": np.arange(20),
        "losses": {"value_loss": curve},
        "metrics": {"best_fitness": curve, "returned_episode_returns": curve, "env_step": np.arange(20)},
        "frame": tidy,
        "wide": pd.DataFrame({"step": np.arange(20), "PPO 0": curve[0], "PPO 1": curve[1]}),
    }


@pytest.mark.parametrize(("row", "call"), CALLS, ids=[call for _, call in CALLS])
def test_it_reads_three_seeds(row, call):
    run = eval(call, {"jv": jv, **things(row, call)})
    assert run.batch_shape in ((3,), (3, 3), (2,))
    assert (run.metric, run.minimize) == (("cost", True) if "cost" in call else ("return", False))


def test_the_table_has_every_reader():
    readers = {name for name in jv.__all__ if name.startswith("from_")}
    assert readers == {known(re.search(r"from_\w+", call))[0] for call in re.findall(r"`jv\.from_\w+\(", TABLE)}
