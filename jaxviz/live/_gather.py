"""Reports of devices, joined by update: under `shard_map` each device sends its own runs, at its own time."""

from ._summary import RETURN, DeviceReport, UpdateReport, Values, carried_forward

CAPACITY = 256
"""Incomplete updates that are kept: a device that lags further behind than these is not worth the memory."""


class Gather:
    """Joins the reports of an update, in the order of the devices, and keeps the latest return of every run.

    Of incomplete updates the `CAPACITY` latest are kept.
    """

    def __init__(self, dropped: int = 0) -> None:
        self.dropped = dropped
        self._incomplete: dict[int, dict[int, Values]] = {}
        self._latest: list[float] = []

    def put(self, report: DeviceReport) -> UpdateReport | None:
        """The report of the whole update if this completes it, else None."""
        if report.devices == 1:
            return self._whole(report.update, report.values)
        arrived = self._incomplete.setdefault(report.update, {})
        arrived[report.device] = report.values
        if len(arrived) == report.devices:
            del self._incomplete[report.update]
            ordered = [arrived[device] for device in sorted(arrived)]
            return self._whole(report.update, {name: [x for v in ordered for x in v[name]] for name in report.values})
        if len(self._incomplete) > CAPACITY:
            del self._incomplete[min(self._incomplete)]
            self.dropped += 1
        return None

    def _whole(self, update: int, values: Values) -> UpdateReport:
        if RETURN in values:
            self._latest = carried_forward(self._latest, values[RETURN])
        return UpdateReport(update, values, self._latest)
