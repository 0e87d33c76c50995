"""Points made of what devices report: under `shard_map` each device reports its own runs, at its own time."""

from ._summary import RETURN, Part, Point, Values, held

CAPACITY = 256


class Gather:
    """Joins the parts of an update, in the order of the devices, and keeps the latest return of every run.

    Of updates that wait for a device that lags behind, the `CAPACITY` latest are kept.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: dict[int, dict[int, Values]] = {}
        self._latest: list[float] = []

    def put(self, part: Part) -> Point | None:
        """The whole point, where this was what it lacked."""
        if part.parts == 1:
            return self._whole(part.update, part.values)
        there = self._waiting.setdefault(part.update, {})
        there[part.index] = part.values
        if len(there) == part.parts:
            del self._waiting[part.update]
            ordered = [there[index] for index in sorted(there)]
            return self._whole(part.update, {name: [x for v in ordered for x in v[name]] for name in part.values})
        if len(self._waiting) > CAPACITY:
            del self._waiting[min(self._waiting)]
            self.dropped += 1
        return None

    def _whole(self, update: int, values: Values) -> Point:
        if RETURN in values:
            self._latest = held(self._latest, values[RETURN])
        return Point(update, values, self._latest)
