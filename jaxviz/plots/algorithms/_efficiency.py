"""Sample efficiency: the aggregate score of algorithms on all tasks after so many environment steps."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._types import Array
from ...host import as_array, to_host
from ...stats import Interval
from ...view import _looks, _series
from .._draw import _axes, _captions, _figure, _marks
from .._draw._figure import PathLike, Width, Words
from ._intervals import interval_words, on_host


@explained
def plot_sample_efficiency(
    intervals: Mapping[str, Interval],
    step: Any,
    save_path: PathLike | None = None,
    *,
    y_name: str = "IQM of the normalized score",
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The score over all tasks after so many environment steps: one line with its band per algorithm.

    `intervals`: algorithm → Interval [point], as `stats.bootstrap_interval` returns it for scores [run, task, point]
    and an aggregate such as `stats.iqm`, which `y_name` names. `step` [point]: environment steps, one axis for all.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> scores = np.arange(6.0).reshape(3, 2)  # [run, point]
    >>> mean = stats.pointwise(stats.mean)
    >>> interval = stats.bootstrap_interval(jax.random.key(0), mean, scores, unit="run")
    >>> figure = jv.plots.plot_sample_efficiency({"PPO": interval}, [1000, 2000], y_name="Mean score")
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: Mean score.
    """
    _figure.check(save_path, words)
    _figure.check_named(intervals, "intervals")
    host, x = on_host(intervals), to_host(as_array(step, "step"))
    _check(host, x)
    first = host[next(iter(host))]
    caption = [
        f"Line: {y_name}; band: pointwise {interval_words(first)}, {int(first.n_tasks.max())} tasks.",
        _captions.x_axis(_series.STEPS),
    ]
    draw = partial(_draw, intervals=host, x=x, y_name=y_name)
    return _figure.draw_one(draw, caption, save_path, width=width, ax=ax, words=words)


def _check(intervals: Mapping[str, Interval], x: Array) -> None:
    for name, interval in intervals.items():
        shape = interval.estimate.shape if isinstance(interval, Interval) else None
        if x.ndim != 1 or shape != x.shape:
            raise ValueError(f"the Interval of {name!r} must have the shape [point] of `step` {x.shape}, got {shape}")


def _draw(ax: Axes, intervals: Mapping[str, Interval], x: Array, y_name: str) -> None:
    _axes.label(ax, x=_series.STEPS, y=y_name)
    for (name, interval), look in zip(intervals.items(), _looks.looks(list(intervals)), strict=True):
        _marks.line(ax, x, interval.estimate, look, label=name)
        _marks.band(ax, x, interval.low, interval.high, look)
