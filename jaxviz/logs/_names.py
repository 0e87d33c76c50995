"""What columns, tags and keys of logs are called: returns, lengths, steps, times and labels, in one table.

A name is looked up whole, then without its first folders (`rollout/ep_rew_mean` → `ep_rew_mean`). Words such as `eval`
in the folders or at the start make a return one of evaluations.
"""

import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from ._log import Kind, Unit
from ._spelling import is_of_critic, of_benchmarl, spellings, spelt

Role = Literal["return", "success", "length", "step", "time", "clock"]
"""`time`: seconds since the beginning; `clock`: Unix time."""


class Meaning(NamedTuple):
    """What a quantity of this name is."""

    role: Role
    kind: Kind | None = None
    """What one value of it is, where the name alone says so."""
    unit: Unit | None = None
    """What a step counts."""


_RETURNS: dict[Kind | None, str] = {
    # SB3, RLlib (old and new), OpenAI baselines (PPO2, A2C, DQN, TRPO, DDPG), Procgen, rl_games, rsl_rl, skrl,
    # TF-Agents, OmniSafe and SafePO.
    "trailing mean": """ep_rew_mean episode_reward_mean episode_return_mean eprewmean eprewmean_100
        mean_100_episode_reward return_history mean_episode_rewards mean_episode_reward avg_episodic_return
        rewards/step rewards/iter rewards/time train/mean_reward metrics/averagereturn reward/total_reward_(mean)
        reward/total_reward_mean metrics/epret""",
    # Spinning Up, ML-Agents, Tianshou, BenchMARL, verl: means over the episodes of one epoch, summary or collection.
    "updates": """averageepret cumulative_reward train/reward train/averagereturns train/returns_stat/mean
        rollout/return rollout/rewards collection/reward/episode_reward_mean collection/group/reward
        critic/score/mean critic/rewards/mean""",
    "evaluations": """averagetestepret testepret averagereturns evaluation evaluations normalized_score
        d4rl_normalized_score""",
    # CleanRL, Acme, DrQ-v2, Dreamer, gym.
    "episodes": """episodic_return episode_return episode_reward episode_rewards episode_score ep_return ep_rew
        ep_reward episode/score episode/return episode_returns episodic_reward""",
    # purejaxrl's wrapper repeats the return of the last finished episode at every step.
    "held value": "returned_episode_returns",
    "running maximum": "best_mean_reward best_reward best_return",
    # A mean of anything: also those of garage, rlkit, softlearning and PyMARL.
    None: """ep_ret return returns reward rewards score scores performance mean_reward avg_reward average_reward
        reward_mean mean_return avg_return average_return return_mean return/mean returns/mean reward/mean rewards/mean
        averagereturn average_returns returns_mean return_average mean_score average_score rew ep_rews total_reward
        total_rewards training_reward reward/total return/total rewards/total reward_sum sum_reward sum_rewards
        final_return final_reward final_score""",
}
_SUCCESSES: dict[Kind | None, str] = {
    "trailing mean": "success_rate",
    "episodes": "is_success success_once success_at_end",
    None: "success successes win_rate battle_won_mean",
}
_NOUNS = ("return", "returns", "reward", "rewards", "score", "scores")
_WHOSE = ("", "episode_", "episodic_", "ep_", "total_")
_MEANS = ("mean", "avg", "average")
_SMOOTH = ("moving", "rolling", "running", "smoothed", "smooth", "ema", "ma")
_WHOLE = "value values result results"
"""Names of returns that are something else in folders other than those of evaluations (`losses/value`)."""
_LENGTHS = """ep_len_mean episode_len_mean eplenmean eplen mean_ep_length mean_episode_len episodic_length
    episode_length episode_lengths ep_length ep_len testeplen avg_episode_length returned_episode_lengths episode_len
    ep_length_mean ep_lengths path_length_mean episode/length mean_episode_length length lengths nb_episode_steps
    episode_steps episode/total_timesteps_(mean) avg_length mean_length average_length avg_ep_length avg_ep_len
    average_episode_length avg_steps average_steps num_frames_mean episode/total_timesteps_mean"""
