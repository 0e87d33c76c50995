"""A whole MLflow server in this process, whose n-th request fails in a chosen way, and the log that is sent to it."""

import hashlib
import io
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from types import SimpleNamespace
from typing import NamedTuple

import pytest
import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import event
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ResponseError

from jaxviz.host import host_array
from jaxviz.tracking import Store
from jaxviz.tracking.drain import _courier, _doubts, _settings
from jaxviz.tracking.drain._drainer import Drainer, journals_of
from jaxviz.tracking.drain._sync import pending
from jaxviz.tracking.journal import _format
from jaxviz.tracking.journal._journal import Journal
from jaxviz.tracking.journal._records import DatasetInfo, ExportRecord, ModelRecord, RegisterRecord
from jaxviz.tracking.logger._recorder import Recorder
from jaxviz.tracking.store._failures import UnavailableError
from jaxviz.tracking.store._server import server_environment
from jaxviz.tracking.store._store import open_client

URI, EXPERIMENT, CHILDREN = "http://stub.invalid", "every request", 12
POOL = HTTPConnectionPool("stub.invalid")
STORE = Store(URI, "test")
PAGE = b"<!doctype html><title>Sign in</title>"
MOST_PASSES = 200
PASS_MS, MINUTES_MS = 4_000, 3_600_000
"""A failed pass lets this much time go by, for what waits until the server has probably given up."""


class KilledError(BaseException):
    """The drainer ends here."""


class Ask(NamedTuple):
    """The request that fails."""

    perform: Callable[[], requests.Response]
    adapter: HTTPAdapter
    request: requests.PreparedRequest
    later: Callable[[Callable[[], object]], None]


def code(status, content=b"", kind="text/html", headers=None):
    """Answer with a status, which the client's adapter may take for an error."""

    def fail(ask):
        retries = ask.adapter.max_retries
        if status in (retries.status_forcelist or ()):
            error = MaxRetryError(POOL, ask.request.url, ResponseError(f"too many {status} error responses"))
            raise requests.exceptions.RetryError(error, request=ask.request)
        return answer(ask.request, status, content, {"Content-Type": kind, **(headers or {})})

    return fail


def error(made, *, done=False):
    """Raise a transport's error before or after the server has done the work."""

    def fail(ask):
        if done:
            ask.perform()
        raise made(ask.request)

    return fail


def refused(request):
    return requests.ConnectionError(
        MaxRetryError(POOL, request.url, NewConnectionError(HTTPConnection("stub.invalid"), "refused"))
    )


def closed(request):
    return requests.ConnectionError(ProtocolError("Connection aborted.", "Remote end closed connection"))


def cut(request):
    return requests.exceptions.ChunkedEncodingError("IncompleteRead(10 bytes read, 20 more expected)")


def silent(request):
    return requests.ReadTimeout("Read timed out. (read timeout=10)", request=request)


def late(ask):
    ask.later(ask.perform)
    raise silent(ask.request)


