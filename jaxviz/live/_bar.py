"""The progress bar of a batch of runs, on a terminal or in a notebook and nowhere else."""

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ._notebook import NotebookCell
from ._summary import RETURN, UpdateReport, summary

if TYPE_CHECKING:
    from rich.console import Console

GONE = (Exception, SystemExit)
"""Raised by drawing if the terminal is gone; on a broken pipe rich exits the program, which must not end training."""


class Bar:
    """One line: progress, time left, environment steps a second, IQM of the return, runs that solved the task."""

    def __init__(
        self, updates: int, *, steps_per_update: int | None, target: float | None, console: "Console | None", title: str
    ) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        screen = Console(stderr=True) if console is None else console
        self.shown = screen.is_terminal or screen.is_jupyter
        self._per_update, self._target, self._latest = steps_per_update, target, math.nan
        self._first: tuple[int, float] | None = None
        self._begun = 0
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[speed]}"),
            TextColumn("{task.fields[words]}"),
        )
        self._progress = Progress(*columns, console=screen)
        self._title = title
        self._task = self._progress.add_task(title, total=updates, speed="", words="")
        self._notebook, self._cell = screen.is_jupyter, None

    def start(self) -> None:
        """Show the bar, from the beginning."""
        if not self.shown:
            return
        self._latest, self._first, self._begun = math.nan, None, 0
        self._progress.reset(self._task, description=self._title, speed="", words="")
        with suppress(*GONE):
            if self._notebook:
                self._cell = NotebookCell()
            else:
                self._progress.start()

    def begin(self, title: str, update: int) -> None:
        """Show the points from this update on under another title."""
        self._latest, self._first, self._begun = math.nan, None, update
        self._progress.update(self._task, description=title, completed=update, speed="", words="")
        with suppress(*GONE):
            self._draw()  # now: the first point comes after compiling, and a short program may end before the next draw

    def show(self, point: UpdateReport) -> None:
        """Move the bar to a point; one of a program that is over comes too late."""
        if not self.shown or point.update < self._begun:
            return
        numbers = summary(point, self._target)
        self._latest = numbers.get(f"{RETURN}/iqm", self._latest)
        self._progress.update(self._task, completed=point.update + 1, words=self._words(numbers, point.runs))
        if (speed := self._speed(point)) is not None:
            self._progress.update(self._task, speed=f"{_short(speed)} steps/s")
        if self._cell is not None:
            self._draw()

    def _draw(self) -> None:
        if self._cell is not None:
            self._cell.draw(self._progress.get_renderable())
        elif self.shown:
            self._progress.refresh()

    def stop(self) -> None:
        """Stop drawing; the bar stays on the screen."""
        if self.shown and not self._notebook:
            with suppress(*GONE):
                self._progress.stop()

    def _speed(self, point: UpdateReport) -> float | None:
        """Environment steps a second of all runs since the first point, so without the time of compiling."""
        now = time.monotonic()
        if self._first is None or point.update <= self._first[0]:
            self._first = (point.update, now)
        update, then = self._first
        if self._per_update is None or now <= then:
            return None
        return (point.update - update) * self._per_update * point.runs / (now - then)

    def _words(self, numbers: dict[str, float], runs: int) -> str:
        words = [] if math.isnan(self._latest) else [f"return {self._latest:.4g}"]
        if (solved := numbers.get(f"{RETURN}/solved")) is not None:
            words.append(f"solved {round(solved * runs)}/{runs}")
        if diverged := numbers.get(f"{RETURN}/diverged"):
            words.append(f"diverged {round(diverged)}")
        return "  ".join(words)


def _short(number: float) -> str:
    """1234567 → 1.23M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"
