"""The doctor: each thing that can be wrong with a study is found in a study that has it, and in no other."""

import json
from typing import Any

import numpy as np
import pytest

import jaxviz as jv
from jaxviz.study import Cell, ManifestRow, RunData, StreamData, Study

from .made import episodes, evaluations, rows

untyped: Any = jv
"""For a call that a type checker refuses."""


def alike(*, seeds: int = 5) -> tuple[list[ManifestRow], list[RunData]]:
    """Two algorithms on two tasks, all runs of one length."""
    made, _ = rows(seeds=seeds)
    return made, [episodes(i, 20) for i in range(len(made))]


def found(made, data, **options):
    return jv.doctor(Study.of_rows(made, data), **options)


def test_nothing_is_found_in_a_study_that_is_well():
    findings = found(*alike())
    assert list(findings) == []
    assert findings.exit_code == 0
    assert findings.to_run == ()
    assert str(findings).startswith("doctor: nothing found (40 runs in 8 cells)")
    assert json.loads(findings.to_json()) == {"exit_code": 0, "findings": [], "to_run": []}


def change_rows(**fields):
    """The second run, with other fields in its row."""

    def change(made, data):
        made[1] = made[1]._replace(**fields)

    return change


def change_data(run):
    def change(made, data):
        data[1] = run

    return change


def copy(made, data):
    data[1] = data[39]


def fewer(made, data):
    del made[3], data[3]


def no_task(made, data):
    """DQN, the second half, was never run on Acrobot-v1."""
    for i in reversed(range(len(made))):
        if (made[i].algorithm, made[i].task) == ("DQN", "Acrobot-v1"):
            del made[i], data[i]


def longer(made, data):
    for i, row in enumerate(made):
        if row.algorithm == "DQN":
            data[i] = episodes(i, 40)


def names(made, data):
    for i, row in enumerate(made):
        made[i] = row._replace(configuration={"name": row.source})


def pooled(made, data):
    """Runs of two maps under one name of a task."""
    for i, row in enumerate(made):
        made[i] = row._replace(source=f"runs/{row.algorithm}/{('spread', 'tag')[i % 5 > 2]}_v2/run{i}/log.csv")


