"""Ways in which names of quantities are written: by their words, by what a writer made of their signs, by folders."""

import re
from collections.abc import Iterator, Sequence

_NOUNS = {"return", "returns", "reward", "rewards", "score", "scores", "ret", "rew"}
_MEANS = {"mean", "avg", "average", "averaged"}
_OF_EPISODES = {"episode", "episodes", "episodic", "ep"}
_WHOLE = {
    *("total", "cumulative", "cumulated", "cum", "accumulated", "acc", "sum", "summed", "per", "undiscounted"),
    *("team", "joint", "global", "current", "raw", "unnormalized"),
}
"""Words that leave a return one of the task: of all agents, not discounted, the present one."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OF_CRITIC = re.compile(r"(?:.*(?<!actor)_)?(?:critics?|loss(?:es)?|values?|vf|qf\d?|advantages?|baselines?|grads?)")
_BENCHMARL = re.compile(
    r"(?:collection|eval)[/_](?:(?P<group>(?!(?:eval|collection)[/_])\w+?)[/_])?reward[/_]episode_reward_mean"
)
_RAW = re.compile(r"(?:.*[/_])?(?:raw|unnormalized)_(?:return|reward|score)s?")


def spelt(last: str) -> str | None:
    """The usual name of a return that is called by several words, in any order: `episode_return_total`.

    `last` is the last part of a name as it was written. None for other names: those of one word, and all with a word
    that makes something else of a return (`max`, `std`, `intrinsic`).
    """
    words = [word for word in re.split(r"[\s_\-.]+", _CAMEL.sub("_", last).lower()) if word]
    own = [word for word in words if word not in _NOUNS]
    if not own or len(own) != len(words) - 1 or not set(own) <= _MEANS | _OF_EPISODES | _WHOLE:
        return None
    if not _MEANS.isdisjoint(own):
        return "mean_return"
    return "total_reward" if _OF_EPISODES.isdisjoint(own) else "episode_return"


def cleaned(name: str) -> str:
    """A name without the `_` that tensorboardX put for signs: `total_reward_mean` of `_total_reward__mean_`."""
    return "/".join(re.sub("__+", "_", part).strip("_") for part in name.split("/"))


def of_benchmarl(name: str) -> str | None:
    """BenchMARL's mean return of a collection or an evaluation: of all agents, and of each group of them.

    Its tags have folders, the names of its files `_` for them.
    """
    found = _BENCHMARL.fullmatch(name)
    return found and ("collection/group/reward" if found["group"] else "collection/reward/episode_reward_mean")


def is_of_critic(folders: Sequence[str]) -> bool:
    """Whether a quantity in these folders is one of values, critics or losses: an estimate, not a return."""
    return any(_OF_CRITIC.fullmatch(folder) for folder in folders)


def is_raw(name: str) -> bool:
    """Whether a return is the one before it was normalized."""
    return _RAW.fullmatch(name) is not None


def spellings(rest: str) -> Iterator[str]:
    """A name as the table may have it, without what `train_` and tensorboardX put around it."""
    yield rest.removeprefix("train_")
    if "__" in rest or rest.endswith("_") or "/_" in rest:
        yield cleaned(rest)
