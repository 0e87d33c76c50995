"""Episodes from rewards and ends seen step by step, without a log wrapper."""

from typing import Self

import equinox as eqx
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, DTypeLike, Float, Int
from ._streaming import Moments, RunningMoments


class EpisodeMoments(eqx.Module):
    """The finished episodes of a stream of steps."""

    returns: Moments
    lengths: Moments


class RunningEpisodes(eqx.Module):
    """Undiscounted returns and lengths of the episodes of environments [env] that step together. Ordered.

        Rₜ = rₜ + Rₜ₋₁(1 − dₜ₋₁),  Lₜ = 1 + Lₜ₋₁(1 − dₜ₋₁)

    A stream may be cut anywhere: each part keeps the steps before its first end apart, and `merge` joins them to the
    episode that the earlier part left open. A NaN reward makes its episode NaN, and so the mean over episodes, but no
    later episode. See `accumulate_episodes`.
    """

    head_return: Float[Array, " env"]
    """Σr up to the first end, it included; all of it where no episode has ended."""
    head_length: Int[Array, " env"]
    tail_return: Float[Array, " env"]
    """Σr since the last end."""
    tail_length: Int[Array, " env"]
    ended: Bool[Array, " env"]
    """An episode has ended here."""
    several: Bool[Array, " env"]
    """More than one has."""
    last_return: Float[Array, " env"]
    """Of the latest finished episode, where there are several."""
    last_length: Int[Array, " env"]
    returns: RunningMoments
    """Of the finished episodes but the first of each environment."""
    lengths: RunningMoments

    @classmethod
    def init(cls, envs: int, dtype: DTypeLike | None = None) -> Self:
        """Nothing seen of that many environments, each at the start of an episode."""
        zero, none, never = (
            jnp.zeros(envs, dtype or jnp.result_type(float)),
            jnp.zeros(envs, jnp.int32),
            jnp.zeros(envs, bool),
        )
        moments = RunningMoments.init(zero.dtype)
        return cls(zero, none, zero, none, never, never, zero, none, moments, moments)

    def update(self, reward: ArrayLike, done: Bool[Array, " env"]) -> Self:
        """With one step of every environment."""
        reward, done = jnp.asarray(reward).astype(self.tail_return.dtype), jnp.asarray(done)
        if reward.shape != self.ended.shape or done.shape != self.ended.shape or done.dtype != bool:
            raise ValueError(
                f"`reward` and boolean `done` must be [env] = {self.ended.shape}, "
                f"got {reward.shape} and {done.dtype} {done.shape}"
            )
        one, empty = jnp.ones(done.shape, jnp.int32), self.init(done.shape[0], reward.dtype)
        open_return, open_length = _masked.blank(reward, ~done), _masked.blank(one, ~done)
        heads = (reward, one, open_return, open_length, done)
        fields = (empty.several, empty.last_return, empty.last_length, empty.returns, empty.lengths)
        return self.merge(type(self)(*heads, *fields))

    def merge(self, other: Self) -> Self:
        """These steps, then the others of the same environments."""
        joined_return, joined_length = self.tail_return + other.head_return, self.tail_length + other.head_length
        closed = self.ended & other.ended
        latest = lambda last, joined, before: jnp.where(other.several, last, jnp.where(closed, joined, before))  # noqa: E731
        return type(self)(
            head_return=jnp.where(self.ended, self.head_return, joined_return),
            head_length=jnp.where(self.ended, self.head_length, joined_length),
            tail_return=jnp.where(other.ended, other.tail_return, joined_return),
            tail_length=jnp.where(other.ended, other.tail_length, joined_length),
            ended=self.ended | other.ended,
            several=self.several | other.several | closed,
            last_return=latest(other.last_return, joined_return, self.last_return),
            last_length=latest(other.last_length, joined_length, self.last_length),
            returns=self.returns.merge(other.returns).update(joined_return, valid=closed),
            lengths=self.lengths.merge(other.lengths).update(joined_length, valid=closed),
        )

    def info(self, done: Bool[Array, " env"]) -> dict[str, Array]:
        """What a log wrapper would say after this step, for `reduce_update` and `from_gymnax`; 0 before any end."""
        held = lambda last, head: jnp.where(self.several, last, _masked.blank(head, self.ended))  # noqa: E731
        return {
            "returned_episode": done,
            "returned_episode_returns": held(self.last_return, self.head_return),
            "returned_episode_lengths": held(self.last_length, self.head_length),
        }

    def finalize(self) -> EpisodeMoments:
        """Numbers of all finished episodes; none → NaN. Episodes still open do not count."""
        return EpisodeMoments(
            self.returns.update(self.head_return, valid=self.ended).finalize(),
            self.lengths.update(self.head_length, valid=self.ended).finalize(),
        )
