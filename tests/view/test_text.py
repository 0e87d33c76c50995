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
        (1e30, "1e+30", "1e+30", "1e+30"),
        (np.float32(1e30), "1e+30", "1e+30", "1e+30"),
        (-2.5e17, "-2.5e+17", "−2.5e+17", "−2.5e+17"),
        (2**53, "9,007,199,254,740,992", "9,007,199,254,740,992", "9,007,199,254,740,992"),
        (math.nan, "undefined", "undefined", "nan"),
        (-math.inf, "-inf", "−∞", "−inf"),
    ],
)
def test_numbers(x, number, typeset, plain):
    assert (_numbers.number(x), _numbers.typeset(x), _numbers.plain(x)) == (number, typeset, plain)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1e6 + 0.5, 1e6 + 0.25, 1e6 + 0.8125), "1,000,000.5 1,000,000.2 1,000,000.8"),
        (np.array([1e6 + 0.5, 1e6 + 0.25, 1e6 + 0.8125], np.float32), "1,000,000.5 1,000,000.2 1,000,000.8"),
        ((0.50001, 0.50002, 0.50003), "0.50001 0.50002 0.50003"),
        ((1000.25, 1000.25, 1000.25), "1,000 1,000 1,000"),
        ((2.0, 1.5, 2.5), "2 1.5 2.5"),
        ((1.00001e30, 1e30, 1.00002e30), "1.00001e+30 1e+30 1.00002e+30"),
        ((1e6 + 0.5, 1e6 - 0.0625, 1e6 + 1.0625), "1,000,000.5 999,999.94 1,000,001.1"),
        ((1000.4, 999.6, 1001.3), "1,000.4 999.6 1,001.3"),
        ((24321.5, 23000.25, 25000.75), "24,322 23,000 25,001"),
        ((math.nan, math.nan), "undefined undefined"),
        ((0.0, -math.inf, math.inf), "0 -inf inf"),
        ((1.0, 1.0 + 2**-52), "1 1.0000000000000002"),
    ],
)
def test_numbers_beside_each_other_are_told_apart(values, expected):
    assert " ".join(_numbers.told_apart(values)) == expected


def test_a_span_has_two_ends_where_they_differ():
    assert _numbers.span(1000.1, 1000.2) == "1,000.1 to 1,000.2"
    assert _numbers.span(-1000.0, 3, _numbers.typeset) == "−1,000 to 3"
    assert _numbers.span(7, 7) == "7"


def test_percent():
    assert [_numbers.percent(x) for x in (0.95, 0.999, 0.5)] == ["95%", "99.9%", "50%"]


def test_every_statistic_has_its_names():
    for names in (_names.IN_SENTENCE, _names.AT_START, _names.IN_FULL):
        assert set(names) == set(get_args(Statistic))


def test_latex_prints_names_as_they_are():
    assert _latex.escape(r"50% a_b {x} \n ∞ −1") == r"50\% a\_b \{x\} \textbackslash{}n $\infty$ $-$1"
