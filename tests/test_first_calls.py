"""First calls that are nearly right: they work, or the error names the call to make."""

from dataclasses import replace
from pathlib import Path
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
    little = replace(analysis, windows=None, performance=None)  # compiles in a third of the time
    jv.aggregate(little, jax.random.PRNGKey(0), reps=20)


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


def test_a_level_is_one_number(analysis, run):
    for level in ([0.9, 0.95], np.array([0.9, 0.95]), jnp.array([0.9]), "95%"):
        with pytest.raises((ValueError, TypeError), match=r"`level` must be (in|one number)"):
            untyped.aggregate(analysis, KEY, level=level)
    for call in (
        lambda: untyped.aggregate(analysis, KEY, level=None),
        lambda: untyped.plots.plot_training_curves(run, level=None),
    ):
        with pytest.raises(TypeError, match=r"`level` must be one number.*got None"):
            call()
    jv.aggregate(analysis, KEY, level=jnp.float32(0.9), reps=20)


@pytest.mark.parametrize(
    ("seed", "key"), [(-1, "-1"), (np.int64(3), "3"), (np.uint8(7), "7"), (jnp.int32(5), "5"), (True, "0"), (2.0, "0")]
)
def test_a_seed_of_any_kind_names_its_key(analysis, seed, key):
    with pytest.raises(TypeError, match=rf"`key` must be a random key.*give jax\.random\.key\({key}\)"):
        untyped.aggregate(analysis, seed)


