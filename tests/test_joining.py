"""Runs of several processes as one batch, parts of one training as one run."""

import dataclasses
import operator
from typing import Any

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.inputs.logwrapper import simulate
from tests.known import known
from tests.marks import exhaustive

WRONG: Any = (np.ones(3), {})
GROUPS = ("episodes", "performance", "evaluation", "diagnostics")


def a_run(*batch, updates, rollouts=3, evaluations=4, share=0.1, seed=0):
    """A run with episodes, updates, losses and evaluations."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(size=(*batch, evaluations, rollouts)).astype(np.float32)
    out = {
        "metrics": simulate(*batch, updates=updates, steps=16, envs=4, seed=seed, share=share),
        "losses": {"value": rng.normal(size=(*batch, updates)).astype(np.float32)},
        "evaluation": {"returns": returns, "step": np.arange(evaluations) * 64},
    }
    return jv.from_purejaxrl(out)


def same_numbers(joined, alone):
    """Every number of one run is what it is alone, but for the series, which are longer."""
    for name in ("episodes", "performance", "diverged", "diagnostics"):
        ours, theirs = jax.tree.leaves(getattr(joined, name)), jax.tree.leaves(getattr(alone, name))
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=name)
    size = alone.curve.value.shape[-1]
    np.testing.assert_array_equal(joined.curve.value[:size], alone.curve.value)
    assert not np.asarray(joined.curve.valid[size:]).any()


@pytest.fixture(scope="module")
def lengths():
    """Runs with other numbers of updates, capacities, evaluations and rollouts, and the analysis of their batch."""
    runs = [a_run(updates=5), a_run(updates=9, share=0.4, seed=1, rollouts=2, evaluations=6), a_run(updates=2, seed=2)]
    return runs, jv.analyze(runs, groups=GROUPS, windows=(4,))


@pytest.mark.parametrize("i", [exhaustive(0), exhaustive(1), 2])
def test_each_of_several_lengths_says_what_it_says_alone(lengths, i):
    runs, together = lengths
    same_numbers(
        jax.tree.map(operator.itemgetter(i), dataclasses.replace(together, target=None)),
        jv.analyze(runs[i], groups=GROUPS, windows=(4,)),
    )


def test_single_runs_of_other_lengths_are_a_batch(lengths):
    runs, together = lengths
    joined = jv.stack_runs(runs)
    assert joined.batch_shape == (3,)
    np.testing.assert_array_equal(known(joined.total_steps), [320, 576, 128])
    np.testing.assert_array_equal(known(known(joined.updates).step)[0], np.arange(1, 10) * 64)
    np.testing.assert_array_equal(known(known(joined.losses).valid).sum(-1), [5, 9, 2])
    evaluation = known(joined.evaluation)
    np.testing.assert_array_equal(evaluation.valid.sum((-2, -1)), [12, 12, 12])
    little = dataclasses.replace(together, episodes=None, evaluation=None, diagnostics=None, losses=None)
    assert np.isfinite(known(jv.aggregate(little, jax.random.key(0)).performance).final.estimate)


def test_batches_of_other_sizes_and_capacities():
    runs = [a_run(2, 3, updates=4), a_run(2, 1, updates=6, share=0.5, seed=1)]
    joined = jv.stack_runs(runs)
    assert joined.batch_shape == (2, 4)
    for part, whole in ((runs[0], joined[:, :3]), (runs[1], joined[:, 3:])):
        np.testing.assert_array_equal(known(whole.episodes).count, known(part.episodes).count)
        size = known(part.episodes).returns.shape[-1]
        np.testing.assert_array_equal(known(whole.episodes).returns[..., :size], known(part.episodes).returns)
    assert jv.stack_runs([a_run(updates=2), a_run(3, updates=2)]).batch_shape == (4,)


def test_equal_runs_are_stacked_without_padding_and_in_jit():
    runs = [a_run(updates=3, seed=i) for i in range(2)]
    joined = jv.stack_runs(runs)
    assert known(joined.updates).valid is None
    assert known(joined.losses).valid is None
    jax.tree.map(np.testing.assert_array_equal, jax.jit(lambda *r: jv.stack_runs(r))(*runs), joined)
    jax.tree.map(np.testing.assert_array_equal, joined[1], jv.stack_runs([runs[1]])[0])


def test_steps_that_are_not_those_of_the_longest_stay():
    short, long = (jv.from_curves(np.ones(n), step=np.arange(n) * unit) for n, unit in ((3, 10), (5, 7)))
    np.testing.assert_array_equal(
        known(jv.stack_runs([short, long]).updates).step, [[0, 10, 20, 20, 20], [0, 7, 14, 21, 28]]
    )


def chunks_of(metrics, *sizes):
    ends = np.cumsum(sizes)
    return [
        {k: x[..., end - n : end, :, :] for k, x in metrics.items() if k != "timestep"}
        for n, end in zip(sizes, ends, strict=True)
    ]


@pytest.mark.parametrize("batch", [(), (3,)])
@pytest.mark.parametrize("known_start", [False, True])
def test_chunks_are_the_whole_training(batch, known_start):
    metrics = simulate(*batch, updates=9, steps=16, envs=4)
    parts = [
        jv.from_purejaxrl(part, step_start=start * 64 if known_start else None)
        for part, start in zip(chunks_of(metrics, 4, 4, 1), (0, 4, 8), strict=True)
    ]
    joined, whole = jv.join_chunks(parts), jv.from_purejaxrl(metrics)
    size = known(whole.episodes).returns.shape[-1]
    for name in ("returns", "lengths", "step", "valid"):
        ours, theirs = getattr(known(joined.episodes), name), getattr(known(whole.episodes), name)
        kept = np.asarray(known(whole.episodes).valid)
        np.testing.assert_array_equal(np.asarray(ours)[..., :size][kept], np.asarray(theirs)[kept], err_msg=name)
    np.testing.assert_array_equal(known(joined.episodes).count, known(whole.episodes).count)
    for name in ("total", "count", "length_total", "step"):
        ours, theirs = getattr(known(joined.updates), name), getattr(known(whole.updates), name)
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
    np.testing.assert_array_equal(known(joined.total_steps), known(whole.total_steps))


def test_chunks_with_losses_and_evaluations():
    joined = jv.join_chunks([a_run(2, updates=3), a_run(2, updates=4, rollouts=5)])
    assert known(joined.losses).values["value"].shape == (2, 7)
    evaluation = known(joined.evaluation)
    assert evaluation.returns.shape == (2, 8, 5)
    np.testing.assert_array_equal(known(evaluation.step)[0], [0, 64, 128, 192, 192, 256, 320, 384])
    np.testing.assert_array_equal(evaluation.valid.sum((-2, -1)), [32, 32])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: jv.stack_runs([]), ValueError, "`runs` is empty"),
        (lambda: jv.stack_runs([WRONG[0]]), TypeError, "got ndarray at 0"),
        (lambda: jv.stack_runs(WRONG[1]), TypeError, "must be a list of TrainingRuns, got dict"),
        (
            lambda: jv.stack_runs([jv.from_arrays([1.0]), jv.from_curves([1.0])]),
            ValueError,
            "of some runs and not of others",
        ),
        (
            lambda: jv.stack_runs([jv.from_curves([1.0]), jv.from_curves([1.0], name="cost")]),
            ValueError,
            "agree in `metric`",
        ),
        (
            lambda: jv.stack_runs([jv.from_curves([1.0]), jv.from_curves([1.0], step=[3])]),
            ValueError,
            "one kind in all",
        ),
        (lambda: jv.stack_runs([a_run(2, 2, updates=1), a_run(3, 2, updates=1)]), ValueError, "but the last"),
        (lambda: jv.join_chunks([a_run(2, updates=1), a_run(3, updates=1)]), ValueError, "parts of the same runs"),
    ],
)
def test_runs_that_do_not_fit_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def curves(*step):
    return jv.from_curves(np.ones(len(step)), step=step)


def episodes(*step):
    return jv.from_arrays(np.ones((2, len(step))), step=step)


@pytest.mark.parametrize(("make", "name"), [(curves, "updates"), (episodes, "episodes")])
@pytest.mark.parametrize("beyond", [0, 5_000_000_000])
def test_steps_that_are_said_to_go_on_must_not_fall(make, name, beyond):
    parts = [make(10, 20, 30 + beyond), make(5, 40, 70 + beyond)]
    said = f"`{name}` fall, chunk 1 begins at 5, chunk 0 ended at {30 + beyond}"
    with pytest.raises(ValueError, match=said) as caught:
        jv.join_chunks(parts, step_restarts=False)
    assert "step_restarts=True" in str(caught.value)
    for restarts in (None, True):
        step = getattr(jv.join_chunks(parts, step_restarts=restarts), name).step
        expected = [10, 20, 30 + beyond, 35 + beyond, 70 + beyond, 100 + 2 * beyond]
        np.testing.assert_array_equal(np.asarray(step).reshape(-1, 6)[0], expected)
    on = jv.join_chunks([make(10, 20, 30), make(30, 40, 70)], step_restarts=False)
    np.testing.assert_array_equal(np.asarray(getattr(on, name).step).reshape(-1, 6)[0], [10, 20, 30, 30, 40, 70])


def test_chunks_of_which_only_some_runs_fall_are_refused():
    first, second = ([[10, 20], [10, 20]], [[30, 40], [5, 40]])
    parts = [jv.from_arrays(np.ones((2, 2)), step=step) for step in (first, second)]
    for restarts in (None, False):
        with pytest.raises(ValueError, match="`episodes` fall, chunk 1 begins at 5, chunk 0 ended at 20"):
            jv.join_chunks(parts, step_restarts=restarts)


def test_padding_does_not_tell_where_a_chunk_begins():
    empty = jv.from_arrays([[1.0, 1.0], [1.0, 1.0]], step=[[35, 40], [0, 0]], valid=[[True, True], [False, False]])
    joined = jv.join_chunks([episodes(10, 30), empty])
    own = known(joined.episodes)
    np.testing.assert_array_equal(np.asarray(own.step)[np.asarray(own.valid)], [10, 30, 35, 40, 10, 30])
