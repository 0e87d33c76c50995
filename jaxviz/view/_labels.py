"""Names that a caller gives to configurations, actions or series: one for each."""

from collections.abc import Mapping, Sequence

from .._kinds import described


def one_each(
    names: Sequence[str], count: int, things: str = "configurations", *, argument: str = "labels"
) -> list[str]:
    """The names as a list; ValueError unless there is one for each of `count` things: one text is no list of names."""
    if isinstance(names, str):
        raise ValueError(f"`{argument}` must name each of the {count} {things}, got {names!r}: give [{names!r}]")
    if isinstance(names, Mapping) or not hasattr(names, "__len__"):
        raise TypeError(
            f"`{argument}` must be a list of names, one for each of the {count} {things}, got {described(names)}"
        )
    if len(names) != count:
        raise ValueError(f"`{argument}` must name each of the {count} {things}, got {len(names)}: {list(names)!r:.60}")
    return [str(name) for name in names]
