"""No way out of a text leads to a terminal, XML, HTML or LaTeX as a command."""

import re
import xml.etree.ElementTree as ET

import jax
import numpy as np
import pytest
from typer.testing import CliRunner

from jaxviz import aggregate, analyze, describe, from_arrays, plots, report, save_run
from jaxviz._printable import printable
from jaxviz.cli import app
from jaxviz.report import _tables
from jaxviz.tracking import _values
from jaxviz.tracking.store._failures import one_line
from jaxviz.view import _latex, make_view

COMMANDS = "\x00\x07\x08\x1b[31m\x1b]0;owned\x07\x7f\x9b31m\u202eevil\u2066\u2028"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LABELS = (f"a{COMMANDS}</text><script>", f"b{COMMANDS}\\input{{/etc/passwd}} $x$ %&#")


@pytest.fixture(scope="module")
def run():
    rewards = np.random.default_rng(0).normal(size=(2, 3, 60)).cumsum(-1)
    losses = {f"loss{COMMANDS}": np.ones((2, 3, 20)).cumsum(-1)}
    return from_arrays(rewards, losses=losses, name=f"score{COMMANDS}")


def test_commands_are_written_out():
    assert printable("\x1b[31m red\n\u202e") == "\\x1b[31m red\\n\\u202e"
    assert printable("two\nlines\tand \x07", lines=True) == "two\nlines\tand \\x07"
    for text in ("Müller", "\u65e5\u672c\u8a9e", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "a\u00a0b", "η = 10⁻³"):
        assert printable(text) == text
    assert RAW.search(printable("".join(map(chr, range(0x10000))))) is None


def test_words_are_clean(run):
    analysis = analyze(run)
    view, over_runs = make_view(analysis, labels=LABELS), aggregate(analysis, key=jax.random.key(0))
    for words in (
        describe(run),
        describe(analysis),
        describe(view),
        describe(over_runs, labels=LABELS),
    ):
        assert RAW.search(words) is None
        assert len(words.splitlines()) > 1
    assert jax.tree.leaves(view.labels)[0].startswith("a\\x00\\x07")


@pytest.mark.parametrize("plot", [plots.plot_training_curves, plots.plot_loss_curves])
def test_figures_are_xml(run, tmp_path, plot):
    with plots.style(captions=False):
        figure = plot(make_view(run, labels=LABELS), save_path=tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text()
    assert RAW.search(text) is None
    assert ET.fromstring(text).tag.endswith("svg")
    for latex in (False, True):
        assert RAW.search(plots.figure_caption(figure, latex=latex)) is None


def test_the_page_is_clean(run, tmp_path):
    saved = save_run(
        tmp_path / "run", run, metadata={"labels": list(LABELS), "config": {f"lr{COMMANDS}": f"x{COMMANDS}"}}
    )
    page = report.write(
        {f"section{COMMANDS}": run},
        tmp_path / "page.html",
        title=f"title{COMMANDS}",
        labels=list(LABELS),
        metadata={"config": {f"lr{COMMANDS}": f"x{COMMANDS}"}},
    )
    text = page.read_text(encoding="utf-8")
    assert RAW.search(text) is None
    assert "</text><script>" not in text
    tables = [_tables.configurations(make_view(run, labels=LABELS)), _tables.seeds(make_view(run, labels=LABELS))]
    for table in tables:
        for written in (_tables.as_csv(table), _tables.as_latex(table), _tables.as_markdown(table)):
            assert RAW.search(written.replace("\r\n", "\n")) is None
        assert "\\input" not in _tables.as_latex(table)
    done = CliRunner().invoke(app, ["analyze", str(saved), "-o", str(tmp_path / "figures"), "--suffix", "svg"])
    assert RAW.search(done.output) is None
    assert done.exit_code == 0, done.output


def test_names_and_messages_are_clean():
    assert RAW.search(_values.line(f"run{COMMANDS}")) is None
    assert RAW.search(one_line(f"the server says {COMMANDS}")) is None
    assert RAW.search(_latex.escape(COMMANDS)) is None
    done = CliRunner().invoke(app, ["analyze", f"no{COMMANDS[1:]}.npz"])
    assert done.exit_code == 2
    assert RAW.search(done.output) is None
