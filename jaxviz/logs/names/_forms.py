"""What single names are: generic, a date, an algorithm or a task in use, a seed, a number."""

import functools
import re
from pathlib import Path

from ._in_use import ALGORITHMS, CONTROL, PIECES, TASKS

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
GYM = re.compile(r"(?:[\w\-.]+[/:])?[A-Za-z][\w\-.]*?-?v\d+", re.IGNORECASE)
"""`CartPole-v1`, `ALE/Pong-v5`, `PongNoFrameskip-v4`."""
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
    """Whether a name is that of an algorithm that is in use."""
    return name.lower().replace("-", "_") in ALGORITHMS


@remembered
def is_task(name: str) -> bool:
    """Whether a name is that of a task that is in use: of Gymnasium, Atari, Procgen or the DeepMind Control Suite."""
    return GYM.fullmatch(name) is not None or is_listed(name)


def is_listed(name: str) -> bool:
    """Whether it is one of the lists of tasks here, not only in the form that Gymnasium's names have."""
    return CONTROL.fullmatch(name) is not None or re.sub(r"[\W_]", "", name).lower() in TASKS


@remembered
def is_generic(name: str) -> bool:
    """Whether a name says nothing of a run: `logs`, a date."""
    return is_generic_word(name) or _DATE.fullmatch(name) is not None
