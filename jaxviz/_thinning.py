"""Fewer points of a series, evenly spaced."""


def evenly_spaced(size: int, most: int) -> list[int]:
    """At most `most` indices of `size` entries, evenly spaced, the first and the last among them.

    In whole numbers: `linspace` in float32 rounds some of them down, and skips entries even if all of them fit.
    """
    if size <= most:
        return list(range(size))
    if most == 1:
        return [0]
    return [i * (size - 1) // (most - 1) for i in range(most)]
