"""Quantities over training: of every run, and over the runs."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import jax

from .._printable import printable
from .._steps import ExactSteps, plain
from .._types import Array
from ..aggregation import CurveAggregate, PolicyCourseAggregate
from ..analysis import AUTO, PolicyCourse, WindowStatistics
from ._view import View, capitalized, known

EpisodeQuantity = Literal["returns", "lengths"]
PolicyQuantity = Literal["entropy", "perplexity"]
PolicyVector = Literal["action_marginal", "mean_action", "mean_std"]
STEPS = "Environment steps"
ENTRIES = "Entry (number of the episode)"
"""The axis of windows of an Analysis whose episodes had steps: these are the run's, and the Analysis has none."""
SECONDS = "Wall-clock time (s)"
COUNTED = {"updates": "Update", "evaluation": "Evaluation", "episodes": "Episode"}
_UPDATE_VALUES = {
    "episode": "mean {} of the episodes that ended in an update (estimand: episode)",
    "pooled": "{} of the episodes that ended in an update, each episode counted once (estimand: pooled)",
    "update": "{} of each update",
    "hold": "latest finished {} of every environment (estimand: hold)",
}


@dataclasses.dataclass(frozen=True)
class Series:
    """One quantity over training, as NumPy arrays."""

    x_name: str
    y_name: str
    what: str
    """The quantity in the words of a caption."""
    x: Array | None
    """[configuration, run, point]; None: no single runs are known."""
    y: Array | None
    valid: Array | None
    over_runs: CurveAggregate | None
    """[configuration, point]; None: one run each."""
    end: Array | None = None
    """x at the end of the training [configuration]; None: that of the last point."""

    def run(self, configuration: int, run: int) -> tuple[Array, Array]:
        """x and y of one run where it has entries; NaN in y is data."""
        kept = known(self.valid)[configuration, run]
        return known(self.x)[configuration, run][kept], known(self.y)[configuration, run][kept]

    def grid(self, configuration: int) -> Array:
        """x of the curve over runs."""
        return _places(known(self.over_runs))[configuration]

    def middle_x(self, configuration: int) -> Array:
        """x of the line of a configuration: the curve over its runs, or its only run."""
        return known(self.x)[configuration, 0] if self.over_runs is None else self.grid(configuration)

    @property
    def counted(self) -> bool:
        """x counts entries instead of steps."""
        return self.x_name not in (STEPS, SECONDS)

    def _last(self, configuration: int) -> float:
        """x at the end of the training of a configuration."""
        if self.end is not None:
            return float(self.end[configuration])
        if self.x is None:
            return float(self.grid(configuration).max())
        return float(self.x[configuration][known(self.valid)[configuration]].max())

    def in_seconds(self, seconds: Sequence[float]) -> "Series":
        """The same over wall-clock time: configuration `c` took `seconds[c]`, each step as long as any other.

        The training ends at `end`, not at the last point: that of a curve by intervals is the centre of the last one.
        """
        x = None if self.x is None else self.x * 1.0
        grid = None if self.over_runs is None else _places(self.over_runs) * 1.0
        for c, total in enumerate(seconds):
            last = self._last(c)
            for places in (x, grid):
                if places is not None:
                    places[c] *= total / last
        over_runs = None if self.over_runs is None else dataclasses.replace(self.over_runs, step=grid)
        return dataclasses.replace(self, x_name=SECONDS, x=x, over_runs=over_runs)


def _ends(view: View) -> Array | None:
    """Steps of the training of each configuration; None: they are the last point of the curve."""
    if view.analysis is None or view.source != "episodes":
        return None
    return plain(view.analysis.total_steps).max(axis=-1)


def _places(over_runs: CurveAggregate) -> Array:
    """x of each point: its step, or its number from 1."""
    return over_runs.index + 1 if over_runs.step is None else plain(over_runs.step)


def learning_curve(view: View) -> Series:
    """The return over training; of a single run whose episodes are known, their trailing mean."""
    analysis, over_runs = view.analysis, None if view.summary is None else view.summary.curve
    if analysis is None:
        return _over_runs(trimmed(known(over_runs)), COUNTED[view.source], view.metric_label, _metric_words(view))
    curve = analysis.curve
    if view.is_one_run and view.source == "updates" and has_episodes(view) and analysis.windows:
        return _trailing_returns(view)
    x_name, x = (COUNTED[view.source], curve.order) if curve.step is None else (STEPS, curve.step)
    curves = None if over_runs is None else trimmed(over_runs)
    return Series(
        x_name, view.metric_label, _metric_words(view), plain(x), curve.value, curve.valid, curves, _ends(view)
    )


