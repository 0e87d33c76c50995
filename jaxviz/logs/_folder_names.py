"""Names of folders and files -> algorithm, task, seed and hyper-parameters, as people name their runs."""

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_IN_USE = """
a2c a3c acer acktr ars awac bc bcq behavior_cloning cem cql c51 crossq curl d4pg ddpg ddqn der dqn drq drqv2 drq-v2
dreamer dreamerv2 dreamerv3 droq dt es fqf gail her-sac happo hatrpo iddpg impala ippo ippo-lstm iql ilql iqn isac
lambda_rnn mappo masac matd3 mbpo medt mpo muzero ndqn openaies pets pg planet ppg ppo ppo2 ppo-lstm ppo_lstm pqn
qmix qrdqn qr-dqn r2d2 rad rainbow recurrentppo ppolstm redq reinforce rlpd rnd rspo sac sac-ae sac-discrete sacd
sarsa simba slac spr spo sql sunrise td3 td3+bc td3_bc td7 tdmpc tdmpc2 td-mpc td-mpc2 tqc trpo trpol vdn vpg vtrace
xql edac her random ddpg-her maddpg facmac coma
"""
ALGORITHMS = frozenset(_IN_USE.split())
"""Names of algorithms that are in use, in small letters."""
_GENERIC = re.compile(
    r"(logs?|runs?|results?|outputs?|exps?|experiments?|data|files?|train(ing)?|eval(uation)?s?|test|tb|tensorboard"
    r"|monitors?|progress|metrics|multirun|wandb|mlruns|csv|json|scores?|curves|benchmarks?|artifacts|checkpoints?|models?"
    r"|offline-run.*|run-\d.*|evaluations|monitor|history|tmp|log|ray_results|default|version_\d+|lightning_logs"
    r"|(run|trial|try|rep|replicate|job|worker|exp|experiment|fold|part|v)[_\-]?\d+|wandb_export.*)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}[-_.]?\d\d[-_.]?\d\d([-_T. ]?\d\d[-_:.]?\d\d([-_:.]?\d\d)?)?|\d\d[-_:]\d\d[-_:]\d\d|\d{9,}")
_ENDINGS = re.compile(r"([._]?(monitor)?\.(csv|tsv|json|jsonl|txt|gz|npy|npz|parquet|log|db|wandb))+$")
_DATE_BEHIND = re.compile(r"_\d{4}-\d\d-\d\d.*")
_SEED = re.compile(r"(?:.*[_\-/.])?s(?:eed)?[_=\-]?(?P<seed>\d+)", re.IGNORECASE)
_SETTING = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_.]*?)=(?P<value>[^,=]+)")
_GYM = re.compile(r"(?:[\w\-.]+[/:])?[A-Za-z][\w\-.]*?-?v\d+", re.IGNORECASE)
"""`CartPole-v1`, `ALE/Pong-v5`, `PongNoFrameskip-v4`."""
_SHAPES = (
    # CleanRL: task, script, seed, time
    re.compile(r"(?P<task>.+?)__(?P<algorithm>.+?)__(?P<seed>\d+)__(?P<rest>[^/]+)"),
    # Ray Tune: algorithm, task, id, number, place, settings, date
    re.compile(
        r"(?P<algorithm>[A-Za-z0-9]+)_(?P<task>[\w\-.]+?)_[0-9a-f]{5,8}(?:_\d{5})?_\d+(?:_(?P<rest>.*=.*?))?_\d{4}-\d\d-\d\d.*"
    ),
    # Spinning Up
    re.compile(r"(?P<algorithm>.+)_s(?P<seed>\d+)"),
)
_TRIPLE = re.compile(r"(?P<algorithm>[^_]+)_(?P<task>.+)_(?P<seed>\d{1,6})")
_NUMBERED = re.compile(r"(?P<task>.*[A-Za-z].*)[_-](?P<number>\d{1,4})")
"""rl-zoo's `CartPole-v1_1` in the folder of an algorithm: the number of a run, no seed."""
_INNER = re.compile(r"[A-Z][A-Za-z0-9]*-v\d+")
"""A task of Gym inside a longer name."""
_NUMBER = re.compile(r"\d{1,6}")
_WORDS_ALONE = re.compile(r"[A-Za-z]{2,}(?:[_\-][A-Za-z]{2,})*")


class Guess(NamedTuple):
    """A label with the name that it was read off."""

    label: str
    value: str
    name: str


_remembered = functools.lru_cache(8192)
"""Ten thousand runs have the same few names."""


def stem_of(path: Path) -> str:
    """The name of a file without its endings."""
    return _ENDINGS.sub("", path.name)


def is_generic_word(name: str) -> bool:
    """Whether a name says only what is in a file: `progress`, not a date, which tells files apart."""
    return bool(_GENERIC.fullmatch(name))


def is_algorithm(name: str) -> bool:
    """Whether a name is that of an algorithm that is in use."""
    return name.lower() in ALGORITHMS


