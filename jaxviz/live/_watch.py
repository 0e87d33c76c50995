"""`watch`: a progress bar and a stream of metrics from a running program."""

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import jax

from .._explained import explained
from . import _channel
from ._bar import Bar
from ._gather import Gather
from ._lane import Lane
from ._summary import DeviceReport, UpdateReport, summary

if TYPE_CHECKING:
    from rich.console import Console

MetricsFunction = Callable[[dict[str, float], int], object]
"""A function of (metrics, step)."""


class MetricsLogger(Protocol):
    """An `MLflowLogger`, or anything with this method."""

    def log_training_metrics(self, metrics: dict[str, float], step: int, /) -> object:
        """Log metrics of one step."""
        ...


@explained
def watch(
    updates: int,
    *,
    steps_per_update: int | None = None,
    target: float | None = None,
    sink: MetricsLogger | MetricsFunction | None = None,
    hz: float = 10.0,
    channel: str = "training",
    title: str = "training",
    console: "Console | None" = None,
) -> "Watch":
    """Follow `report` while the block runs: a progress bar, and a stream of metrics for a sink.

        with live.watch(updates=195, steps_per_update=1024, target=475, sink=logger):
            out = jax.block_until_ready(train(keys))

    `updates`: how many the program makes. `steps_per_update`: environment steps of one update of one run, for the speed
    and the x axis of the sink (by default the update). `target`: the return that counts as solved. `sink`: an
    `MLflowLogger`, or any function of (metrics, step); metrics are `name/iqm` over the runs with a finite value,
    `name/n` of them, `return/solved`, the share of runs whose latest return meets the target, and `return/diverged`,
    the number of diverged runs if there are any. It is called at most `hz` times a second with the latest point; points
    in between are dropped, and `dropped` counts them. `console`: a `rich.console.Console`; default standard error.
    Without a terminal or notebook no bar is drawn.

    Bar and sink each have a thread and a bounded queue of their own, so that neither holds up the device: a sink that
    raises is reported in one line, one that hangs is left behind when the block ends. The last point is always handed
    over. An exception or Ctrl-C passes through and leaves the terminal as it was. Blocks may be nested: the inner one
    gets the points of its channel. Programs that run one after the other share a bar: see `Watch.begin`. ValueError
    names a wrong argument.
    """
    for name, value in {"updates": updates, "hz": hz, "steps_per_update": steps_per_update}.items():
        if value is not None and value <= 0:
            raise ValueError(f"`{name}` must be above 0, got {value}")
    write = getattr(sink, "log_training_metrics", sink)
    if write is not None and not callable(write):
        raise ValueError(f"`sink` must be an MLflowLogger or a function of (metrics, step), got {type(sink).__name__}")
    bar = Bar(updates, steps_per_update=steps_per_update, target=target, console=console, title=title)
    return Watch(bar, write, steps_per_update=steps_per_update, target=target, hz=hz, channel=channel)


class Watch:
    """A bar and a sink for the points of one channel; a context manager. See `watch`."""

    def __init__(
        self,
        bar: Bar,
        sink: MetricsFunction | None,
        *,
        steps_per_update: int | None,
        target: float | None,
        hz: float,
        channel: str,
    ) -> None:
        self.calls = 0
        """Host calls so far: one per reported update, however many runs there are; under `shard_map` per device."""
        self._bar, self._write, self._channel = bar, sink, channel
        self._per_update, self._target, self._hz = steps_per_update, target, hz
        self._lanes: dict[str, Lane] = {}
        self._gather, self._lock, self._open = Gather(), threading.Lock(), False
        self._before = self._own = 0

    def __enter__(self) -> Self:
        if self._open:
            raise RuntimeError("this watch is open already: make another one with `live.watch` for an inner block")
        self.calls, self._gather, self._open = 0, Gather(), True
        self._before = self._own = 0
        self._lanes = {"bar": Lane("bar", self._bar.show, hz=10.0)} if self._bar.shown else {}
        if self._write is not None:
            self._lanes["sink"] = Lane("sink", self._hand_over, hz=self._hz)
        self._bar.start()
        _channel.listen(self._channel, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                jax.effects_barrier()  # the last points may be under way; after an error the program may still run
        finally:
            _channel.leave(self._channel, self._receive)
            self._close()
        if isinstance(error, jax.errors.JaxRuntimeError) and KeyboardInterrupt.__name__ in str(error):
            raise KeyboardInterrupt from error  # it reached the main thread inside a host call, which ended the program

    @explained
    def begin(self, title: str, updates: int) -> None:
        """Call the bar `title` for the next of several programs, which makes so many of the updates of this block.

            with live.watch(updates=300) as watch:
                for name, train in programs.items():
                    watch.begin(name, updates=100)
                    jax.block_until_ready(train(keys))

        Its updates, from 0, count after those of the programs before it, for the bar and for the steps of the sink.
        Returns and speed begin anew. RuntimeError outside of the block.
        """
        if not self._open:
            raise RuntimeError("this watch is not open: call `begin` inside its `with` block")
        if updates <= 0:
            raise ValueError(f"`updates` must be above 0, got {updates}")
        jax.effects_barrier()  # the last points of the program before may be under way
        with self._lock:
            self._before, self._own = self._before + self._own, updates
            self._gather = Gather(self._gather.dropped)
            self._bar.begin(title, self._before)

    def _close(self) -> None:
        try:
            late = [name for name, lane in self._lanes.items() if not lane.close()]
        finally:
            self._bar.stop()
            self._open = False
        if late:
            print(f"jaxviz: the {' and the '.join(late)} did not come back: its last points are lost", file=sys.stderr)

    @property
    def delivered(self) -> int:
        """Points that the sink has taken."""
        return self._lanes["sink"].delivered if "sink" in self._lanes else 0

    @property
    def dropped(self) -> int:
        """Points the sink never saw: later ones arrived before it was ready."""
        return self._lanes["sink"].dropped + self._gather.dropped if "sink" in self._lanes else 0

    def _receive(self, report: DeviceReport) -> None:
        with self._lock:
            self.calls += 1
            point = self._gather.put(report)
            if point is not None:
                point = point._replace(update=self._before + point.update)
                for lane in self._lanes.values():
                    lane.put(point)

    def _hand_over(self, point: UpdateReport) -> None:
        numbers = summary(point, self._target)
        if numbers and self._write is not None:
            step = point.update if self._per_update is None else (point.update + 1) * self._per_update
            self._write(numbers, step)
