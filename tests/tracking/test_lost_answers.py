"""Every request may be lost, and every answer: what a server took without saying so is not doubled."""

import os
import random
import threading
from contextlib import contextmanager

import jax.numpy as jnp
import pytest

from jaxviz.tracking import MLflowLogger, Store, load_model
from jaxviz.tracking.drain import _courier
from jaxviz.tracking.drain._drainer import Drainer, journals_of
from jaxviz.tracking.store._failures import UnavailableError
from jaxviz.tracking.store._store import open_client

from .conftest import ProxyHandler, answering

ENDS = {"request": 0.05, "503": 0.1, "answer": 0.2}
"""What a random number below these ends in: 5 % of the requests are lost, 5 % refused, 10 % of the answers lost."""
MOST_ATTEMPTS = 300


@contextmanager
def bad_line(server, seed):
    """A proxy to the server that loses requests and answers, or says 503; its URI, and how often it did."""
    rng, lock, count = random.Random(seed), threading.Lock(), dict.fromkeys(ENDS, 0)

    class Handler(ProxyHandler):
        port = server.port

        def meets_fault(self, body):
            with lock:
                chance = rng.random() if self.path != "/health" else 1.0
            kind = next((kind for kind, end in ENDS.items() if chance < end), None)
            if kind is None:
                return False
            count[kind] += 1
            if kind == "503":
                self.wfile.write(self.head(503, "text/html", 0))
            elif kind == "answer":
                self.ask(body)
            return True

    with answering(Handler) as uri:
        yield uri, count


def test_lost_requests_and_answers_change_nothing(server, tmp_path, monkeypatch):
    monkeypatch.setenv("JAXVIZ_JOURNAL", str(tmp_path))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setattr(_courier.Courier, "start", lambda self: None)
    monkeypatch.setattr(_courier.Courier, "wait", lambda self, done, timeout: False)
    monkeypatch.setattr("jaxviz.tracking.drain._drainer.WINDOW", 500)
    with bad_line(server, seed=int(os.environ.get("JAXVIZ_TEST_SEED", "0"))) as (uri, count):
        with MLflowLogger("lost", uri, quiet=True) as logger:
            logger.start_run("parent")
            logger.log_hyperparameters({"lr": 0.1})
            checkpoint = logger.log_model_checkpoint({"w": jnp.arange(3.0)}, 5, {"eval/return": 1.0}, "CartPole")
            logger.register_model(checkpoint, "lost", "champion")
            logger.log_episode_data([float(i) for i in range(2000)])
            for child in range(4):
                recorder = logger._active().recorder
                key = recorder.start(f"child {child}", {}, parent=recorder.run)
                recorder.points(key, {"a": 1.0}, 1)
                recorder.artifact(key, "note.txt", b"content")
                recorder.end(key, "FINISHED")
        folder = tmp_path / Store(uri, "").folder_name
        drainer = Drainer(folder, Store(uri, ""))
        for _ in range(MOST_ATTEMPTS):
            try:
                if not drainer.once():
                    break
            except UnavailableError:
                pass
    assert min(count.values()) > 0
    assert not journals_of(folder)  # neither left nor refused
    experiment = server.client.get_experiment_by_name("lost").experiment_id
    runs = server.client.search_runs([experiment])
    assert sorted(run.info.run_name for run in runs) == [*(f"child {i}" for i in range(4)), "parent"]
    assert {run.info.status for run in runs} == {"FINISHED"}
    parent = server.runs("lost")["parent"]
    assert server.history(parent, "episode/return") == [(i, float(i)) for i in range(2000)]
    files = open_client(server.store).list_artifacts
    children = [run.info.run_id for run in runs if run.info.run_name != "parent"]
    assert [[artifact.path for artifact in files(child)] for child in children] == 4 * [["note.txt"]]
    (model,) = server.client.search_logged_models([experiment])
    assert [(m.key, m.value) for m in model.metrics] == [("eval/return", 1.0)]
    assert (
        len(parent.inputs.dataset_inputs) == len(server.client.get_run(parent.info.run_id).outputs.model_outputs) == 1
    )
    assert len(server.client.search_model_versions("name = 'lost'")) == 1
    back = load_model("models:/lost@champion", {"w": jnp.zeros(3)}, tracking_uri=server.uri)
    assert back["w"].tolist() == pytest.approx([0, 1, 2])
