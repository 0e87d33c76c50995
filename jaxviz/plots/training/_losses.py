"""Losses and update diagnostics over training."""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._joining import stack_runs
from ..._run import LossSeries
from ...host import as_array
from ...inputs import _fields, _parts
from ...view import RESULTS, View, _series, analyze_run, from_analysis, without_returns
from ...view._make import are_runs, check_data, view_of
from ...view._numbers import plain
from .._draw import _captions, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words
from ._panels import draw_loss

_WANTED = "losses of every update, a TrainingRun, an Analysis or an Aggregate"
_DIAGNOSTICS = ("kl", "clip", "explained", "entropy", "grad", "norm", "dorm", "rank", "ratio", "learning_rate", "lr")


@explained
def plot_loss_curves(
    losses: Any,
    save_path: PathLike | None = None,
    *,
    names: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """Every loss and diagnostic over the updates, one panel each.

    `losses`: one series or name → series, [update], [run, update] or [configuration, run, update]; or a TrainingRun,
    an Analysis or an Aggregate that has them. `names` chooses some. Many runs: the IQM with a bootstrap band of
    `level`.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_loss_curves({"value_loss": [3.0, 2.0, 1.0], "entropy": [0.7, 0.6, 0.5]})
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: value of each update, one run.
    """
    _figure.check(save_path, words)
    view = loss_view(losses, labels=labels, level=level)
    return _draw(view, _chosen(view, names), width, save_path, words)


@explained
def plot_diagnostics(
    losses: Any,
    save_path: PathLike | None = None,
    *,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """The health of the updates: KL, clip fraction, explained variance, entropy, gradient norms, dormancy.

    Takes the arguments of `plot_loss_curves` and draws the series that are diagnostics by their names; ValueError if
    there are none.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_diagnostics({"value_loss": [3.0, 2.0, 1.0], "entropy": [0.7, 0.6, 0.5]})
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: value of each update, one run.
    """
    _figure.check(save_path, words)
    view = loss_view(losses, labels=labels, level=level)
    return draw_called(view, *_DIAGNOSTICS, width=width, save_path=save_path, words=words)


@explained
def plot_kl_divergence(
    kl: Any,
    save_path: PathLike | None = None,
    *,
    target: float | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """The divergence of the new policy from the old one at every update.

    `kl`: [update], [run, update] or [configuration, run, update]; or a TrainingRun, an Analysis or an Aggregate that
    has series with "kl" in their names. `target`: the divergence that was aimed at, dashed.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_kl_divergence([0.01, 0.02, 0.01], target=0.015)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: value of each update, one run.
    """
    _figure.check(save_path, words)
    if kl is None:
        raise ValueError("`kl` is None: give one number for each update, or a TrainingRun that has them")
    kl = stack_runs(kl) if are_runs(kl) else kl
    check_data(kl, "kl", _WANTED)
    view = loss_view({"kl": kl} if _is_array(kl) else kl, labels=labels, level=level)
    return draw_called(view, "kl", width=width, save_path=save_path, words=words, target=target)


def _is_array(x: Any) -> bool:
    return not isinstance(x, Mapping | RESULTS)


def loss_view(losses: Any, *, labels: Sequence[str] | None = None, level: float = 0.95) -> View:
    """The view of a figure of losses, which may come without returns."""
    losses = stack_runs(losses) if are_runs(losses) else losses
    if isinstance(losses, RESULTS):
        view = view_of(losses, "losses", labels=labels, level=level)
    else:
        check_data(losses, "losses", _WANTED)
        series = _read(losses)
        batch = next(iter(series.values.values())).shape[:-1]
        analysis = analyze_run(without_returns(batch, losses=series), groups=())
        view = from_analysis(analysis, None, labels, level)
    if not _series.loss_names(view):
        raise ValueError("`losses` has none to draw: read the run with them, e.g. jv.from_arrays(returns, losses=...)")
    return view


def _read(losses: Any) -> LossSeries:
    """Losses whose axes but the last are batch axes."""
    named = losses if isinstance(losses, Mapping) else {"loss": losses}
    first = next(iter(_fields.flatten_names(named).items()), None)
    if first is None:
        raise ValueError("`losses` is empty: give at least one series")
    shape = as_array(first[1], f"losses[{first[0]!r}]").shape
    if not shape or 0 in shape:
        raise ValueError(f"`losses[{first[0]!r}]` must be [..., update] with one update at least, got shape {shape}")
    return _parts.read_losses(named, shape[:-1])


def _chosen(view: View, names: Sequence[str] | None) -> tuple[str, ...]:
    known = _series.loss_names(view)
    if isinstance(names, str):
        raise ValueError(f"`names` must be a list of {', '.join(known)}; got {names!r}: give [{names!r}]")
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise ValueError(f"`names` must be among {', '.join(known)}; got {', '.join(map(repr, unknown))}")
    return known if names is None else tuple(names)


def draw_called(
    view: View, *parts: str, width: Width, save_path: PathLike | None, words: Words, target: float | None = None
) -> Figure:
    """The series with one of `parts` in their names; losses are left out."""
    known = _series.loss_names(view)
    found = [n for n in known if "loss" not in n.lower() and any(part in n.lower() for part in parts)]
    if not found:
        raise ValueError(f"no series has {' or '.join(map(repr, parts))} in its name; there are {', '.join(known)}")
    return _draw(view, found, width, save_path, words, target=target)


def has_diagnostics(view: View) -> bool:
    """There are series for `plot_diagnostics`."""
    names = [name.lower() for name in _series.loss_names(view)]
    return any(part in name for name in names for part in _DIAGNOSTICS if "loss" not in name)


def _draw(
    view: View,
    names: Sequence[str],
    width: Width,
    save_path: PathLike | None,
    words: Words,
    *,
    target: float | None = None,
) -> Figure:
    """One panel per series."""
    panels = [Panel(partial(_draw_panel, view=view, name=name, target=target)) for name in names]
    series = _series.loss_curve(view, names[0])
    rows = _figure.in_rows(panels, 3 if len(panels) > 4 else 2)
    caption = [
        _captions.curve(view, dataclasses.replace(series, what="value of each update")),
        "" if target is None else f"Dashed: target {plain(target)}.",
        _captions.colors(view),
        _diverged_losses(view, names),
        _captions.x_axis(series.x_name),
    ]
    return _figure.draw(rows, caption, save_path, width=width, row_height=2.1 if len(rows) > 1 else 2.6, words=words)


def _draw_panel(ax: Axes, view: View, name: str, target: float | None) -> None:
    draw_loss(ax, view, name)
    if target is not None:
        _marks.target(ax, target)


def _diverged_losses(view: View, names: Sequence[str]) -> str:
    """Which series are not finite in some run."""
    flags = None if view.analysis is None else view.analysis.diverged.losses
    found = [name for name in names if flags and flags[name].any()]
    return f"Not finite in some run: {', '.join(found)}." if found else ""
