"""Episodes from rewards and ends seen step by step, without a log wrapper."""

from typing import Self

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._own_kernel import own_kernel
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, DTypeLike, Float, Int, Num
from ..one_run._episodes import accumulate_episodes
from ._moments import Moments, RunningMoments


class EpisodeMoments(Result):
    """The finished episodes of a stream of steps."""

    returns: Moments
    lengths: Moments


class RunningEpisodes(Result):
    """Undiscounted returns and lengths of the episodes of environments [env] that step together. Ordered.

        Rₜ = rₜ + Rₜ₋₁(1 − dₜ₋₁),  Lₜ = 1 + Lₜ₋₁(1 − dₜ₋₁)

    A stream may be cut anywhere: each part keeps the steps before its first end apart, and `merge` joins them to the
    episode that the earlier part left open. A NaN reward makes its episode NaN, and so the mean over episodes, but no
    later episode. See `accumulate_episodes`.
    """

    head_return: Float[Array, " env"]
    """Σr up to the first end, it included; all of it if no episode has ended."""
    head_length: Int[Array, " env"]
    tail_return: Float[Array, " env"]
    """Σr since the last end."""
    tail_length: Int[Array, " env"]
    ended: Bool[Array, " env"]
    """An episode has ended here."""
    several: Bool[Array, " env"]
    """More than one has."""
    last_return: Float[Array, " env"]
    """Of the latest finished episode, if there are several."""
    last_length: Int[Array, " env"]
    finished: RunningMoments
    """Of the finished episodes but the first of each environment: [2], returns and lengths."""

    @classmethod
    @explained
    def init(cls, envs: int, dtype: DTypeLike | None = None) -> Self:
        """Nothing seen of that many environments, each at the start of an episode."""
        zero, none, never = (
            jnp.zeros(envs, dtype or jnp.result_type(float)),
            jnp.zeros(envs, jnp.int32),
            jnp.zeros(envs, bool),
        )
        moments = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), RunningMoments.init(zero.dtype))
        return cls(zero, none, zero, none, never, never, zero, none, moments)

    @explained
    def update(self, reward: ArrayLike, done: Bool[ArrayLike, "*step env"]) -> Self:
        """With one step of every environment [env], or with a rollout [step, env], which costs little more."""
        reward, done = jnp.asarray(reward).astype(self.tail_return.dtype), jnp.asarray(done)
        envs = self.ended.shape
        if reward.shape != done.shape or done.shape[-1:] != envs or done.ndim > 2 or done.dtype != bool:
            raise ValueError(
                f"`reward` and boolean `done` must be [env] or [step, env] with [env] = {envs}, "
                f"got {reward.shape} and {done.dtype} {done.shape}"
            )
        return self._after(reward.reshape(-1, *envs), done.reshape(-1, *envs)) if done.size else self

    def _after(self, reward: Float[Array, "step env"], done: Bool[Array, "step env"]) -> Self:
        """With a rollout of at least one step, as the continuation of the episodes that are open.

        The reward before the rollout enters as part of its first step, so one scan does for both. The first end of an
        environment completes an episode that an earlier part may have left open, and is kept apart; only later ends
        are whole episodes of this part and join `finished`.
        """
        running, length = accumulate_episodes(reward.at[0].add(self.tail_return), done)
        steps = done.shape[0]
        step = jnp.broadcast_to(jnp.arange(steps, dtype=jnp.int32)[:, None], done.shape)
        first_end = jnp.min(jnp.where(done, step, steps), axis=0)
        last_end = jnp.max(jnp.where(done, step, -1), axis=0)
        ends = last_end >= 0
        length = own_kernel(length + jnp.where(step <= first_end[None], self.tail_length[None], 0))
        again = own_kernel(done & (self.ended[None] | (step > first_end[None])))
        known_again = ends & (self.ended | (last_end > first_end))

        def head(before: Num[Array, " env"], now: Num[Array, "step env"]) -> Num[Array, " env"]:
            """Up to the first end, or to the last step if there is none."""
            return jnp.where(self.ended, before, _at(jnp.minimum(first_end, steps - 1), now))

        def latest(before: Num[Array, " env"], now: Num[Array, "step env"]) -> Num[Array, " env"]:
            """At the last end, unless that is the first there ever was."""
            return jnp.where(known_again, _at(jnp.maximum(last_end, 0), now), before)

        return type(self)(
            head_return=head(self.head_return, running),
            head_length=head(self.head_length, length),
            tail_return=_masked.blank(running[-1], ~done[-1]),
            tail_length=_masked.blank(length[-1], ~done[-1]),
            ended=self.ended | ends,
            several=self.several | known_again,
            last_return=latest(self.last_return, running),
            last_length=latest(self.last_length, length),
            finished=_with(self.finished, running, length, again),
        )

    @explained
    def merge(self, other: Self) -> Self:
        """These steps, then the others of the same environments."""
        joined_return, joined_length = self.tail_return + other.head_return, self.tail_length + other.head_length
        closed = self.ended & other.ended

        def latest(last: Num[Array, " env"], joined: Num[Array, " env"], before: Num[Array, " env"]) -> Array:
            return jnp.where(other.several, last, jnp.where(closed, joined, before))

        return type(self)(
            head_return=jnp.where(self.ended, self.head_return, joined_return),
            head_length=jnp.where(self.ended, self.head_length, joined_length),
            tail_return=jnp.where(other.ended, other.tail_return, joined_return),
            tail_length=jnp.where(other.ended, other.tail_length, joined_length),
            ended=self.ended | other.ended,
            several=self.several | other.several | closed,
            last_return=latest(other.last_return, joined_return, self.last_return),
            last_length=latest(other.last_length, joined_length, self.last_length),
            finished=_with(
                jax.vmap(RunningMoments.merge)(self.finished, other.finished), joined_return, joined_length, closed
            ),
        )

    def info(self, done: Bool[ArrayLike, " env"]) -> dict[str, Array]:
        """The report of a log wrapper after this step, for `reduce_update` and `from_gymnax`; 0 before any end."""

        def latest(last: Num[Array, " env"], head: Num[Array, " env"]) -> Num[Array, " env"]:
            return jnp.where(self.several, last, _masked.blank(head, self.ended))

        return {
            "returned_episode": jnp.asarray(done),
            "returned_episode_returns": latest(self.last_return, self.head_return),
            "returned_episode_lengths": latest(self.last_length, self.head_length),
        }

    @explained
    def finalize(self) -> EpisodeMoments:
        """Numbers of all finished episodes; none → NaN. Episodes still open do not count."""
        moments = _with(self.finished, self.head_return, self.head_length, self.ended)
        whole = jax.vmap(lambda own: own.finalize())(moments)
        return EpisodeMoments(*(jax.tree.map(lambda leaf, i=i: leaf[i], whole) for i in range(2)))


def _at(place: Int[Array, " env"], x: Num[Array, "step env"]) -> Num[Array, " env"]:
    return jnp.take_along_axis(x, place[None], axis=0)[0]


def _with(
    moments: RunningMoments,
    returns: Float[Array, "*entry"],
    lengths: Int[Array, "*entry"],
    present: Bool[Array, "*entry"],
) -> RunningMoments:
    """Both moments with the present ones of these, at once: the time of a small rollout is that of its kernels."""
    both = own_kernel(jnp.stack([returns.ravel(), lengths.ravel().astype(returns.dtype)]))
    return jax.vmap(lambda own, x: own.update(x, valid=present.ravel()))(moments, both)