def shortened(ask):
    """A Content-Length that is too small."""
    done = ask.perform()
    return answer(ask.request, done.status_code, done.content[: len(done.content) // 2], done.headers)


def done_but(fail):
    """The server does the work, and its proxy answers something else."""

    def both(ask):
        ask.perform()
        return fail(ask)

    return both


def empty(ask):
    """`{}` in place of an answer; where that is MLflow's own for success, nobody can tell, and it is done."""
    true = {
        "runs/log-batch",
        "log-inputs",
        "runs/outputs",
        "registered-models/alias",
        "mlflow-artifacts",
    }
    if any(part in ask.request.url for part in true):
        ask.perform()
    return code(200, b"{}", "application/json")(ask)


def killed(ask):
    raise KilledError


def killed_after(ask):
    ask.perform()
    raise KilledError


INTERNAL = b'{"error_code": "INTERNAL_ERROR", "message": "database is locked"}'
WAYS = {
    "refused": error(refused),
    "429": code(429),
    "429 with Retry-After": code(429, headers={"Retry-After": "1"}),
    "500": code(500, INTERNAL, "application/json"),
    "502": code(502),
    "502 when done": done_but(code(502)),
    "503": code(503),
    "504": code(504),
    "504 when done": done_but(code(504)),
    "401": code(401),
    "403": code(403, b'{"error_code": "PERMISSION_DENIED", "message": "no"}', "application/json"),
    "403 of a proxy": code(403, PAGE),
    "404 of a proxy": code(404, PAGE),
    "400 of a proxy": code(400, PAGE),
    "hung": error(silent),
    "hung when done": error(silent, done=True),
    "late": late,
    "request lost": error(closed),
    "answer lost": error(closed, done=True),
    "body cut": error(cut, done=True),
    "redirect": code(302, headers={"Location": f"{URI}/sign-in"}),
    "redirect when done": done_but(code(302, headers={"Location": f"{URI}/sign-in"})),
    "page": code(200, PAGE),
    "page when done": done_but(code(200, PAGE)),
    "garbage": code(200, b"\x00\xff" * 50, "application/json"),
    "list": code(200, b"[1]", "application/json"),
    "{}": empty,
    "short length": shortened,
    "killed": killed,
    "killed when done": killed_after,
}
"""How the n-th request fails."""


def answer(request, status, content, headers):
    made = requests.Response()
    made.status_code, made.url, made.request, made.encoding = status, request.url, request, "utf-8"
    made.headers.update(headers)
    made.raw = io.BytesIO(content)
    return made


class Tables:
    """A store's database, read and changed behind its back by a connection that stays open: a new one reads all tables'
    definitions again."""

    def __init__(self, path):
        assert path.exists()
        self._database = sqlite3.connect(path, timeout=20, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")

    def rows(self, query, *values):
        return self._database.execute(query, values).fetchall()

    def change(self, *statements):
        for statement in statements:
            self._database.execute(statement)

    def close(self):
        self._database.close()


def _without_syncing(engine):
    """No power is cut here, and waiting for the disk took most of the time."""
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))


class Stub:
    """The server, its store, and the fault that comes next."""

    def __init__(self, folder):
        self.folder, self.backend = folder, Store(f"sqlite:///{folder}/stub.db", "test")
        assert open_client(self.backend)
        self.tables = Tables(folder / "stub.db")
        from mlflow.server import app
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        _without_syncing(SqlAlchemyStore._engine_map[self.backend.uri])

        self._flask = app.test_client()
        self.seen, self._fault, self._late = [], None, []

    def plan(self, number, fail, delay=0):
        """The `number`-th request from now on, counted from 0, fails; a late one is done after `delay` others."""
        self.seen, self._fault, self._late = [], (number, fail), []
        self._delay = delay

    def send(self, adapter, request, **_):
        """As `HTTPAdapter.send`."""
        number = len(self.seen)
        self.seen.append(f"{request.method} {request.path_url}")
        if self._late and number >= self._late[0][0]:
            self._late.pop(0)[1]()
        if "/sign-in" in request.url:
            return answer(request, 200, PAGE, {"Content-Type": "text/html"})
        if self._fault is not None and number == self._fault[0]:
            perform, later = (lambda: self._perform(request)), self._later
            return self._fault[1](Ask(perform, adapter, request, later))
        return self._perform(request)

    def _later(self, work):
        self._late.append((len(self.seen) + self._delay, work))

    def finish(self):
        """Do what is still late."""
        while self._late:
            self._late.pop(0)[1]()

    def _perform(self, request):
        body = request.body
        if hasattr(body, "read"):
            body.seek(0)
            body = body.read()
        headers = [(name, value) for name, value in request.headers.items() if name.lower() != "content-length"]
        with self._flask.open(
            request.path_url, method=request.method, data=body, headers=headers, base_url="http://localhost"
        ) as got:
            return answer(request, got.status_code, got.get_data(), got.headers)

    def put_away(self):
        """Empty the store: every case would make its searches slower."""
        tables = self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        filled = {"alembic_version", "experiments", "workspaces", "sqlite_sequence"}
        self.tables.change(
            "BEGIN",
            *(f'DELETE FROM "{table}"' for (table,) in tables if table not in filled),
            f"DELETE FROM experiments WHERE name = '{EXPERIMENT}'",
            "COMMIT",
        )
        for folder in (self.folder / "mlartifacts").iterdir():
            shutil.rmtree(folder)

    def rows(self, query, *values):
        return self.tables.rows(query, *values)


_ABSENT = ("dbruntime", "IPython", "pyspark")
"""What MLflow tries to import for each request, and does not find: that takes a fifth of its time."""


def _hasten(patch):
    """Leave out what costs time and tells nothing."""
    for name in _ABSENT:
        patch.setitem(sys.modules, name, None)
    # without Flask-WTF a search tries to import it each time, which takes longer than the search
    patch.setitem(sys.modules, "mlflow.server.auth", SimpleNamespace(auth_config=None))
    patch.setattr("mlflow.server.auth", sys.modules["mlflow.server.auth"], raising=False)
    patch.setattr("requests.sessions.get_environ_proxies", lambda *_, **__: {})


@contextmanager
def stub_server(folder):
    """A stub that all of this process's requests go to."""
    import mlflow

    before = mlflow.get_tracking_uri()
    with pytest.MonkeyPatch.context() as patch:
        backend = Store(f"sqlite:///{folder}/stub.db", "test")
        for name, value in server_environment(backend).items():
            patch.setenv(name, value)
        patch.setenv("MLFLOW_TRACKING_URI", URI)
        _hasten(patch)
        stub = Stub(folder)
        patch.setattr(HTTPAdapter, "send", lambda self, request, **options: stub.send(self, request, **options))
        with _settings.settings_for_sending():
            yield stub
        stub.tables.close()
    mlflow.set_tracking_uri(before)


def write_log(folder):
    """The records of a whole `log_run` with children, a model, figures and a version, in a journal; its path."""
    nobody: _courier.Courier = SimpleNamespace(look=lambda: None)  # pyright: ignore
    journal = Journal(folder, EXPERIMENT, STORE.address)
    recorder = Recorder(journal, nobody, "parent", {"mlflow.user": "me"})
    run, steps = recorder.run, host_array(range(40))
    recorder.params(run, {"lr": "0.1", "seeds": "4"})
    recorder.artifact(run, "run.npz", b"all of it" * 100)
    dataset = DatasetInfo("CartPole", "abc", "jaxviz", "{}")
    for child in range(CHILDREN):
        key = recorder.start(f"child {child}", {"jaxviz.configuration": f"{child}"}, parent=run)
        recorder.params(key, {"lr": str(child)})
        recorder.points(key, {"performance/final/estimate": child + 0.5, "b": 2.0 * child}, 0)
        recorder.columns(key, steps, {"return/iqm": steps * 1.5 + child})
        recorder.end(key, "FINISHED" if child % 3 else "FAILED")
    recorder.tags(run, {"jaxviz.best_configuration": "child 11"})
    recorder.artifact(run, "curve.png", b"a picture", "figures")
    recorder.artifact(run, "box.png", b"another picture", "figures")
    keep = journal.keep
    files = {name: keep(name, name.encode()) for name in ("weights.safetensors", "manifest.json")}
    about = {"run": run, "time": _format.now(), "model": "m" * 32}
    recorder.write(ModelRecord(name="policy", step=5, files=files, params={"step": "5"}, tags={"env": "c"}, **about))
    recorder.linked_points(run, {"eval/return": 1.0}, 5, model="m" * 32, dataset=dataset)
    recorder.write(ExportRecord(files={"policy.stablehlo": keep("policy.stablehlo", b"code")}, **about))
    about = {"run": run, "time": _format.now(), "version": "v" * 32}
    recorder.write(RegisterRecord(source="m" * 32, name="policy", alias="champion", **about))
    recorder.columns(run, steps, {"loss": steps * 0.5})
    recorder.end(run, "FINISHED")
    journal.close()
    return journal.path


class Bench:
    """Sends copies of one log to a stub, each into a store that holds nothing of it."""

    def __init__(self, stub, folder, store=STORE):
        self.stub, self.store, self.folder = stub, store, folder / store.folder_name
        self._template = folder / "template"
        shutil.move(write_log(self.folder), self._template)
        self.passes = 0
        self.plain = self.sent(-1, killed)
        self.requests = list(stub.seen)

    def sent(self, number, fail, delay=0):
        """The content of the store once everything is sent, with a fault at one request."""
        self.lay()
        return self.send(number, fail, delay)

    def lay(self):
        """A copy of the log is pending."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        shutil.copytree(self._template, self.folder / "1-1-a.journal")

    def send(self, number, fail, delay=0):
        """Send what is pending, and read it from the store."""
        self.stub.plan(number, fail, delay)
        with pytest.MonkeyPatch.context() as patch:
            self.passes = self._drain(patch)
            assert not journals_of(self.folder), pending(self.folder)  # neither left nor refused
            assert number < len(self.stub.seen), "it was never reached"
            self.stub.finish()
            self._look_again(patch)
        found = content(self.stub)
        self.stub.put_away()
        return found

    def _drain(self, patch):
        clock, drainer = SimpleNamespace(now=lambda: _format.now() + PASS_MS * at), Drainer(self.folder, self.store)
        patch.setattr(_doubts, "_format", clock)
        patch.setattr(_doubts, "_REST_SECONDS", 0.0)
        last = None
        for at in range(MOST_PASSES):
            try:
                if not drainer.once() and not journals_of(self.folder):
                    return at
            except UnavailableError as why:
                last = why
            except KilledError:
                drainer = Drainer(self.folder, self.store)
        raise AssertionError(f"it was not sent ({last}): {pending(self.folder)}")

    def _look_again(self, patch):
        """As a drainer does a minute later."""
        patch.setattr(_doubts, "_format", SimpleNamespace(now=lambda: _format.now() + MINUTES_MS))
        assert not Drainer(self.folder, self.store).once()


def content(stub):
    """Everything the experiment holds, read from the store's own tables, ids replaced by names; deleted ones too."""
    ((experiment,),) = stub.rows("SELECT experiment_id FROM experiments WHERE name = ?", EXPERIMENT)
    about = "SELECT run_uuid, name, status, lifecycle_stage, start_time, end_time FROM runs WHERE experiment_id = ?"
    runs = stub.rows(about, experiment)
    policy = "WHERE name = 'policy'"
    names = {run: name for run, name, *_ in runs}
    models = stub.rows(
        "SELECT model_id, name, status, lifecycle_stage, source_run_id FROM logged_models WHERE experiment_id = ?",
        experiment,
    )
    names |= {model: name for model, name, *_ in models}

    def of(table, columns, column, one):
        found = stub.rows(f"SELECT {columns} FROM {table} WHERE {column} = ?", one)
        return Counter(tuple(names.get(value, value) for value in row) for row in found)

    def run_content(run):
        tags = of("tags", "key, value", "run_uuid", run)
        params = of("params", "key, value", "run_uuid", run)
        metrics = of("metrics", "key, value, timestamp, step, is_nan", "run_uuid", run)
        latest = of("latest_metrics", "key, value, timestamp, step", "run_uuid", run)
        links = of("inputs", "source_type, destination_type, destination_id", "source_id", run)
        datasets = of("inputs", "source_type, destination_type, source_id", "destination_id", run)
        return tags, params, metrics, latest, Counter({row[:2]: n for row, n in links.items()}), len(datasets)

    def model_content(model):
        return (
            of("logged_model_tags", "tag_key, tag_value", "model_id", model),
            of("logged_model_params", "param_key, param_value", "model_id", model),
            of("logged_model_metrics", "metric_name, metric_value, metric_step, dataset_name", "model_id", model),
        )

    return {
        "runs": Counter(name for _, name, _, stage, *_ in runs if stage == "active"),
        "deleted": [(name, stub.rows("SELECT 1 FROM metrics WHERE run_uuid = ?", run))
                    for run, name, _, stage, *_ in runs if stage != "active"],
        "run": {one[1]: (one[2:], run_content(one[0]), _files(stub, one[0])) for one in runs if one[3] == "active"},
        "models": Counter(one[1:4] for one in models if one[3] == "active"),
        "deleted models": len([one for one in models if one[3] != "active"]),
        "model": [(names[one[4]], model_content(one[0]), _files(stub, one[0])) for one in models if one[3] == "active"],
        "versions": Counter(
            (name, stage, source.replace(model[0], model[1]))
            for name, stage, source in stub.rows(f"SELECT name, current_stage, source FROM model_versions {policy}")
            for model in models if model[0] in source
        ),
        "aliases": stub.rows(f"SELECT name, alias FROM registered_model_aliases {policy}"),
        "names": stub.rows(f"SELECT name FROM registered_models {policy}"),
    }  # fmt: skip


def _files(stub, owner):
    """The files of a run or model by their content; an MLmodel file names ids and times."""
    roots = list((stub.folder / "mlartifacts").glob(f"*/**/{owner}/artifacts"))
    return sorted(
        (path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        if path.name != "MLmodel"
        else (path.name, str(b"jaxviz" in path.read_bytes()))
        for root in roots
        for path in root.rglob("*")
        if path.is_file()
    )
