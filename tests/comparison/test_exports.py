"""A Comparison as JSON, Markdown, LaTeX and a file, and back."""

import json
import zipfile

import jax
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.comparison import BETTER, EQUAL, UNDECIDED, WORSE, Comparison, Scale
from jaxviz.study import Finding
from jaxviz.view import to_json, to_latex, to_markdown
from jaxviz.view._tables import as_csv
from jaxviz.view.comparisons._tables import comparison_tables
from tests.mutations import mutations

from .made import comparison

DECIDED = (EQUAL, WORSE, WORSE)
FINDINGS = (
    Finding(
        "warning", "runs are short", "1 of 15 runs", "let it go on", (jv.Cell("A2C", "Cart", {"lr": 0.5}),), ("0",)
    ),
    Finding("note", "what was guessed", "the unit", "see the manifest"),
)


def test_json_has_every_number_under_its_name():
    found = json.loads(to_json(comparison(verdicts=DECIDED, scale=Scale("atari", "a source", (0.0, 1.0), (2.0, 3.0)))))
    assert [(pair["first"], pair["verdict"], pair["second"]) for pair in found["pairs"]] == [
        ("A2C", "practically equal", "DQN"), ("A2C", "worse", "PPO"), ("DQN", "worse", "PPO"),
    ]  # fmt: skip
    last = found["pairs"][2]
    assert last["sentence"].startswith("PPO is better than DQN: difference in IQM +2 [1, 3], p = 0.03")
    assert last["difference"] == {"estimate": -2.0, "low": -3.0, "high": -1.0}
    assert last["by_task"] == {"Cart": -2.0, "Pole": -2.0}
    assert (last["p_value"], last["further_seeds"], last["hangs_on"]) == (0.01, None, None)
    assert found["algorithms"][2]["iqm"]["estimate"] == 4.0
    assert "optimality_gap" not in found["algorithms"][2]
    assert found["tasks"][0]["algorithms"]["A2C"]["raw"] == [None, 0.5, 1.0, 1.5, 2.0]
    assert found["tasks"][0]["algorithms"]["A2C"]["diverged"] == 1
    assert (found["margin"], found["level"], found["better"]) == (None, 0.95, "higher")
    assert (found["alpha"], found["looks"]) == (0.05, [])
    assert found["scale"]["reference"] == {"Cart": [0.0, 2.0], "Pole": [1.0, 3.0]}
    assert found["remarks"] == ["a remark"]


def test_the_doctors_findings_and_the_profiles_are_told():
    made = comparison(verdicts=DECIDED, findings=FINDINGS)
    assert "  ! runs are short: 1 of 15 runs" in jv.describe(made).splitlines()
    assert "- runs are short: 1 of 15 runs" in to_markdown(made).splitlines()
    assert "guessed" not in jv.describe(made) + to_markdown(made)
    found = json.loads(to_json(made))
    assert [finding["name"] for finding in found["findings"]] == ["runs are short", "what was guessed"]
    assert found["findings"][0]["cells"][0]["configuration"] == {"lr": 0.5}
    assert found["profile"]["thresholds"] == [0.0, 1.25, 2.5, 3.75, 5.0]
    assert [share["estimate"] for share in found["profile"]["algorithms"]["PPO"]][::4] == [1.0, 0.0]
    findings, profiles = jv.table(made, part="findings"), jv.table(made, part="profile")
    assert findings["cells"].tolist() == ["A2C on Cart (lr=0.5)", ""]
    assert profiles["algorithm"].tolist() == [name for name in made.algorithms for _ in range(5)]
    assert profiles["threshold"].tolist()[:5] == found["profile"]["thresholds"]


def test_markdown_has_the_verdicts_first_and_the_tiers_in_bold():
    words = to_markdown(comparison(verdicts=DECIDED))
    lines = words.splitlines()
    assert lines[0] == "**Comparison: 3 algorithms on 2 tasks, final return**"
    assert lines[2] == "- PPO is better than A2C: difference in IQM +3 \\[2, 4\\], p = 0.03"
    assert "| 1 | **PPO** | 4 \\[3, 5\\] |" in words
    assert "| 3 | A2C |" in words
    assert "| A2C | **worse** | PPO | −3 \\[−4, −2\\] |" in words
    assert "| Cart | 4 \\[3, 5\\] (n = 5) | 2 \\[1, 3\\] (n = 5) | 1 \\[0, 2\\] (n = 5, 1 diverged) |" in words
    assert words.rstrip().endswith("Holm's correction")


def test_latex_is_a_tabular_for_each_table():
    words = to_latex(comparison(("a_b", "50%"), (1, 2), (UNDECIDED,)))
    assert words.count(r"\begin{tabular}") == words.count(r"\end{tabular}") == 3
    assert r"\textbf{50\%}" in words
    assert r"a\_b & undecided & 50\%" in words
    assert not [line for line in words.splitlines() if not line.isascii() and not line.startswith("%")]


