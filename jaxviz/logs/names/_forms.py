"""What single names are: generic, a date, an algorithm or a task in use, a seed, a number."""

import functools
import re
from pathlib import Path

from ._in_use import ALGORITHMS, CONTROL, PIECES, TASKS

_GENERIC = re.compile(
    r"(check|debug|logs?|runs?|results?|outputs?|exps?|experiments?|data|files?|train(ing)?|eval(uation)?s?|test|tb|tensorboard"
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
_DATE_BEHIND = re.compile(
    r"(?<=[^\d\W])[_\-](\d\d(-\d\d){3}|\d{4}-\d\d-\d\d[_\-T ]\d\d[\-:_]\d\d([\-:_]\d\d)?|\d{8}[_\-]\d{6})$"
)
_ENDINGS = re.compile(r"([._]?(monitor)?\.(csv|tsv|json|jsonl|txt|gz|bz2|xz|npy|npz|parquet|log|db|wandb))+$")
_GYM = re.compile(r"(?:[\w\-.]+[/:])?(?P<base>[A-Za-z][\w\-.]*?)(?P<apart>[-_]?)v\d+", re.IGNORECASE)
_VERSION = re.compile(r"[-_]?v\d+$", re.IGNORECASE)
SEED = re.compile(r"(?:.*[_\-/. ])?s(?:eed ?)?[_=\-]?(?P<seed>\d+)", re.IGNORECASE)
NUMBER = re.compile(r"\d{1,6}")

remembered = functools.lru_cache(8192)
"""Ten thousand runs have the same few names."""


def stem_of(path: Path) -> str:
    """The name of a file without its endings."""
    return _ENDINGS.sub("", path.name)


@remembered
def is_generic_word(name: str) -> bool:
    """Whether a name says only what is in a file: `progress`, not a date, which tells files apart."""
    return bool(_GENERIC.fullmatch(name)) or set(re.split(r"[_\-. ]+", name.lower())) <= PIECES


def is_algorithm(name: str) -> bool:
    """Whether a name is that of an algorithm that is in use, or of a version of it (`dreamerv3`)."""
    plain = name.lower().replace("-", "_")
    return plain in ALGORITHMS or _VERSION.sub("", plain) in ALGORITHMS


@remembered
def is_gym(name: str) -> bool:
    """Whether a name has the form of Gymnasium's: `CartPole-v1`, `ALE/Pong-v5`, `simple_spread_v3`.

    Without a sign before the version, as in `antv4`, only a task that is in use has it.
    """
    found = _GYM.fullmatch(name)
    if found is None or is_algorithm(name):
        return False
    return bool(found["apart"]) or is_listed(found["base"])


@remembered
def is_task(name: str) -> bool:
    """Whether a name is that of a task that is in use: of Gymnasium, Atari, Procgen or the DeepMind Control Suite."""
    return is_gym(name) or is_listed(name)


def is_listed(name: str) -> bool:
    """Whether it is one of the lists of tasks here, not only in the form that Gymnasium's names have."""
    return CONTROL.fullmatch(name) is not None or re.sub(r"[\W_]", "", name).lower() in TASKS


@remembered
def is_generic(name: str) -> bool:
    """Whether a name says nothing of a run: `logs`, a date."""
    return is_generic_word(name) or _DATE.fullmatch(name) is not None


@remembered
def begins_with_date(name: str) -> bool:
    """Whether it is the date of a run with the name that it was given behind: `Sep01_10-00-00_nofriction`."""
    found = _DATE.match(name)
    return found is not None and (found[0][-1] == "_" or name[found.end() :][:1] in ("_", "-", ""))


@remembered
def without_date_behind(name: str) -> str:
    """`Humanoid` of `Humanoid_17-10-11-12`."""
    return _DATE_BEHIND.sub("", name)
