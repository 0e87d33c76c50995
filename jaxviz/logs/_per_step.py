"""Tables with a row a step of the environment: their rewards are no returns, but the sums of episodes are."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from ..host.readers import Array, Numbers, finite, nothing_like
from ..host.readers._order import rises
from ..host.readers._rewards import are_marks, are_single, last_rows, rows_each, summed
from ._names import in_order, meaning, normal

_DONE = {
    *("done", "dones", "is_done", "terminal", "terminals", "terminated", "terminations", "is_terminal", "is_last"),
    *("truncated", "truncations", "truncation", "timeout", "timeouts", "episode_done", "episode_end", "game_over"),
}
_REWARDS = {"reward", "rewards", "r", "rew", "step_reward", "instant_reward", "immediate_reward"}
_LENGTH, _RETURN = "episode_length", "episode_return"


class Folded(NamedTuple):
    """A row an episode in place of a row a step."""

    columns: dict[str, Numbers]
    notes: list[str]


def may_be_per_step(names: Iterable[str]) -> bool:
    """Whether a table has a reward, and a mark of the end of an episode or the number of one beside steps."""
    own = set(map(normal, names))
    return not own.isdisjoint(_REWARDS) and (not own.isdisjoint(_DONE) or len(_counted(own)) == 2)


def _counted(names: Collection[str]) -> set[bool]:
    """Whether there are episodes among what columns count, and what may be single steps."""
    return {_counts_episodes(name) for name in names if _counts_episodes(name) or _counts_steps(name)}


def folded(columns: Mapping[str, Numbers]) -> Folded | None:
    """The columns with a row an episode: of rewards their sum, of all else what is in its last row.

    None if the rows are none of single steps: they have to be marked with the ends of several episodes or with their
    numbers, and to count each step.
    """
    if not may_be_per_step(columns):
        return None
    rewards = [name for name in columns if normal(name) in _REWARDS]
    count, last = _episodes(columns)
    if last is None or not all(_is_whole(columns[name]) for name in rewards):
        return None
    found = _last_of_each(columns, rewards, last)
    if count is not None and not rises(columns[count].values):
        del found[count]  # it began again in each
    return Folded(found, list(_notes(rewards, last, len(columns[rewards[0]].values))))


def _episodes(columns: Mapping[str, Numbers]) -> tuple[str | None, Array | None]:
    """The column that counts single steps, if there is one, and the last row of each episode that has ended; None if
    rows are none of single steps."""
    steps = [name for name in in_order(columns, "step") if _is_whole(columns[name])]
    episodes = next(filter(_counts_episodes, steps), None)
    count = next(filter(_counts_steps, steps), None)
    marks = [columns[name].values for name in columns if normal(name) in _DONE and are_marks(columns[name].values)]
    if count is None and (not marks or any(name != episodes for name in steps)):
        return None, None
    done = sum(marks[1:], marks[0]) > 0 if marks else None
    last = last_rows(done, None if episodes is None else columns[episodes].values)
    if last is None or (count is not None and not are_single(columns[count].values, last)):
        return count, None
    return count, last


def _last_of_each(columns: Mapping[str, Numbers], rewards: Collection[str], last: Array) -> dict[str, Numbers]:
    """What is in the last row of each episode, the sum of its rewards and, if nothing says it, its length."""
    found = {name: Numbers(column.values[last], column.missing[last]) for name, column in columns.items()}
    for name in rewards:
        found[name if meaning(name) else _RETURN] = _plain(summed(columns[name].values, last))
    return found | ({} if in_order(columns, "length") else {_LENGTH: _plain(rows_each(last))})


def _notes(rewards: Collection[str], last: Array, rows: int) -> Iterable[str]:
    words, rest = " and ".join(map(repr, rewards)), rows - int(last[-1]) - 1
    yield f"{words} is of single steps: summed up to the end of each of {len(last):,} episodes"
    if rest:
        yield f"the last episode, of {rest:,} steps, may not have ended: left out"


def _counts_episodes(name: str) -> bool:
    known = meaning(name)
    return known is not None and known.unit == "episodes"


def _counts_steps(name: str) -> bool:
    """Whether a column may count steps of the environment, not iterations or updates."""
    known = meaning(name)
    return known is not None and known.role == "step" and known.unit in (None, "environment steps")


def _is_whole(column: Numbers) -> bool:
    """Whether there is a number in each row."""
    return bool(finite(column.values).all())


def _plain(values: Array) -> Numbers:
    return Numbers(values, nothing_like(values))
