"""Characters that the default font lacks: taken from other fonts that are installed, or said once."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

_WIDE = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans CJK TC", "Noto Sans CJK KR", "Noto Sans JP", "Noto Sans SC",
    "Noto Sans KR", "Source Han Sans", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback",
    "Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic", "Meiryo", "Malgun Gothic",
    "SimHei", "Arial Unicode MS", "Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol",
)  # fmt: skip
"""Fonts of other scripts, of which systems have one or another."""
_MOST_NAMED = 8


@cache
def _installed() -> tuple[str, ...]:
    known = {font.name for font in fontManager.ttflist}
    return tuple(name for name in _WIDE if name in known)


def families() -> list[str]:
    """The families of the settings, then those that have other scripts."""
    return [*mpl.rcParams["font.family"], *_installed()]


@contextmanager
def said_once() -> Iterator[None]:
    """Without matplotlib's warning of every character each time that it is measured or drawn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ ", category=UserWarning)
        yield


def warn_of_missing(figure: Figure) -> None:
    """One warning for all characters of a figure that no font has: boxes are drawn for them."""
    used = {character for text in figure.findobj(Text) if isinstance(text, Text) for character in text.get_text()}
    if all(character.isascii() for character in used):
        return
    fonts = [get_font(findfont(FontProperties(family=[name]))) for name in mpl.rcParams["font.family"]]
    missing = sorted(c for c in used if c.isprintable() and not any(font.get_char_index(ord(c)) for font in fonts))
    if missing:
        named = " ".join(missing[:_MOST_NAMED]) + (" …" if len(missing) > _MOST_NAMED else "")
        warnings.warn(
            f"Glyph {named} missing from fonts ({mpl.rcParams['font.family'][0]}): boxes stand for {len(missing)} "
            "characters; install a font that has them, such as Noto Sans CJK",
            stacklevel=2,
        )
