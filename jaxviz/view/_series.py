"""Quantities over training: of every run, and over the runs."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from ._view import View

EpisodeQuantity = Literal["returns", "lengths"]
STEPS = "Environment steps"
SECONDS = "Wall-clock time (s)"
COUNTED = {"updates": "Update", "evaluation": "Evaluation", "episodes": "Episode"}
_UPDATE_RETURNS = {
    "episode": "mean return of the episodes that ended in an update (estimand: episode)",
    "pooled": "return of the episodes that ended in an update, each episode counted once (estimand: pooled)",
    "hold": "latest finished return of every environment (estimand: hold)",
}


@dataclasses.dataclass(frozen=True)
class Series:
    """One quantity over training, as NumPy arrays."""

    x_name: str
    y_name: str
    what: str
    """The quantity in the words of a caption."""
    x: Any
    """[configuration, run, point]; None: no single runs are known."""
    y: Any
    valid: Any
    over_runs: Any
    """A `CurveAggregate` [configuration, point]; None: one run each."""

    def run(self, configuration: int, run: int) -> tuple[Any, Any]:
        """x and y of one run where it has entries; NaN in y is data."""
        kept = self.valid[configuration, run]
        return self.x[configuration, run][kept], self.y[configuration, run][kept]

    def grid(self, configuration: int) -> Any:
        """x of the curve over runs."""
        if self.over_runs.step is not None:
            return self.over_runs.step[configuration]
        return self.over_runs.index[configuration] + 1

    def middle_x(self, configuration: int) -> Any:
        """x of what stands for a configuration: the curve over its runs, or its only run."""
        return self.x[configuration, 0] if self.over_runs is None else self.grid(configuration)

    @property
    def counted(self) -> bool:
        """x counts entries instead of steps."""
        return self.x_name not in (STEPS, SECONDS)

    def in_seconds(self, seconds: Sequence[float]) -> "Series":
        """The same over wall-clock time: configuration `c` took `seconds[c]`, each step as long as any other."""
        x = None if self.x is None else self.x * 1.0
        curve: Any = self.over_runs
        grid: Any = None if curve is None else (curve.index + 1.0 if curve.step is None else curve.step * 1.0)
        for c, total in enumerate(seconds):
            last = grid[c].max() if x is None else x[c][self.valid[c]].max()
            for places in (x, grid):
                if places is not None:
                    places[c] *= total / last
        over_runs = None if curve is None else dataclasses.replace(curve, step=grid)
        return dataclasses.replace(self, x_name=SECONDS, x=x, over_runs=over_runs)


def learning_curve(view: View) -> Series:
    """The return over training; of a single run whose episodes are known, their trailing mean."""
    analysis, over_runs = view.analysis, view.summary and view.summary.curve
    if analysis is None:
        return _over_runs(over_runs, COUNTED[view.source], "Episodic return", _return_words(view))
    curve = analysis.curve
    if view.is_one_run and view.source == "updates" and has_episodes(view) and analysis.windows:
        return _trailing_returns(view)
    x_name = COUNTED[view.source] if curve.step is None else STEPS
    x = positions(curve.step, curve.value)
    return Series(x_name, "Episodic return", _return_words(view), x, curve.value, curve.valid, over_runs)


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
    episodes, mean = view.run.episodes, longest_window(view.analysis.windows).mean
    words = f"trailing mean of the return over {view.window} episodes (fewer at first)"
    x_name = "Episode" if episodes.step is None else STEPS
    return Series(x_name, "Episodic return", words, positions(episodes.step, mean), mean, episodes.valid, None)


def _return_words(view: View) -> str:
    owner = view.summary if view.analysis is None else view.analysis.curve
    if view.source == "updates":
        return _UPDATE_RETURNS[owner.estimand]
    if view.source == "evaluation":
        return "mean return of the evaluation rollouts"
    return f"trailing mean of the return over {owner.window} episodes (fewer at first)"


def evaluation_curve(view: View) -> Series | None:
    """Mean return of the evaluation rollouts at each evaluation; None where there are none."""
    over_runs = view.summary and view.summary.evaluation
    evaluation = view.analysis and view.analysis.evaluation
    words = "mean return of the evaluation rollouts"
    if evaluation is None:
        return over_runs and _over_runs(over_runs, "Evaluation", "Evaluation return", words)
    x_name = "Evaluation" if evaluation.step is None else STEPS
    x = positions(evaluation.step, evaluation.mean)
    return Series(x_name, "Evaluation return", words, x, evaluation.mean, evaluation.count > 0, over_runs)


def loss_names(view: View) -> tuple[str, ...]:
    """Names of the losses and diagnostics."""
    if view.analysis is not None:
        return () if view.analysis.losses is None else tuple(view.analysis.losses.values)
    return tuple((view.summary and view.summary.losses) or ())


def loss_curve(view: View, name: str) -> Series:
    """One loss or diagnostic over the updates."""
    over_runs = view.summary and view.summary.losses and view.summary.losses[name]
    label, words = readable(name), f"{name} of each update"
    if view.analysis is None:
        return _over_runs(over_runs, "Update", label, words)
    losses = view.analysis.losses
    y = losses.values[name]
    x_name = "Update" if losses.step is None else STEPS
    return Series(x_name, label, words, positions(losses.step, y), y, _every(y), over_runs)


def policy_curve(view: View, name: str) -> Series:
    """The "entropy" or "perplexity" of the sampled policy over training."""
    course, over_runs = view.analysis.policies, view.summary and view.summary.policies
    y = getattr(course, name)
    x_name, words = COUNTED["updates"] if course.step is None else STEPS, f"{name} of the policy"
    curve = over_runs and getattr(over_runs, name)
    return Series(x_name, readable(name), words, positions(course.step, y), y, _every(y), curve)


def policy_means(view: View, name: str) -> Any:
    """A vector of the policy over training [update, component]: the mean over runs, or that of the only run."""
    if view.summary is None:
        return getattr(view.analysis.policies, name)[0, 0]
    return getattr(view.summary.policies, name)[0]


def _over_runs(over_runs: Any, counted: str, y_name: str, what: str) -> Series:
    """A series of which single runs are not known."""
    return Series(counted if over_runs.step is None else STEPS, y_name, what, None, None, None, over_runs)


def has_episodes(view: View) -> bool:
    """The caller gave single episodes."""
    return view.run is not None and view.run.episodes is not None


def episodes_of(view: View, configuration: int, quantity: EpisodeQuantity) -> tuple[Any, Any]:
    """Position and return or length of every episode of a configuration, one run after the other."""
    episodes = view.run.episodes
    y = episodes.returns if quantity == "returns" else episodes.lengths
    kept = episodes.valid[configuration]
    return positions(episodes.step, y)[configuration][kept], y[configuration][kept]


def longest_window(windows: Any) -> Any:
    """The statistics of the longest window: the one that scalars read."""
    return windows[max(windows, key=int)]


def positions(step: Any | None, like: Any) -> Any:
    """Steps, or 1, 2, 3, … along the last axis of `like` where they are unknown."""
    return _every(like).cumsum(axis=-1) if step is None else step


def _every(y: Any) -> Any:
    """True everywhere."""
    return (y == y) | True


def readable(name: str) -> str:
    """A metric's name as a label: ``train/value_loss`` → ``Value loss``."""
    words = name.rsplit("/", 1)[-1].replace("_", " ").strip()
    known = {"approx kl": "Approximate KL", "kl": "KL", "last window": "Return, last window"}
    return known.get(words.lower(), words[:1].upper() + words[1:])
