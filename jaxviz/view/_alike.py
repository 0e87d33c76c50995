"""Results that stand in one figure: of one metric, in one direction."""

from collections.abc import Mapping

from ..aggregation import Aggregate
from ..analysis import Analysis
from ._view import View


def check_alike(results: Mapping[str, View | Analysis | Aggregate], argument: str) -> None:
    """ValueError if what one figure compares differs in its metric, or in whether lower is better."""
    for word in ("metric", "minimize"):
        found = {name: getattr(one, word) for name, one in results.items()}
        if len(set(found.values())) > 1:
            listing = ", ".join(f"{value!r} ({name})" for name, value in found.items())
            raise ValueError(
                f"`{argument}` must agree in `{word}`, got {listing:.200}: compare those that do, or read them alike "
                "with name= and minimize="
            )