_STEPS: dict[Unit | None, str] = {
    "environment steps": """total_timesteps num_env_steps_sampled_lifetime timesteps_total num_env_steps_sampled
        totalenvinteracts env_step env_steps environment_step environment_steps total_env_steps num_env_steps
        timesteps timestep timestepssofar total_steps num_timesteps total/steps actor_steps evaluator_steps
        environment_loop_steps env_steps_total global_step step_count total_num_steps time/step
        totalenvsteps totaltimesteps num_steps_total total_timestep env_interactions environment_interactions num_steps
        steps_done nb_steps timesteps_so_far total_env_interactions time_step time_steps global_steps cumulative_steps
        cumulative_timesteps total_step steps_total end_global_step end_step end_timestep""",
    "frames": "frame frames num_frames total_frames env_frames frames_total",
    None: "step steps",
    "updates": "update updates n_updates nupdates num_updates gradient_steps learner_steps train_steps update_step",
    "iterations": """iteration iterations training_iteration epoch epochs iter iters epoch_num generation
        generations""",
    "episodes": """episode episodes num_episodes episodes_total actor_episodes evaluator_episodes episodessofar
        episode_#""",
}
"""In this order one is chosen where a table has several."""
_ANY_STEP = "_step"
_CLOCKS = "timestamp _timestamp unix_time wall_timestamp"
_TIMES = """time_elapsed wall_time time_total_s total_time elapsed_time timeelapsed relative_time _runtime walltime
    training_time hour hours"""
LABELS: dict[str, str] = {
    "algorithm": """algorithm algorithms algo algos alg agent method model exp_name algorithm_name agent_name
        policy_name""",
    "task": """map_name task tasks env environment env_name env_id environment_name game task_name env_task
        level_name game_name dataset""",
    "seed": "seed seeds random_seed rng_seed train_seed training_seed learning_seed",
    "run": "run run_id run_name trial trial_id replicate repetition experiment_id",
}
"""Label → names of columns that hold it."""
_METRICS = {"metric", "metric_name", "variable", "measure", "tag", "metric_key", "field", "key"}
"""Columns whose text says what the value beside it is."""
_CONFIGURATIONS = {"configuration", "config", "config_name", "config_id", "variant", "setting", "settings"}
_SETTINGS = {
    *("learning_rate", "lr", "gamma", "discount", "discount_factor", "batch_size", "tau", "lambda", "gae_lambda"),
    *("epsilon_decay", "eps_decay", "hidden_size", "hidden_dim", "num_layers", "buffer_size", "clip_range", "n_steps"),
    *("ent_coef", "entropy_coef", "optimizer", "target_update"),
}
_EVALUATION = re.compile(
    r"(?:^|[/_.])(?:evals?|evaluation|evaluations|evaluator|tests?|testing|validation|val)(?=$|[/_.])"
)

_EVALUATION_WORD = re.compile(r"(?:^|(?<=[\W_]))(?:evaluation|eval|test|val)(?=$|[\W_])", re.IGNORECASE)

_remembered = functools.lru_cache(4096)
"""Ten thousand runs have the same few names."""
_EVALUATION_FILE = re.compile(
    r"(?:^|[_.])(?:evals?|evaluations?|evaluator)(?=$|[_.])|^test_(?:rew|reward|return|score)s?(?=$|[_.])"
)
_EVALUATION_FOLDERS = {"eval", "evals", "evaluation", "evaluations", "evaluator", "eval_logs", "eval_env", "test"}


@_remembered
def normal(name: str) -> str:
    """Small letters, `_` for spaces, nothing around `/`: how names are compared."""
    spaced = re.sub(r"[\s_]*/[\s_]*", "/", name.strip().lower().removeprefix("\ufeff"))
    return re.sub(r"[\s\-]+", "_", spaced)


def _means() -> Iterator[tuple[str, bool]]:
    """Means of returns as scripts call them, and whether over the last episodes: `avg_reward`, `rolling_avg_return`."""
    for own in (whose + noun for noun in _NOUNS for whose in _WHOSE):
        for smooth in _SMOOTH:
            for word in (smooth, *(f"{smooth}_{mean}" for mean in _MEANS)):
                yield from ((f"{word}_{own}", True), (f"{own}_{word}", True))
        for mean in _MEANS:
            yield from ((f"{mean}_{own}", False), (f"{own}_{mean}", False))
            yield from ((f"{mean}_{own}_100", True), (f"{own}_{mean}_100", True))


def _table() -> dict[str, Meaning]:
    found = {name: Meaning("return", kind) for kind, names in _RETURNS.items() for name in names.split()}
    means = ((name, smooth) for name, smooth in _means() if name not in found)
    found |= {name: Meaning("return", "trailing mean" if smooth else None) for name, smooth in means}
    found |= {name: Meaning("success", kind) for kind, names in _SUCCESSES.items() for name in names.split()}
    found |= {name: Meaning("return") for name in _WHOLE.split()}
    found |= {name: Meaning("length") for name in _LENGTHS.split()}
    found |= {name: Meaning("step", unit=unit) for unit, names in _STEPS.items() for name in names.split()}
    found |= {name: Meaning("step") for name in _ANY_STEP.split()}
    found |= {name: Meaning("time") for name in _TIMES.split()}
    found |= {name: Meaning("clock") for name in _CLOCKS.split()}
    return dict(_with_joined(found))


