"""Text from anybody as text that terminals, XML and readers take as it is: nothing in it is a command."""

import re

_COMMANDS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, which terminals obey and XML forbids, other ends of lines, halves of characters, and those that
turn the direction of writing, so that a text reads as another one."""
_KEPT_IN_LINES = "\n\t"


def printable(text: str, *, lines: bool = False) -> str:
    """The text with every character that is a command written out, as `\\x1b`; `lines`: ends of lines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return _COMMANDS.sub(lambda found: _written(found[0], lines), text)


def _written(character: str, lines: bool) -> str:
    if lines and character in _KEPT_IN_LINES:
        return character
    return character.encode("unicode_escape").decode()
