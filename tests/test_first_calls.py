"""First calls that are nearly right: they work, or the error names the call to make."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import jaxviz as jv
from tests.known import known

RETURNS = np.random.default_rng(0).normal(size=(5, 40)).astype(np.float32)
SCORES = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
KEY = jax.random.key(0)
untyped: Any = jv
"""For calls that a type checker refuses, as it should: see `tests/test_types.py`."""
# `jnp.shape` of a mapping warns before it fails.
pytestmark = pytest.mark.filterwarnings("ignore:.*requires ndarray or scalar arguments:DeprecationWarning")


@pytest.fixture(scope="module")
def run():
    return jv.from_arrays(RETURNS)


@pytest.fixture(scope="module")
def analysis(run):
    return jv.analyze(run, windows=10, groups=("windows", "performance"))


@pytest.fixture(scope="module")
def summary(analysis):
    return jv.aggregate(analysis, KEY, reps=20)


@pytest.mark.parametrize(
    ("given", "door"),
    [
        (RETURNS, "jv.from_arrays(returns)"),
        (jnp.asarray(RETURNS), "jv.from_arrays(returns)"),
        (RETURNS.tolist(), "jv.from_arrays(returns)"),
        ([1.0, 2.0], "jv.from_arrays(returns)"),
        ({"metrics": {}}, "jv.from_purejaxrl(out)"),
        (pd.DataFrame({"return": [1.0]}), "jv.from_dataframe(frame"),
        (None, "jv.from_arrays(returns)"),
        ("run.npz", "jv.load_run(path)"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_analyze_names_the_door(given, door):
    with pytest.raises(TypeError) as caught:
        jv.analyze(given)
    assert str(caught.value).startswith("`run` must be a TrainingRun")
    assert door in str(caught.value)


def test_an_empty_list_of_runs_is_named():
    with pytest.raises(ValueError, match=r"`run` a list of 0.*give one TrainingRun at least"):
        jv.analyze([])


def test_an_analysis_is_not_analysed_again(analysis):
    with pytest.raises(TypeError, match=r"`run` must be a TrainingRun.*got an Analysis"):
        jv.analyze(analysis)


def test_aggregate_names_the_call(run, analysis, summary):
    for given, call in ((run, r"jv\.analyze\(run\)"), (RETURNS, r"jv\.analyze\(jv\.from_arrays\(returns\)\)")):
        with pytest.raises(TypeError, match=f"`analysis` must be an Analysis.*{call}"):
            untyped.aggregate(given, KEY)
    with pytest.raises(TypeError, match="`analysis` must be an Analysis, got an Aggregate"):
        jv.aggregate(summary, KEY)
    with pytest.raises(TypeError, match=r"`key` \(a random key, jax.random.key\(0\)\)"):
        untyped.aggregate(analysis)


KEYED = {
    "aggregate_intervals": lambda key: jv.stats.aggregate_intervals(key, SCORES, reps=20),
    "bootstrap_interval": lambda key: jv.stats.bootstrap_interval(key, jv.stats.iqm, SCORES, unit="run", reps=20),
    "bootstrap_difference": lambda key: jv.stats.bootstrap_difference(
        key, jv.stats.iqm, SCORES, SCORES, unit="run", reps=20
    ),
    "simultaneous_band": lambda key: jv.stats.simultaneous_band(key, SCORES, reps=20),
    "permutation_test": lambda key: jv.stats.permutation_test(key, RETURNS[:, 0], RETURNS[:, 1], reps=20),
    "rank_distribution": lambda key: jv.stats.rank_distribution(key, {"a": SCORES, "b": SCORES}, reps=20),
}


@pytest.mark.parametrize("call", KEYED.values(), ids=KEYED)
def test_a_seed_names_the_key_and_old_keys_work(call):
    with pytest.raises(TypeError, match=r"`key` must be a random key.*got 3: give jax\.random\.key\(3\)"):
        call(3)
    call(jax.random.PRNGKey(3))


def test_aggregate_takes_keys_of_both_kinds_and_no_seeds(analysis):
    with pytest.raises(TypeError, match=r"got 3: give jax\.random\.key\(3\)"):
        untyped.aggregate(analysis, 3)
    jv.aggregate(analysis, jax.random.PRNGKey(0), reps=20)


@pytest.mark.parametrize("windows", [10, np.int64(10), (10,), [np.int32(10)], np.array(10), np.array([10])], ids=str)
def test_windows_of_any_kind_of_integer(run, analysis, windows):
    found = known(jv.analyze(run, windows=windows, groups=("windows", "performance")).windows)
    assert list(found) == ["10"]
    np.testing.assert_array_equal(found[10].mean, known(analysis.windows)["10"].mean)


@pytest.mark.parametrize("windows", [0, -1, 2.5, 10.0, True, "10", [], [10, 0], None], ids=repr)
def test_other_windows_are_named(run, windows):
    if windows is None:
        return
    with pytest.raises(ValueError, match="`windows` must be positive integers"):
        jv.analyze(run, windows=windows)


def test_windows_are_found_by_number_and_by_name(analysis, summary):
    for windows in (known(analysis.windows), known(summary.windows)):
        assert windows[10] is windows["10"]
        with pytest.raises(KeyError, match="no window '50' but '10'"):
            windows[50]
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(analysis)]
    assert ".windows['10'].mean" in paths
    assert jax.tree.structure(jax.tree.map(lambda x: x, analysis)) == jax.tree.structure(analysis)


@pytest.mark.parametrize("level", [95, 0, 1, 1.5, -0.1])
def test_levels_are_shares_everywhere(run, analysis, level):
    calls = [
        lambda: jv.aggregate(analysis, KEY, level=level),
        lambda: jv.plots.plot_training_curves(run, level=level),
        lambda: jv.view.make_view(run, level=level),
        lambda: jv.stats.aggregate_intervals(KEY, SCORES, level=level),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"`level` must be in \(0, 1\)") as caught:
            call()
        assert level != 95 or "give 0.95" in str(caught.value)


@pytest.mark.parametrize(
    "options", [{"points": 1}, {"reps": 0}, {"reps": 2.5}, {"most_updates": True}, {"method": "exact"}], ids=repr
)
def test_options_of_aggregate_are_named(analysis, options):
    with pytest.raises(ValueError, match=f"`{next(iter(options))}` must be"):
        jv.aggregate(analysis, KEY, **options)


SWAPPED = {
    "aggregate": (
        lambda: untyped.aggregate(KEY, jv.analyze(jv.from_arrays(RETURNS))),
        "`analysis` and `key` are swapped",
    ),
    "aggregate_intervals": (lambda: untyped.stats.aggregate_intervals(SCORES, KEY), "`key` and `scores` are swapped"),
    "rolling_mean": (lambda: jv.stats.rolling_mean(3, RETURNS[0]), "`x` and `window` are swapped"),
    "rolling_quantile": (lambda: jv.stats.rolling_quantile(3, RETURNS[0], 0.5), "`x` and `window` are swapped"),
    "bootstrap_interval": (
        lambda: untyped.stats.bootstrap_interval(untyped.stats.iqm, KEY, SCORES, unit="run"),
        "`key` and `statistic` are swapped",
    ),
    "save_run": (lambda: untyped.save_run(jv.from_arrays(RETURNS), "run.npz"), "`path` and `run` are swapped"),
    "report": (lambda: untyped.report.write("page.html", jv.from_arrays(RETURNS)), "are swapped"),
    "first_crossing": (lambda: jv.stats.first_crossing(0.5, RETURNS[0]), "`x` and `target` are swapped|`x` must be"),
}


@pytest.mark.parametrize("case", SWAPPED.values(), ids=SWAPPED)
def test_swapped_arguments_are_named(case):
    call, words = case
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_scores_of_several_algorithms_name_the_call():
    with pytest.raises(TypeError, match=r"`scores` must be .*one entry at a time"):
        untyped.stats.aggregate_intervals(KEY, {"dqn": SCORES, "ppo": SCORES})


def test_unknown_and_missing_arguments_are_named(run):
    with pytest.raises(TypeError, match="no argument `window`; did you mean `windows`"):
        untyped.analyze(run, window=10)
    with pytest.raises(TypeError, match="needs `window`"):
        untyped.stats.rolling_mean(RETURNS[0])
    with pytest.raises(ValueError, match=r"`groups` must be a list of names, got 'trend': give \('trend',\)"):
        untyped.analyze(run, groups="trend")


def test_many_runs_for_a_kernel_of_one_name_vmap():
    with pytest.raises(ValueError, match=r"`x` must be one stream.*jax\.vmap"):
        jv.stats.max_drawdown(RETURNS)


def test_a_loop_over_runs_ends_and_an_index_is_within(run, analysis, summary):
    assert [one.batch_shape for one in run] == [()] * 5
    assert len(list(analysis)) == 5
    with pytest.raises(IndexError, match="below 5"):
        run[5]
    for single in (run[0], analysis[0], summary):
        with pytest.raises(TypeError, match="no batch axes"):
            single[0]


def test_errors_of_a_callers_own_function_are_its_own(run):
    def late(run):
        return {}["final"]

    with pytest.raises(KeyError, match="final"):
        jv.analyze(run, extra={"late": late})


def test_training_data_have_a_name_and_a_direction():
    run = jv.inputs.from_training_data({"rewards": RETURNS}, name="cost", minimize=True)
    assert (run.metric, run.minimize) == ("cost", True)
    with pytest.raises(ValueError, match="`name` and `minimize` are those of the TrainingRun"):
        jv.inputs.from_training_data(run, name="other")
