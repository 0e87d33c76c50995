"""Figures that a notebook shows where a cell ends with one, without pyplot and without magics."""

import base64
import io
from collections.abc import Callable, Iterable
from typing import Any

from matplotlib.figure import Figure

from . import _style

_PNG, _SVG = "image/png", "image/svg+xml"
_POINTS_OF_SCREEN = 96.0
"""CSS pixels of an inch: a picture of more dots is shown at the width it was made for, and sharp."""


class NotebookFigure(Figure):
    """A figure that is its own picture in Jupyter, marimo, VS Code and Colab.

    The picture is a PNG at the `dpi` of its style, and an SVG if the page asks for one. A notebook asks the figure
    first and the formatters of `%matplotlib inline` after it, so a cell shows one picture with and without that.
    """

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
        """What a notebook shows: the kinds of picture it asks for, a PNG where it names none."""
        wanted = {_PNG} if include is None else set(include)
        kinds: dict[str, Callable[[], str]] = {_PNG: self._png, _SVG: self._svg}
        made = {kind: draw() for kind, draw in kinds.items() if kind in wanted - set(exclude or ())}
        return made, {_PNG: self._size()} if _PNG in made else {}

    def _png(self) -> str:
        return base64.b64encode(self._written("png")).decode("ascii")

    def _svg(self) -> str:
        return self._written("svg").decode()

    def _written(self, kind: str) -> bytes:
        about: dict[str, Any] = {"dpi": self.dpi, "metadata": {"Date": None} if kind == "svg" else None}
        with _style.applied(), io.BytesIO() as file:
            self.savefig(file, format=kind, **about)
            return file.getvalue()

    def _size(self) -> dict[str, int]:
        width, height = (round(inches * _POINTS_OF_SCREEN) for inches in self.get_size_inches())
        return {"width": width, "height": height}