NAN = RunData(episodes=StreamData(np.array([np.nan] * 20), 10 * np.arange(1, 21)))
NO_STEPS = RunData(episodes=StreamData(np.arange(20.0)))
CASES = {
    "evaluations beside episodes": (change_data(evaluations(0, 5)), "error", "kinds mixed"),
    "a trailing mean": (change_rows(kind="trailing mean"), "error", "kinds mixed"),
    "another metric": (change_data(episodes(1, 20)._replace(metric="success")), "error", "kinds mixed"),
    "another direction": (change_data(episodes(1, 20)._replace(minimize=True)), "error", "kinds mixed"),
    "a loss that is better if larger": (
        change_data(episodes(1, 20)._replace(metric="train/td_loss")),
        "warning",
        "direction doubtful",
    ),
    "smoothed returns": (change_rows(kind="running maximum"), "note", "returns are a running maximum"),
    "frames": (change_rows(unit="frames"), "error", "units mixed"),
    "an unknown unit": (change_rows(unit=None), "warning", "units mixed"),
    "no steps": (change_data(NO_STEPS), "warning", "no steps"),
    "a copy": (copy, "error", "identical runs"),
    "few runs": (fewer, "warning", "few runs"),
    "another task list": (no_task, "warning", "missing cells"),
    "a short run": (change_data(episodes(1, 18)), "warning", "short runs"),
    "a run that is said to be short": (change_rows(state="short"), "warning", "short runs"),
    "steps that were asked for": (
        change_rows(configuration={"lr": 3e-4, "a/total_timesteps": 1000}),
        "warning",
        "short runs",
    ),
    "more than was asked for": (change_rows(configuration={"total_timesteps": 100}), "note", "budgets exceeded"),
    "a run that diverged": (change_data(NAN), "warning", "diverged runs"),
    "an empty run": (change_data(RunData(episodes=StreamData(np.zeros(0)))), "warning", "empty runs"),
    "other budgets": (longer, "warning", "budgets differ"),
    "folders of two names": (pooled, "warning", "folders pooled"),
    "a seed twice": (change_rows(seed=0), "warning", "one seed for several runs"),
    "a stale worker": (change_rows(notes=("worker 3 is stale: it started 2 h earlier",)), "warning", "stale workers"),
    "a repair": (change_rows(notes=("the last line was torn and is left out",)), "note", "repaired while reading"),
    "a guess": (change_rows(guessed={"task": "folder name"}), "note", "guessed names"),
    "no task": (change_rows(task="unknown"), "warning", "unknown names"),
    "another way to write it": (change_rows(algorithm="ppo"), "warning", "names alike"),
    "another version": (change_rows(task="CartPole-v0"), "warning", "versions of one task"),
    "a name among the parameters": (names, "warning", "every run is a cell"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_what_is_wrong_is_found(case):
    change, severity, name = case
    made, data = alike()
    change(made, data)
    findings = found(made, data)
    assert [finding.severity for finding in findings.of(name)][:1] == [severity]
    assert findings.exit_code == int(any(finding.severity == "error" for finding in findings))
    assert severity != "error" or findings.exit_code == 1
    assert f"{severity}: {name}: " in str(findings)
    order = [("error", "warning", "note").index(finding.severity) for finding in findings]
    assert order == sorted(order)


@pytest.mark.parametrize(
    "name", ["seed_{}", "s{}", "2024-01-0{}", "run-{}-3f2a9b1c", "ppo_seed{}_lr3e-4", "splendid{}"]
)
def test_names_of_single_runs_are_no_pools(name):
    """Seeds, dates, ids, and names that each run has for itself."""
    made, data = alike()
    for i, row in enumerate(made):
        own = name.format(i % 5) if name != "splendid{}" else "splendid" + "abcde"[i % 5] * 3
        made[i] = row._replace(source=f"runs/{own}/{row.algorithm}/log.csv", run=str(i))
    assert found(made, data).of("folders pooled") == ()


def test_solved_tasks_are_no_copies():
    made, data = alike()
    for i in range(40):
        data[i] = RunData(episodes=StreamData(np.full(20, 500.0), 10 * np.arange(1, 21)))
    assert list(found(made, data)) == []


def test_runs_that_are_still_to_be_made_are_listed():
    made, data = alike()
    no_task(made, data)
    data[0] = episodes(0, 5)  # short
    data[6] = data[5]  # a copy
    lr = [{"lr": 3e-4}, {"lr": 1e-3}]
    findings = found(made, data)
    assert {(one.cell, one.runs) for one in findings.to_run} == {
        *((Cell("DQN", "Acrobot-v1", one), 5) for one in lr),
        (Cell("PPO", "CartPole-v1", lr[0]), 1),
        (Cell("PPO", "CartPole-v1", lr[1]), 1),
    }
    assert "still to run: 12 runs" in str(findings)
    assert "5 (1 short)" in str(findings)
    assert len(found(made, data, seeds=7).to_run) == 8


def test_settings_of_each_task_are_not_missing_on_the_others():
    made = [ManifestRow("PPO", f"t{i % 4}", {"lr": i % 4}, i, str(i), unit="environment steps") for i in range(20)]
    findings = found(made, [episodes(i, 20) for i in range(20)])
    assert findings.of("missing cells") == ()


def test_runs_of_many_things_have_no_missing_cells():
    made = [ManifestRow(f"a{i}", f"t{i}", seed=i, run=str(i), unit="environment steps") for i in range(12)]
    findings = found(made, [episodes(i, 20) for i in range(12)])
    assert findings.of("missing cells") == ()
    assert "12 algorithms on 12 tasks" in findings.of("no common tasks")[0].evidence
    assert len(findings.to_run) == 12


def test_a_budget_makes_runs_short():
    made, data = alike()
    assert len(found(made, data, budget=1000).of("short runs")[0].runs) == 40
    assert found(made, data, budget=200).of("short runs") == ()
    with pytest.raises(ValueError, match="`seeds` must be a positive integer"):
        found(made, data, seeds=0)


def test_it_is_json_and_a_table_in_notebooks():
    made, data = alike()
    made[1] = made[1]._replace(unit="frames", configuration={"lr": float("inf")}, task="<script>")
    findings = found(made, data)
    read = json.loads(findings.to_json())
    assert read["exit_code"] == findings.exit_code
    assert {one["name"] for one in read["findings"]} >= {"few runs", "missing cells"}
    assert all(set(one) == {"severity", "name", "evidence", "remedy", "cells", "runs"} for one in read["findings"])
    assert "<script>" not in findings._repr_html_()


def test_files_that_were_left_out_are_told():
    made, data = alike()
    findings = jv.doctor(Study.of_rows(made, data, left_out=[("a.pkl", "it is a pickle")]))
    assert [(one.severity, one.name, one.runs) for one in findings] == [
        ("note", "files left out", ("a.pkl: it is a pickle",))
    ]


def test_a_doctor_wants_a_study():
    with pytest.raises(TypeError, match="`study` must be a Study, got"):
        untyped.doctor(jv.from_arrays(np.ones(3)))
