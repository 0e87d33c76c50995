"""What a notebook shows where a cell ends with a figure, asked as IPython asks."""

import base64
import io
import subprocess
import sys

from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from PIL import Image

from jaxviz import plots

RANKS = {"a": [0.7, 0.3], "b": [0.3, 0.7]}


def shown(figure, **options):
    """Pictures and their sizes, by kind: IPython sends them to the page."""
    data, about = DisplayFormatter().format(figure, **options)
    return data, about


def test_a_cell_that_ends_with_a_figure_shows_it():
    data, about = shown(plots.plot_rank_distributions(RANKS, width="column"))
    assert set(data) == {"image/png", "text/plain"}
    with Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) as image:
        assert image.width == round(3.25 * 160)
        assert about["image/png"]["width"] == 312
        assert abs(about["image/png"]["height"] - image.height * 96 / 160) < 1


def test_a_page_may_ask_for_svg_or_for_nothing():
    figure = plots.plot_rank_distributions(RANKS)
    data, _ = shown(figure, include={"image/svg+xml"})
    assert data["image/svg+xml"].startswith("<?xml")
    assert ">Probability<" in data["image/svg+xml"]
    assert "image/png" not in shown(figure, exclude={"image/png"})[0]


def test_a_figure_of_the_callers_stays_theirs():
    own = Figure()
    table = [{"lr": lr, "score": [lr]} for lr in (1.0, 2.0)]
    assert plots.plot_hyperparameter_sensitivity(table, "score", ax=own.add_subplot()) is own
    assert type(own) is Figure


def test_showing_needs_no_pyplot():
    script = (
        "import sys\nfrom jaxviz import plots\nfrom IPython.core.formatters import DisplayFormatter\n"
        f"data, _ = DisplayFormatter().format(plots.plot_rank_distributions({RANKS!r}))\n"
        "print('image/png' in data, 'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
