"""Numbers, names and LaTeX in text."""

import math
from typing import get_args

import numpy as np
import pytest

from jaxviz.aggregation import Statistic
from jaxviz.view import _latex, _names, _numbers


@pytest.mark.parametrize(
    ("x", "number", "typeset", "plain"),
    [
        (475, "475", "475", "475"),
        (-0.25, "-0.25", "−0.25", "−0.25"),
        (0.123456789, "0.1235", "0.1235", "0.123456789"),
        (1234567.4, "1,234,567", "1,234,567", "1,234,567.4"),
        (-1000.0, "-1,000", "−1,000", "−1,000"),
        (12_345_678_901, "12,345,678,901", "12,345,678,901", "12,345,678,901"),
        (np.float32(8_250_002_432), "8,250,002,000", "8,250,002,000", "8,250,002,000"),
        (math.nan, "undefined", "undefined", "nan"),
        (-math.inf, "-inf", "−∞", "−inf"),
    ],
)
def test_numbers(x, number, typeset, plain):
    assert (_numbers.number(x), _numbers.typeset(x), _numbers.plain(x)) == (number, typeset, plain)


def test_percent():
    assert [_numbers.percent(x) for x in (0.95, 0.999, 0.5)] == ["95%", "99.9%", "50%"]


def test_every_statistic_has_its_names():
    for names in (_names.IN_SENTENCE, _names.AT_START, _names.IN_FULL):
        assert set(names) == set(get_args(Statistic))


def test_latex_prints_names_as_they_are():
    assert _latex.escape(r"50% a_b {x} \n ∞ −1") == r"50\% a\_b \{x\} \textbackslash{}n $\infty$ $-$1"
