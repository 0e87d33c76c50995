"""Configurations that stand beside a log: Hydra, rl-zoo, W&B, and the `config.json` of many."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from .._printable import printable
from ..host.readers import MOST_NAMES, check_names
from ._typed import flat, typed
from ._yaml import read_yaml

_MOST = 4 << 20
"""Bytes of a configuration: one of a training has some thousand."""
_LEVELS = 3
"""Folders upwards in which `.hydra` is looked for: trainings write their logs into folders of their run's."""
_NAMES = (
    *("config.yaml", "config.yml", "args.yml", "args.yaml", "hparams.yaml", "params.yaml", "hydra_config.yaml"),
    *("params.json", "config.json", "args.json", "hparams.json", "variant.json", "flags.json", "hyperparameters.json"),
    *("agent.yaml", "args.txt", "cfg.json", "cfg.yaml", "cfg.yml", "configuration.yaml"),
)
"""In their order of belief: what is in an earlier one wins."""
_OF_TASK = "env.yaml"
"""Isaac Lab's, in `params/`: elsewhere it is one of conda's environments."""
_ML_AGENTS, _SAMPLE_FACTORY = "configuration.yaml", ".summary"
"""ML-Agents' configuration of all behaviors, above the folder of each; Sample Factory's folder of those of policies."""


def is_configuration(path: Path) -> bool:
    """Whether a file is named as one that is read beside a log."""
    folder = path.parent.name
    of_task = (folder == "params" and path.name == _OF_TASK) or path.name.startswith("openaigym.manifest.")
    return path.name in _NAMES or folder == ".hydra" or of_task


class Beside(NamedTuple):
    """What stands beside a log."""

    values: dict[str, Any]
    """Hyper-parameters, typed; nested names are joined by dots."""
    sources: tuple[Path, ...] = ()
    """The files they are from."""
    chosen: tuple[str, ...] = ()
    """Those that somebody chose for this run on the command line: the overrides of Hydra."""
    notes: tuple[str, ...] = ()
    """A sentence for each file that could not be read."""


_NOTHING = Beside({})
_INSIDE = ("files", "params")
_MAY_HOLD = frozenset((*_NAMES, *_INSIDE))


class Listing(dict[str, frozenset[str]]):
    """Folder → the names in it, listed at its first use; none if it cannot be."""

    def __init__(self) -> None:
        self._hydra: dict[tuple[str, int, str | None], str] = {}

    def __missing__(self, folder: str) -> frozenset[str]:
        try:
            found = frozenset(os.listdir(folder))
        except OSError:
            found = frozenset[str]()
        self[folder] = found
        return found

    def hydra(self, folder: str, levels: int, top: str | None) -> str:
        """The `.hydra` of a folder, or of the nearest of so many that it is in, none of them above `top`; "": none."""
        if ".hydra" in self[folder]:
            return os.path.join(folder, ".hydra")
        above = os.path.dirname(folder) or os.curdir
        if not levels or above == folder or (top is not None and not _is_below(above, top)):
            return ""
        key = (above, levels - 1, top)
        found = self._hydra.get(key)
        if found is None:
            found = self._hydra[key] = self.hydra(*key)
        return found


def config_beside(folder: str | Path, names_in: Listing | None = None, top: str | Path | None = None) -> Beside:
    """The configuration of the run whose logs are in a folder, by the files beside them; empty if there are none.

    `.hydra/` of this folder or of one of the two above; else the files named `config.yaml`, `args.yml`, `params.json`
    and the like in this folder, in `files/` (W&B), in `params/` (Isaac Lab), or in the folder of the task that rl-zoo
    makes (`CartPole-v1_1/CartPole-v1/`); else in the folder above that ML-Agents and Sample Factory have for a run.
    `names_in` is what was listed for other runs.
    Nothing is read above the folder `top`.
    """
    names_in = Listing() if names_in is None else names_in
    own = os.fspath(folder)
    if hydra := names_in.hydra(own, _LEVELS - 1, None if top is None else os.fspath(top)):
        return _hydra(Path(hydra))
    notes: tuple[str, ...] = ()
    names = names_in[own]
    if names.isdisjoint(_MAY_HOLD) and os.path.basename(own).rpartition("_")[0] not in names:
        return _above(own, names_in, None if top is None else os.fspath(top))
    for near in _folders(Path(own), names):
        names = names_in[str(near)]
        if names.isdisjoint(_NAMES):
            continue
        known = (*_NAMES, _OF_TASK) if near.name == "params" else _NAMES
        found = _read([near / name for name in known if name in names], _mapping)
        notes += found.notes
        if found.sources:
            return found._replace(notes=notes)
    return Beside({}, notes=notes)


