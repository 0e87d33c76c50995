"""Every figure of a Comparison, one at a time."""

from collections.abc import Iterator

from matplotlib.figure import Figure

from ...comparison import Comparison, Curves
from .._draw._figure import Width
from ..algorithms._improvement import plot_rank_distributions
from ..algorithms._profiles import plot_performance_profiles
from ._coverage import plot_coverage
from ._curves import plot_common_curves, plot_task_curves
from ._differences import plot_differences
from ._improvement_matrix import plot_improvement_matrix
from ._task_improvements import plot_task_improvements
from ._task_scores import plot_task_scores
from ._tiers import plot_tiers


def draw_comparison(
    comparison: Comparison, *, curves: Curves | None = None, width: Width = None
) -> Iterator[tuple[str, Figure]]:
    """Every figure that says something of it, with its name: one at a time, as each may be large."""
    if curves is not None:
        yield "common_curves", plot_common_curves(curves, width=width)
        if len(curves.task_names) > 1:
            yield "task_curves", plot_task_curves(curves, width=width)
    yield "tiers", plot_tiers(comparison, width=width)
    yield "coverage", plot_coverage(comparison, width=width)
    yield "task_scores", plot_task_scores(comparison, width=width)
    if len(comparison.algorithms) < 2:
        return
    yield "differences", plot_differences(comparison, width=width)
    if len(comparison.task_names) > 1:
        yield "task_improvements", plot_task_improvements(comparison, width=width)
    yield "profiles", plot_performance_profiles(comparison, width=width)
    yield "improvement_matrix", plot_improvement_matrix(comparison, width=width)
    if len(comparison.algorithms) > 2:
        yield "ranks", plot_rank_distributions(comparison, width=width)
