"""How the drainer of a store gets on, as it tells the trainings: a small file in the folder of the journals."""

import contextlib
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from ..journal._progress import read_json, write_json
from ..store._failures import one_line

State = Literal["starting", "sending", "idle", "away"]
_FILE = "status.json"
_said: dict[Path, State] = {}


@dataclass(frozen=True)
class Status:
    """The drainer's last word."""

    state: State | None = None
    """None if there is no drainer."""
    why: str = ""
    time: float = 0.0
    """Seconds since the epoch."""

    def is_away_since(self, asked: float) -> bool:
        """Whether an attempt after `asked` has failed."""
        return self.state == "away" and self.time > asked


def read(folder: Path) -> Status:
    """The status of the drainer of a folder."""
    found = read_json(folder / _FILE)
    state, time = found.get("state"), found.get("time", 0.0)
    if state not in get_args(State) or not isinstance(time, int | float):
        return Status()
    return Status(state, _why(found), float(time))


def _why(found: dict[str, Any]) -> str:
    return one_line(why) if (why := str(found.get("why", ""))) else ""


def write(folder: Path, status: Status) -> None:
    """Replace the status of the drainer of a folder."""
    write_json(folder / _FILE, asdict(status))


def say(folder: Path, state: State, why: str = "") -> None:
    """Tell how it goes: changes, and every failed attempt."""
    if _said.get(folder) != state or state == "away":
        _said[folder] = state
        with contextlib.suppress(OSError):
            write(folder, Status(state, why, time.time()))


def clear(folder: Path) -> None:
    """Remove the status of a drainer that has ended or was killed."""
    with contextlib.suppress(OSError):
        (folder / _FILE).unlink(missing_ok=True)
