"""Camps of seeds: whether the final levels of runs have more than one mode, in words."""

from collections.abc import Sequence

from .._types import Array
from ..host import to_host
from . import _compute
from ._numbers import Form, number, percent

CAMPS_LEVEL = 0.05
"""Of the dip test, for each configuration: unimodal samples are called camps in 2 to 4 % of cases."""


def camps_p(final: Array) -> Array:
    """p of Hartigan's dip test of the final level of each configuration [configuration, run]; NaN below four runs."""
    return to_host(_compute.camps(final)).p_value[: len(final)]


def camps_words(p: Array, labels: Sequence[str], final_name: str, form: Form = number) -> list[str]:
    """A sentence for each configuration whose runs fall into camps: not by the target, which may cut any sample."""
    return [
        f"Camps of seeds in {label}: the {final_name}s of its runs have more than one mode (Hartigan's dip test, "
        f"p = {form(one)}, level {percent(CAMPS_LEVEL)}). One estimate over them may describe none; look at the "
        "single seeds."
        for label, one in zip(labels, p.tolist(), strict=True)
        if one <= CAMPS_LEVEL
    ]