def test_names_of_others_are_no_commands():
    made = comparison(("=1+1", "<b>|x\n"), (1, 2), (UNDECIDED,), tasks=("[a](b)",), remarks=())
    words = to_markdown(made)
    assert "\\<b\\>\\|x" in words
    assert "\\[a\\](b)" in words
    tasks = comparison_tables(made)[2]
    assert "'=1+1" in as_csv(tasks)


def test_one_algorithm_and_values_that_are_undefined_are_written_too():
    made = comparison(("A",), (np.nan,), ())
    assert json.loads(to_json(made))["pairs"] == []
    assert "one algorithm: nothing to compare" in to_markdown(made)
    assert r"\begin{tabular}" in to_latex(made)
    two = comparison(("A", "B", "C"), (np.nan, 1, 2), (UNDECIDED, UNDECIDED, WORSE))
    assert jv.describe(two).index("C is better than B") < jv.describe(two).index("A against B is undecided")
    assert json.loads(to_json(two))["pairs"][0]["difference"]["estimate"] is None


@pytest.mark.parametrize("write", [to_json, to_markdown, to_latex])
def test_other_objects_are_refused(write):
    with pytest.raises(TypeError, match=r"`comparison` must be what jv.compare returns, got str"):
        write("words")


@pytest.mark.parametrize(
    "made",
    [
        comparison(verdicts=DECIDED, baseline=None, findings=FINDINGS),
        comparison(verdicts=(BETTER, WORSE), baseline="DQN", margin=0.5, minimize=True),
        comparison(("A",), (1.0,), (), scale=Scale("dmc", "a source", (0.0, 0.0), (1000.0, 1000.0))),
    ],
)
def test_a_file_gives_back_every_bit_and_word(tmp_path, made):
    path = made.save(tmp_path / "folder/found")
    assert path.name == "found.npz"
    back = Comparison.load(path)
    assert jax.tree.structure(back) == jax.tree.structure(made)
    for ours, theirs in zip(jax.tree.leaves(made), jax.tree.leaves(back), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    assert jv.describe(back) == jv.describe(made)


def changed(path, **words):
    """The file with other words in its header."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    header = json.loads(members["arrays.json"])
    header["words"] |= words
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            new.writestr(name, json.dumps(header) if name == "arrays.json" else content)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"algorithms": ["A", "B"]}, "`scores` has the shape|`aggregate`|`estimate` has the shape"),
        ({"algorithms": [1, 2, 3]}, "`algorithms` is"),
        ({"task_names": "Cart"}, "`task_names` is 'Cart'"),
        ({"estimator": "mode"}, "`estimator` is 'mode'"),
        ({"minimize": 3}, "`minimize` is"),
        ({"scale": {"name": "x"}}, "it lacks 'source'"),
        ({"scale": {"name": "x", "source": "", "low": [], "high": []}}, "`scale` is of other tasks"),
        ({"baseline": "nobody"}, "`baseline` is none"),
        ({"pairs": {}}, "it lacks"),
        ({"remarks": {"a": 1}}, "`remarks` is"),
        (
            {"findings": [{"severity": "fatal", "name": "", "evidence": "", "remedy": "", "cells": [], "runs": []}]},
            "`findings` are none",
        ),
    ],
)
def test_files_of_anybody_are_checked(tmp_path, words, named):
    path = comparison(verdicts=DECIDED).save(tmp_path / "found.npz")
    changed(path, **words)
    with pytest.raises(ValueError, match=named) as caught:
        Comparison.load(path)
    assert str(path) in str(caught.value)


def test_other_files_are_named(tmp_path):
    run = jv.save_run(tmp_path / "run.npz", jv.from_arrays([[1.0, 2.0]]))
    with pytest.raises(ValueError, match=r"run.npz is not a comparison saved by Comparison.save"):
        Comparison.load(run)
    (tmp_path / "text.npz").write_text("no zip")
    with pytest.raises(ValueError, match=r"text.npz is not a comparison"):
        Comparison.load(tmp_path / "text.npz")


def test_damaged_files_have_equal_numbers_or_are_refused(tmp_path):
    made = comparison(verdicts=DECIDED)
    path = made.save(tmp_path / "found.npz")
    for name, content in mutations(path.read_bytes(), 60):
        path.write_bytes(content)
        found = read_or_refused(path)
        assert found == to_json(made) or str(path) in found, name


def read_or_refused(path):
    """The comparison in a file as JSON, or why it is none."""
    try:
        return to_json(Comparison.load(path))
    except ValueError as error:
        return str(error)
