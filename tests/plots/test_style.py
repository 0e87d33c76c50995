"""Looks, sizes, files, and that nothing outside of a figure changes."""

import gc
import io
import os
import re
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import matplotlib as mpl
import pytest
from cycler import cycler
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from PIL import Image

from jaxviz.plots import (
    figure_caption,
    plot_hyperparameter_sensitivity,
    plot_rank_distributions,
    plot_score_distributions,
    plot_training_curves,
    style,
)
from jaxviz.view import _looks
from tests.known import unchecked

from .conftest import LABELS


def lines(figure):
    return {line.get_label(): line for line in figure.axes[0].lines if line.get_label() in (*LABELS, "third")}


def opened(path):
    with Image.open(path) as image:
        image.load()
        return image


def test_paper_and_screen_have_their_sizes(seeds, tmp_path):
    plot_training_curves(seeds, save_path=tmp_path / "screen.png")
    with style("paper"):
        plot_training_curves(seeds, save_path=tmp_path / "column.png", width="column")
        plot_training_curves(seeds, save_path=tmp_path / "inches.png", width=5)
    widths = {path.stem: opened(path).width for path in tmp_path.iterdir()}
    assert widths == {"screen": 9 * 160, "column": 3.25 * 300, "inches": 1500}


def test_what_is_no_style_is_an_error(seeds):
    with pytest.raises(ValueError, match="'screen' or 'paper', got 'poster'"), unchecked(style, "poster"):
        pass
    with pytest.raises(ValueError, match="column, text, page, screen; got 'wide'"):
        unchecked(plot_training_curves, seeds, width="wide")
    with pytest.raises(ValueError, match="between 1 and 40 inches"):
        plot_training_curves(seeds, width=0)


def test_a_label_keeps_its_look(view):
    with style(labels=("third", *reversed(LABELS))):
        named = lines(plot_training_curves(view))
    assert named["fast"].get_color() == _looks.look(1).color
    assert named["slow"].get_color() == _looks.look(2).color
    assert _looks.looks(["new", "other"]) == (_looks.look(0), _looks.look(1))
    with style(labels=["other"]):
        assert _looks.looks(["new", "other"]) == (_looks.look(1), _looks.look(0))


def test_captions_can_be_text_only(seeds):
    with style("paper", captions=False):
        figure = plot_training_curves(seeds)
    assert figure.get_supxlabel() == ""
    assert "IQM over" in figure_caption(figure)
    assert figure_caption(Figure()) == ""


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_formats_carry_the_caption_and_come_out_the_same_twice(seeds, tmp_path, suffix):
    paths = [tmp_path / "a" / "b" / f"{i}{suffix}" for i in range(2)]
    figures = [plot_training_curves(seeds, save_path=path) for path in paths]
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    if suffix == ".png":
        assert opened(paths[0]).info["Description"] == figure_caption(figures[0])
    if suffix == ".svg":
        assert b">Environment steps<" in first
    if suffix == ".pdf":
        assert b"/FontFile2" in first
        assert b"/Type0" in first
        assert not re.search(rb"/Type\s*3\b", first)


