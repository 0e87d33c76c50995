"""Names of folders and files -> algorithm, task, seed and hyper-parameters, as people name their runs."""

import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ._in_use import ALGORITHMS, CONTROL, PIECES, TASKS
from ._names import label

_GENERIC = re.compile(
    r"(logs?|runs?|results?|outputs?|exps?|experiments?|data|files?|train(ing)?|eval(uation)?s?|test|tb|tensorboard"
    r"|monitors?|progress|metrics|multirun|wandb|mlruns|csv|json|scores?|curves|benchmarks?|artifacts|checkpoints?|models?"
    r"|storage|local|torch|rsl_rl|rl_games|skrl|sacred|stud(y|ies)|optuna|scalars|summar(y|ies)|workers?|agents?|actor|evaluator|learner"
    r"|logdir|save|saves|saved|d3rlpy_logs|meta(\.yaml)?|info|openai-\d{4}-.*|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|rewards?|returns?"
    r"|offline-run.*|run-\d.*|evaluations|monitor|history|tmp|log|ray_results|default|version_\d+|lightning_logs"
    r"|(run|trial|try|rep|replicate|job|worker|exp|experiment|fold|part|v)[_\-]?\d+|wandb_export.*"
    r"|test_rew(_\d+seeds)?|openaigym\.(episode_batch|manifest|video)\..*)",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\d{4}[-_.]?\d\d[-_.]?\d\d([-_T. ]?\d\d[-_:.]?\d\d([-_:.]?\d\d)?)?([.\-_]\d{1,6})?|\d\d[-_:]\d\d[-_:]\d\d|\d{9,}"
    r"|\d{6}[-_]\d{6}|\d\d-\d\d-\d\d([-_]\d\d){3}(-\d+)?|[A-Z][a-z]{2}\d\d([-_]\d\d){3}_?"
)
_ENDINGS = re.compile(r"([._]?(monitor)?\.(csv|tsv|json|jsonl|txt|gz|bz2|xz|npy|npz|parquet|log|db|wandb))+$")
_DATE_BEHIND = re.compile(r"_\d{4}-\d\d-\d\d.*")
_SEED = re.compile(r"(?:.*[_\-/. ])?s(?:eed ?)?[_=\-]?(?P<seed>\d+)", re.IGNORECASE)
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
_GLUED = re.compile(
    rf"(?:^|[_\-])(?P<name>{_NAMES_OF_SETTINGS})[_\-]?(?P<value>\d+(?:\.\d+)?(?:e-?\d+)?)(?=$|[_\-])", re.IGNORECASE
)
"""`lr0.001`, `gamma_0.99`: hyper-parameters whose names nobody gives to anything else."""
_GYM = re.compile(r"(?:[\w\-.]+[/:])?[A-Za-z][\w\-.]*?-?v\d+", re.IGNORECASE)
"""`CartPole-v1`, `ALE/Pong-v5`, `PongNoFrameskip-v4`."""
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
_NUMBER = re.compile(r"\d{1,6}")
_IDS = {"sacred", "mlruns"}
"""Folders of stores, in which numbers are those of runs or experiments, no seeds."""
_WORDS_ALONE = re.compile(r"[A-Za-z]{2,}(?:[_\-][A-Za-z]{2,})*")


class Guess(NamedTuple):
    """A label with the name that it was read off."""

    label: str
    value: str
    name: str


_remembered = functools.lru_cache(8192)
"""Ten thousand runs have the same few names."""


@_remembered
def source_of(name: str) -> str:
    """What a label was guessed from, in words."""
    return f"the name {name!r}"


def stem_of(path: Path) -> str:
    """The name of a file without its endings."""
    return _ENDINGS.sub("", path.name)


@_remembered
def is_generic_word(name: str) -> bool:
    """Whether a name says only what is in a file: `progress`, not a date, which tells files apart."""
    return bool(_GENERIC.fullmatch(name)) or set(re.split(r"[_\-. ]+", name.lower())) <= PIECES


def is_algorithm(name: str) -> bool:
    """Whether a name is that of an algorithm that is in use."""
    return name.lower().replace("-", "_") in ALGORITHMS


@_remembered
def is_task(name: str) -> bool:
    """Whether a name is that of a task that is in use: of Gymnasium, Atari, Procgen or the DeepMind Control Suite."""
    return _GYM.fullmatch(name) is not None or _is_listed(name)


def _is_listed(name: str) -> bool:
    """Whether it is one of the lists of tasks here, not only in the form that Gymnasium's names have."""
    return CONTROL.fullmatch(name) is not None or re.sub(r"[\W_]", "", name).lower() in TASKS


@_remembered
def is_generic(name: str) -> bool:
    """Whether a name says nothing of a run: `logs`, a date."""
    return is_generic_word(name) or _DATE.fullmatch(name) is not None


def guesses(names: Sequence[str], of_algorithm: bool = False) -> tuple[Guess, ...]:
    """Labels that names say, the surest first: `names` are those of the file (without its ending) and its folders, the
    innermost first. The first guess of a label stands; settings (`lr=0.001`) have labels of their own.

    `of_algorithm`: what the algorithm is, is known, so that a name alone may be that of the task.
    """
    if not names:
        return ()
    around = tuple(names[1:])
    shape, settings, words, pieces = _of_name(names[0], _is_in_algorithm(around))
    shapes, all_settings, all_words, all_pieces = _of_names(around)
    places = _of_places(tuple(map(_without_number, names)), of_algorithm)
    return shape + shapes + settings + all_settings + words + all_words + pieces + all_pieces + places


