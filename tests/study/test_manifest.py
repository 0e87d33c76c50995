"""Manifests: tables for people, corrected by hand and given back."""

import csv
import re

import pytest

import jaxviz as jv
from jaxviz.study import Manifest, ManifestRow

from .made import episodes, study

COMMANDS = "\x1b[31m\x07\u202e\ud800\n"
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-a", "@SUM(A1)", "'=quoted", " =1", "'", "''=", "＝1")


def test_a_manifest_comes_back_from_a_spreadsheet(tmp_path):
    manifest = study().manifest
    assert Manifest.from_csv(manifest.to_csv(tmp_path / "deep" / "manifest.csv")) == manifest
    text = (tmp_path / "deep" / "manifest.csv").read_text().replace(",", ";")
    (tmp_path / "german.csv").write_text("\ufeff" + text, encoding="utf-8")
    assert Manifest.from_csv(tmp_path / "german.csv") == manifest


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_and_every_text_comes_back(tmp_path, text):
    row = ManifestRow(
        text, text, {text: text, "plain": -3e-4}, source=text, run=text, notes=(text,), guessed={"a": text}
    )
    path = Manifest([row]).to_csv(tmp_path / "m.csv")
    assert Manifest.from_csv(path) == Manifest([row])
    with path.open(encoding="utf-8", newline="") as file:
        header, cells = csv.reader(file)
    for cell in (*header, *cells):
        assert not re.match(r"\s*[=+\-@＝]", cell) or cell == "-0.0003"


def test_text_of_others_is_printable(tmp_path):
    row = ManifestRow(f"a{COMMANDS}", f"b{COMMANDS}", {f"c{COMMANDS}": COMMANDS}, source=f"d{COMMANDS}", run=COMMANDS)
    manifest = Manifest([row, ManifestRow("<script>", "[bold]x[/bold]", source="e")])
    text = (manifest.to_csv(tmp_path / "m.csv")).read_bytes().decode()
    assert Manifest.from_csv(tmp_path / "m.csv") == manifest
    for shown in (text.replace("\r\n", ""), repr(manifest).replace("\n", ""), manifest._repr_html_()):
        assert shown.isprintable()
    assert "<script>" not in manifest._repr_html_()
    assert "[bold]x[/bold]" in repr(manifest)


def test_long_manifests_show_their_ends():
    manifest = Manifest([ManifestRow("PPO", seed=i, source=f"{i}.csv") for i in range(1000)])
    assert len(repr(manifest).splitlines()) == 43
    assert "… 960 more" in repr(manifest)
    assert len(manifest.table(None).splitlines()) == 1002


def test_rows_corrected_by_hand_name_the_runs_anew(tmp_path):
    made = study()
    path = made.manifest.to_csv(tmp_path / "m.csv")
    text = path.read_text().replace(",DQN,", ",Rainbow,").replace(",0.001,", ",0.01,")
    path.write_text("\n".join(text.splitlines()[:-3]))
    corrected = made.corrected(jv.Manifest.from_csv(path))
    assert corrected.algorithms == ("PPO", "Rainbow")
    assert corrected.axes == {"lr": (0.0003, 0.01)}
    assert len(corrected.manifest) == len(made.manifest) - 3
    assert {row.source for row in corrected.manifest} < {row.source for row in made.manifest}


def test_a_column_that_was_corrected_is_not_guessed_any_more():
    row = ManifestRow("PPO", "a", source="a.csv", guessed={"algorithm": "folder name", "task": "file stem"})
    made = jv.Study.of_rows([row], [episodes(0, 3)])
    (fixed,) = made.corrected(Manifest([made.manifest[0]._replace(task="CartPole-v1")])).manifest
    assert (fixed.task, fixed.guessed) == ("CartPole-v1", {"algorithm": "folder name"})


WRONG = {
    "an unknown column": ("source,run,algorithm,task,colour\na,,b,c,d\n", "unknown columns 'colour'"),
    "a column twice": ("source,run,algorithm,task,task\na,,b,c,d\n", "columns twice 'task'"),
    "no source": ("run,algorithm,task\n,b,c\n", "no column 'source'"),
    "nothing": ("", "no column 'source', 'run'"),
    "no algorithm": ("source,run,algorithm,task\na,,,c\n", "row 2: `algorithm` is empty"),
    "no such kind": ("source,run,algorithm,task,kind\na,,b,c,d\n", "row 2: `kind` must be one of episodes, updates"),
    "no such unit": ("source,run,algorithm,task,unit\na,,b,c,d\n", "row 2: `unit` must be one of environment steps"),
    "a run twice": ("source,run,algorithm,task\na,,b,c\na,,b,c\n", "row 3: the same source and run as in row 2"),
    "a cell more": ("source,run,algorithm,task\na,,b,c,d\n", "row 2 has 5 cells, the header 4"),
    "steps of text": ("source,run,algorithm,task,last_step\na,,b,c,x\n", "row 2: `last_step` must be a whole number"),
    "an odd guess": ("source,run,algorithm,task,guessed\na,,b,c,[[]]\n", "row 2: `guessed`"),
    "an open quote": ('source,run,algorithm,task\n"a,b\n', "is no table of comma-separated values"),
    "no UTF-8": (b"source,run,algorithm,task\n\xff,,a,b\n", "is not UTF-8"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_in_a_table_is_named(tmp_path, case):
    path = tmp_path / "m.csv"
    path.write_bytes(case[0] if isinstance(case[0], bytes) else case[0].encode())
    with pytest.raises(ValueError, match=f"m.csv.*{case[1]}"):
        Manifest.from_csv(path)


def test_rows_of_no_run_are_named():
    made = study()
    with pytest.raises(ValueError, match=r"`manifest` has rows of no run of the study: 'x.csv', run ''"):
        made.corrected(Manifest([*made.manifest, ManifestRow("PPO", source="x.csv")]))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    where = "/home/somebody/projects/2024/experiments/ppo/seed_{}/progress.csv"
    rows = [
        ManifestRow(
            "SimBa-TD-MPC2 with a long name", "SpaceInvadersNoFrameskip-v4", {"learning_rate": i}, i, where.format(i),
            "progress table", "trailing mean", "environment steps", 2048, 10**7, 500, "whole", {"task": "the name"},
            notes=("a sentence about everything that was repaired " * 3,),
        )
        for i in range(2)
    ]  # fmt: skip
    lines = repr(Manifest(rows)).splitlines()
    assert max(map(len, lines[:-1])) <= width
    assert "no room for notes, guessed" in lines[-1]
    if width >= 120:
        assert all(f"seed_{i}/progress.csv" in lines[i + 2] for i in range(2))
    monkeypatch.setenv("COLUMNS", "400")
    assert where.format(1) in repr(Manifest(rows))
