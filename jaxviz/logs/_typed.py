"""Text in logs -> numbers, truth values, lists and text, and the names that logs give to algorithm, task and seed."""

import ast
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..study import typed as scalar
from ._names import LABELS, normal
from .names._forms import is_algorithm

_WORDS = {"true": True, "false": False, "none": None, "null": None, "~": None, "": None}
_LONGEST = 1000
"""Longer text is no list of numbers that somebody chose."""
_MOST = 10_000
"""Entries of a configuration: aliases of YAML can stand for any number."""


def typed(text: str) -> Any:
    """The number, truth value, None or tuple that a text stands for; else the text itself."""
    stripped = text.strip()
    if stripped.lower() in _WORDS:
        return _WORDS[stripped.lower()]
    if (number := _number(stripped)) is not None:
        return number
    if stripped[:1] in "[('\"" and len(stripped) < _LONGEST:
        try:
            value = ast.literal_eval(stripped)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return text
        return plain(value)
    return text


def plain(value: Any) -> Any:
    """Numbers, truth values, None and text, and tuples of them; everything else, and numbers in words, as `typed`."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    text = str(value)
    number = _number(text.strip())
    return text if number is None else number


def _number(text: str) -> int | float | None:
    """The number that a text stands for, by the one rule for hyper-parameters; None for other text."""
    value = scalar(text)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def whole(value: float) -> int | float:
    """A number that was written as a float although it is an integer."""
    return int(value) if math.isfinite(value) and value == int(value) and abs(value) < 2**53 else value


def flat(config: Any, prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one of plain values, names joined by dots. ValueError above 10,000 entries.

    What JSON and YAML have no word for (`<function …>`) is left out.
    """
    found: dict[str, Any] = {}
    for name, value in _leaves(config, prefix):
        if not (isinstance(value, str) and value.startswith("<")):
            found[name] = plain(value)
        if len(found) > _MOST:
            raise ValueError(f"it has more than {_MOST} entries")
    return found


def _leaves(config: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def labels_of(config: Mapping[str, Any]) -> dict[str, str]:
    """What a configuration says of the algorithm, the task and the seed of its run.

    A name counts where it stands alone, else in the fewest mappings, those of evaluations last; a nested `model` or
    `agent` is a part of an algorithm, `algo.name` and `env.id` are what `algo` and `env` would be, and the class of an
    agent is its algorithm if it is called as one that is in use. A domain is a part of its task's name.
    """
    if not config:
        return {}
    named: dict[str, Any] = {}
    groups: dict[str, Any] = {}
    for name, value in sorted(config.items(), key=lambda item: _depth(normal(item[0]))):
        *outer, last = normal(name).split(".")
        if outer and last in _OF_GROUP:
            groups.setdefault(_GROUP_ENDING.sub("", outer[-1]), value)
        elif outer and last in _CLASSES and (known := _algorithm_of_class(value)):
            groups.setdefault(_GROUP_ENDING.sub("", outer[-1]), known)
        elif not outer or last not in _PARTS:
            named.setdefault(last, value)
    found = {}
    for label in ("algorithm", "task", "seed"):
        known = [(name, each.get(name)) for each in (named, groups) for name in LABELS[label].split()]
        texts = [(name, text) for name, value in known if (text := _as_label(value))]
        if texts:
            found[label] = _with_domain(*min(texts, key=lambda item: item[1].lower() in _WORLDS), named)
    return found


_OF_GROUP = ("name", "id", "key")
_CLASSES = ("type", "class", "class_name", "_target_")
_GROUP_ENDING = re.compile(r"_(params|args|kwargs|config|cfg)$")
_PARTS = ("model", "agent", "method", "dataset", "policy_name", "game")
_WORLDS = frozenset(("gym", "gymnasium", "gymma", "sc2", "smac", "smacv2", "smaclite", "dmc", "dm_control", "atari"))
"""Libraries of tasks: said where the task itself may be, but has a name of its own beside."""
_NO_LABELS = frozenset(("", "name", "none", "null", "default"))
_DOMAINS = ("domain", "domain_name")


def _as_label(value: Any) -> str:
    """A value as a label; "" for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(whole(value) if isinstance(value, float) else value)
    return "" if text.lower() in _NO_LABELS else text


def _algorithm_of_class(value: Any) -> str | None:
    """`PPO` of `agents.ppo.PPOAgent`; None for classes that are not called as an algorithm."""
    name = re.sub(r"(_?agent)$", "", value.rpartition(".")[2], flags=re.IGNORECASE) if isinstance(value, str) else ""
    return name if is_algorithm(name) else None


def _with_domain(name: str, text: str, named: Mapping[str, Any]) -> str:
    """`cartpole-swingup` of the domain `cartpole` and the task `swingup`."""
    domain = next((named[key] for key in _DOMAINS if isinstance(named.get(key), str)), "")
    return f"{domain}-{text}" if domain and name in ("task", "task_name") and domain not in text else text


def _depth(name: str) -> tuple[bool, int]:
    """Names of evaluations come last, then those in more mappings."""
    return name.startswith(("eval", "test")), name.count(".")


def table_of_markdown(text: str) -> dict[str, Any]:
    """The rows of a Markdown table of two columns, as CleanRL writes its arguments: name → value."""
    rows = [line.strip().strip("|").partition("|") for line in text.splitlines() if line.strip().startswith("|")]
    pairs = [(name.strip(), value.strip()) for name, bar, value in rows if bar]
    return {name: typed(value) for name, value in pairs[1:] if name.strip("-: ")}
