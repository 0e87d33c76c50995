"""`jv.compare`: verdicts, from scores to words, and what must not turn its head."""

import itertools
import json
import math

import jax
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.comparison import BETTER, EQUAL, UNDECIDED, VERDICTS, WORSE
from jaxviz.comparison._tables import table_of
from tests.marks import exhaustive

KEY = jax.random.key(0)
REPS = 1000


def drawn(rng, shifts, runs, tasks, noise=1.0):
    """Algorithm → normal scores [run, task]."""
    return {f"a{i}": shift + noise * rng.normal(size=(runs, tasks)) for i, shift in enumerate(shifts)}


def compared(scores, **settings):
    return jv.compare(scores, KEY, **{"reps": REPS, "normalize": "raw", **settings})


def test_clear_differences_are_verdicts_and_tiers(rng):
    found = compared(drawn(rng, (0, 0, 2), 6, 2))
    named = {(found.algorithms[a], found.algorithms[b]): VERDICTS[int(v)] for a, b, v in zip(
        found.pairs.first.tolist(), found.pairs.second.tolist(), found.pairs.verdict.tolist(), strict=True
    )}  # fmt: skip
    assert named == {("a0", "a1"): "undecided", ("a0", "a2"): "worse", ("a1", "a2"): "worse"}
    assert found.tier.tolist() == [2, 2, 1]
    words = jv.describe(found)
    assert words.index("a2 is better than a0: difference in IQM +") < words.index("a0 against a1 is undecided")


def test_aggregates_are_those_of_the_kernels(rng):
    scores = drawn(rng, (0, 1, 1), 6, 2)
    found = compared(scores, normalize={f"task {i}": (0.0, 1.0) for i in range(1, 3)})
    for place, x in enumerate(scores.values()):
        x = x.astype(np.float32)
        for name, statistic in (
            ("mean", jv.stats.mean), ("median", jv.stats.median_of_task_means), ("iqm", jv.stats.iqm),
            ("optimality_gap", jv.stats.optimality_gap),
        ):  # fmt: skip
            np.testing.assert_allclose(getattr(found.aggregate, name).estimate[place], statistic(x), rtol=1e-5)


def test_published_agents_on_atari_100k(shared_data):
    scores = {name: json.loads((shared_data / f"atari_100k_{name}.json").read_text()) for name in ("DER", "SPR")}
    ends = json.loads((shared_data / "atari_random_human.json").read_text())
    human = {task: (pair["random"], pair["human"]) for task, pair in ends.items()}
    found = jv.compare(scores, KEY, normalize=human, reps=REPS)
    np.testing.assert_allclose(found.aggregate.iqm.estimate, [0.1832, 0.3366], atol=1e-4)
    assert VERDICTS[int(found.pairs.verdict[0])] == "worse"


@pytest.mark.parametrize("estimator", ["iqm", *map(exhaustive, ("mean", "median"))])
def test_turning_all_scores_turns_all_numbers(rng, estimator):
    scores = drawn(rng, (0, 0.8, 1.5), 6, 2)
    up = compared(scores, estimator=estimator)
    down = compared({name: -x for name, x in scores.items()}, minimize=True, estimator=estimator)
    np.testing.assert_array_equal(up.pairs.difference.estimate, -down.pairs.difference.estimate)
    np.testing.assert_array_equal(up.pairs.difference.low, -down.pairs.difference.high)
    for same in ("verdict", "p_value", "wins", "further_seeds", "hangs_on"):
        np.testing.assert_array_equal(getattr(up.pairs, same), getattr(down.pairs, same))
    np.testing.assert_array_equal(up.tier, down.tier)


@pytest.mark.parametrize(("factor", "offset"), [(1e-4, 0), (1e4, 0), (1, 1e4), (1, -1e6)])
def test_units_and_offsets_change_no_verdict(rng, factor, offset):
    scores = drawn(rng, (0, 1.2), 6, 1, noise=1.0)
    plain, moved = compared(scores), compared({name: offset + factor * x for name, x in scores.items()})
    size = max(abs(offset), 1) * 4e-7 / factor
    np.testing.assert_allclose(moved.pairs.difference.low / factor, plain.pairs.difference.low, rtol=2e-4, atol=size)
    np.testing.assert_allclose(moved.pairs.p_value, plain.pairs.p_value, atol=2 / math.comb(12, 6) + 1e-6)
    assert moved.pairs.verdict.tolist() == plain.pairs.verdict.tolist()


def test_the_same_key_gives_the_same_bits_and_keys_can_be_mapped(rng):
    scores = drawn(rng, (0, 0.5, 1), 6, 2)
    first, again = compared(scores), compared(scores)
    for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)
    keys = jax.random.split(KEY, 3)
    several = jax.vmap(lambda key: jv.compare(scores, key, normalize="raw", reps=REPS).pairs.p_value)(keys)
    one = jv.compare(scores, keys[1], normalize="raw", reps=REPS).pairs.p_value
    np.testing.assert_allclose(several[1], one, atol=2 / REPS)


def test_a_baseline_is_compared_with_all_others(rng):
    found = compared(drawn(rng, (0, 3, -3), 6, 2), baseline="a0")
    assert [(found.algorithms[a], found.algorithms[b]) for a, b in zip(
        found.pairs.first.tolist(), found.pairs.second.tolist(), strict=True
    )] == [("a1", "a0"), ("a2", "a0")]  # fmt: skip
    assert found.pairs.verdict.tolist() == [BETTER, WORSE]
    assert "a2 is worse than a0" in jv.describe(found)


