"""Episode logs of Stable-Baselines3, Gymnasium and OpenAI baselines: `*monitor.csv`, one row an episode.

    #{"t_start": 1614619328.3, "env_id": "CartPole-v1"}
    r,l,t,is_success
    14.0,14,0.846307,False

r: return; l: length; t: seconds since t_start. The step of an episode is that at which it ended, the sum of all lengths
up to it. A part that a resumed training has added has a header of its own, or none, and then its t starts again.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ...host.readers import Numbers, Table, continued, decoded, ended, join_columns, running_total, table, text
from .._log import Format, Kind, Log, Series
from .._names import is_of_evaluation, meaning
from ._reading import counted, reader

_OWN = ("r", "l", "t")
_NAMES = rb'"?r"?,"?l"?,"?t"?(?:,[^\n]*)?'
_COMMENT = re.compile(rb"[ \t]*#\s*\{")
_COLUMNS = re.compile(rb"^" + _NAMES + rb"\s*$", re.MULTILINE)
_HEADER = re.compile(rb"^(?:[ \t]*(#[^\n]*)\n\s*)?(" + _NAMES + rb")\r*\n|^[ \t]*(#[^\n]*)\n", re.MULTILINE)
_ROW = re.compile(rb"[-+.\deEnaif]+,\d+(?:\.0)?,[-+.\deE]+[,\s]")
_WORKER = re.compile(r"(?:\d+\.){1,2}monitor")
_LATEST = 1e12
"""Unix time of no training."""


class _Part(NamedTuple):
    """What one process of a training has written."""

    comment: dict[str, Any]
    names: tuple[str, ...]
    line: int
    """How many lines are before its rows."""
    rows: bytes


def looks(head: bytes, path: Path) -> bool:
    """A comment of JSON with what SB3 writes, or the columns r, l, t; by the name, rows of three numbers."""
    head = head.removeprefix(b"\xef\xbb\xbf").replace(b"\r", b"\n")
    if _COMMENT.match(head):
        return b"t_start" in head or _COLUMNS.search(head) is not None
    columns = _COLUMNS.match(head)
    return columns is not None or ("monitor" in path.name and _ROW.match(head) is not None)


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one monitor file."""
    body, torn = ended(text(content))
    parts = _parts(body)
    tables = [table(part.rows, part.names, line=part.line, needed=_OWN) for part in parts]
    columns = join_columns([_since(part, parts[0], found) for part, found in zip(parts, tables, strict=True)])
    time, resumed = continued(columns["t"].values)
    evaluation = is_of_evaluation(path)
    task = parts[0].comment.get("env_id")
    return [
        Log(
            _series(columns | {"t": Numbers(time, columns["t"].missing)}, evaluation),
            labels={"task": task} if isinstance(task, str) and task not in ("", "None") else {},
            started=_started(parts[0]),
            part="worker" if _WORKER.match(path.name) else "whole",
            notes=tuple(_notes(torn, tables, resumed + len(parts) - 1, evaluation)),
        )
    ]


def _notes(torn: bool, tables: list[Table], resumed: int, evaluation: bool) -> Iterator[str]:
    if torn:
        yield "the last line has no end and was left out"
    if resumed:
        yield f"the training was resumed {counted(resumed, 'time')}: what was added follows what was there"
    for name in dict.fromkeys(name for found in tables for name in found.texts):
        yield f"{name!r} is text and was left out"
    if evaluation:
        yield "it is about evaluations, whose steps are not those of the training: only their order is known"


def _parts(body: bytes) -> list[_Part]:
    """The file, cut at its headers: a comment, the names of columns, or both; without any it is one part."""
    first = _HEADER.match(body)
    start = first.end() if first else 0
    headers = [first, *_later(body, start)]
    ends = [*(header.start() for header in headers[1:] if header), len(body)]
    parts, names = [], _OWN
    for header, end in zip(headers, ends, strict=True):
        at = header.end() if header else 0
        line = body.count(b"\n", 0, at)
        names = _names(header[2]) if header and header[2] else names
        written = header and (header[1] or header[3])
        parts.append(_Part(_comment(written, line) if written else {}, names, line, body[at:end]))
    return parts


def _later(body: bytes, start: int) -> Iterator[re.Match[bytes]]:
    """Headers behind the first, looked for only where a file has what no row of numbers has."""
    return _HEADER.finditer(body, start) if any(body.find(sign, start) >= 0 for sign in (b"#", b"t")) else iter(())


def _names(written: bytes) -> tuple[str, ...]:
    return tuple(name.strip().strip('"') for name in decoded(written).split(","))


def _comment(written: bytes, line: int) -> dict[str, Any]:
    """`#{"t_start": …, "env_id": …}`."""
    try:
        found = json.loads(written.lstrip(b"# \t"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"the comment before line {line + 1} must be a JSON object with t_start and env_id")
    return found


def _started(part: _Part) -> float | None:
    started = part.comment.get("t_start")
    return float(started) if isinstance(started, int | float) and abs(started) < _LATEST else None


def _since(part: _Part, first: _Part, found: Table) -> dict[str, Numbers]:
    """The columns of a part, with t since the beginning of the first."""
    began, start, t = _started(part), _started(first), found.numbers["t"]
    shift = began - start if began is not None and start is not None else 0.0
    return found.numbers | {"t": Numbers(t.values + shift, t.missing)} if shift else found.numbers


def _series(columns: dict[str, Numbers], evaluation: bool) -> dict[str, Series]:
    """The returns and what else was recorded with every episode."""
    lengths, time = columns["l"], columns["t"].values
    if lengths.missing.any():
        raise ValueError(f"{counted(int(lengths.missing.sum()), 'episode')} have no length")
    step = running_total(lengths.values, "l")
    found = {}
    for name in columns.keys() - {"l", "t"}:
        column = columns[name]
        there = ~column.missing if column.missing.any() else slice(None)
        found[name] = Series(
            column.values[there],
            None if evaluation else step[there],
            _kind(name, evaluation),
            None if evaluation else "environment steps",
            lengths.values[there] if name == "r" else None,
            time[there],
        )
    return {name: found[name] for name in columns if name in found}


def _kind(name: str, evaluation: bool) -> Kind | None:
    """Every value is that of one episode; only returns and successes have a kind."""
    known = meaning(name)
    if name != "r" and (known is None or known.role not in ("return", "success")):
        return None
    return "evaluations" if evaluation else "episodes"


FORMAT = Format("Stable-Baselines3 monitor", looks, reader(parse), of_folder=True)
