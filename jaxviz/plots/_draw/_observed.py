"""Numbers of a policy at the observations where it was asked."""

from matplotlib.axes import Axes

from ..._types import Array
from ...view import View
from . import _axes, _marks

_MOST_DOTS = 4000
"""Of more observations, every second, third, … is drawn: more dots would hide each other."""


def observations(view: View) -> Array | None:
    """Observations of the first coloured configuration [sample of any run, number]; None if unknown."""
    run = view.run
    if run is None or run.policy is None or run.policy.observations is None:
        return None
    seen = run.policy.observations[view.colored[0]]
    samples = seen.shape[0] * seen.shape[1]
    return seen.reshape(samples, -1) if seen.size else None


def draw_observed(ax: Axes, seen: Array, values: Array, limits: tuple[float, float], *, name: str, title: str) -> None:
    """The first two numbers of the observations [sample, number], coloured by `values` [sample].

    A single number: `values` against it.
    """
    every = -(-len(seen) // _MOST_DOTS)
    seen, values = seen[::every], values[::every]
    plane = seen.shape[1] > 1
    _axes.label(ax, x="Observation[0]", y="Observation[1]" if plane else name, title=title)
    shades = ax.scatter(
        seen[:, 0], seen[:, 1] if plane else values, c=values, s=6, vmin=limits[0], vmax=limits[1], linewidths=0,
        alpha=0.8, cmap="viridis", rasterized=len(seen) > _marks.RASTERIZE_FROM,
    )  # fmt: skip
    if plane:
        ax.figure.colorbar(shades, ax=ax, label=name)
