"""Text as LaTeX: every character of a name that would be a command, or that the fonts lack, is written as one."""

from .._printable import printable

_ESCAPES = str.maketrans(
    {
        **{c: f"\\{c}" for c in "%&#_{}$"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"$<$",
        ">": r"$>$",
        "±": r"$\pm$",
        "×": r"$\times$",
        "−": r"$-$",
        "–": "--",
        "∞": r"$\infty$",
        "τ": r"$\tau$",
        "σ": r"$\sigma$",
        "μ": r"$\mu$",
        "↑": r"$\uparrow$",
        "↓": r"$\downarrow$",
    }
)


def escape(text: str) -> str:
    """`text` so that LaTeX prints it as it is."""
    return printable(text, lines=True).translate(_ESCAPES)
