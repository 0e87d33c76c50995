"""Named tables of reference scores, and the names of tasks that they know."""

import difflib
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

from ._reference_tables import ATARI, DMC, GYMNAX, PROCGEN_EASY, PROCGEN_HARD


class Reference:
    """Reference scores of the tasks of a benchmark."""

    def __init__(
        self, name: str, source: str, scores: Mapping[str, tuple[float, float]], spelled: Callable[[str], str]
    ) -> None:
        self.name, self.source, self.scores, self._spelled = name, source, scores, spelled

    @cached_property
    def _by_spelling(self) -> dict[str, str]:
        return {_plain(task): task for task in self.scores}

    def find(self, task: str) -> tuple[float, float] | None:
        """What is 0 and what is 1 of a task, under any of its names; None: the table does not have it."""
        known = self._by_spelling.get(self._spelled(task))
        return None if known is None else self.scores[known]

    def near(self, task: str) -> list[str]:
        """Tasks of the table whose names are like that of a task."""
        found = difflib.get_close_matches(self._spelled(task), self._by_spelling, n=3, cutoff=0.6)
        return [self._by_spelling[one] for one in found]


def _plain(name: str) -> str:
    """Lower-case letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


class _Names(NamedTuple):
    """What may stand around the name of a task."""

    before: str
    behind: str = ""

    def __call__(self, task: str) -> str:
        bare = re.sub(r"[-_]v\d+$", "", task.strip().lower())
        bare = re.sub(rf"^(?:(?:{self.before})[-_:/ ]*)+", "", bare)
        return _plain(re.sub(rf"[-_/ ]*(?:{self.behind})$", "", bare) if self.behind else bare)


_atari = _Names(r"ale|atari(?:[-_]?(?:57|100k))?", "noframeskip|deterministic|ram(?:noframeskip|deterministic)?")
_dmc = _Names(r"dmc(?:[-_]?suite)?|dm[-_]?control|dm[-_]?suite")
_ATARI_SOURCE = "random and human scores of Mnih et al. 2015 and Wang et al. 2016"
_PROCGEN_SOURCE = "constants of normalisation of Cobbe et al. 2020"

TABLES: tuple[Reference, ...] = (
    Reference("atari", _ATARI_SOURCE, ATARI, _atari),
    Reference("procgen-easy", _PROCGEN_SOURCE, PROCGEN_EASY, _Names("procgen", "easy")),
    Reference("procgen-hard", _PROCGEN_SOURCE, PROCGEN_HARD, _Names("procgen", "hard")),
    Reference("dmc", "0 to 1000, Tassa et al. 2018", DMC, _dmc),
    Reference("gymnax", "random play and the scores that Gymnasium counts as solved", GYMNAX, _plain),
)