def test_equal_within_a_margin(rng):
    found = compared(drawn(rng, (0, 0.01, 0), 6, 2, noise=0.05), margin=0.5)
    assert found.pairs.verdict.tolist() == [EQUAL] * 3
    assert "is practically equal to" in jv.describe(found)


def test_a_task_that_is_missing_is_left_out_of_its_pairs(rng):
    both = {"x": rng.normal(size=6), "y": 5 + rng.normal(size=6)}
    scores = {"a": both, "b": {"x": 4 + rng.normal(size=6)}, "c": both}
    found = compared(scores)
    assert found.pairs.difference.n_tasks.tolist() == [1, 2, 1]
    assert np.isnan(found.pairs.by_task).tolist() == [[False, True], [False, False], [False, True]]
    assert found.pairs.difference.estimate[0] == pytest.approx(
        float(jv.stats.iqm(scores["a"]["x"]) - jv.stats.iqm(scores["b"]["x"])), rel=1e-5
    )
    assert "no runs of b on y" in " ".join(found.remarks)


def test_a_run_that_diverged_is_the_worst_and_no_table_of_nan():
    scores = {"a": [1.0, 2, 3, 4, math.nan, 5], "b": [0.5, 1, 2, 2, 3, 1]}
    found = compared(scores)
    assert np.isfinite(found.scores[0]).all()
    assert float(found.scores[0].min()) == 0.5
    assert found.tasks.diverged.tolist() == [[1], [0]]
    assert np.isfinite(
        [found.pairs.difference.estimate[0], found.pairs.difference.low[0], found.pairs.p_value[0]]
    ).all()
    wins = sum(x > y or (x == y) / 2 for x, y in itertools.product([1, 2, 3, 4, 5], scores["b"])) / 36
    assert float(found.pairs.improvement.estimate[0]) == pytest.approx(wins)
    assert "1 run diverged" in " ".join(found.remarks)


ADVERSE = {
    "one run": lambda rng: {"a": [1.0], "b": [2.0]},
    "one run against many": lambda rng: {"a": [1.0], "b": rng.normal(size=6)},
    "two runs": lambda rng: {"a": [1.0, 2.0], "b": [2.0, 4.0]},
    "all equal": lambda rng: {"a": [1.0] * 6, "b": [1.0] * 6},
    "one algorithm": lambda rng: {"a": rng.normal(size=(5, 2))},
    "all diverged": lambda rng: {"a": [math.nan] * 4, "b": [math.nan] * 4},
    "one algorithm diverged": lambda rng: {"a": [math.nan] * 6, "b": rng.normal(size=6)},
    "no common task": lambda rng: {"a": {"x": rng.normal(size=6)}, "b": {"y": [1.0]}, "c": {"y": rng.normal(size=6)}},
    "large and small": lambda rng: {"a": -1e6 + rng.normal(size=5), "b": 1e-4 * rng.normal(size=5)},
}


_FIRST = ("one run against many", "all equal", "one algorithm diverged", "no common task")


@pytest.mark.parametrize(
    "given", [case if name in _FIRST else exhaustive(case) for name, case in ADVERSE.items()], ids=ADVERSE
)
def test_adverse_scores_give_sentences_and_no_error(given, rng):
    words = jv.describe(compared(given(rng)))
    assert words.startswith("Comparison: ")


@pytest.mark.parametrize(
    "scores",
    [{"a": [1.0], "b": [2.0]}, {"a": [1.0] * 6, "b": [1.0] * 6}, exhaustive({"a": [1.0, 2], "b": [2.0, 4]})],
    ids=["one run", "all equal", "two runs"],
)
def test_what_cannot_be_told_is_undecided(scores):
    assert compared(scores).pairs.verdict.tolist() == [UNDECIDED]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"baseline": "c"}, "`baseline` must be one of a, b"),
        ({"margin": -1}, "`margin` must be a difference above 0"),
        ({"population": "all"}, "`population` must be one of 'these tasks'"),
        ({"estimator": "mode"}, "`estimator` must be one of 'iqm'"),
        ({"correction": "tukey"}, "`correction` must be one of 'holm'"),
        ({"normalize": "mars"}, "`normalize` must be one of 'raw'"),
        ({"normalize": {"x": (0, 1)}}, "has no reference scores of task"),
        ({"level": 95}, "`level` must be"),
    ],
)
def test_wrong_arguments_are_named(settings, words):
    with pytest.raises(ValueError, match=words):
        compared({"a": [1.0, 2], "b": [2.0, 3]}, **settings)


def test_the_good_direction_is_that_of_the_score(rng):
    """Of returns, of which more is better, smaller drawdowns are."""
    run = jv.from_curves(rng.normal(size=(3, 20)))
    given = jv.analyze(jv.Study({"a": run, "b": run}), groups=("stability", "drawdown", "performance"))
    assert table_of(given, "stability/max_drawdown", None).minimize
    assert not table_of(given, "stability/max_drawdown", False).minimize
    assert not table_of(given, "performance/jumpstart", None).minimize
    with pytest.raises(ValueError, match=r"`score` 'drawdown/recovery/reached' is missing in runs that did not"):
        table_of(given, "drawdown/recovery/reached", None)
    with pytest.raises(ValueError, match=r"`score` 'performance/final_entries' is neither good .*minimize=True"):
        table_of(given, "performance/final_entries", None)
