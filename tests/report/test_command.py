"""`jaxviz report`, and an Analysis in the place of a run: with the shapes of the other tests, so nothing compiles."""

from typer.testing import CliRunner

from jaxviz import report, save_run
from jaxviz.cli import app

from .conftest import HOSTILE, TARGET, WINDOW


def test_command_writes_one_page(run, tmp_path):
    saved = save_run(tmp_path / "run", run, metadata={"labels": list(HOSTILE), "config": {"lr": 0.001}})
    page = tmp_path / "out" / "page.html"
    done = CliRunner().invoke(app, ["report", str(saved), "-o", str(page), "--target", str(TARGET), "--window", "10"])
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert "&lt;/script&gt;&lt;script&gt;" in text
    assert "<dt>lr</dt><dd>0.001</dd>" in text


def test_command_names_an_absent_file(tmp_path):
    done = CliRunner().invoke(app, ["report", str(tmp_path / "absent.npz")])
    assert done.exit_code == 2
    assert "does not exist" in done.output


def test_an_analysis_brings_its_target_and_window(analysis, tmp_path):
    text = report.write(analysis, tmp_path / "a.html").read_text(encoding="utf-8")
    assert f"<dt>window of trailing means</dt><dd>{WINDOW} episodes</dd>" in text
    assert f"<dt>target</dt><dd>{TARGET:.0f}</dd>" in text