def _with_joined(found: Mapping[str, Meaning]) -> Iterator[tuple[str, Meaning]]:
    """Each name, and behind it the one without `_`, as `EpisodeReward` has none."""
    for name, known in found.items():
        yield name, known
        joined = name.replace("_", "")
        if joined not in found and not name.startswith("_"):
            yield joined, known


_MEANINGS = _table()
_APART = "absolute"
"""The folder of marl-eval's absolute metrics, which are of different kinds in different files: chosen by name only."""
_ORDER = {name: place for place, name in enumerate(_MEANINGS)}
_LABELS = {name: label for label, names in LABELS.items() for name in names.split()}


def meaning(name: str) -> Meaning | None:
    """What a quantity is, by its name; None for one that the table does not know.

    `eval/`, `evaluation/`, `test_` and the like make returns, lengths and successes those of evaluations.
    """
    known = _entry(name)
    if known is None:
        return None
    found = _MEANINGS[known]
    if found.role not in _SHARED or found.kind == "running maximum" or not of_evaluation(name):
        return found
    return found._replace(kind="evaluations")


def kind_of(name: str) -> Kind | None:
    """What one value of a quantity is, if it is a return or a success whose name says so."""
    found = meaning(name)
    return found.kind if found and found.role in ("return", "success") else None


_SHARED = ("return", "success", "length")
_GOOD = ("return", "success")


def names_metric(name: str) -> bool:
    """Whether the text of a column says what the value beside it is."""
    return normal(name) in _METRICS


def is_long(names: Iterable[str]) -> bool:
    """Whether columns are those of a long table, of one value a row and its name: `metric,step,value`."""
    own = set(map(normal, names))
    return bool(own & _METRICS) and bool(own & set(_WHOLE.split()))


def is_sweep(names: Iterable[str]) -> bool:
    """Whether a table without steps has a row a configuration: a column called so, or two of hyper-parameters."""
    own = set(map(normal, names))
    if any(known.role == "step" for name in own if (known := meaning(name))):
        return False
    return bool(own & _CONFIGURATIONS) or len(own & _SETTINGS) > 1


def is_setting(name: str) -> bool:
    """Whether a column is called as a configuration or as a hyper-parameter that nobody logs along a training."""
    return normal(name) in _SETTINGS | _CONFIGURATIONS | {"name", "experiment"}


def label(name: str) -> str | None:
    """Which label a column holds, by its name: one of `LABELS`."""
    return _LABELS.get(normal(name))


@_remembered
def of_evaluation(name: str) -> bool:
    """Whether the name of a quantity says that it is about evaluations."""
    return _EVALUATION.search(normal(name)) is not None


def is_of_evaluation(file: str | Path) -> bool:
    """Whether the name of a file says so, or that of its folder. Folders, and `test`, only alone."""
    folder, name = os.path.split(file)
    return _is_of_evaluation(name, os.path.basename(folder))


@_remembered
def _is_of_evaluation(name: str, folder: str) -> bool:
    name = normal(name)
    alone = {name.split(".")[0], normal(folder)}
    return _EVALUATION_FILE.search(name) is not None or bool(alone & _EVALUATION_FOLDERS)


def plain_returns(names: Iterable[str]) -> set[str]:
    """The names of returns; of `value` and the like, a critic's beside a return, only where there is no other one."""
    found = in_order(names, "return")
    sure = {name for name in found if _entry(name) not in _WHOLE.split()}
    return sure or set(found)


def in_order(names: Iterable[str], role: Role) -> list[str]:
    """The names of quantities of a role, those first that are to be preferred; of two, that in fewer folders.

    Steps of evaluations come last: they do not count what was trained.
    """
    return list(_in_order(tuple(names), role))


@_remembered
def _in_order(names: tuple[str, ...], role: Role) -> tuple[str, ...]:
    """As `in_order`: the files of a study have the same names."""
    known = {name: found for name in names if (found := _entry(name)) and _MEANINGS[found].role == role}
    aside = {name for name in known if role == "step" and of_evaluation(name)}
    return tuple(sorted(known, key=lambda name: (name in aside, _ORDER[known[name]], name.count("/"))))


@_remembered
def _entry(name: str) -> str | None:
    """The name of the table that a quantity has: its own or that of its last folders, `eval_` and the like left out."""
    parts = normal(name).strip("/").split("/")
    if parts[0] == _APART:
        return None
    for start in range(len(parts)):
        rest = "/".join(parts[start:])
        if own := of_benchmarl(rest):
            return own
        for known in (rest, _EVALUATION.sub("", rest, count=1).strip("/_."), *spellings(rest)):
            if known in _MEANINGS and (start == 0 or known not in _WHOLE.split()):
                return known if _MEANINGS[known].role not in _GOOD or not is_of_critic(parts[:start]) else None
    return None if is_of_critic(parts[:-1]) else spelt(_EVALUATION_WORD.sub("", name.rpartition("/")[2]))