def test_an_unknown_format_is_an_error_and_nothing_is_written(seeds, tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.png, \.pdf, \.svg; got"):
        plot_training_curves(seeds, save_path=tmp_path / "figure.jpeg")
    assert not list(tmp_path.iterdir())


def test_save_path_may_be_given_by_position(seeds, tmp_path):
    plot_training_curves(seeds, None, tmp_path / "figure.svg")
    assert (tmp_path / "figure.svg").exists()


def test_settings_are_as_before(seeds, tmp_path):
    before = dict(mpl.rcParams)
    with style("paper"):
        plot_training_curves(seeds, save_path=tmp_path / "figure.pdf")
    assert dict(mpl.rcParams) == before


def test_many_figures_leave_nothing_behind():
    """A thousand figures where JAXVIZ_TEST_FIGURES asks for them."""
    count = int(os.environ.get("JAXVIZ_TEST_FIGURES", "8"))
    draw_ranks(3)
    before = resident()
    figures = draw_ranks(count)
    gc.collect()
    assert [figure() for figure in figures] == [None] * count
    assert resident() - before < 16 << 20


def draw_ranks(count):
    """Weak references to cheap figures, drawn into pixels."""
    figures = []
    for _ in range(count):
        figure = plot_rank_distributions({"a": [0.7, 0.3], "b": [0.3, 0.7]}, width="column")
        figure.savefig(io.BytesIO(), format="png", dpi=50)
        figures.append(weakref.ref(figure))
    return figures


def resident():
    """Bytes in memory; 0 where the system does not say."""
    memory = Path("/proc/self/statm")
    return int(memory.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if memory.exists() else 0


def test_threads_draw_at_once(seeds, tmp_path):
    before = dict(mpl.rcParams)
    errors = []

    def draw(i):
        try:
            with style("paper" if i % 2 else "screen"):
                plot_training_curves(seeds, save_path=tmp_path / f"{i}.svg")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=draw, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert dict(mpl.rcParams) == before
    assert (tmp_path / "0.svg").read_text() == (tmp_path / "2.svg").read_text()
    assert (tmp_path / "1.svg").read_text() == (tmp_path / "3.svg").read_text()


def test_pyplot_is_never_loaded(tmp_path):
    script = (
        "import sys\nfrom jaxviz import plots\n"
        f"plots.plot_kl_divergence([0.1, 0.2], {str(tmp_path / 'kl.png')!r})\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert (tmp_path / "kl.png").exists()


TABLE = [{"lr": lr, "clip": clip, "score": [lr, lr + len(clip)]} for lr in (1.0, 2.0) for clip in ("low", "high")]


def drawn(**options):
    """Colours by name, of a figure that compiles next to nothing."""
    figure = plot_hyperparameter_sensitivity(TABLE, "score", x="lr", by="clip", **options)
    return figure, {line.get_label(): to_hex(line.get_color()) for line in figure.axes[0].lines}


def test_colours_of_the_callers_and_one_name_in_colour():
    with style(colors={"clip=high": "crimson"}):
        assert drawn()[1]["clip=high"] == to_hex("crimson")
    with style(highlight="clip=high"):
        _, colors = drawn()
    assert colors["clip=low"] == to_hex(_looks.FADED)
    assert colors["clip=high"] == _looks.look(1).color
    with (
        pytest.raises(ValueError, match=r"`colors` must be colours such as 'crimson'.*got 'no colour'"),
        style(colors={"a": "no colour"}),
    ):
        pass


def test_a_dark_page_has_dark_figures():
    with style(dark=True):
        figure, colors = drawn()
    assert colors["clip=low"] == _looks.ON_DARK[0]
    assert to_hex(figure.get_facecolor()) == "#111418"
    ax = figure.axes[0]
    assert all(sum(to_rgb(text.get_color())) > 1.2 for text in [ax.xaxis.label, *ax.get_xticklabels()])


def test_settings_of_the_callers_hold():
    with mpl.rc_context({"font.size": 17.0, "font.family": ["serif"], "axes.prop_cycle": cycler(color=["k", "r"])}):
        figure, colors = drawn()
        ax = figure.axes[0]
        assert ax.xaxis.label.get_fontsize() == 17.0
        assert ax.xaxis.label.get_fontfamily()[0] == "serif"
    assert [colors[name] for name in ("clip=low", "clip=high")] == ["#000000", "#ff0000"]


def test_axes_that_a_figure_is_drawn_into_get_the_style():
    plain, dressed = (Figure().add_subplot() for _ in range(2))
    drawn(ax=plain)
    with style("paper"):
        drawn(ax=dressed)
    assert plain.spines["top"].get_visible()
    assert not dressed.spines["top"].get_visible()
    assert dressed.xaxis.label.get_fontsize() == 8.5


def test_two_figures_in_one_panel_have_two_colours_and_two_names():
    ax = Figure().add_subplot()
    runs = {"a": [0.1, 0.4, 0.6], "b": [0.2, 0.5, 0.9]}
    for scores in (runs, runs):
        plot_score_distributions(scores, ax=ax)
    named = {str(line.get_label()): to_hex(line.get_color()) for line in ax.lines}
    assert list(named) == ["a", "b", "a (2)", "b (2)"]
    assert list(named.values()) == [_looks.look(i).color for i in range(4)]
