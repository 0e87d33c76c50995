"""What one name says by its form: labels with their values."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from .._names import label
from ._forms import NUMBER, SEED, is_algorithm, is_generic, is_gym, is_listed, remembered

_DATE_BEHIND = re.compile(r"_\d{4}-\d\d-\d\d.*")
_SEED_INSIDE = re.compile(r"(?:^|[_\-./ ])(?:seed[_=\- ]?|(?<=__)s)(?P<seed>\d+)(?=$|[_\-./ ])", re.IGNORECASE)
"""Of a longer name: `ppo_seed3_lr0.1`, `lr=0.1__s3__1700000000`."""
_SEED_END = re.compile(r"[_\- ]s(eed ?)?[_=\-]?\d+$", re.IGNORECASE)
_KEY = r"[A-Za-z][A-Za-z0-9_.]*"
_SETTING = re.compile(
    rf"(?P<name>{_KEY}?)=(?P<value>[^,=]+?)(?=,|__|[_\-&;]{_KEY}=|[_\-]s(?:eed)?[_\-]?\d+(?:[_\-.]|$)|$)"
)
_NAMES_OF_SETTINGS = (
    "learning_rate|lr|batch_size|bs|gamma|tau|alpha|beta|ent_coef|ent|clip_range|clip|hidden|hid|width|depth|layers|wd"
    "|eps|epsilon|lambda|lam|n_steps|nsteps|num_envs|n_envs|nenvs|utd|temperature|temp"
)
GLUED = re.compile(
    rf"(?:^|[_\-])(?P<name>{_NAMES_OF_SETTINGS})[_\-]?(?P<value>\d+(?:\.\d+)?(?:e-?\d+)?)(?=$|[_\-])", re.IGNORECASE
)
"""`lr0.001`, `gamma_0.99`: hyper-parameters whose names nobody gives to anything else."""
_SHAPES = (
    # CleanRL: task, script, seed, time
    re.compile(r"(?P<task>.+?)__(?P<algorithm>.+?)__(?P<seed>\d+)__(?P<rest>[^/]+)"),
    # Ray Tune: algorithm, task, id, number, place, settings, date
    re.compile(
        r"(?P<algorithm>[A-Za-z0-9]+)_(?P<task>[\w\-.]+?)_[0-9a-f]{5,8}(?:_\d{5})?_\d+(?:_(?P<rest>.*=.*?))?_\d{4}-\d\d-\d\d.*"
    ),
    # bsuite: each number is a task of its own
    re.compile(r"bsuite_id_-_(?P<task>.+)"),
    # Spinning Up: its grids put the task, and settings, behind the name of the experiment
    re.compile(r"(?P<algorithm>[^_]+)_(?P<task>[A-Za-z][\w.\-]*?-v\d+)(?:_(?P<rest>.+))?_s(?P<seed>\d+)"),
    re.compile(r"(?P<algorithm>[^=]+)_s(?P<seed>\d+)"),
)
_TRIPLE = re.compile(r"(?P<algorithm>[^_]+)_(?P<task>.+)_(?P<seed>\d{1,6})")
_NUMBERED = re.compile(r"(?P<task>.*[A-Za-z].*)[_-](?P<number>\d{1,4})")
"""rl-zoo's `CartPole-v1_1` in the folder of an algorithm: the number of a run, no seed."""
_INNER = re.compile(r"[A-Z][A-Za-z0-9]*-v\d+")
"""A task of Gym inside a longer name."""
_WORDS_ALONE = re.compile(r"[A-Za-z]{2,}(?:[_\-][A-Za-z]{2,})*")


class Guess(NamedTuple):
    """A label with the name that it was read off."""

    label: str
    value: str
    name: str


Guesses = tuple[Guess, ...]
Ways = tuple[Guesses, Guesses, Guesses, Guesses]
"""What is guessed from names in each way, the surest first."""


@remembered
def of_name(name: str, in_algorithm: bool) -> Ways:
    """What one name says by its form. `in_algorithm`: the folder around has the name of an algorithm."""
    return _of_shape(name), _of_settings(name), _of_words(name, in_algorithm), of_pieces(name)


def _of_shape(name: str) -> tuple[Guess, ...]:
    """A whole name that is built in one of the ways that are known."""
    if is_generic(name):
        return ()
    for shape in _SHAPES:
        if found := shape.fullmatch(name):
            return _of_task(found, name) if is_listed(found.groupdict().get("algorithm", "")) else _named(found, name)
    found = _TRIPLE.fullmatch(name)
    if found and _may_be_algorithm(found["algorithm"]) and _is_task(found["task"]):
        task = _COUNTED.sub("", found["task"])
        return _named(found, name) if task == found["task"] else _without_seed(found["algorithm"], task, name)
    return ()


def _of_task(found: re.Match[str], name: str) -> tuple[Guess, ...]:
    """`walker-walk_s0`: what Spinning Up has for the experiment, is the task."""
    return (Guess("task", found["algorithm"], name), Guess("seed", found["seed"], name))


_COUNTED = re.compile(r"[_\-](log|run|trial|exp|experiment|rep|try|logs|runs)$", re.IGNORECASE)
"""What a number behind counts: `PPO_CartPole-v1_log_0` is no seed."""


