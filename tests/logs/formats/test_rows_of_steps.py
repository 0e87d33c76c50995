"""Tables whose rows are single steps of the environment, or single episodes: what a row is, its numbers tell."""

import json
from pathlib import Path

import pytest

from jaxviz.logs.formats import json_lines, progress
from tests.known import known

FILE = Path("log.csv")


def log_of(text):
    (log,) = progress.parse(text.encode(), FILE)
    return log


def returns(log, name="reward"):
    one = log.series[name]
    return one.kind, one.unit, one.values.tolist(), known(one.step).tolist(), known(one.lengths).tolist()


SUMS = [1.25, 1.0]
"""Of the rewards 0.25, 0, 1 and 0.5, 0.5; the last episode has not ended."""


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("step,reward,done\n0,.25,False\n1,0,False\n2,1,True\n3,.5,False\n4,.5,True\n5,9,False\n", [2, 4]),
        ("episode,step,reward\n1,1,.25\n1,2,0\n1,3,1\n2,1,.5\n2,2,.5\n3,1,9\n", [3, 5]),
        ("episode,step,reward,done\n1,1,.25,0\n1,2,0,0\n1,3,1,0\n2,1,.5,0\n2,2,.5,1\n3,1,9,0\n", [3, 5]),
        (
            "timestep,step_reward,terminated,truncated\n1,.25,0,0\n2,0,0,0\n3,1,1,0\n4,.5,0,0\n5,.5,0,1\n6,9,0,0\n",
            [3, 5],
        ),
        ("reward,done\n.25,0\n0,0\n1,1\n.5,0\n.5,1\n9,0\n", None),
    ],
)
def test_rewards_of_steps_are_summed_up(text, steps):
    log = log_of(text)
    name = "step_reward" if "step_reward" in text else "reward"
    one = log.series["episode_return" if name == "step_reward" else name]
    assert (one.kind, one.values.tolist(), known(one.lengths).tolist()) == ("episodes", SUMS, [3, 2])
    assert (None if one.step is None else one.step.tolist()) == steps
    assert steps is None or one.unit == "environment steps"
    assert f"'{name}' is of single steps: summed up to the end of each of 2 episodes" in log.notes
    assert "the last episode, of 1 steps, may not have ended: left out" in log.notes


def test_the_sum_that_is_there_already_is_the_last_of_each():
    rows = "1,1,3,.25,.25,0\n1,2,3,1,1.25,1\n2,1,0,.5,.5,0\n2,2,1,.5,1,1\n"
    log = log_of("episode,step,action_id,reward,total_episode_reward,done\n" + rows)
    assert returns(log, "total_episode_reward") == ("episodes", "environment steps", SUMS, [2, 4], [2, 2])
    assert returns(log)[2] == SUMS


def test_lines_of_steps():
    rows = [(0, 0.25, False), (1, 1.0, True), (2, 0.5, False), (3, 0.5, True)]
    lines = [json.dumps({"global_step": k, "reward": value, "done": done}) for k, value, done in rows]
    (log,) = json_lines.parse("\n".join(lines).encode(), FILE)
    assert returns(log) == ("episodes", "environment steps", SUMS, [1, 3], [2, 2])


@pytest.mark.parametrize(
    "text",
    [
        "step,reward,done\n10,1,0\n20,2,1\n30,3,0\n40,4,1\n",  # not every step
        "step,reward,done\n1,1,1\n2,2,1\n3,3,1\n",  # each row ends an episode
        "step,reward,done\n1,1,0\n2,,0\n3,3,1\n4,1,0\n5,2,1\n",  # a reward is missing
        "step,mean_reward,done\n1,1,0\n2,2,1\n3,3,0\n4,4,1\n",  # no reward of a step
        "step,reward,done\n1,1,0\n2,2,0\n3,3,0\n4,4,0\n",  # no end
        "iteration,reward,episode\n1,1,3\n2,2,3\n3,3,4\n4,4,4\n5,5,5\n6,6,5\n",  # episodes up to each iteration
        "update,reward,done\n1,1,0\n2,2,1\n3,3,0\n4,4,1\n",  # of updates
    ],
)
def test_other_rows_stay_as_they_are(text):
    log = log_of(text)
    name = "mean_reward" if "mean" in text else "reward"
    assert log.series[name].kind == "updates"
    assert len(log.series[name].values) == sum(bool(line.split(",")[1]) for line in text.splitlines()[1:])


def test_steps_together_are_read_one_by_one():
    whole = b"step,reward,done\n1,1,0\n2,2,1\n3,3,0\n4,4,1\n"
    assert progress.parse_together([whole, whole], FILE) is None


def test_episodes_of_which_a_few_are_left_out():
    numbers = [k for k in range(1, 41) if k not in (7, 30)]
    log = log_of("Episode,TotalReward\n" + "".join(f"{k},{-k}\n" for k in numbers))
    assert (log.series["TotalReward"].kind, log.series["TotalReward"].unit) == ("episodes", "episodes")
    every = log_of("Episode,Reward\n" + "".join(f"{10 * k},{-k}\n" for k in range(9)))
    assert every.series["Reward"].kind == "updates"


def test_lengths_alone_tell_that_rows_are_episodes():
    """Crafter's `stats.jsonl`."""
    lines = [json.dumps({"length": 100 + k, "reward": k / 4, "achievement_wake_up": 1}) for k in range(3)]
    (log,) = json_lines.parse("\n".join(lines).encode(), Path("stats.jsonl"))
    one = log.series["reward"]
    assert (one.kind, one.step, known(one.lengths).tolist()) == ("episodes", None, [100, 101, 102])
    assert "no column counts steps: the lengths of the episodes do" in log.notes
    assert log_of("reward,mean_length\n1,100\n2,101\n").series["reward"].kind == "updates"
    assert log_of("reward,length\n1,100.5\n2,101\n").series["reward"].kind == "updates"


def test_steps_that_are_sums_of_lengths_are_of_the_environment():
    """bsuite's, of which some episodes are left out."""
    names = "steps,episode,total_return,episode_len,episode_return\n"
    log = log_of(names + "1000,1,-1000,1000,-1000\n2000,2,-2000,1000,-1000\n138113,140,-138113,971,-971\n")
    assert returns(log, "episode_return") == (
        *("episodes", "environment steps"),
        *([-1000, -1000, -971], [1000, 2000, 138113], [1000, 1000, 971]),
    )
    assert log_of("step,length,reward\n1,10,5\n2,12,6\n").series["reward"].unit is None