def trimmed(curve: CurveAggregate) -> CurveAggregate:
    """Curves over runs [configuration, point] without the empty places behind the last interval of all."""
    points = curve.count.shape[-1]
    used = curve.count.reshape(-1, points).any(axis=0)
    kept = slice(points - int(used[::-1].argmax()) if used.any() else 1)
    return jax.tree.map(lambda x: x[..., kept] if x.ndim > 1 and x.shape[-1] == points else x, curve)


def read_seconds(seconds: float | Sequence[float], configurations: int) -> tuple[float, ...]:
    """`seconds` of each configuration, from one number for all or one for each."""
    given = tuple(seconds) if isinstance(seconds, Sequence) else (seconds,) * configurations
    if len(given) != configurations or not all(0 < float(s) < float("inf") for s in given):
        raise ValueError(
            f"`seconds` must be one positive number, or one for each of {configurations} configurations; "
            f"got {seconds!r}"
        )
    return tuple(map(float, given))


def _trailing_returns(view: View) -> Series:
    episodes = known(known(view.run).episodes)
    mean = longest_window(known(view.per_run.windows)).mean
    averaged = f"trailing mean of the {view.metric} over {view.window_words}"
    words = f"{view.metric} of each episode" if view.window[1] == 1 else averaged
    x_name, x = "Episode" if episodes.step is None else STEPS, positions(episodes.step, mean)
    full = positions(None, mean) >= view.window[1]
    return Series(x_name, view.metric_label, words, x, mean, episodes.valid & full, None)


def _metric_words(view: View) -> str:
    owner = view.estimates if view.analysis is None else view.analysis.curve
    if view.source == "updates":
        return _UPDATE_VALUES[owner.estimand].format(view.metric)
    if view.source == "evaluation":
        return f"mean {view.metric} of the evaluation rollouts"
    return _episode_words(view)


def _episode_words(view: View) -> str:
    """A curve by intervals; of a single run in which no interval has two episodes nothing is averaged."""
    in_intervals = f"{_interval_count(view)}equal intervals of training"
    if view.is_one_run and view.analysis is not None and view.analysis.curve.count.max() <= 1:
        alone = view.analysis.curve.count.sum() == 1
        each = f"{view.metric} of {'the only episode' if alone else 'each episode'}"
        return each if alone else f"{each}, at the centre of one of {in_intervals}"
    return f"mean {view.metric} of the episodes in {in_intervals}"


def _interval_count(view: View) -> str:
    """``200 ``; "" if it is not the same for all runs."""
    counts = None if view.analysis is None else view.analysis.curve.intervals
    if counts is None or counts.min() != counts.max() or view.summary is not None:
        return ""
    return f"{int(counts.max())} "


def evaluation_curve(view: View) -> Series | None:
    """Mean return of the evaluation rollouts at each evaluation; None where there are none."""
    over_runs = None if view.summary is None else view.summary.evaluation
    evaluation = None if view.analysis is None else view.analysis.evaluation
    words, label = f"mean {view.metric} of the evaluation rollouts", _evaluation_label(view)
    if evaluation is None:
        return None if over_runs is None else _over_runs(over_runs, "Evaluation", label, words)
    x_name = "Evaluation" if evaluation.step is None else STEPS
    x = positions(evaluation.step, evaluation.mean)
    return Series(x_name, label, words, x, evaluation.mean, evaluation.count > 0, over_runs)


def _evaluation_label(view: View) -> str:
    return "Evaluation return" if view.metric == "return" else view.metric_label


def loss_names(view: View) -> tuple[str, ...]:
    """Names of the losses and diagnostics."""
    if view.analysis is not None:
        return () if view.analysis.losses is None else tuple(view.analysis.losses.values)
    return tuple(view.estimates.losses or ())


def loss_curve(view: View, name: str) -> Series:
    """One loss or diagnostic over the updates."""
    over_runs = None if view.summary is None else known(view.summary.losses)[name]
    label, words = distinct_labels(loss_names(view))[name], f"{name} of each update"
    if view.analysis is None:
        return _over_runs(known(over_runs), "Update", label, words)
    losses = known(view.analysis.losses)
    y = losses.values[name]
    x_name = "Update" if losses.step is None else STEPS
    valid = _every(y) if losses.valid is None else losses.valid
    return Series(x_name, label, words, positions(losses.step, y), y, valid, over_runs)


