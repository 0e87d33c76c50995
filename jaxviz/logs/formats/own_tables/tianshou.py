"""Tianshou's `test_rew_10seeds.csv`: the mean and the spread of evaluations of several runs, and each run behind them.

    env_step,rew,rew:shaded,rew:seed_0_0419_004734-npg/test_rew.csv,rew:seed_1_0419_004748-npg/test_rew.csv

The names of the last columns are the files that they were taken from, which may still be there.
"""

import re
from pathlib import Path

from ....host.readers import Numbers, ended, header, table, text, whole
from ..._log import Format, Log, Series, UnreadableError
from .._reading import reader

_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?env_step,rew,rew:shaded\s*(?:,|$)", re.MULTILINE)
_BEFORE, _PREFIX = 3, "rew:"
_SEED = re.compile(r"seed_(\d+)")


def looks(head: bytes, path: Path) -> bool:
    """Its own first three names."""
    return _FIRST.match(head) is not None


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of each run; UnreadableError if there is none in it, or all are in files of their own."""
    body, torn = ended(text(content))
    first = header(body)
    runs = first.names[_BEFORE:]
    if not runs:
        raise UnreadableError("it holds means over runs (rew, rew:shaded) without the runs: give their test_rew.csv")
    if all((path.parent / name.removeprefix(_PREFIX)).is_file() for name in runs):
        raise UnreadableError(f"the runs whose mean it holds, {len(runs)}, are in files of their own beside it")
    columns = table(first.body, first.names, line=first.line, needed=("env_step", *runs)).numbers
    notes = ("the last line has no end and was left out",) if torn else ()
    return [_log(name, place, columns, notes) for place, name in enumerate(runs)]


def _log(name: str, place: int, columns: dict[str, Numbers], notes: tuple[str, ...]) -> Log:
    there = ~columns[name].missing & ~columns["env_step"].missing
    step = whole(columns["env_step"].values[there])
    seed = _SEED.search(name)
    labels = {"run": str(place)} | ({"seed": str(int(seed[1]))} if seed else {})
    return Log(
        {"rew": Series(columns[name].values[there], step, "evaluations", "environment steps")}, labels, notes=notes
    )


FORMAT = Format("Tianshou runs", looks, reader(parse))