def _above(own: str, names_in: Listing, top: str | None) -> Beside:
    """The configuration in the folder of the run that ML-Agents' `<behavior>/` and Sample Factory's `.summary/0/` are
    in; none above `top`."""
    around = os.path.dirname(own)
    is_summary = os.path.basename(around) == _SAMPLE_FACTORY
    folder = os.path.dirname(around) if is_summary else around
    if not folder or (top is not None and not _is_below(folder, top)):
        return _NOTHING
    names = [name for name in (_NAMES if is_summary else (_ML_AGENTS,)) if name in names_in[folder]]
    return (
        _read([Path(folder, name) for name in names], partial(_mapping, of=os.path.basename(own)))
        if names
        else _NOTHING
    )


def _is_below(folder: str, top: str) -> bool:
    """Whether it is `top`, or in it."""
    if top == ".":
        return not os.path.isabs(folder)
    return folder == top or folder.startswith(top if top.endswith(os.sep) else top + os.sep)


def _folders(folder: Path, names: frozenset[str]) -> Iterator[Path]:
    """The folder itself and those in it that may hold its configuration."""
    yield folder
    yield from (folder / name for name in (*_INSIDE, folder.name.rpartition("_")[0]) if name in names)


def _hydra(folder: Path) -> Beside:
    """The whole configuration, and the overrides among it."""
    whole = _read([folder / "config.yaml"], _mapping)
    overrides = _read([folder / "overrides.yaml"], _overrides)
    both = whole.values | overrides.values
    return Beside(both, whole.sources + overrides.sources, tuple(overrides.values), whole.notes + overrides.notes)


def _read(paths: list[Path], meaning: Callable[[Any], Mapping[str, Any]]) -> Beside:
    """What is in those of the files that are there; the first one wins."""
    values, sources, notes = {}, [], []
    for path in paths:
        try:
            content = _content(path)
            found = {} if content is None else meaning(content)
        except (OSError, ValueError, OverflowError, RecursionError) as error:
            notes.append(f"{printable(str(path))} was left out: {_reason(error)}")
            continue
        if found:
            values = {**found, **values}
            sources.append(path)
    return Beside(values, tuple(sources), notes=tuple(notes))


def _reason(error: Exception) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else printable(str(error))[:300]


def _content(path: Path) -> Any:
    """What a file of JSON or YAML holds; None if there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    if len(content) > _MOST:
        raise ValueError(f"it has more than {_MOST} bytes, which is no configuration")
    if path.suffix != ".json":
        return read_yaml(content)
    check_names(content, MOST_NAMES)
    return json.loads(content)


def _mapping(content: Any, of: str = "") -> dict[str, Any]:
    """A mapping, flat; of W&B's `{name: {desc, value}}` the values; of ML-Agents' behaviors the one called `of`."""
    if not isinstance(content, Mapping):
        return {}
    if isinstance(behaviors := content.get("behaviors"), Mapping):
        return _behavior(behaviors, of, content.get("env_settings"))
    own = {name: value for name, value in content.items() if name not in ("wandb_version", "_wandb")}
    if own and all(isinstance(value, Mapping) and "value" in value for value in own.values()):
        own = {name: value["value"] for name, value in own.items()}
    return flat(own)


def _behavior(behaviors: Mapping[str, Any], of: str, settings: Any) -> dict[str, Any]:
    """What ML-Agents was told of one behavior, its trainer as the algorithm; the only one where none is called so."""
    own = behaviors.get(of, next(iter(behaviors.values())) if len(behaviors) == 1 else None)
    if not isinstance(own, Mapping):
        return {}
    found = flat(own)
    if isinstance(trainer := found.get("trainer_type"), str):
        found["algorithm"] = trainer
    seed = settings.get("seed") if isinstance(settings, Mapping) else None
    return found | ({"seed": seed} if isinstance(seed, int) and seed >= 0 else {})  # -1 is any


def _overrides(content: Any) -> dict[str, Any]:
    """`name=value`, also `+name=value` and `++name=value`; nothing for what is taken away (`~name`)."""
    texts = [text for text in content if isinstance(text, str)] if isinstance(content, list) else []
    pairs = [text.lstrip("+").partition("=") for text in texts if not text.startswith("~")]
    return {name: typed(value.strip("'\"")) for name, equals, value in pairs if equals}
