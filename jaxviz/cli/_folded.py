"""Long lines on a terminal: broken between words, with what follows under the text of the first."""

import re
import shutil
import sys
import textwrap

_NARROWEST = 40
_LEAD = re.compile(r"\s*(→ )?")


def folded(text: str, *, error: bool = False) -> str:
    """The text with no line wider than the terminal; as it is where none is there: a program reads line by line."""
    stream = sys.stderr if error else sys.stdout
    if not stream.isatty():
        return text
    width = max(shutil.get_terminal_size().columns, _NARROWEST)
    return "\n".join(_folded(line, width) for line in text.splitlines())


def _folded(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    lead = _LEAD.match(line)
    indent = " " * (len(lead[0]) + (0 if lead[1] else 2) if lead else 2)
    lines = textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
