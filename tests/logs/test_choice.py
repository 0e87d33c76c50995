"""Which of several returns of a run is analysed, and what is said of the others."""

from typing import Any

import pytest

import jaxviz as jv
from jaxviz.host import to_host


def read(tmp_path, text, name="log.csv") -> Any:
    """The one run in a file: its data and its row."""
    (tmp_path / name).write_text(text)
    study = jv.read_logs(tmp_path)
    (run,), (row,) = study.cells.values(), study.manifest
    return to_host(run), row


@pytest.mark.parametrize(
    "names",
    [
        "step,Value/reward,Metrics/EpRet",
        "step,reward,ep_ret",
        "step,best_reward,current_reward",
        "step,value,team_reward",
    ],
)
def test_a_critic_a_reward_of_a_step_and_a_maximum_stand_back(tmp_path, names):
    run, _ = read(tmp_path, f"{names}\n10,.5,2\n20,.25,3\n")
    assert run.updates.total.tolist() == [[2, 3]]


def test_the_best_so_far_is_said_where_it_is_not_analysed(tmp_path):
    _, row = read(tmp_path, "step,best_reward,current_reward\n10,5,2\n20,5,3\n")
    assert "'current_reward' is analysed; also there: 'best_reward'" in row.notes


def test_normalized_and_raw_are_not_analysed_together(tmp_path):
    run, row = read(tmp_path, "step,normalized_score,raw_return\n10,47,2000\n20,48,2300\n")
    assert (run.evaluation.returns[0, :, 0].tolist(), run.updates) == ([47, 48], None)
    assert "'normalized_score' is analysed; also there: 'raw_return'" in row.notes


def test_raw_returns_alone(tmp_path):
    run, _ = read(tmp_path, "step,raw_return\n10,2000\n20,2300\n")
    assert run.updates.total.tolist() == [[2000, 2300]]


def test_values_at_one_step_under_one_name_are_rollouts_and_said(tmp_path):
    rows = "10,1,SAC_1\n10,2,SAC_1\n10,3,SAC_1\n20,4,SAC_1\n20,5,SAC_1\n20,6,SAC_1\n"
    run, row = read(tmp_path, "step,value,run\n" + rows)
    assert run.evaluation.returns.tolist() == [[[1, 2, 3], [4, 5, 6]]]
    assert "value: each step has 3 entries: taken as rollouts of one evaluation" in row.notes