WRONG: dict[str, tuple[Any, str]] = {
    "array": (RETURNS, r"jv\.from_arrays\(returns\)"),
    "frame": (pd.DataFrame({"a": [1.0]}), r"jv\.from_dataframe\("),
    "none": (None, r"jv\.from_arrays\(returns\)"),
    "text": ("run.npz", r"jv\.load_run\(path\)"),
    "path": (Path("run.npz"), r"jv\.load_run\(path\)"),
    "records": ({"rewards": RETURNS}, r"jv\.from_"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_words_and_pages_name_the_call(wrong, tmp_path):
    given, call = WRONG[wrong]
    with pytest.raises(TypeError, match=f"`x` must be a TrainingRun, an Analysis or an Aggregate, got .*{call}"):
        untyped.describe(given)
    with pytest.raises(TypeError, match=f"`runs.* must be a TrainingRun.*, got .*{call}"):
        untyped.report.write(given, tmp_path / "page.html")


def test_several_runs_are_described_as_one_batch_or_one_by_one(run, summary, tmp_path):
    with pytest.raises(TypeError, match=r"`x` must be .*a list of 2 TrainingRun: give jv\.stack_runs\(runs\)"):
        untyped.describe([run, run])
    with pytest.raises(TypeError, match=r"`x` must be .*a dict of 'PPO': give one entry at a time"):
        untyped.describe({"PPO": run})
    with pytest.raises(TypeError, match=r"`runs` must be .*an Aggregate: give the run that it was made of"):
        untyped.report.write(summary, tmp_path / "page.html")
    with pytest.raises(ValueError, match="`labels` names the sections x; those of `runs` are PPO"):
        jv.report.write({"PPO": run}, tmp_path / "page.html", labels={"x": ["a"]})


DRAWN: dict[str, tuple[Any, str]] = {
    "plot_training_curves": (jv.plots.plot_training_curves, "rewards"),
    "plot_advanced_learning_curves": (jv.plots.plot_advanced_learning_curves, "rewards"),
    "plot_training_stability": (jv.plots.plot_training_stability, "rewards"),
    "plot_drawdown": (jv.plots.plot_drawdown, "rewards"),
    "plot_change_points": (jv.plots.plot_change_points, "rewards"),
    "plot_loss_curves": (jv.plots.plot_loss_curves, "losses"),
    "plot_diagnostics": (jv.plots.plot_diagnostics, "losses"),
    "plot_kl_divergence": (jv.plots.plot_kl_divergence, "kl"),
    "plot_policy_distribution": (jv.plots.plot_policy_distribution, "action_probs"),
    "plot_policy_over_training": (jv.plots.plot_policy_over_training, "action_probs"),
    "plot_episode_statistics": (jv.plots.plot_episode_statistics, "episode_lengths"),
    "plot_hyperparameter_comparison": (jv.plots.plot_hyperparameter_comparison, "results"),
    "plot_learning_curve_comparison": (jv.plots.plot_learning_curve_comparison, "results"),
    "plot_reliability_profile": (jv.plots.plot_reliability_profile, "results"),
}


@pytest.mark.parametrize("name", DRAWN)
def test_figures_name_the_call(name, run):
    draw, argument = DRAWN[name]
    for path in ("run.npz", Path("run.npz")):
        with pytest.raises(TypeError, match=rf"^`{argument}` must be .*give jv\.load_run\(path\)"):
            draw(path)
    if argument != "results":
        with pytest.raises(TypeError, match=rf"^`{argument}` must be .*got a dict of 'PPO': give one"):
            draw({"PPO": run})
    with pytest.raises((ValueError, TypeError), match=r"^`(rewards|losses|kl|action_probs|results)`"):
        draw(None)


def test_figures_take_a_list_of_runs(run):
    drawn = jv.plots.plot_training_curves([run[:3], run[:2]])  # as many as in `run`, which compiles once
    assert "n = 5 runs" in jv.plots.figure_caption(drawn)
    with pytest.raises(TypeError, match=r'`results` must be .*give \{"name": run, ...\}'):
        untyped.plots.plot_learning_curve_comparison([run, run])


@pytest.mark.parametrize("read", [jv.from_curves, jv.from_arrays])
def test_missing_numbers_and_runs_that_are_read_are_named(read, run):
    with pytest.raises(ValueError, match=r"`returns` must be an array of numbers, got a list of 2.*give nan"):
        read([1.0, None])
    with pytest.raises(ValueError, match=r"`returns` must be .*got a list of 2 TrainingRun: .*jv\.stack_runs\(runs\)"):
        read([run, run])
    with pytest.raises(ValueError, match=r"`step` must have shape \(40,\), got \(3,\)"):
        read(RETURNS[0], step=np.arange(3))


@pytest.mark.parametrize(
    ("axes", "call"),
    [
        ("seed", 'axes="seed step env"'),
        ("seed update time", 'axes="seed step env"'),
        ("seed step step", 'axes="seed step env"'),
        (["seed", "step", "env"], 'axes="seed step env"'),
        (3, 'axes="seed step env"'),
    ],
)
def test_axes_name_the_call(axes, call):
    info = {"returned_episode": RETURNS[None] > 0, "returned_episode_returns": RETURNS[None]}
    with pytest.raises((ValueError, TypeError), match=f"`axes` must .*give.* {call}"):
        jv.from_gymnax(info, axes=axes)


LABELLED: dict[str, Any] = {
    "describe": lambda run, labels: jv.describe(jv.aggregate(jv.analyze(run, groups=()), KEY, reps=20), labels=labels),
    "make_view": lambda run, labels: jv.view.make_view(run, labels=labels),
    "plot_training_curves": lambda run, labels: jv.plots.plot_training_curves(run, labels=labels),
    "plot_training_stability": lambda run, labels: jv.plots.plot_training_stability(run, labels=labels),
    "plot_hyperparameter_comparison": lambda run, labels: jv.plots.plot_hyperparameter_comparison(run, labels=labels),
    "report": lambda run, labels: jv.report.write(run, "page.html", labels=labels),
    "create_comprehensive_analysis": lambda run, labels: jv.plots.create_comprehensive_analysis(
        run, "figures", labels=labels
    ),
}


@pytest.mark.parametrize("name", LABELLED)
def test_one_text_is_no_list_of_labels(name, run):
    for labels in ("PPO", "x"):  # as many letters as configurations, or not
        with pytest.raises(
            ValueError, match=rf"`labels` must name each of the 1 .*got '{labels}': give \['{labels}'\]"
        ):
            LABELLED[name](run, labels)
    with pytest.raises(ValueError, match="`labels` must name each of the 1 configurations, got 2"):
        LABELLED[name](run, ["a", "b"])


def test_other_names_are_lists_too(run):
    with (
        pytest.raises(ValueError, match=r"`labels` must name each .*got 'PPO': give \['PPO'\]"),
        jv.plots.style(labels="PPO"),
    ):
        pass
    probs = np.full((4, 2), 0.5)
    with pytest.raises(ValueError, match=r"`action_names` must name each of the 2 actions, got 'ab': give \['ab'\]"):
        jv.plots.plot_policy_distribution(probs, action_names="ab")
    with pytest.raises(ValueError, match=r"`names` must be a list of loss; got 'loss': give \['loss'\]"):
        jv.plots.plot_loss_curves(np.ones(9), names="loss")
