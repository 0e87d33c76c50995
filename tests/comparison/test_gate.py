"""Gates: `jaxviz.testing.assert_not_worse` and `jaxviz compare`, which decide alike."""

import json
import math

import equinox as eqx
import numpy as np
import pytest
from typer.testing import CliRunner

import jaxviz as jv
from jaxviz.cli import app
from jaxviz.comparison import BETTER, EQUAL, UNDECIDED, WORSE, Comparison
from jaxviz.comparison._gate import outcome
from jaxviz.view.comparisons._gate import outcome_words

from .made import comparison, whole

REPS = 200


@pytest.mark.parametrize(
    ("difference", "verdict", "margin", "code"),
    [
        (-3, WORSE, math.nan, 1),
        (-3, WORSE, 1.0, 1),
        (-3, WORSE, 4.5, 0),  # worse, but by 4 at most
        (-0.5, UNDECIDED, math.nan, 3),
        (-0.5, UNDECIDED, 1.0, 3),  # by 1.5 perhaps
        (-0.5, UNDECIDED, 2.0, 0),
        (0.5, EQUAL, 1.0, 0),
        (3, BETTER, math.nan, 0),
        (math.nan, UNDECIDED, 1.0, 3),
    ],
)
@pytest.mark.parametrize("minimize", [False, True])
def test_worse_is_what_may_fall_short_by_more_than_the_margin(difference, verdict, margin, code, minimize):
    means = (-difference if minimize else difference, 0.0)
    made = comparison(("new", "old"), means, (verdict,), baseline="old", margin=margin, minimize=minimize)
    assert outcome(made).exit_code == code


def test_the_outcome_names_the_algorithms_and_says_why():
    made = comparison(
        ("A", "B", "C", "old"), (1, 4, 9, 5), (WORSE, UNDECIDED, BETTER), baseline="old", margin=0.5
    )  # fmt: skip
    found = outcome(made)
    assert (found.word, found.exit_code) == ("worse", 1)
    assert outcome_words(made, found).splitlines() == [
        "worse than old: A (a shortfall up to 0.5 is allowed)",
        "undecided against old: B (a shortfall up to 0.5 is allowed)",
        "  A is worse than old: difference in IQM -4 [-5, -3], p = 0.03",
        "  B against old is undecided: difference in IQM -1 [-2, 0], p = 0.03; "
        "about 7 more runs each of every task might settle it",
    ]
    better = comparison(("A", "old"), (3, 1), (BETTER,), baseline="old")
    assert outcome_words(better, outcome(better)) == "nothing is worse than old"


def test_without_a_baseline_or_a_common_task_nothing_is_decided():
    with pytest.raises(ValueError, match="`baseline` is needed"):
        outcome(comparison())
    made = comparison(("new", "old"), (1, 2), (UNDECIDED,), baseline="old")
    apart = eqx.tree_at(lambda c: c.pairs.difference.n_tasks, made, whole([0]))
    with pytest.raises(ValueError, match=r"`baseline`: old has no task in common with new \(tasks: Cart, Pole\)"):
        outcome(apart)


# Four runs: Welch's test, which compiles faster than permutations.
RNG = np.random.default_rng(0)
LENGTHS = np.full((4, 40), 10)
OLD = jv.from_arrays(100 + 5 * RNG.normal(size=(4, 40)), lengths=LENGTHS)
WORSE_RUN = jv.from_arrays(60 + 5 * RNG.normal(size=(4, 40)), lengths=LENGTHS)
SAME = jv.from_arrays(100 + 5 * RNG.normal(size=(4, 40)), lengths=LENGTHS)


def test_a_planted_regression_fails_and_equal_runs_pass():
    with pytest.raises(
        AssertionError, match=r"worse than baseline: new\n  new is worse than baseline: .* -\d\d"
    ) as why:
        jv.testing.assert_not_worse(WORSE_RUN, OLD, reps=REPS)
    assert "Comparison: 2 algorithms on task, final return" in str(why.value)
    for new in (SAME, OLD):  # equal to the last bit, too
        found = jv.testing.assert_not_worse(new, OLD, margin=20, undecided="fail", reps=REPS)
        assert found.algorithms == ("baseline", "new")
    assert jv.testing.assert_not_worse(WORSE_RUN, OLD, margin=60, reps=REPS).margin == 60
    with pytest.raises(AssertionError, match="undecided against baseline: new"):
        jv.testing.assert_not_worse(SAME, OLD, undecided="fail", reps=REPS)
    again = [jv.testing.assert_not_worse(SAME, OLD, reps=REPS) for _ in range(2)]
    np.testing.assert_array_equal(again[0].pairs.p_value, again[1].pairs.p_value)


def test_studies_mappings_and_scores_are_taken_alike():
    study = jv.Study({jv.Cell("PPO", configuration={"lr": 1e-3}): OLD})
    other = jv.Study({jv.Cell("PPO", configuration={"lr": 1e-4}): WORSE_RUN})
    for new, old in ((other, study), ({"task": WORSE_RUN}, study), (WORSE_RUN, {"task": OLD})):
        with pytest.raises(AssertionError, match="worse than baseline: new"):
            jv.testing.assert_not_worse(new, old, reps=REPS)
    with pytest.raises(AssertionError, match="worse than baseline: new"):
        jv.testing.assert_not_worse([1.0, 2, 3, 2], {"task": [9.0, 8, 9, 7]}, reps=REPS)


