"""Rewards of single steps -> returns of the episodes that they add up to."""

from collections.abc import Sequence

import numpy as np

from ._tables import running_total


def last_rows(done: np.ndarray | None, episode: np.ndarray | None) -> np.ndarray | None:
    """[episode]: the place of the last row of each that has ended; None if the rows may be none of single steps.

    Where rows have the number of their episode [row], which rises and comes in several rows, another number ends it;
    else a mark [row] that is 1. The last episode has ended only where it is marked.
    """
    size = len(done) if done is not None else len(episode) if episode is not None else 0
    if size < 2:
        return None
    if episode is not None:
        ends = np.flatnonzero(np.diff(episode))
        if not (np.diff(episode) >= 0).all() or len(ends) == 0 or len(ends) + 1 > size // 2:
            return None
    else:
        assert done is not None  # one of the two is there
        ends = np.flatnonzero(done[:-1])
        if len(ends) + 1 > size // 2:
            return None
    marked = done is not None and bool(done[-1])
    found = np.append(ends, size - 1) if marked else ends
    return found if len(found) else None


def are_single(step: np.ndarray, last: np.ndarray) -> bool:
    """Whether each row of an episode is one step behind the row before it."""
    inner = np.ones(len(step), bool)
    inner[0] = False
    inner[last[last < len(step) - 1] + 1] = False
    return bool((np.diff(step, prepend=step[0])[inner] == 1).all())


def summed(rewards: np.ndarray, last: np.ndarray) -> np.ndarray:
    """[episode]: the sum over the rows of each."""
    return np.add.reduceat(rewards[: last[-1] + 1], np.concatenate(([0], last[:-1] + 1)))


def rows_each(last: np.ndarray) -> np.ndarray:
    """[episode] float64: the number of rows of each."""
    return np.diff(last, prepend=-1).astype(float)


def are_marks(values: np.ndarray) -> bool:
    """Whether numbers are truth values."""
    return bool(((values == 0) | (values == 1)).all())


def counts_nearly(values: np.ndarray) -> bool:
    """Whether numbers rise, nearly always by one: those of episodes of which hardly any is left out."""
    gaps = np.diff(values)
    return len(gaps) > 0 and bool((gaps >= 1).all()) and 10 * int((gaps == 1).sum()) >= 9 * len(gaps)


def adds_up(step: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """[…] bool, of [entry …]: whether steps may be the sum of lengths of episodes of which some are left out: they
    rise by a length at least, and by no more than it at some place."""
    gaps = np.diff(step, axis=0, prepend=np.zeros_like(step[:1]))
    whole = (lengths >= 1) & (lengths == np.rint(lengths))
    return (whole & (gaps >= lengths)).all(axis=0) & (gaps == lengths).any(axis=0)


def training_steps(lengths: np.ndarray, tested: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
    """[episode] int64, the steps of training up to the end of each episode, and [episode] bool, which are of it."""
    own = ~np.array(tested, bool)
    return running_total(np.where(own, lengths, 0.0), "episode_lengths"), own
