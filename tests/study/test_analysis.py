"""A whole study analysed in few programs: each cell as if alone."""

import dataclasses
import operator

import jax
import numpy as np
import pytest
from jax._src import test_util

import jaxviz as jv
from jaxviz import _soon_compiled
from jaxviz.analysis import DEFAULT_GROUPS, GROUPS, Group
from jaxviz.analysis._analyze import _analyze, _analyze_batch
from jaxviz.host import joined_rows, rows_in_parts
from jaxviz.study import Cell, ManifestRow, RunData, StreamData, Study, _analysis, _batches
from tests.host.test_host import full_run
from tests.known import known
from tests.marks import exhaustive

from .made import episodes, evaluations, study


def mixed() -> Study:
    """Two cells of each of several kinds, the first shorter than the second."""
    step = 2**40 * np.arange(9)
    updates = [RunData(updates=StreamData(np.arange(n) / 7.0, step[:n])) for n in (5, 9)]
    data = [
        *(evaluations(n, n, rollouts=n % 3) for n in (4, 11)),
        *(one._replace(losses={"a": one.updates.values}, loss_step=one.updates.step) for one in updates if one.updates),
        *(episodes(n, n)._replace(losses={"a": np.ones(n)}, evaluation=evaluations(n, n).evaluation) for n in (11, 41)),
    ]
    kinds = ("evaluations", "updates", "episodes")
    made = [ManifestRow(kinds[i // 2], ("short", "long")[i % 2], source=str(i)) for i in range(6)]
    return Study.of_rows(made, data) | Study({"pytree": {"long": full_run(), "short": full_run()[:1]}})


def cached(program: object) -> int:
    """How often it was compiled so far."""
    return operator.methodcaller("_cache_size")(program)


def programs() -> int:
    """How many were compiled so far."""
    return cached(_analyze) + cached(_analyze_batch.quick)


def assert_alike(one, other):
    """Equal in structure and shape, and in values to rounding."""
    ours, theirs = (jax.tree_util.tree_leaves_with_path(x) for x in (one, other))
    assert [path for path, _ in ours] == [path for path, _ in theirs]
    for (path, x), (_, y) in zip(ours, theirs, strict=True):
        name = jax.tree_util.keystr(path)
        np.testing.assert_allclose(np.asarray(x), np.asarray(y), rtol=2e-4, atol=1e-5, err_msg=name)


OF_EVERY_PART: tuple[Group, ...] = ("windows", "performance", "episodes", "evaluation", "diagnostics")
"""Groups that read every part of a run; what they leave out reads the same streams behind the same masks."""


@pytest.mark.parametrize("groups", [OF_EVERY_PART, exhaustive(DEFAULT_GROUPS), exhaustive(GROUPS)], ids=len)
def test_every_cell_is_as_if_alone(groups):
    made, before = mixed(), programs()
    results = jv.analyze(made, target=0.3, groups=groups)
    assert programs() == before + 4  # one for each kind
    assert list(results.cells) == list(made.cells)
    for cell, analysis in results.cells.items():
        if cell.task == "long":
            continue
        alone = jv.analyze(made.cells[cell], target=0.3, groups=groups)
        if alone.losses is not None and alone.losses.valid is None:  # a batch of several lengths has a mask
            analysis = _without_mask(analysis)
        assert_alike(analysis, alone)


def _without_mask(analysis):
    assert known(known(analysis.losses).valid).all()
    return dataclasses.replace(analysis, losses=dataclasses.replace(known(analysis.losses), valid=None))


def test_runs_of_any_lengths_share_a_program():
    """300 lengths in 100 cells, and the runs went on meanwhile."""
    lengths = np.random.default_rng(0).integers(200, 250, 300)
    made = [ManifestRow("PPO", f"task {i % 100}", source=str(i)) for i in range(300)]
    before = programs()
    for more in (0, 3):
        data = [episodes(i, int(size) + more) for i, size in enumerate(lengths)]
        jv.analyze(Study.of_rows(made, data), groups=("performance",), target=float(more))
    assert programs() == before + 1


def test_nothing_else_is_compiled():
    """Arrays of a shape that is new go to the device as they are."""
    data = [episodes(i, 77)._replace(evaluation=evaluations(i, 5).evaluation) for i in range(3)]
    made = Study.of_rows([ManifestRow("PPO", source=str(i)) for i in range(3)], data)
    with test_util.count_jit_and_pmap_lowerings() as count:
        jv.analyze(made, groups=("performance",))
    assert count() == 1


def test_a_batch_of_many_entries_is_compiled_for_speed(monkeypatch):
    """With the same results."""
    soon = jv.analyze(study(), target=0.5)
    before = cached(_analyze), cached(_analyze_batch.quick)
    monkeypatch.setattr(_soon_compiled, "_FEW", 0)
    found = jv.analyze(study(), target=0.5)
    assert cached(_analyze) > before[0]
    assert cached(_analyze_batch.quick) == before[1]
    for cell, analysis in found.cells.items():
        assert_alike(soon.cells[cell], analysis)


def test_the_analysis_has_the_doctors_findings_of_its_study():
    made = study()
    assert jv.analyze(made, groups=("performance",)).findings == tuple(jv.doctor(made))
    assert jv.doctor(made)


def test_options_that_xla_does_not_know_are_left_out(monkeypatch):
    """The others stand."""
    wanted = {"xla_no_such_option": 1, "xla_backend_optimization_level": 0}
    assert _soon_compiled.known_options(wanted) == {"xla_backend_optimization_level": 0}
    monkeypatch.setattr(_soon_compiled, "_QUICKLY", wanted)
    program = _soon_compiled.SoonCompiled(lambda x, by: x * by, (1,))
    assert program(jax.numpy.float32(2.0), 3.0) == 6


def test_a_light_program_has_no_options_inside_another(monkeypatch):
    """Where JAX allows none: alone, in vmap, and in jit with and without traced arguments."""
    monkeypatch.setattr(_soon_compiled, "_LIGHTLY", {"xla_backend_optimization_level": 1})
    program = _soon_compiled.jit_lightly(static_argnames="by")(lambda x, by: x * by)
    two = jax.numpy.ones(2)
    assert program(two, by=3).tolist() == jax.vmap(lambda x: program(x, by=3))(two).tolist() == [3, 3]
    assert jax.jit(lambda x: program(x, by=3) + program(two, by=2))(two).tolist() == [5, 5]


def test_long_runs_are_not_padded_to_the_longest(monkeypatch):
    monkeypatch.setattr(_batches, "_FREE", 100)
    made = study()
    sizes = [batch.sizes["episodes", "episode"] for batch in _batches.batches([[r] for r in made._records])]
    assert len(sizes) > 1
    assert sizes == sorted(sizes, reverse=True)


def test_more_than_fits_is_analysed_in_parts(monkeypatch):
    made = study()
    whole = jv.analyze(made, groups=("performance",))
    monkeypatch.setattr(_analysis, "_MOST_ON_CPU", 160)
    before = programs()
    parts = jv.analyze(made, groups=("performance",))
    assert programs() == before + 1
    for cell, analysis in parts.cells.items():
        assert_alike(analysis, whole.cells[cell])


@pytest.mark.parametrize(("count", "most"), [(7, 3), (6, 3), (1, 5), (5, 1), (10, 4)])
def test_parts_join_to_the_whole(count, most):
    starts, size = rows_in_parts(count, most)
    assert size <= most
    whole = np.arange(count)
    parts = [(whole[start : start + size], np.float32(3)) for start in starts]
    joined, number = joined_rows(parts, starts, size)
    np.testing.assert_array_equal(joined, whole)
    assert number == 3


def test_results_are_a_table_and_an_analysis_can_be_aggregated():
    results = jv.analyze(study(), target=0.5, groups=("performance",))
    text = repr(results)
    assert "final: median (lowest to highest)" in text
    assert len(text.splitlines()) == 11
    analysis = results.cells[Cell("PPO", "CartPole-v1", {"lr": 3e-4})]
    summary = jv.aggregate(analysis, jax.random.key(0), reps=20)
    assert int(summary.runs) == 3
    assert "StudyAnalysis: 8 cells, 24 runs" in jv.describe(results)
    assert "Study: 2 algorithms, 2 tasks, 8 cells, 24 runs" in jv.describe(study())


def test_a_study_of_one_run_is_that_run():
    run = jv.from_arrays(np.random.default_rng(0).normal(size=50), lengths=np.full(50, 4))
    (analysis,) = jv.analyze(Study({"PPO": run}), groups=("performance",)).cells.values()
    assert_alike(analysis[0], jv.analyze(run, groups=("performance",)))
