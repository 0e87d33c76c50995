"""Channels from running programs to whoever listens."""

import threading
from collections.abc import Callable

from .._types import Array, ArrayLike
from ..host import host_array
from ._summary import DeviceReport

Receiver = Callable[[DeviceReport], None]
_receivers: dict[str, list[Receiver]] = {}
_lock = threading.Lock()


def deliver(channel: str, devices: int, update: ArrayLike, device: ArrayLike, values: dict[str, Array]) -> None:
    """Hand the report of one device to the latest receiver of the channel. Never raises: it runs inside the program."""
    with _lock:
        listening = _receivers.get(channel)
        receive = listening[-1] if listening else None
    if receive is not None:
        numbers = {name: host_array(x).ravel().tolist() for name, x in values.items()}
        receive(DeviceReport(int(host_array(update)), int(host_array(device)), devices, numbers))


def listen(channel: str, receiver: Receiver) -> None:
    """Send the reports of the channel to `receiver` from now on."""
    with _lock:
        _receivers.setdefault(channel, []).append(receiver)


def leave(channel: str, receiver: Receiver) -> None:
    """Send the reports of the channel to its previous receiver again."""
    with _lock:
        _receivers[channel].remove(receiver)
