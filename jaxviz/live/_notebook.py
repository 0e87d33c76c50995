"""A line of a notebook's output that is redrawn in place, without the ipywidgets that rich would need."""

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 110
"""Columns of the bar: an output cell is narrower than a terminal, and does not say how wide it is."""
HTML_FORM = '<pre style="white-space:pre;line-height:normal;margin:0">{code}</pre>'


class NotebookCell:
    """A place in the output of the running cell."""

    def __init__(self) -> None:
        from IPython.display import HTML, display  # notebooks have it

        self._html = HTML
        self._handle: Any = display(HTML(""), display_id=True)

    def draw(self, renderable: "RenderableType") -> None:
        """Show `renderable` in place of the last one."""
        from rich.console import Console

        page = Console(file=io.StringIO(), record=True, force_jupyter=False, width=WIDTH)
        page.print(renderable)
        self._handle.update(self._html(page.export_html(inline_styles=True, code_format=HTML_FORM)))