def is_generic(name: str) -> bool:
    """Whether a name says nothing of a run: `logs`, a date."""
    return bool(_GENERIC.fullmatch(name) or _DATE.fullmatch(name))


def guesses(names: Sequence[str]) -> list[Guess]:
    """Labels that names say, the surest first: `names` are those of the file (without its ending) and its folders, the
    innermost first. The first guess of a label stands; settings (`lr=0.001`) have labels of their own.
    """
    outer = [*names[1:], ""]
    ways = (
        map(_of_shape, names),
        map(_of_settings, names),
        map(_of_words, names, outer),
        map(_of_pieces, names),
        [_of_places(names)],
    )
    return [guess for way in ways for found in way for guess in found]


def own_guesses(name: str) -> list[Guess]:
    """What the name that a run was given by its writer says, by its form alone."""
    return [guess for found in (_of_shape(name), _of_settings(name), _of_words(name, "")) for guess in found]


@_remembered
def _of_shape(name: str) -> tuple[Guess, ...]:
    """A whole name that is built in one of the ways that are known."""
    if is_generic(name):
        return ()
    for shape in _SHAPES:
        if found := shape.fullmatch(name):
            return _named(found, name)
    found = _TRIPLE.fullmatch(name)
    if found and (is_algorithm(found["algorithm"]) or found["algorithm"].isalnum()) and _is_task(found["task"]):
        return _named(found, name)
    return ()


def _named(found: re.Match[str], name: str) -> tuple[Guess, ...]:
    return tuple(Guess(label, value, name) for label, value in found.groupdict().items() if value and label != "rest")


@_remembered
def _of_settings(name: str) -> tuple[Guess, ...]:
    """`lr=0.001,seed=3`."""
    return tuple(
        Guess(_setting_name(found["name"]), _DATE_BEHIND.sub("", found["value"]), name)
        for found in _SETTING.finditer(name)
    )


def _setting_name(name: str) -> str:
    """The name in front of `=`, without an algorithm or the number of a trial before it: `ppo_lr`, `v1_1a2b3_0_lr`."""
    first, found, rest = name.partition("_")
    return rest if found and is_algorithm(first) else re.sub(r"^.*\d_(?=[A-Za-z])", "", name)


@_remembered
def _of_words(name: str, outer: str) -> tuple[Guess, ...]:
    """Seeds, tasks of Gym and names of algorithms, wherever they stand; `outer` is the folder around."""
    found = []
    if seed := _SEED.fullmatch(name):
        found.append(Guess("seed", seed["seed"], name))
    if is_algorithm(name):
        found.append(Guess("algorithm", name, name))
    elif not seed and (task := _numbered(name)) is not None and (_GYM.fullmatch(task) or is_algorithm(outer)):
        found.append(Guess("task", task, name))
    if _GYM.fullmatch(name) and not _INNER.search(name[1:]):
        found.append(Guess("task", name, name))
    return tuple(found)


@_remembered
def _of_pieces(name: str) -> tuple[Guess, ...]:
    """`ppo-LunarLander-v2`, `sac_u32_walker-walk`: an algorithm in front of the rest, a task of Gym inside."""
    firsts = (name.partition(separator) for separator in ("_", "-"))
    found = [Guess("algorithm", first, name) for first, sign, _ in firsts if sign and is_algorithm(first)]
    if inner := _INNER.search(name):
        found.append(Guess("task", inner[0], name))
    rest = name.partition("_")[2]
    if found and not inner and _WORDS_ALONE.fullmatch(rest):
        found.append(Guess("task", rest, name))
    return tuple(found)


def _numbered(name: str) -> str | None:
    """The task in front of the number of a run, or None."""
    found = _NUMBERED.fullmatch(name)
    if found is None or "=" in name or is_generic(name) or is_generic(found["task"]) or _GYM.fullmatch(name):
        return None
    return None if is_algorithm(found["task"]) else found["task"]


def _of_places(names: Sequence[str]) -> list[Guess]:
    """Whatever is left: the innermost name is the task, the next one the algorithm; a number is a seed."""
    found = [Guess("seed", names[0], names[0])] if names and _NUMBER.fullmatch(names[0]) else []
    free = [name for name in names if _is_free(name)]
    plain = [name for name in free if not is_algorithm(name)]
    if len(plain) < len(free):
        return found + [Guess("task", name, name) for name in plain[:1]]
    if len(plain) > 1:
        return [*found, Guess("task", plain[0], plain[0]), Guess("algorithm", plain[1], plain[1])]
    return found + [Guess("algorithm", name, name) for name in plain]


@_remembered
def _is_free(name: str) -> bool:
    """Whether a name may be that of a task or an algorithm."""
    if is_generic(name) or "=" in name or _SEED.fullmatch(name) or _NUMBER.fullmatch(name):
        return False
    return not any(guess.label == "algorithm" for guess in _of_pieces(name))


def _is_task(name: str) -> bool:
    return any(map(str.isalpha, name)) and not is_generic(name)
