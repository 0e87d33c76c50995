"""Checkpoints: stored without pickle, back bit for bit, answering without the training code, found by their metrics."""

import json
import os
import subprocess
import sys
import time

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen, nnx
from flax.training.train_state import TrainState

import jaxviz as jv
from jaxviz.tracking import MLflowLogger, _serve, load_model
from jaxviz.tracking.models import _export, _files, _tree
from jaxviz.tracking.models._layout import EXPORTED
from tests.known import known, unchecked

from .conftest import until

OBSERVATIONS = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)


def linen_params(seed=0):
    return linen.Dense(2).init(jax.random.key(seed), jnp.ones((1, 4)))


def train_state(seed=0):
    import optax

    return TrainState.create(apply_fn=linen.Dense(2).apply, params=linen_params(seed), tx=optax.adam(1e-3))


def equinox_module(seed=0):
    return eqx.nn.MLP(4, 2, 8, 1, key=jax.random.key(seed))


def nnx_module(seed=0):
    return nnx.Linear(4, 2, rngs=nnx.Rngs(seed))


def odd_leaves(seed=0):
    key = jax.random.key(seed)
    return {
        "half": jnp.full(3, seed + 1.5, jnp.bfloat16),
        "key": key,
        "n": seed + 3,
        "steps": seed + 2**40,
        "bits": [jnp.full(3, seed, jnp.int4), jnp.ones(2, jnp.float8_e4m3fn), jnp.full(2, 1j * seed, jnp.complex64)],
        "wide": [np.full(2, 1j * seed), np.full((), seed + 0.1j), np.full(2, seed / 3, ">c8"), np.zeros((0, 2)) * 1j],
        "small": jnp.full(2, seed, jnp.float8_e5m2),
        "order": [np.arange(seed, seed + 6).reshape(2, 3).T, np.arange(seed, seed + 3, dtype=">f4")],
        "numbers": [seed + 0.1, bool(seed), seed + 0.1j, 2**63 + seed],
        "x/y": [jnp.arange(seed, seed + 4)],
        "a": {"b": jnp.full(1, seed), "b#2": jnp.full(1, seed + 1)},
        "a/b": jnp.full(1, seed + 2),
        "__metadata__": jnp.full(1, seed),
    }


MODELS = {f.__name__: f for f in (linen_params, train_state, equinox_module, nnx_module, odd_leaves)}


def arrays(model):
    return [np.asarray(_tree.plain(leaf)) for leaf in _tree.arrays(model)[1]]


@pytest.fixture(scope="module")
def logged(local):
    """Every kind of model at a step, the policies exported."""
    applies = {
        "linen_params": linen.Dense(2).apply,
        "equinox_module": lambda model, x: jax.vmap(model)(x),
        "nnx_module": lambda model, x: {"action": jnp.argmax(model(x), -1), "logits": model(x)},
    }
    with MLflowLogger("models", local.uri, quiet=True) as logger:
        logger.start_run("r")
        handles = {
            name: logger.log_model_checkpoint(
                make(7),
                step=10 * i,
                metrics={"return": 100.0 * i, "bad": np.nan},
                name=f"a/b: {name}",
                dataset="cartpole",
                apply=applies.get(name),
                example=OBSERVATIONS if name in applies else None,
            )
            for i, (name, make) in enumerate(MODELS.items())
        }
        for dataset, value in {"easy": 7.0, "hard": 5.0}.items():
            logger.log_evaluation_metrics({"return": value}, step=10, model_id=handles["train_state"], dataset=dataset)
        ids = {name: handle.model_id for name, handle in handles.items()}
    return ids, handles, logger


def test_a_policy_is_traced_once():
    count = []

    def apply(model, x):
        count.append(1)
        return linen.Dense(2).apply(model, x)

    exports = [_export.export(linen_params(i), apply, OBSERVATIONS).result() for i in range(2)]
    assert exports[0] == exports[1]
    traced = len(count)
    half = jax.tree.map(lambda x: x.astype(jnp.float16), linen_params())
    other = _export.export(half, apply, OBSERVATIONS.astype(np.float16)).result()
    assert other != exports[0]
    assert len(count) > traced > 0