def _without_seed(algorithm: str, task: str, name: str) -> tuple[Guess, ...]:
    return (Guess("algorithm", algorithm, name), Guess("task", task, name))


def _may_be_algorithm(name: str) -> bool:
    return is_algorithm(name) or (name.isalnum() and not is_generic(name))


def _named(found: re.Match[str], name: str) -> tuple[Guess, ...]:
    return tuple(Guess(label, value, name) for label, value in found.groupdict().items() if value and label != "rest")


def _of_settings(name: str) -> tuple[Guess, ...]:
    """`lr=0.001,seed=3`, also `agent=ppo`."""
    pairs = [(_setting_name(found["name"]), found["value"]) for found in _SETTING.finditer(name)]
    pairs += [(found["name"], found["value"]) for found in GLUED.finditer(name)]
    return tuple(Guess(label(key) or key, _DATE_BEHIND.sub("", value), name) for key, value in pairs)


def _setting_name(name: str) -> str:
    """The name in front of `=`, without an algorithm or the number of a trial before it: `ppo_lr`, `v1_1a2b3_0_lr`."""
    first, found, rest = name.partition("_")
    return rest if found and is_algorithm(first) else re.sub(r"^.*\d_(?=[A-Za-z])", "", name)


def _of_words(name: str, in_algorithm: bool) -> tuple[Guess, ...]:
    """Seeds, tasks of Gym and names of algorithms, wherever they stand."""
    found = []
    if seed := SEED.fullmatch(name) or _SEED_INSIDE.search(name):
        found.append(Guess("seed", seed["seed"], name))
    if is_algorithm(name):
        found.append(Guess("algorithm", name, name))
    elif not seed and (task := _numbered(name)) is not None and (is_gym(task) or in_algorithm):
        found.append(Guess("task", task, name))
    if (is_gym(name) and not _INNER.search(name[1:])) or is_listed(name):
        found.append(Guess("task", name, name))
    if task := _task_before_numbers(name):
        found.append(Guess("task", task, name))
    return tuple(found)


def _task_before_numbers(name: str) -> str:
    """`starpilot` of `starpilot_test_2509_1690024149`: a task in use with nothing behind it that says anything."""
    pieces = name.split("_")
    while len(pieces) > 1 and _says_nothing(pieces[-1]):
        pieces.pop()
    task = "_".join(pieces)
    return task if task != name and is_listed(task) else ""


@remembered
def of_pieces(name: str) -> tuple[Guess, ...]:
    """`ppo-LunarLander-v2`, `sac_u32_walker-walk`: an algorithm in front of the rest, a task of Gym inside."""
    found = [Guess("algorithm", first, name) for first in _firsts(name) if is_algorithm(first)][:1]
    if not found:
        return tuple(_of_inner_pieces(name))
    if inner := _INNER.search(name):
        found.append(Guess("task", inner[0], name))
    rest = _SEED_END.sub("", name[len(found[0].value) + 1 :] if name[len(found[0].value)] == "_" else "")
    if found and not inner and _WORDS_ALONE.fullmatch(rest) and not is_generic(rest):
        found.append(Guess("task", rest, name))
    return tuple(found)


def _firsts(name: str) -> Iterator[str]:
    """What stands before one of the first three `_` or `-`, the longest first: `q_learning` of `q_learning_taxi`."""
    ends = [found.start() for found in re.finditer(r"[_-]", name)][:3]
    return (name[:end] for end in reversed(ends))


def _of_inner_pieces(name: str) -> Iterator[Guess]:
    """`DoorKey_ppo_seed1`, `24-01-01_PPO`: the only piece behind the first that is an algorithm; a task beside it."""
    pieces = re.split(r"_(?!v\d)", name)
    known = [piece for piece in pieces[1:] if is_algorithm(piece) and piece.lower() not in _ALSO_WORDS]
    inner = _INNER.search(name)
    if len(known) == 1:
        yield Guess("algorithm", known[0], name)
        rest = [piece for piece in pieces if piece != known[0] and not _says_nothing(piece)]
        if len(rest) == 1 and inner is None:
            yield Guess("task", rest[0], name)
    if inner is not None:
        yield Guess("task", inner[0], name)


_ALSO_WORDS = frozenset(("random", "es", "bc", "dt", "pg", "rad", "her", "coma", "der", "rnd"))
"""Algorithms whose names are parts of other names."""


def _says_nothing(piece: str) -> bool:
    return bool(is_generic(piece) or SEED.fullmatch(piece) or NUMBER.fullmatch(piece) or _DATE_PIECE.fullmatch(piece))


_DATE_PIECE = re.compile(r"[\d\-:.]+")


def _numbered(name: str) -> str | None:
    """The task in front of the number of a run, or None."""
    found = _NUMBERED.fullmatch(name)
    if found is None or "=" in name or is_generic(name) or is_generic(found["task"]) or is_gym(name):
        return None
    return None if is_algorithm(found["task"]) else found["task"]


def _is_task(name: str) -> bool:
    return any(map(str.isalpha, name)) and not is_generic(name) and name.lower() not in ("seed", "s")
