"""The palette as people see it, measured with colour-science: CIEDE2000, contrast, and Machado's colour-blind eyes."""

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jaxviz.view import _looks

with warnings.catch_warnings(), np.printoptions():  # it makes NumPy print as version 1.13 did, for all tests
    warnings.simplefilter("ignore")  # it names the optional libraries that it does not find
    import colour

EYES = (None, "Deuteranomaly", "Protanomaly", "Tritanomaly")
Colors = NDArray[Any]


def read(palette) -> Colors:
    """sRGB [color, channel] from 0 to 1."""
    return np.array([[int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)] for color in palette])


def seen(rgb: Colors, eyes: str | None) -> Colors:
    """What somebody without one kind of cones sees, as sRGB."""
    if eyes is None:
        return rgb
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that of tritanopia is an approximation
        matrix = colour.matrix_cvd_Machado2009(eyes, 1.0)
    linear = np.clip(colour.models.eotf_sRGB(rgb) @ matrix.T, 0, 1)
    return np.asarray(colour.models.eotf_inverse_sRGB(linear))


def lab(rgb: Colors) -> Colors:
    return np.asarray(colour.XYZ_to_Lab(colour.sRGB_to_XYZ(rgb)))


def floor(palette, eyes) -> float:
    """The smallest CIEDE2000 distance of two colours."""
    places = lab(seen(read(palette), eyes))
    distances = np.asarray(colour.delta_E(places[:, None], places[None], method="CIE 2000"))
    return float(distances[np.triu_indices(len(places), 1)].min())


def smallest_step(palette) -> float:
    """The smallest step of two colours in grey."""
    return float(np.diff(np.sort(lab(read(palette))[:, 0])).min())


def luminance(rgb: Colors) -> Colors:
    return colour.models.eotf_sRGB(rgb) @ [0.2126, 0.7152, 0.0722]


def contrast(palette, page) -> float:
    """The smallest contrast with the page, as WCAG defines it."""
    own, paper = luminance(read(palette)), luminance(read([page]))[0]
    brighter, darker = np.maximum(own, paper), np.minimum(own, paper)
    return float(((brighter + 0.05) / (darker + 0.05)).min())


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("palette", [_looks.PALETTE, _looks.ON_DARK], ids=["white", "dark"])
def test_colours_stay_apart(palette, eyes):
    assert floor(palette, eyes) >= 15.7


@pytest.mark.parametrize("palette", [_looks.PALETTE, _looks.ON_DARK], ids=["white", "dark"])
def test_the_first_are_different_greys(palette):
    assert smallest_step(palette[:4]) >= 8.7
    assert smallest_step(palette[:5]) >= 7.6


def test_every_colour_is_seen_on_its_page():
    assert contrast(_looks.PALETTE, "#ffffff") >= 3
    assert contrast(_looks.ON_DARK, "#111418") >= 3


@pytest.mark.parametrize("eyes", EYES)
def test_verdicts_stay_apart(eyes):
    assert floor((_looks.BETTER, _looks.EQUAL, _looks.WORSE), eyes) >= 12


def test_the_published_colours_would_fail():
    """What is asserted can fail: the palette that we had."""
    before = ("#0173B2", "#DE8F05", "#029E73", "#D55E00", "#CC78BC", "#CA9161", "#56B4E9", "#949494")
    assert floor(before, "Tritanomaly") < 6
    assert smallest_step(before[:4]) < 4


def test_lines_differ_where_colours_come_again():
    looks = [_looks.look(i) for i in range(32)]
    assert len({(look.color, look.line_style) for look in looks}) == 32
    assert [look.line_style for look in looks[:4]] == ["-"] * 4
    assert len({look.line_style for look in looks[4:8]}) == 3
    assert len({look.marker for look in looks[:8]}) == 8
    assert not looks[7].hollow
    assert looks[8].hollow


def test_a_name_keeps_its_colour_whatever_else_is_drawn():
    with _looks.kept(["a", "b", "c"]):
        assert _looks.looks(["c"]) == (_looks.look(2),)
        with _looks.kept(["c", "d"]):
            assert _looks.looks(["d", "c"]) == (_looks.look(3), _looks.look(2))


def test_colours_and_greys_that_are_asked_for():
    with _looks.chosen(colors={"ours": "#123456"}, highlight=("ours",)):
        ours, other = _looks.looks(["ours", "other"])
    assert ours.color == "#123456"
    assert other.color == _looks.FADED
    with _looks.chosen(dark=True):
        assert _looks.looks(["x"])[0].color == _looks.ON_DARK[0]
    with _looks.chosen(cycle=("#000001", "#000002")):
        assert [look.color for look in _looks.looks(["x", "y", "z"])] == ["#000001", "#000002", "#000001"]
