"""The logger's methods for models: checkpoints, the registry, and the search for the best."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from ..._explained import explained
from ...analysis import Analysis
from .. import _values
from .._names import MODEL_URI
from ..journal import _format
from ..journal._records import ModelRecord, RegisterRecord
from ..models import _export, _files, _search, _tree
from ..models._layout import EXPORTED
from ..store._store import Store
from . import _best, _datasets
from ._session import Session

_NOT_IN_MODEL_NAMES = str.maketrans(dict.fromkeys("/:.%'\"", "_"))
CHAMPION, STAGING = "champion", "staging"
NO_STAGE = "None"
STAGES = {"Production": CHAMPION, "Staging": STAGING, "Archived": "archived"}
_ALIAS, _RESERVED = re.compile(r"[A-Za-z0-9_\-]{1,255}"), re.compile(r"latest|v\d+", re.IGNORECASE)


class Checkpoint:
    """A model that was handed over. Its id is MLflow's, which the store gives once it has the model.

    As text it is that id, so that `f"models:/{checkpoint}"` is its address, and it equals the id. Both wait for it
    as `model_id` does; ConnectionError while the store does not answer.
    """

    def __init__(self, key: str, session: Session) -> None:
        self.key = key
        self._session = session

    @property
    def store(self) -> Store:
        """The store that it was handed to."""
        return self._session.store

    def elsewhere(self, session: Session) -> str | None:
        """Its experiment, if that is another than the one of `session`: a record needs it beside the key."""
        own = self._session.experiment
        return None if own == session.experiment else own

    @property
    def model_id(self) -> str | None:
        """MLflow's id, `m-…`; waits for it within bounds, None while the store does not answer."""
        return self._session.id_of(self.key)

    @property
    def uri(self) -> str | None:
        """`models:/m-…`, for `load_model` and for MLflow."""
        model_id = self.model_id
        return None if model_id is None else f"{MODEL_URI}{model_id}"

    def __str__(self) -> str:
        if (model_id := self.model_id) is None:
            raise ConnectionError(
                f"MLflow at {self.store.address} has not given this checkpoint an id yet (it is away, slow, or has "
                "refused it; the checkpoint is kept and sent later): hand the checkpoint itself to "
                "`register_model`, which needs no id"
            )
        return model_id

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"<Checkpoint {self.key} for {self.store.address}>"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Checkpoint):
            return (self.key, self.store.uri) == (other.key, other.store.uri)
        return other.startswith("m-") and str(self) == other if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        """That of its id, which it equals."""
        return hash(str(self))


class Registration:
    """A model that was handed over to the registry."""

    def __init__(self, key: str, name: str, session: Session) -> None:
        self.key, self.name = key, name
        self._session = session

    @property
    def version(self) -> str | None:
        """The number that the registry gave it; waits for it within bounds, None while the store does not answer."""
        return self._session.id_of(self.key)


class BestModels(NamedTuple):
    """The models that `register_best_models` handed to the registry."""

    seed: Registration
    configuration: Registration


