"""Tianshou's tables of several runs behind their mean."""

import pytest

import jaxviz as jv
from jaxviz.logs._recognize import format_of
from jaxviz.logs.formats.own_tables import tianshou
from tests.known import known

NAMES = "env_step,rew,rew:shaded"
RUNS = ",rew:seed_0_0419_004734-Ant_v3_npg/test_rew.csv,rew:seed_1_0419_004748-Ant_v3_npg/test_rew.csv"
CONTENT = f"{NAMES}{RUNS}\n0,-28.25,4.5,-32.75,-23.75\n30720,-22.5,4.25,-18.25,-26.75\n"


def test_each_run_behind_the_mean_is_one(tmp_path):
    """The names say of which run each is, also where they were taken from another task's folder."""
    path = tmp_path / "benchmark/Swimmer-v3/npg/test_rew_10seeds.csv"
    path.parent.mkdir(parents=True)
    path.write_text(CONTENT)
    study = jv.read_logs(tmp_path)
    assert [(row.algorithm, row.task, row.seed) for row in study.manifest] == [
        ("npg", "Swimmer-v3", 0),
        ("npg", "Swimmer-v3", 1),
    ]
    first, second = tianshou.FORMAT.read(path)
    assert first.series["rew"].values.tolist() == [-32.75, -18.25]
    assert second.series["rew"].values.tolist() == [-23.75, -26.75]
    assert (known(first.series["rew"].step).tolist(), first.series["rew"].kind) == ([0, 30720], "evaluations")


def test_runs_that_have_files_of_their_own_are_not_read_twice(tmp_path):
    folder = tmp_path / "c51"
    folder.mkdir()
    (folder / "test_rew.csv").write_text("env_step,rew,time\n0,-21,5.5\n100000,-20.5,270\n")
    (folder / "test_rew_1seeds.csv").write_text(f"{NAMES},rew:test_rew.csv\n0,-21,0,-21\n100000,-20.5,0,-20.5\n")
    with pytest.warns(UserWarning, match="the runs whose mean it holds, 1, are in files of their own beside it"):
        study = jv.read_logs(tmp_path)
    assert [row.entries for row in study.manifest] == [2]


def test_a_mean_without_its_runs_is_refused(tmp_path):
    path = tmp_path / "test_rew_3seeds.csv"
    path.write_text(f"{NAMES}\n0,-21,0.5\n")
    assert format_of(path) is tianshou.FORMAT
    with pytest.raises(ValueError, match="means over runs"):
        tianshou.FORMAT.read(path)
