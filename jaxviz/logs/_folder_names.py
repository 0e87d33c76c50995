"""Names of folders and files -> algorithm, task, seed and hyper-parameters, as people name their runs."""

import re
from collections.abc import Iterator, Sequence
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
    r"|(run|trial|rep|replicate|job|worker|exp|experiment)[_\-]?\d+)",
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


class Guess(NamedTuple):
    """A label with the name that it was read off."""

    label: str
    value: str
    name: str


def stem_of(path: Path) -> str:
    """The name of a file without its endings."""
    return _ENDINGS.sub("", path.name)


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
    return [*_of_shapes(names), *_of_settings(names), *_of_words(names), *_of_places(names)]


def _of_shapes(names: Sequence[str]) -> Iterator[Guess]:
    for name in names:
        for shape in _SHAPES:
            if (found := shape.fullmatch(name)) and not is_generic(name):
                yield from _named(found, name)
                break
        else:
            found = _TRIPLE.fullmatch(name)
            if found and (is_algorithm(found["algorithm"]) or found["algorithm"].isalnum()) and _is_task(found["task"]):
                yield from _named(found, name)


def _named(found: re.Match[str], name: str) -> Iterator[Guess]:
    for label, value in found.groupdict().items():
        if value and label != "rest":
            yield Guess(label, value, name)


def _of_settings(names: Sequence[str]) -> Iterator[Guess]:
    """`lr=0.001,seed=3`."""
    for name in names:
        for found in _SETTING.finditer(name):
            yield Guess(_setting_name(found["name"]), _DATE_BEHIND.sub("", found["value"]), name)


def _setting_name(name: str) -> str:
    """The name in front of `=`, without an algorithm or the number of a trial before it: `ppo_lr`, `v1_1a2b3_0_lr`."""
    first, found, rest = name.partition("_")
    return rest if found and is_algorithm(first) else re.sub(r"^.*\d_(?=[A-Za-z])", "", name)


def _of_words(names: Sequence[str]) -> Iterator[Guess]:
    """Seeds, tasks of Gym and names of algorithms, wherever they stand."""
    for name, outer in zip(names, [*names[1:], ""], strict=True):
        if found := _SEED.fullmatch(name):
            yield Guess("seed", found["seed"], name)
        if is_algorithm(name):
            yield Guess("algorithm", name, name)
        elif (
            "=" not in name and (task := _numbered(name)) is not None and (_GYM.fullmatch(task) or is_algorithm(outer))
        ):
            yield Guess("task", task, name)
        if _GYM.fullmatch(name) and not _INNER.search(name[1:]):
            yield Guess("task", name, name)
    for name in names:
        yield from _of_pieces(name)


def _numbered(name: str) -> str | None:
    """The task in front of the number of a run, or None."""
    found = _NUMBERED.fullmatch(name)
    return None if found is None or "=" in name or _GYM.fullmatch(name) else found["task"]


def _of_pieces(name: str) -> Iterator[Guess]:
    """`ppo-LunarLander-v2`, `sac_u32_walker-walk`: an algorithm in front of the rest, a task of Gym inside."""
    for separator in ("_", "-"):
        first, found, _ = name.partition(separator)
        if found and is_algorithm(first):
            yield Guess("algorithm", first, name)
    if inner := _INNER.search(name):
        yield Guess("task", inner[0], name)


def _of_places(names: Sequence[str]) -> Iterator[Guess]:
    """Whatever is left: the innermost name is the task, the next one the algorithm; a number is a seed."""
    free = [
        name for name in names if not is_generic(name) and not _SEED.fullmatch(name) and not _NUMBER.fullmatch(name)
    ]
    free = [name for name in free if "=" not in name]
    plain = [name for name in free if not is_algorithm(name)]
    if names and _NUMBER.fullmatch(names[0]):
        yield Guess("seed", names[0], names[0])
    if any(is_algorithm(name) for name in free):
        yield from (Guess("task", name, name) for name in plain[:1])
    elif len(plain) > 1:
        yield Guess("task", plain[0], plain[0])
        yield Guess("algorithm", plain[1], plain[1])
    else:
        yield from (Guess("algorithm", name, name) for name in plain)


def _is_task(name: str) -> bool:
    return any(map(str.isalpha, name)) and not is_generic(name)
