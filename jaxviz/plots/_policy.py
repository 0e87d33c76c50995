"""What a policy does at its sampled observations: actions, entropy, confidence."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import _host
from .._aggregate import Aggregate
from .._analysis import Analysis, analyze
from .._run import TrainingRun
from ..inputs import _parts
from ..stats import _over_runs
from . import _axes, _captions, _figure, _gaussian_policy, _marks, _observed, _save, _style
from ._figure import Panel, Width
from ._inputs import Subject, from_analysis, make_subject, without_returns
from ._save import PathLike
from ._style import Look

_MOST_NAMED_ACTIONS = 20


def plot_policy_distribution(
    action_probs: Any = None,
    observations: Any = None,
    save_path: PathLike | None = None,
    *,
    mean: Any = None,
    log_std: Any = None,
    squashed: bool = False,
    action_names: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    width: Width = None,
) -> Figure:
    """Which actions a policy takes, how random it is, and how sure of itself.

    `action_probs`: probabilities [sample, action] of one run, [run, sample, action] or [configuration, run, sample,
    action]; or a TrainingRun or an Analysis that has them. Any number of actions from two. `observations` [..., sample,
    …]: where the policy was asked; their first two numbers are drawn coloured by the confidence, the largest action
    probability. Entropy is in nats; dashed lines are the uniform policy.

    A Gaussian policy comes as `mean` [..., sample, dimension] and `log_std` of the same shape, or [dimension], in place
    of `action_probs`; `squashed`: its actions go through tanh. Drawn are the mean action and the standard deviation of
    every dimension over the samples, and the differential entropy, which may be negative.
    """
    _save.check_path(save_path)
    if mean is not None or log_std is not None:
        policy = _gaussian_policy.read(mean, log_std, squashed, action_probs)
        return _gaussian_policy.draw_samples(
            policy, observations, save_path, names=action_names, labels=labels, width=width
        )
    subject = _policy_subject(action_probs, observations, labels)
    with _style.applied():
        seen = _observations(subject)
        panels = [
            Panel(partial(_draw_actions, subject=subject, names=action_names), weight=1.7 if seen is None else 1.0),
            Panel(partial(_draw_entropy, subject=subject)),
            Panel(partial(_draw_confidence, subject=subject)),
        ]
        if seen is not None:
            panels.append(Panel(partial(_draw_observations, subject=subject, seen=seen)))
        figure = _figure.compose(*_figure.in_rows(panels, 3 if seen is None else 2), width=width)
        return _figure.finish(figure, _caption(subject, seen is not None), save_path)


def _policy_subject(x: Any, observations: Any, labels: Sequence[str] | None) -> Subject:
    """The subject, with at least one sample of two actions or more."""
    if x is None:
        raise ValueError("`action_probs` is missing: give probabilities, or `mean` and `log_std` of a Gaussian policy")
    if isinstance(x, Aggregate):
        raise ValueError("an Aggregate has no policy samples: give the TrainingRun or the Analysis")
    if isinstance(x, Subject | Analysis | TrainingRun):
        subject = make_subject(x, labels=labels)
    else:
        policy = _parts.read_policy(x, observations)
        run = without_returns(policy.probs.shape[:-2], policy=policy)
        subject = from_analysis(analyze(run, groups=("entropy",)), run, labels, summarize=False)
    entropy = subject.analysis.entropy
    if entropy is None:
        raise ValueError("there are no action probabilities: give `action_probs` [..., sample, action]")
    if entropy.sample_entropy.size == 0 or entropy.action_marginal.shape[-1] < 2:
        shape = (*entropy.sample_entropy.shape[2:], entropy.action_marginal.shape[-1])
        raise ValueError(f"`action_probs` must have a sample and two actions at least, got [sample, action] = {shape}")
    if not (entropy.sample_entropy == entropy.sample_entropy).any():
        raise ValueError(
            "`action_probs` must be probabilities that sum to 1 over the last axis; no sample does (logits?)"
        )
    return subject


def _actions(subject: Subject) -> int:
    return subject.analysis.entropy.action_marginal.shape[-1]


def _draw_actions(ax: Axes, subject: Subject, names: Sequence[str] | None) -> None:
    """Mean probability of each action: bars with one dot per run, or dots side by side for configurations."""
    marginal = subject.analysis.entropy.action_marginal
    means = _host.to_host(jax.vmap(_over_runs.mean_over_runs)(marginal))
    count = marginal.shape[-1]
    _axes.label(ax, x="Action", y="Mean probability", title="Actions", whole_x=True)
    step = 0.7 / len(subject.looks)
    for place, (configuration, look) in enumerate(subject.looks.items()):
        if subject.configurations == 1:
            _marks.bars(ax, range(count), means[configuration], look)
            _draw_run_dots(ax, marginal[configuration], look)
        else:
            shift = (place + 0.5) * step - 0.35
            _marks.dots(
                ax, [a + shift for a in range(count)], means[configuration], look, label=subject.labels[configuration]
            )
    _marks.reference(ax, 1 / count)
    _axes.name_places(ax, _action_names(names, count), most=_MOST_NAMED_ACTIONS)
    _axes.from_zero(ax)


def _draw_run_dots(ax: Axes, marginal: Any, look: Look) -> None:
    for action in range(marginal.shape[-1] if len(marginal) > 1 else 0):
        _marks.strip(ax, marginal[:, action], action, look)


def _action_names(names: Sequence[str] | None, count: int) -> Sequence[str]:
    if names is not None and len(names) != count:
        raise ValueError(f"`action_names` must name each of the {count} actions, got {len(names)}")
    return [str(a) for a in range(count)] if names is None else names


def _draw_entropy(ax: Axes, subject: Subject) -> None:
    entropy, actions = subject.analysis.entropy, _actions(subject)
    _draw_histogram(ax, subject, entropy.sample_entropy, (0.0, math.log(actions)), uniform=math.log(actions))
    _axes.label(ax, x="Entropy (nats)", y="Share of samples", title="Entropy")


def _draw_confidence(ax: Axes, subject: Subject) -> None:
    entropy, actions = subject.analysis.entropy, _actions(subject)
    _draw_histogram(ax, subject, entropy.sample_confidence, (1 / actions, 1.0), uniform=1 / actions)
    _axes.label(ax, x="Confidence, max p", y="Share of samples", title="Confidence")


def _draw_histogram(ax: Axes, subject: Subject, values: Any, limits: tuple[float, float], *, uniform: float) -> None:
    """How the samples of each configuration are distributed; dashed: the uniform policy."""
    several = subject.configurations > 1
    for configuration, look in subject.looks.items():
        pooled = values[configuration].ravel()
        kept = pooled[pooled == pooled]
        if len(kept):
            label = subject.labels[configuration] if several else None
            _marks.histogram(ax, kept, look, limits=limits, outline=several, label=label)
    _marks.vertical_reference(ax, uniform)
    low, high = limits
    ax.set_xlim(low - 0.04 * (high - low), high + 0.04 * (high - low))


def _observations(subject: Subject) -> Any | None:
    """Observations of the first coloured configuration [sample of any run, number], None where unknown."""
    run = subject.run
    if run is None or run.policy is None or run.policy.observations is None:
        return None
    seen = run.policy.observations[subject.colored[0]]
    samples = seen.shape[0] * seen.shape[1]
    return seen.reshape(samples, -1) if seen.size else None


def _draw_observations(ax: Axes, subject: Subject, seen: Any) -> None:
    """Where the policy was asked, coloured by confidence."""
    confidence = subject.analysis.entropy.sample_confidence[subject.colored[0]].ravel()
    limits = (1 / _actions(subject), 1.0)
    _observed.draw(ax, seen, confidence, limits, name="Confidence, max p", title="Confidence by observation")


def _caption(subject: Subject, with_observations: bool) -> list[str]:
    entropy = subject.analysis.entropy
    samples = entropy.sample_entropy.shape[-1]
    undefined = int((entropy.sample_entropy != entropy.sample_entropy).sum())
    actions = _actions(subject)
    runs = "one run" if subject.runs == 1 else f"n = {subject.runs} runs"
    each = "" if subject.configurations == 1 else " per configuration"
    words = [
        f"Policy at {samples} sampled observations of {runs}{each}.",
        "Actions: mean probability over samples and runs.",
        "Dots: single runs." if subject.configurations == 1 < subject.runs else "",
        "Entropy in nats. Confidence: the largest action probability.",
        f"Dashed: the uniform policy, with probabilities 1/{actions} and entropy log {actions}.",
    ]
    if undefined:
        words.append(f"{undefined} samples are left out: their probabilities do not sum to 1.")
    if with_observations and subject.configurations > 1:
        words.append(f"Observations: of {subject.labels[subject.colored[0]]}.")
    return [*words, _captions.colors(subject, "the others are not drawn")]