@_remembered
def _is_in_algorithm(around: tuple[str, ...]) -> bool:
    return bool(around) and is_algorithm(around[0])


def own_guesses(name: str) -> list[Guess]:
    """What the name that a run was given by its writer says, by its form alone."""
    return [guess for found in _of_name(name, False) for guess in found]


_Guesses = tuple[Guess, ...]
_Ways = tuple[_Guesses, _Guesses, _Guesses, _Guesses]
"""What is guessed from names in each way, the surest first."""


@_remembered
def _of_name(name: str, in_algorithm: bool) -> _Ways:
    """What one name says by its form. `in_algorithm`: the folder around has the name of an algorithm."""
    return _of_shape(name), _of_settings(name), _of_words(name, in_algorithm), _of_pieces(name)


@_remembered
def _of_names(names: tuple[str, ...]) -> _Ways:
    """As `_of_name`, of the names of folders, the innermost first."""
    if not names:
        return (), (), (), ()
    first, others = _of_name(names[0], _is_in_algorithm(names[1:])), _of_names(names[1:])
    return first[0] + others[0], first[1] + others[1], first[2] + others[2], first[3] + others[3]


def _of_shape(name: str) -> tuple[Guess, ...]:
    """A whole name that is built in one of the ways that are known."""
    if is_generic(name):
        return ()
    for shape in _SHAPES:
        if found := shape.fullmatch(name):
            return _named(found, name)
    found = _TRIPLE.fullmatch(name)
    if found and _may_be_algorithm(found["algorithm"]) and _is_task(found["task"]):
        task = _COUNTED.sub("", found["task"])
        return _named(found, name) if task == found["task"] else _without_seed(found["algorithm"], task, name)
    return ()


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
    pairs += [(found["name"], found["value"]) for found in _GLUED.finditer(name)]
    return tuple(Guess(label(key) or key, _DATE_BEHIND.sub("", value), name) for key, value in pairs)


def _setting_name(name: str) -> str:
    """The name in front of `=`, without an algorithm or the number of a trial before it: `ppo_lr`, `v1_1a2b3_0_lr`."""
    first, found, rest = name.partition("_")
    return rest if found and is_algorithm(first) else re.sub(r"^.*\d_(?=[A-Za-z])", "", name)


def _of_words(name: str, in_algorithm: bool) -> tuple[Guess, ...]:
    """Seeds, tasks of Gym and names of algorithms, wherever they stand."""
    found = []
    if seed := _SEED.fullmatch(name) or _SEED_INSIDE.search(name):
        found.append(Guess("seed", seed["seed"], name))
    if is_algorithm(name):
        found.append(Guess("algorithm", name, name))
    elif not seed and (task := _numbered(name)) is not None and (_GYM.fullmatch(task) or in_algorithm):
        found.append(Guess("task", task, name))
    if _GYM.fullmatch(name) and not _INNER.search(name[1:]):
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
    return task if task != name and _is_listed(task) else ""


@_remembered
def _of_pieces(name: str) -> tuple[Guess, ...]:
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
    return bool(is_generic(piece) or _SEED.fullmatch(piece) or _NUMBER.fullmatch(piece) or _DATE_PIECE.fullmatch(piece))


_DATE_PIECE = re.compile(r"[\d\-:.]+")


def _numbered(name: str) -> str | None:
    """The task in front of the number of a run, or None."""
    found = _NUMBERED.fullmatch(name)
    if found is None or "=" in name or is_generic(name) or is_generic(found["task"]) or _GYM.fullmatch(name):
        return None
    return None if is_algorithm(found["task"]) else found["task"]


@_remembered
def _without_number(name: str) -> str:
    """The name; of all seeds (`seed_3`) the same, as they say nothing else."""
    return "seed_0" if _SEED.fullmatch(name) else name


@_remembered
def _of_places(names: tuple[str, ...], of_algorithm: bool) -> tuple[Guess, ...]:
    """Whatever is left: the innermost name is the task, the next one the algorithm; a number is a seed. The outermost
    folder, that of all runs, is no task of one unless it is called as one that is in use."""
    said = [name for name in names if not is_generic(name)]
    numbered = bool(said) and _NUMBER.fullmatch(said[0]) is not None and _IDS.isdisjoint(names)
    found = [Guess("seed", said[0], said[0])] if numbered else []
    free = [name for name in names if _is_free(name)]
    plain = [name for name in free if not is_algorithm(name)]
    tasks = [name for name in plain if name != names[-1] or len(names) == 1 or is_task(name)]
    if len(plain) < len(free) or any(guess.label == "algorithm" for name in names for guess in _of_pieces(name)):
        return (*found, *(Guess("task", name, name) for name in tasks[:1]))
    if of_algorithm and names and plain[:1] != [names[-1]]:
        return (*found, *(Guess("task", name, name) for name in tasks[:1]))
    task = next((name for name in plain if is_task(name)), plain[0] if len(plain) > 1 else None)
    found += [Guess("task", task, task)] if task else []
    return (*found, *[Guess("algorithm", name, name) for name in plain if name != task][:1])


@_remembered
def _is_free(name: str) -> bool:
    """Whether a name may be that of a task or an algorithm."""
    if is_generic(name) or "=" in name or any(form.fullmatch(name) for form in (_SEED, _NUMBER, _GLUED)):
        return False
    return not any(guess.label == "algorithm" for guess in _of_pieces(name))


def _is_task(name: str) -> bool:
    return any(map(str.isalpha, name)) and not is_generic(name) and name.lower() not in ("seed", "s")