def policy_curve(view: View, name: PolicyQuantity) -> Series:
    """The entropy or the perplexity of the sampled policy over training."""
    course, over_runs = known(view.per_run.policies), None if view.summary is None else view.summary.policies
    y = known(course.entropy if name == "entropy" else course.perplexity)
    x_name, words = COUNTED["updates"] if course.step is None else STEPS, f"{name} of the policy"
    curve = over_runs and (over_runs.entropy if name == "entropy" else over_runs.perplexity)
    return Series(x_name, readable(name), words, positions(course.step, y), y, _every(y), curve)


def policy_means(view: View, name: PolicyVector) -> Array:
    """A vector of the policy over training [update, component]: the mean over runs, or that of the only run."""
    if view.summary is None:
        return known(_policy_vector(known(view.per_run.policies), name))[0, 0]
    return known(_policy_vector(known(view.summary.policies), name))[0]


def _policy_vector(policies: PolicyCourse | PolicyCourseAggregate, name: PolicyVector) -> Array | None:
    match name:
        case "action_marginal":
            return policies.action_marginal
        case "mean_action":
            return policies.mean_action
        case "mean_std":
            return policies.mean_std


def _over_runs(over_runs: CurveAggregate, counted: str, y_name: str, what: str) -> Series:
    """A series of which single runs are not known."""
    return Series(counted if over_runs.step is None else STEPS, y_name, what, None, None, None, over_runs)


def has_episodes(view: View) -> bool:
    """The caller gave single episodes."""
    return view.run is not None and view.run.episodes is not None


def episodes_of(view: View, configuration: int, quantity: EpisodeQuantity) -> tuple[Array, Array]:
    """Position and return or length of every episode of a configuration, one run after the other."""
    episodes = known(known(view.run).episodes)
    y = episodes.returns if quantity == "returns" else known(episodes.lengths)
    kept = episodes.valid[configuration]
    return positions(episodes.step, y)[configuration][kept], y[configuration][kept]


def longest_window(windows: Mapping[str, WindowStatistics]) -> WindowStatistics:
    """The statistics of the longest window: the one that scalars read."""
    return windows[longest_name(windows)]


def longest_name(names: Iterable[str]) -> str:
    """The name of the longest window."""
    return max(names, key=lambda name: 0 if name == AUTO else int(name))


def positions(step: ExactSteps | None, like: Array) -> Array:
    """Steps, or 1, 2, 3, … along the last axis of `like` if they are unknown."""
    return _every(like).cumsum(axis=-1) if step is None else plain(step)


def _every(y: Array) -> Array:
    """True everywhere."""
    return (y == y) | True


def readable(name: str) -> str:
    """A metric's name as a label: ``train/value_loss`` → ``Value loss``."""
    words = printable(name).rsplit("/", 1)[-1].replace("_", " ").strip()
    known = {"approx kl": "Approximate KL", "kl": "KL"}
    return known.get(words.lower(), capitalized(words))


def distinct_labels(names: Sequence[str]) -> dict[str, str]:
    """Each name as a label; those that would read alike with the parts of their paths in which they differ.

    ``critic_0/loss/mean`` and ``critic_1/loss/mean`` → ``Mean (critic_0)`` and ``Mean (critic_1)``.
    """
    labels = {name: readable(name) for name in names}
    for label in set(labels.values()):
        alike = [name for name in names if labels[name] == label]
        if len(alike) > 1:
            labels |= {name: f"{label} ({_own_parts(name, alike)})" for name in alike}
    return labels


def _own_parts(name: str, others: Sequence[str]) -> str:
    """The parts of a path that not all others have at their places, counted from the end."""
    paths = [other.split("/")[::-1] for other in others]
    own = printable(name).split("/")[::-1]
    kept = [part for i, part in enumerate(own) if any(i >= len(path) or path[i] != part for path in paths)]
    return "/".join(kept[::-1]) or printable(name)


def metric_label(view: View, name: str) -> str:
    """A number of the Analysis as a label: ``final`` → ``Return, last tenth of training``."""
    return f"{view.metric_label}, last tenth of training" if name == "final" else readable(name)