class ModelMethods(ABC):
    """The methods of `MLflowLogger` for models."""

    store: Store
    experiment_name: str
    _session: Session | None

    @abstractmethod
    def _active(self) -> Session: ...

    @explained
    def log_model_checkpoint(
        self,
        model: Any,
        step: int = 0,
        metrics: Mapping[str, Any] | None = None,
        dataset: Any = None,
        *,
        name: str = "policy",
        apply: Callable[..., Any] | None = None,
        example: Any = None,
        tags: Mapping[str, Any] | None = None,
    ) -> Checkpoint:
        """A model at a step as an MLflow LoggedModel, with the metrics that it reached.

        `model`: any pytree with arrays: Flax parameters, a Flax nnx module, an Equinox module, a train state. It is
        stored without pickle (safetensors and a readable manifest); `jaxviz.tracking.load_model` gives it back bit for
        bit. `apply(model, observations)` with `example` observations [batch, …] is exported too, so that
        `mlflow.pyfunc.load_model` and `mlflow models serve` answer without the code. `metrics` are linked to the model
        (values that are not finite stay with the run alone, as MLflow would store them as 0; text becomes the model's
        tags); `dataset` is the data they were measured on: a name, a mapping with a `name`, or a dataset of MLflow. The
        arrays are copied here; everything else happens in the background. A function that is traced for the first time
        follows its model when it is ready, a fraction of a second later; one that cannot be exported is warned of, and
        its model stays without it.
        """
        at, _ = _values.step_of(step), _values.split_metrics(metrics or {})
        files = _files.model_files(model)
        exported = None if apply is None else _export.export(model, apply, example)
        if exported is not None and (made := _export.made(exported)) is not None:
            files |= _files.exported_files(made)
        session, key = self._active(), uuid4().hex
        recorder, title = session.recorder, _values.line(name).translate(_NOT_IN_MODEL_NAMES)
        described, tag_keys = None if dataset is None else _datasets.describe(dataset), _values.Keys()
        numbers, texts = _values.split_metrics(metrics or {}, recorder.metrics, tag_keys)
        about = ModelRecord(
            run=recorder.run,
            time=_format.now(),
            model=key,
            name=title,
            step=at,
            files={file: recorder.journal.keep(file, content) for file, content in files.items()},
            params={"step": str(at)} | ({} if described is None else {"dataset": described.name}),
            tags={**texts, **_values.tags(tags or {}, tag_keys)},
        )
        recorder.write(about)
        if exported is not None and EXPORTED not in files:
            session.exports.follow(exported, key, f"{title} at step {at}")
        if numbers:
            recorder.linked_points(recorder.run, numbers, at, model=key, dataset=described)
        return Checkpoint(key, session)

    @explained
    def register_model(self, model_uri: str | Checkpoint, name: str, version: str | None = None) -> Registration:
        """Make a checkpoint a version of a registered model, which is made if the name is new.

        `model_uri`: a checkpoint or `models:/m-…`; a model that is registered under the name already keeps its version.
        `version`: the alias it gets, "champion", "staging" or any other; MLflow's old stage names Production, Staging
        and Archived become champion, staging and archived, and None is no alias. The number is `.version` of the
        result.
        """
        source = model_uri.key if isinstance(model_uri, Checkpoint) else str(model_uri)
        if not isinstance(model_uri, Checkpoint) and not source.startswith(f"{MODEL_URI}m-"):
            raise ValueError(f"`model_uri` must be a checkpoint or models:/m-…, got {model_uri!r}")
        if not name or set(name) & set("/:"):
            raise ValueError(f"`name` must be a name without / and :, got {name!r}")
        alias = None if version is None or version == NO_STAGE else STAGES.get(str(version), str(version))
        if alias is not None and (not _ALIAS.fullmatch(alias) or _RESERVED.fullmatch(alias)):
            raise ValueError(f"`version` must be an alias of letters, digits, - and _, not latest or v1: {version!r}")
        session, key = self._active(), uuid4().hex
        about = RegisterRecord(
            run=session.run,
            time=_format.now(),
            source=source,
            name=_values.line(name),
            alias=alias,
            version=key,
            experiment=model_uri.elsewhere(session) if isinstance(model_uri, Checkpoint) else None,
        )
        session.recorder.write(about)
        return Registration(key, name, session)

    @explained
    def register_best_models(
        self,
        analysis: Analysis,
        models: Any,
        name: str,
        *,
        metric: str = _best.METRIC,
        higher_is_better: bool | None = None,
        labels: Sequence[str] | None = None,
        dataset: Any = None,
        apply: Callable[..., Any] | None = None,
        example: Any = None,
    ) -> BestModels:
        """The best seed of an analysis as `name@champion`, and the best configuration as `name@staging`.

            out = jax.jit(jax.vmap(train))(keys)
            analysis = jv.analyze(jv.from_purejaxrl(out))
            logger.register_best_models(analysis, out["runner_state"][0].params, "cartpole")

        `models`: the models of all runs as one pytree (or Flax nnx module): every array has the batch axes of the
        analysis first. The best seed is the one with the highest `metric` (a number per seed under its path in the
        analysis), or the lowest if `higher_is_better` is False, or None and the runs are to be minimized: the luckiest
        of all, so its value promises too much. The best configuration is the one with the best estimate over its
        seeds (IQM, in which diverged seeds are the worst), and its model is that of the seed nearest to the estimate:
        a typical one. Both are logged as checkpoints, with the metric, the last step and their `jaxviz.configuration`
        (named by `labels`) and `jaxviz.seed` as tags; if they are the same seed, one version has both aliases.
        `dataset`, `apply`, `example`: as in `log_model_checkpoint`.
        """
        higher = not analysis.minimize if higher_is_better is None else higher_is_better
        best = _best.choose(analysis, metric, higher=higher, labels=labels)
        made: dict[tuple[int, ...], Checkpoint] = {}
        registered = []
        for choice, alias in zip(best, (CHAMPION, STAGING), strict=True):
            if choice.at not in made:
                made[choice.at] = self.log_model_checkpoint(
                    _tree.select(models, choice.at, analysis.batch_shape),
                    choice.step,
                    {metric: choice.value},
                    dataset,
                    apply=apply,
                    example=example,
                    tags={"jaxviz.configuration": choice.label, "jaxviz.seed": choice.at[-1]},
                )
            registered.append(self.register_model(made[choice.at], name, alias))
        return BestModels(*registered)

    @explained
    def search_best_models(
        self,
        experiment_ids: str | Sequence[str] | None = None,
        filter_string: str | None = None,
        max_results: int = 5,
        order_by: _search.Order | Sequence[_search.Order] | None = None,
    ) -> list[Any]:
        """Logged models, the best first: MLflow's LoggedModel entities with their metrics.

        `experiment_ids`: ids or names; default this logger's experiment. `filter_string`: MLflow's, for example
        "metrics.`eval/return` > 400 AND params.step = '1000'". `order_by`: a metric, as it was logged, and DESC
        (default) or ASC; of several the first counts most; or as MLflow's client takes it; None is by `return`, and of
        models without it the newest first. Models of the active run are waited for, within bounds. ValueError
        if MLflow does not understand the filter, or if no model has the metric; ConnectionError if it is away.
        """
        if self._session is not None:
            self._session.flush()
        return _search.best_models(
            self.store, experiment_ids, filter_string, max_results, order_by, default=self.experiment_name
        )