@pytest.mark.parametrize(
    ("new", "old", "settings", "words"),
    [
        (OLD, [1.0, 2.0], {}, "`baseline` must be runs if `new` are runs"),
        (OLD, OLD, {"undecided": "maybe"}, "`undecided` must be 'pass' or 'fail'"),
        (jv.Study({"A": OLD, "B": SAME}), OLD, {}, r"`new` must be of one algorithm .*\(A, B\)"),
        (
            OLD, jv.Study({jv.Cell("A", configuration={"lr": lr}): OLD for lr in (1, 2)}), {},
            r"`baseline` must be of one .*\(lr\)",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_named(new, old, settings, words):
    with pytest.raises((TypeError, ValueError), match=words):
        jv.testing.assert_not_worse(new, old, reps=REPS, **settings)


@pytest.fixture
def saved(tmp_path):
    """Paths of saved runs and of a study."""
    paths = {
        name: jv.save_run(tmp_path / name, run) for name, run in (("old", OLD), ("bad", WORSE_RUN), ("same", SAME))
    }
    paths["study"] = jv.Study({"PPO": OLD}).save(tmp_path / "study")
    sweep = {jv.Cell("PPO", configuration={"lr": lr}): run for lr, run in ((0.1, OLD), (0.2, WORSE_RUN))}
    paths["sweep"] = jv.Study({**sweep, jv.Cell("A2C"): SAME}).save(tmp_path / "sweep")
    return {**paths, "folder": tmp_path}


def jaxviz(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments), "--reps", str(REPS)])


GATE = ("--fail-if", "worse")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("{bad}", "--baseline", "{old}", *GATE), 1, "worse than old: bad\n"),
        (("new={same}", "--baseline", "main={old}", *GATE), 3, "undecided against main: new\n"),
        (("{same}", "--baseline", "{old}", *GATE, "--allow-undecided"), 0, "undecided against old: same\n"),
        (
            ("{same}", "--baseline", "{old}", *GATE, "--margin", "20"),
            0,
            "nothing is worse than old (a short",
        ),
        (("{old}", "--baseline", "main={old}", *GATE, "--margin", "20"), 0, "nothing is worse than main"),
        (("{bad}", "{old}", "--baseline", "old"), 0, "bad is worse than old"),
        (("{bad}", "{study}"), 0, "PPO is better than bad"),
        (("{bad}", "--baseline", "{study}", *GATE), 1, "worse than study: bad"),
        (("{sweep}", "--select", "bootstrap"), 0, "PPO: lr=0.1, the best of 2 by all runs"),
    ],
)
def test_exit_codes(saved, arguments, code, said):
    done = jaxviz(*(part.format(**saved) for part in arguments))
    assert done.exit_code == code, done.output
    assert said in done.stdout


def test_formats_and_files(saved):
    arguments = (saved["bad"], "--baseline", saved["old"], *GATE)
    found = json.loads(jaxviz(*arguments, "--json").stdout)
    assert (found["outcome"], found["exit_code"], found["pairs"][0]["verdict"]) == ("worse", 1, "worse")
    assert jaxviz(*arguments, "--markdown").stdout.startswith("**worse than old: bad**\n\n**Comparison: 2 algorithms")
    assert r"\begin{tabular}" in jaxviz(*arguments, "--latex").stdout
    for name, start in (("a.txt", "Comparison"), ("a.md", "**worse"), ("a.tex", "% Comparison"), ("a.json", "{")):
        done = jaxviz(*arguments, "-o", saved["folder"] / "new" / name)
        assert done.exit_code == 1
        assert done.stdout.splitlines()[-1].startswith("wrote ")
        assert (saved["folder"] / "new" / name).read_text().startswith(start)
    jaxviz(*arguments, "-o", saved["folder"] / "a.npz")
    assert Comparison.load(saved["folder"] / "a.npz").baseline == "old"
    page = saved["folder"] / "new" / "a.html"
    done = jaxviz(*arguments, "-o", page)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (1, f"wrote {page}")
    assert "bad is worse than old" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{bad}", "--fail-if", "worse"), "--fail-if worse needs --baseline"),
        (("{bad}", "--baseline", "{old}", "--fail-if", "better"), "--fail-if must be worse"),
        (("{bad}", "{old}", "--baseline", "nobody"), "`baseline` must be one of bad, old; got 'nobody'"),
        (("{bad}", "{old}", "--margin", "-1"), "`margin` must be a difference above 0"),
        (("{bad}", "{old}", "--estimator", "mode"), "`estimator` must be one of"),
        (("{bad}", "{old}", "--normalize", "atari"), "has no reference scores of task"),
        (("{bad}", "{old}", "--normalize", "absent.json"), "absent.json is no JSON object"),
        (("{bad}", "{old}", "--json", "--latex"), "--json and --latex cannot be together"),
        (("{bad}", "{old}", "-o", "page.pdf"), "--output must end in .txt, .json, .md, .tex, .npz, .html"),
        (("{folder}/absent.npz", "{old}"), "absent.npz"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_2(saved, arguments, words):
    done = jaxviz(*(part.format(**saved) for part in arguments))
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def log(folder, run):
    """Monitor files of the runs."""
    for seed, returns in enumerate(np.asarray(run.episodes.returns)):
        path = folder / f"ppo/seed_{seed}/monitor.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = "".join(f"{value:.3f},10,{i}.5\n" for i, value in enumerate(returns))
        path.write_text(f'#{{"t_start": 1.0, "env_id": "Cart-v1"}}\nr,l,t\n{rows}')


def test_logs_of_two_times_in_one_place_are_kept_apart(tmp_path):
    """The study that CI kept of the main branch has the same sources as the runs that are made now."""
    log(tmp_path / "runs", OLD)
    old = jv.read_logs(tmp_path / "runs").save(tmp_path / "old")
    log(tmp_path / "runs", WORSE_RUN)
    done = jaxviz(tmp_path / "runs", "--baseline", old, *GATE)
    assert done.exit_code == 1, done.output
    assert "worse than old: ppo" in done.stdout