def served(folder, model, apply, example):
    """A model as MLflow loads it."""
    files = _files.model_files(model) | {EXPORTED: _export.export(model, apply, example).result()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return _serve.Policy(folder).predict


def test_numbers_are_part_of_an_exported_function(tmp_path):
    half = jnp.ones((4, 2), jnp.bfloat16)
    for factor in (1, 1.0, 3):
        predict = served(
            tmp_path, {"w": half, "s": factor}, lambda p, x: (x @ p["w"]) * p["s"], np.ones((1, 4), half.dtype)
        )
        assert predict(OBSERVATIONS).dtype == half.dtype
        np.testing.assert_allclose(predict(np.ones((1, 4))).astype(float), [[4 * factor] * 2])
    network = eqx.nn.Sequential([eqx.nn.Linear(4, 2, key=jax.random.key(0)), eqx.nn.Dropout(0.5, inference=True)])
    predict = served(tmp_path, network, lambda model, x: jax.vmap(model)(x), OBSERVATIONS)
    np.testing.assert_allclose(predict(OBSERVATIONS), jax.vmap(network)(jnp.asarray(OBSERVATIONS)), rtol=1e-5)


def test_arrays_of_any_type_are_served(tmp_path):
    model = {"w": jnp.ones((4, 2), jnp.float8_e4m3fn), "z": jnp.zeros((1, 2), jnp.complex64), "n": 2**40}
    predict = served(tmp_path, model, lambda p, x: x @ p["w"].astype(x.dtype) + p["z"].real, OBSERVATIONS)
    np.testing.assert_allclose(
        predict(OBSERVATIONS), np.tile(OBSERVATIONS.sum(-1, keepdims=True), 2), rtol=1e-5, atol=1e-6
    )
    wide = OBSERVATIONS.astype(np.float64) / 3
    with _export.with_settings({"enable_x64": True}):
        predict = served(tmp_path, {"w": jnp.full((4, 2), 0.1)}, lambda p, x: x @ p["w"], wide)
    np.testing.assert_allclose(predict(wide), wide @ np.full((4, 2), 0.1), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("values", [[[300]], [[-1]], [[1.5]], [[np.nan]], np.array([[-1]], np.int8)])
def test_observations_that_another_type_would_change_are_refused(tmp_path, values):
    predict = served(tmp_path, {"w": jnp.ones(2)}, lambda p, x: x + x, np.zeros((1, 1), np.uint8))
    assert predict([[100]]) == [[200]]
    with pytest.raises(ValueError, match="`observations` must be uint8"):
        predict(values)


def test_an_export_has_the_settings_of_its_caller():
    def exported():
        made = _export.export(linen_params(), linen.Dense(2).apply, OBSERVATIONS).result()
        return str(jax.export.deserialize(bytearray(made)).mlir_module())

    with jax.default_matmul_precision("float32"):
        assert "HIGHEST" in exported()
    assert "HIGHEST" not in exported()


def test_a_function_that_cannot_be_exported_does_not_end_the_training(local):
    with MLflowLogger("models", local.uri, quiet=True) as logger:
        logger.start_run("broken")
        handle = logger.log_model_checkpoint(linen_params(7), 3, apply=lambda p, x: p["absent"], example=OBSERVATIONS)
        with pytest.warns(UserWarning, match="the function of policy at step 3 cannot be exported .KeyError: 'absent'"):
            assert logger.flush()
        logger.log_model_checkpoint(linen_params(7), 4)
        uri = handle.uri
    back = load_model(known(uri), linen_params(), tracking_uri=local.uri)
    jax.tree.map(np.testing.assert_array_equal, back, linen_params(7))


def test_a_checkpoint_has_its_id_when_its_function_is_there_too(local):
    with MLflowLogger("models", local.uri, quiet=True) as logger:
        logger.start_run("at once")
        model = logger.log_model_checkpoint(
            linen_params(), apply=lambda p, x: slow(p, x), example=OBSERVATIONS
        ).model_id
        found = {file.path for file in local.client.list_logged_model_artifacts(model, "data")}
    function = {"data/policy.stablehlo", "data/policy.stablehlo.sha256"}
    assert found == {"data/manifest.json", "data/weights.safetensors"} | function


def test_a_function_that_is_not_ready_at_the_end_is_named(local):
    logger = MLflowLogger("models", local.uri, quiet=True)
    logger.start_run("late")
    logger.log_model_checkpoint(linen_params(), 2, apply=lambda p, x: slow(p, x), example=OBSERVATIONS)
    session = logger._active()
    (thread,) = session.exports._coming
    with pytest.warns(UserWarning, match="1 exported functions were not ready in 0.05 s"):
        session.finish("FINISHED", timeout=0.05)
    thread.join()
    assert not session.recorder.journal.in_memory


def slow(params, x):
    time.sleep(0.5)
    return linen.Dense(2).apply(params, x)


def test_files_leave_the_journal_when_they_have_been_sent(local):
    with MLflowLogger("models", local.uri, quiet=True) as logger:
        logger.start_run("files")
        logger.log_model_checkpoint(linen_params(), 1, apply=linen.Dense(2).apply, example=OBSERVATIONS)
        assert logger.flush()
        files = logger._active().recorder.journal.path / "files"
        until(lambda: not [name for *_, names in os.walk(files) for name in names])  # just behind its acknowledgement


@pytest.mark.parametrize("name", MODELS)
def test_it_comes_back_bit_for_bit(local, logged, name):
    back = load_model(f"models:/{logged[0][name]}", MODELS[name](1), tracking_uri=local.uri)
    assert type(back) is type(MODELS[name]())
    for ours, theirs in zip(arrays(back), arrays(MODELS[name](7)), strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        assert ours.tobytes() == theirs.tobytes()


def test_the_store_links_models_to_their_run_and_metrics(local, logged):
    ids, _, _ = logged
    run = local.runs("models")["r"]
    assert {output.model_id for output in local.client.get_run(run.info.run_id).outputs.model_outputs} == set(
        ids.values()
    )
    model = local.client.get_logged_model(ids["train_state"])
    assert model.name == "a_b_ train_state"
    assert model.params == {"step": "10", "dataset": "cartpole"}
    metrics = {(metric.key, metric.dataset_name): metric.value for metric in model.metrics}
    assert metrics == {("return", "cartpole"): 100.0, ("eval/return", "easy"): 7.0, ("eval/return", "hard"): 5.0}
    assert {i.dataset.name for i in run.inputs.dataset_inputs} == {"cartpole", "easy", "hard"}
    assert np.isnan(run.data.metrics["bad"])


def test_the_best_is_found_and_registered(local, logged):
    ids, handles, logger = logged
    best = logger.search_best_models(order_by="metrics.return DESC", max_results=2)
    assert [model.model_id for model in best] == [ids["odd_leaves"], ids["nnx_module"]]
    (worst,) = logger.search_best_models(order_by="return ASC", max_results=1)
    assert worst.model_id == ids["linen_params"]
    assert logger.search_best_models(order_by=["return ASC"], max_results=1)[0].model_id == worst.model_id
    with pytest.raises(ValueError, match="`filter_string` 'nonsense'"):
        logger.search_best_models(filter_string="nonsense")
    (one,) = logger.search_best_models(filter_string="params.step = '20'")
    assert one.model_id == ids["equinox_module"]
    with MLflowLogger("models", local.uri, quiet=True) as later:
        made = [
            later.register_model(handles["nnx_module"], "cartpole", "Production"),
            later.register_model(f"models:/{ids['linen_params']}", "cartpole", "staging"),
            later.register_model(handles["nnx_module"], "cartpole"),
        ]
    assert [one.version for one in made] == ["1", "2", "1"]
    assert local.client.get_model_version_by_alias("cartpole", "champion").version in (1, "1")
    back = load_model("models:/cartpole@staging", linen_params(), tracking_uri=local.uri)
    np.testing.assert_array_equal(arrays(back)[0], arrays(linen_params(7))[0])


def test_models_under_odd_names_are_linked_registered_and_found(local):
    odd = 'it\'s "50%" [x]'
    with MLflowLogger("odd models", local.uri, quiet=True) as logger:
        logger.start_run("r")
        first = logger.log_model_checkpoint(
            {"w": jnp.ones(2)}, 1, {odd: 1.0}, name=odd, tags={"jaxviz.key": "mine", "other": "x"}
        )
        second = logger.log_model_checkpoint({"w": jnp.zeros(2)}, 2, {odd: 2.0}, name=odd)
        best = logger.search_best_models(order_by=f"{odd} DESC")  # at once: it waits for them
        made = [logger.register_model(first, 'o\'brien "x"', "None") for _ in range(2)]
        with MLflowLogger("odd models, evaluated", local.uri, quiet=True) as other:
            other.start_run("r")
            other.log_training_metrics({"later": 5.0}, 3, model_id=first)
            made.append(other.register_model(second, 'o\'brien "x"'))
        assert [one.version for one in made] == ["1", "1", "2"]
        run_id = logger.run_id
    assert [model.model_id for model in best] == [second.model_id, first.model_id]
    assert best[1].tags["other"] == "x"
    assert best[1].tags["jaxviz.key"] == first.key
    assert not local.client.get_registered_model('o\'brien "x"').aliases
    found = local.client.get_logged_model(first.model_id)
    assert {metric.key: metric.value for metric in found.metrics}["later"] == 5.0
    for address in (second, f"runs:/{run_id}/{found.name}"):
        back = load_model(address, {"w": jnp.ones(2)}, tracking_uri=local.uri)
        np.testing.assert_array_equal(back["w"], [0, 0])
    for address, message in (
        (f"runs:/{run_id}/absent", "has no model 'absent'"),
        ("m-1", "`uri` must be a checkpoint"),
    ):
        with pytest.raises(ValueError, match=message):
            load_model(address, {}, tracking_uri=local.uri)


def test_searches_of_every_kind(local, logged):
    ids, _, logger = logged
    worst = {"field_name": "metrics.return", "ascending": True}
    for order in (worst, [worst], "metrics.`return` ASC"):
        (found,) = logger.search_best_models(max_results=1, order_by=order)
        assert found.model_id == ids["linen_params"]
    (best,) = logger.search_best_models("models", max_results=1)
    experiment = local.client.get_experiment_by_name("models").experiment_id
    assert logger.search_best_models([experiment], max_results=1)[0].model_id == best.model_id == ids["odd_leaves"]
    assert logger.search_best_models(max_results=0) == logger.search_best_models([]) == []
    for options, message in (
        ({"order_by": "reward"}, "no model has the metric 'reward'; metrics of the newest: .*'return'"),
        ({"order_by": {"metric": "return"}}, "`order_by` must be like"),
        ({"experiment_ids": "nowhere"}, "there is no experiment 'nowhere'"),
        ({"max_results": -1}, "`max_results` must be a number of models"),
    ):
        with pytest.raises(ValueError, match=message):
            logger.search_best_models(**options)


def through_files(model, like, folder):
    for name, content in _files.model_files(model).items():
        (folder / name).write_bytes(content)
    return _files.restore(folder, like)


def test_a_trained_state_fits_a_fresh_one(tmp_path):
    state = train_state(7)
    with jax.numpy_dtype_promotion("standard"):
        trained = jax.jit(lambda s: s.apply_gradients(grads=s.params))(state)
    back = through_files(trained, train_state(1), tmp_path)
    assert isinstance(back.step, jax.Array)
    assert (back.step, back.step.dtype) == (1, jnp.int32)
    abstract = jax.eval_shape(lambda: train_state(1))
    assert through_files(state, abstract, tmp_path).step == 0
    jax.tree.map(np.testing.assert_array_equal, through_files(trained, abstract, tmp_path).params, trained.params)
    assert through_files({"p": 0.5, "w": jnp.ones(2)}, {"p": 0, "w": jnp.ones(2)}, tmp_path)["p"] == 0.5


def test_like_may_be_abstract_with_random_keys(tmp_path):
    def make(seed):
        return nnx.Dropout(0.5, rngs=nnx.Rngs(seed))

    back = through_files(make(7), nnx.eval_shape(lambda: make(1)), tmp_path)
    for ours, theirs in zip(arrays(back), arrays(make(7)), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(ValueError, match="as key:rbg"):
        through_files({"k": jax.random.key(0)}, jax.eval_shape(lambda: {"k": jax.random.key(0, impl="rbg")}), tmp_path)


def test_a_variable_alone_is_a_model(tmp_path):
    back = through_files(nnx.Param(jnp.arange(3.0)), nnx.Param(jnp.zeros(3)), tmp_path)
    np.testing.assert_array_equal(jax.tree.leaves(back)[0], [0, 1, 2])


def test_arrays_without_values_are_named():
    donated = jnp.ones(2) + 1
    donated.delete()
    with pytest.raises(ValueError, match="`model` has 'w', whose buffer was donated"):
        _files.model_files({"w": donated})
    with pytest.raises(ValueError, match="`model` is traced"):
        jax.jit(lambda w: len(_files.model_files({"w": w})))(jnp.ones(2))


SERVE = """
import sys, json, mlflow, numpy as np
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
for rows in (3, 1):
    out = model.predict(np.array(json.loads(sys.argv[3]), np.float32)[:rows])
    print(json.dumps({k: np.asarray(v).tolist() for k, v in out.items()} if isinstance(out, dict) else out.tolist()))
assert not any(name.startswith("flax") for name in sys.modules)
"""


def test_mlflow_predicts_without_the_training_code(local, logged, tmp_path):
    arguments = [local.uri, f"models:/{logged[0]['nnx_module']}", json.dumps(OBSERVATIONS.tolist())]
    done = subprocess.run(
        [sys.executable, "-c", SERVE, *arguments], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    expected = nnx_module(7)(jnp.asarray(OBSERVATIONS))
    for rows, line in zip((3, 1), done.stdout.splitlines()[-2:], strict=True):
        got = json.loads(line)
        np.testing.assert_allclose(got["logits"], expected[:rows], rtol=1e-5, atol=1e-6)
        assert got["action"] == np.argmax(expected[:rows], -1).tolist()


LEVELS = np.array([[8.0, 1.0, 2.0], [6.0, 5.0, 4.0]])
"""Final returns of 2 configurations × 3 seeds: the best seed is not of the best configuration."""


def grid(make):
    """One model for each of 2 × 3 runs, stacked; its seed is its place."""
    states = [nnx.split(make(i))[1] if make is nnx_module else make(i) for i in range(6)]
    stack = jax.tree.map(lambda *x: jnp.stack(x).reshape(2, 3, *x[0].shape), *states)
    return nnx.merge(nnx.graphdef(make(0)), stack) if make is nnx_module else stack


@pytest.mark.parametrize("make", [linen_params, nnx_module], ids=lambda f: f.__name__)
def test_the_best_seed_and_configuration_go_to_the_registry(local, make):
    analysis = jv.analyze(jv.from_arrays(np.broadcast_to(LEVELS[..., None], (2, 3, 20))), windows=(5,))
    name = f"best {make.__name__}"
    with MLflowLogger(name, local.uri, quiet=True) as logger:
        logger.start_run("r")
        best = logger.register_best_models(analysis, grid(make), name, labels=["a", "b"])
        same = logger.register_best_models(analysis, grid(make), name, higher_is_better=False)
    assert (best.seed.version, best.configuration.version) == ("1", "2")
    assert (same.seed.version, same.configuration.version) == ("3", "4")
    for version, place, label in (("1", 0, "a"), ("2", 4, "b")):
        back = load_model(f"models:/{name}/{version}", make(9), tracking_uri=local.uri)
        for ours, theirs in zip(arrays(back), arrays(make(place)), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        location = local.client.get_model_version(name, version).source
        (model,) = [m for m in logger.search_best_models(max_results=9) if m.artifact_location == location]
        assert (model.tags["jaxviz.configuration"], model.tags["jaxviz.seed"]) == (label, str(place % 3))
        assert {m.key: m.value for m in model.metrics} == {"performance/final": LEVELS.flat[place]}
    assert str(local.client.get_model_version_by_alias(name, "champion").version) == "3"


def test_what_is_best_must_be_defined(local):
    analysis = jv.analyze(jv.from_arrays(np.broadcast_to(LEVELS[..., None], (2, 3, 20))), windows=(5,))
    diverged = jv.analyze(jv.from_arrays(np.full((2, 3, 20), np.nan)), windows=(5,))
    with MLflowLogger("undefined", local.uri, quiet=True) as logger:
        for run, models, options, message in (
            (analysis, grid(linen_params), {"metric": "return"}, "`metric` must be one of .*performance/final"),
            (analysis, linen_params(), {}, r"`models` must begin with the axes \(2, 3\)"),
            (analysis[0, 0], linen_params(), {}, "`analysis` has one run"),
            (diverged, grid(linen_params), {}, "defined for no seed"),
        ):
            with pytest.raises(ValueError, match=message):
                unchecked(logger.register_best_models, run, models, "undefined", **options)


@pytest.mark.parametrize(
    ("like", "message"),
    [
        (lambda: {"other": jnp.ones(2)}, "`like` is another model: the file lacks"),
        (lambda: linen.Dense(3).init(jax.random.key(0), jnp.ones((1, 4))), "`like` has 'params/bias' as array"),
    ],
)
def test_a_model_that_does_not_fit_is_named(local, logged, like, message):
    with pytest.raises(ValueError, match=message):
        load_model(f"models:/{logged[0]['linen_params']}", like(), tracking_uri=local.uri)


def test_wrong_arguments_are_named(local, logged):
    _, _, logger = logged
    with pytest.raises(ValueError, match="cannot be read"):
        load_model("models:/m-nothing", {}, tracking_uri=local.uri)
    with pytest.raises(ValueError, match="`model_uri` must be a checkpoint"):
        logger.register_model("runs:/x/y", "name")
    for alias in ("latest", "v2", "a b/é"):
        with pytest.raises(ValueError, match="`version` must be an alias"):
            logger.register_model("models:/m-1", "name", alias)
    with MLflowLogger("wrong", local.uri, quiet=True) as other:
        with pytest.raises(ValueError, match="`model` has no arrays"):
            other.log_model_checkpoint({"name": "text"})
        with pytest.raises(ValueError, match="`example` must be observations"):
            other.log_model_checkpoint(linen_params(), apply=linen.Dense(2).apply)
