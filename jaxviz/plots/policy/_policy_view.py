"""The views of policy figures: from probabilities or a Gaussian's parameters, a TrainingRun or an Analysis."""

from collections.abc import Sequence
from typing import Any

from ..._joining import stack_runs
from ...aggregation import Aggregate
from ...analysis import GaussianEntropy, PolicyEntropy
from ...inputs import _policy
from ...view import RESULTS, View, analyze_run, from_analysis, refuse, without_returns
from ...view._labels import one_each
from ...view._make import are_runs, check_data, view_of

_NAMES = ("action_probs", "mean", "log_std")
_WANTED = "action probabilities, a TrainingRun or an Analysis"


def sampled(x: Any, observations: Any, labels: Sequence[str] | None, **gaussian: Any) -> View:
    """A view with the group `entropy`: a policy at one moment. `gaussian`: `mean`, `log_std`, `squashed`."""
    x = stack_runs(x) if are_runs(x) else x
    if isinstance(x, RESULTS):
        _check_own(x, observations=observations, **gaussian)
        view = view_of(x, "action_probs", labels=labels)
    else:
        check_data(x, "action_probs", _WANTED)
        policy = _policy.read_policy(x, observations, **gaussian, names=_NAMES)
        run = without_returns(policy.rows.shape[:-2], policy=policy)
        view = from_analysis(analyze_run(run, groups=("entropy",)), run, labels)
    entropy = view.per_run.entropy
    if entropy is None:
        raise ValueError("there are no action probabilities: give `action_probs` [..., sample, action]")
    _check_samples(entropy)
    return view


def _check_samples(entropy: PolicyEntropy | GaussianEntropy) -> None:
    """There is a sample, and one with an entropy."""
    if isinstance(entropy, GaussianEntropy):
        if not (abs(entropy.sample_entropy) < float("inf")).any():
            raise ValueError("no sample has a finite entropy: `mean` and `log_std` must be finite somewhere")
        return
    if entropy.sample_entropy.size == 0 or entropy.action_marginal.shape[-1] < 2:
        shape = (*entropy.sample_entropy.shape[2:], entropy.action_marginal.shape[-1])
        raise ValueError(f"`action_probs` must have a sample and two actions at least, got [sample, action] = {shape}")
    if not (entropy.sample_entropy == entropy.sample_entropy).any():
        raise ValueError(
            "`action_probs` must be probabilities that sum to 1 over the last axis; no sample does (logits?)"
        )


def over_training(x: Any, step: Any, **gaussian: Any) -> View:
    """A view with the group `policies`, of one configuration; `step` [update] and `gaussian` as for raw samples."""
    x = stack_runs(x) if are_runs(x) else x
    if isinstance(x, RESULTS):
        _check_own(x, step=step, **gaussian)
        view = view_of(x, "action_probs")
    else:
        check_data(x, "action_probs", _WANTED)
        policy = _policy.read_policy(x, **gaussian, names=_NAMES)
        name = _NAMES[0] if gaussian["mean"] is None else _NAMES[1]
        _check_updates(policy.rows.shape, name)
        _, series = _policy.read_policies(policy, policy.rows.ndim - 3, step, step_name="step")
        run = without_returns(policy.rows.shape[:-3], policies=series)
        view = from_analysis(analyze_run(run, groups=("policies",)), run, None)
    course = view.per_run.policies
    if course is None:
        raise ValueError("there is no policy over training: give `action_probs` [..., update, sample, action]")
    if view.configurations > 1:
        raise ValueError(f"`action_probs` must be of one configuration, it has {view.configurations}")
    if not (abs(course.entropy) < float("inf")).any():
        probs = course.action_marginal is not None
        raise ValueError(
            "`action_probs` must be probabilities that sum to 1 over the last axis; no update has only such"
            if probs
            else "no update has a finite entropy: `mean` and `log_std` must be finite somewhere"
        )
    return view


def _check_updates(shape: tuple[int, ...], name: str) -> None:
    last, least = ("action", 2) if name == _NAMES[0] else ("dimension", 1)
    if len(shape) not in (3, 4) or 0 in shape or shape[-1] < least:
        raise ValueError(
            f"`{name}` must be [update, sample, {last}], or that for every run, with {least} {last}s at least, "
            f"got shape {shape}"
        )


def _check_own(x: Any, squashed: bool, **parts: Any) -> None:
    """`x` has policy samples, and nothing else was given."""
    if isinstance(x, Aggregate):
        raise ValueError("an Aggregate has no policy samples: give the TrainingRun or the Analysis")
    refuse({**parts, "squashed": squashed or None}, f"a {type(x).__name__}")


def component_names(names: Sequence[str] | None, count: int, what: str, *, prefix: str = "") -> Sequence[str]:
    """`names`, one for each of the `count` actions or dimensions; without them, numbers after `prefix`."""
    if names is None:
        return [f"{prefix}{i}" for i in range(count)]
    return one_each(names, count, what, argument="action_names")
