"""TensorBoard's `events.out.tfevents.*`: scalars of every writer, and CleanRL's and the hparams plugin's arguments."""

from collections.abc import Mapping
from pathlib import Path
from struct import unpack_from
from typing import Any

from ...host.readers import Events, Field, fields, read_events, text_of
from .._log import Format, Log, Series, UnreadableError
from .._names import kind_of
from .._typed import labels_of, table_of_markdown, whole
from ._reading import counted, guarded

_OF_ENVIRONMENT_STEPS = {"charts/episodic_return", "charts/SPS", "rollout/ep_rew_mean", "time/fps"}
"""Tags of CleanRL and Stable-Baselines3, which count their steps so; event files themselves do not say."""
_SHOWN = 5
"""Places of damage that a note names."""


def looks(head: bytes, path: Path) -> bool:
    """The first record tells the version; where it is damaged, or absent, the name tells the format."""
    return b"brain.Event:" in head[:100] or ".tfevents." in path.name


def read(path: Path) -> list[Log]:
    """The scalars of one file: one log. A resumed run is several files, which are several logs.

    `UnreadableError` if it holds neither scalars nor arguments.
    """
    return guarded(lambda: _parse(path), path)


def _parse(path: Path) -> list[Log]:
    with path.open("rb") as file:
        events = read_events(file)
    config = _config(events)
    if not events.scalars and not config:
        raise UnreadableError(f"it holds no scalars: {_instead(events)}")
    unit = "environment steps" if _OF_ENVIRONMENT_STEPS & events.scalars.keys() else None
    series = {
        tag: Series(one.values, one.step, kind_of(tag), unit, time=one.time) for tag, one in events.scalars.items()
    }
    return [Log(series, labels_of(config), config, events.started, notes=_notes(events))]


def _config(events: Events) -> dict[str, Any]:
    """Arguments in a text tag named `hyperparameters`, and those of the hparams plugin."""
    config: dict[str, Any] = {}
    for content in events.hparams:
        try:
            config |= _hparams(content)
        except ValueError:
            continue  # another plugin's bytes under its name
    for tag, text in events.texts.items():
        if tag.removesuffix("/text_summary").lower() in ("hyperparameters", "hyperparams", "config", "args"):
            config |= table_of_markdown(text)
    return config


def _hparams(content: bytes) -> Mapping[str, Any]:
    """`HParamsPluginData {session_start_info = 3 {hparams = 1, a map from text to google.protobuf.Value}}`."""
    found = {}
    for info in _inside(content, Field(3, 2, 0, len(content)), 3):
        for entry in _inside(content, info, 1):
            parts = {part.number: part for part in fields(content, entry.start, entry.end)}
            if 1 in parts and 2 in parts:
                found[text_of(content, parts[1])] = _value(content, parts[2])
    return found


def _inside(content: bytes, message: Field, number: int) -> list[Field]:
    """The messages of one number in a message."""
    return [part for part in fields(content, message.start, message.end) if (part.number, part.wire) == (number, 2)]


def _value(content: bytes, message: Field) -> Any:
    """A `google.protobuf.Value`: number = 2, text = 3, truth = 4."""
    for part in fields(content, message.start, message.end):
        match part.number, part.wire:
            case 2, 1:
                return whole(unpack_from("<d", content, part.start)[0])
            case 3, 2:
                return text_of(content, part)
            case 4, 0:
                return content[part.start] != 0
    return None


def _instead(events: Events) -> str:
    """What there is in a file without scalars."""
    if events.others or events.texts:
        return "only text, images or histograms"
    if events.damage.records or events.damage.gaps or events.started is None:
        return "no record of it is whole"
    return "nothing but the record of its version"


def _notes(events: Events) -> tuple[str, ...]:
    """What was left out."""
    damage, notes = events.damage, []
    if damage.records:
        count, places = counted(len(damage.records), "record"), _places(damage.records)
        notes.append(f"{count} at {places} did not meet the checksum: left out")
    if damage.gaps:
        bytes_lost = sum(end - start for start, end in damage.gaps)
        starts = [start for start, _ in damage.gaps]
        notes.append(f"{bytes_lost} bytes at {_places(starts)} are damaged: the records in them were left out")
    if damage.torn is not None:
        notes.append(f"the last record, at byte {damage.torn}, is cut off: left out")
    if events.unreadable:
        notes.append(f"{counted(events.unreadable, 'record')} held no event: left out")
    return tuple(notes)


def _places(starts: list[int]) -> str:
    shown = ", ".join(map(str, starts[:_SHOWN])) + (", …" if len(starts) > _SHOWN else "")
    return f"byte {shown}" if len(starts) == 1 else f"bytes {shown}"


FORMAT = Format("TensorBoard events", looks, read, of_folder=True)
