"""One line of a notebook's output that is drawn again in its place; rich itself needs ipywidgets for that."""

import io
from typing import Any

WIDTH = 110
HTML_FORM = '<pre style="white-space:pre;line-height:normal;margin:0">{code}</pre>'


class Cell:
    """A place in the output of the cell that runs."""

    def __init__(self) -> None:
        from IPython.display import HTML, display  # pyright: ignore[reportMissingImports]  # notebooks have it

        self._html = HTML
        self._handle = display(HTML(""), display_id=True)

    def draw(self, renderable: Any) -> None:
        """Show this now."""
        from rich.console import Console

        page = Console(file=io.StringIO(), record=True, force_jupyter=False, width=WIDTH)
        page.print(renderable)
        self._handle.update(self._html(page.export_html(inline_styles=True, code_format=HTML_FORM)))
