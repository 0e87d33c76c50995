"""One section of the page: a View under a name, with the metadata it was saved with."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from .._printable import printable
from .._steps import MOST
from ..view import View

_ASKED = ("TOTAL_TIMESTEPS", "total_timesteps", "total_steps", "num_timesteps")
"""The names of the budget in the configurations of common codebases."""
Parameters = list[dict[str, str | bool | int | float]]


@dataclasses.dataclass(frozen=True, eq=False)
class Section:
    """One saved file, or one object handed to `write`."""

    name: str
    view: View
    metadata: Mapping[str, Any]
    figures: Mapping[str, Figure] | None = None
    """Figures of the view by name, drawn in `plots.style(captions=False)`; None: they are drawn for the page."""

    def __post_init__(self) -> None:
        _ = self.view.per_run  # a page has a row for every run

    @property
    def asked_steps(self) -> float | None:
        """The environment steps that the configuration asked for; None if it does not say."""
        config = self.metadata.get("config")
        for name in _ASKED:
            for place in (config, self.metadata):
                if isinstance(place, Mapping) and isinstance(given := place.get(name), int | float) and given < MOST:
                    return float(given)
        return None

    @property
    def parameters(self) -> Parameters | None:
        """The metadata's `parameters`, if each configuration has a mapping of the same names to numbers or texts."""
        given = self.metadata.get("parameters")
        if not isinstance(given, list | tuple) or len(given) != self.view.configurations:
            return None
        if not all(isinstance(one, dict) and list(one) == list(given[0]) for one in given):
            return None
        plain = [n for n in given[0] if all(isinstance(one[n], str | bool | int | float) for one in given)]
        return [{printable(str(name)): _drawable(one[name]) for name in plain} for one in given] if plain else None


def _drawable(value: str | bool | int | float) -> str | bool | int | float:
    """A value that an axis takes: a whole number that it has no room for is text."""
    if isinstance(value, str):
        return printable(value)
    return str(value) if isinstance(value, int) and value.bit_length() > 64 else value
