"""Runs of one cell whose files are in folders of different names: trainings of several things that were pooled."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ._case import Case, many
from ._findings import Finding

_NO_WORDS = re.compile(r"[0-9a-f]{8,}|seeds?(?=[\W\d_]|$)|\d+|[\W_]+", re.IGNORECASE)
"""Of a name: ids, seeds, numbers and dates, and what stands between words."""
_FEWEST = 2
"""Letters of a word: fewer are `s` of seeds and `e` of numbers."""


def folders(case: Case) -> Iterator[Finding]:
    """Cells with several runs in each of several folders, whose names are in no label of them."""
    for places in case.by(lambda i: case.cells[i]).values():
        names = _pooled(case, places)
        if names:
            shown = ", ".join(map(repr, names[:5])) + (" …" if len(names) > 5 else "")
            yield Finding(
                "warning",
                "folders pooled",
                f"{many(len(places), 'run')} of one cell are in folders or files of different names: {shown}",
                "if these are tasks or algorithms, read them with pattern=..., or correct the manifest",
                case.cells_of(places),
            )


def _pooled(case: Case, places: Sequence[int]) -> list[str]:
    """The names at the first depth at which runs differ in words, some of which several runs share."""
    paths = [case.rows[i].source.replace("\\", "/").split("/") for i in places]
    depth = min(map(len, paths), default=0)
    for level in range(depth):
        found: dict[str, list[str]] = defaultdict(list)
        for i, path in zip(places, paths, strict=True):
            words = _words(path[level])
            if len(words) >= _FEWEST and words not in _labels(case, i):
                found[words].append(path[level])
        if len(found) > 1 and max(map(len, found.values())) > 1:
            return list(dict.fromkeys(names[0] for names in found.values()))
    return []


def _words(name: str) -> str:
    """The words of a name, without what numbers runs."""
    return _NO_WORDS.sub("", name.rpartition(".")[0] or name).lower()


def _labels(case: Case, i: int) -> set[str]:
    """The words that the labels of a run have already."""
    row = case.rows[i]
    return {_words(str(word)) for word in (row.algorithm, row.task, row.run, *row.configuration.values())}
