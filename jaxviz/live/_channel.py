"""Where points from running programs arrive, and who is listening."""

import threading
from collections.abc import Callable
from typing import Any

from ..host import host_array
from ._summary import Part

Receiver = Callable[[Part], None]
_receivers: dict[str, list[Receiver]] = {}
_lock = threading.Lock()


def deliver(channel: str, parts: int, update: Any, index: Any, values: dict[str, Any]) -> None:
    """What one device reports, for the latest receiver of the channel. Never raises: it runs inside the program."""
    with _lock:
        listening = _receivers.get(channel)
        receive = listening[-1] if listening else None
    if receive is not None:
        numbers = {name: host_array(x).ravel().tolist() for name, x in values.items()}
        receive(Part(int(host_array(update)), int(host_array(index)), parts, numbers))


def listen(channel: str, receiver: Receiver) -> None:
    """Points of the channel go to `receiver` from now on."""
    with _lock:
        _receivers.setdefault(channel, []).append(receiver)


def leave(channel: str, receiver: Receiver) -> None:
    """Points go to who listened before."""
    with _lock:
        _receivers[channel].remove(receiver)
