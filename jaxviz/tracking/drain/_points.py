"""Journal records of metrics as single points."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..journal._record import Record


class Point(NamedTuple):
    """One value of a metric."""

    name: str
    value: float
    time: int
    step: int
    model: str | None = None
    """MLflow's id of the model it was measured on."""
    dataset: tuple[str, str] | None = None
    """Name and digest of the dataset it was measured on."""


def points(record: Record) -> Iterator[Point]:
    """The points of a record of metrics.

    `points`: values of many names at one step. `columns`: one series of steps, and the values of each name at them.
    `rows`: single points.
    """
    header, blob = record.header, record.blob
    if header["op"] == "points":
        values = struct.unpack(f"<{len(header['names'])}d", blob)
        yield from (Point(n, v, header["time"], header["step"]) for n, v in zip(header["names"], values, strict=True))
    elif header["op"] == "rows":
        values = struct.unpack(f"<{len(header['names'])}d", blob)
        yield from map(Point, header["names"], values, header["times"], header["steps"])
    else:
        n = header["n"]
        steps = struct.unpack_from(f"<{n}q", blob)
        columns = memoryview(blob)[8 * n :].cast(header["dtype"])
        for i, name in enumerate(header["names"]):
            values = columns[i * n : (i + 1) * n].tolist()
            yield from (Point(name, v, header["time"], s) for v, s in zip(values, steps, strict=True))


def is_linked(record: Record) -> bool:
    return "model" in record.header or "dataset" in record.header


def lanes(series: list[list[Point]], count: int) -> list[list[list[Point]]]:
    """The series of a run in at most `count` parts of like size: a name is sent by one connection only."""
    total = sum(map(len, series))
    parts: list[list[list[Point]]] = [[]]
    size = 0
    for points in series:
        if size >= total * len(parts) / count and parts[-1]:
            parts.append([])
        parts[-1].append(points)
        size += len(points)
    return parts
