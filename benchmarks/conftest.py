"""What every benchmark records: versions, backend and sizes."""

import os
import platform
import signal
import socket
import statistics
import subprocess
import time

import jax
import numpy as np
import pytest


@pytest.fixture
def record(benchmark):
    """A function that notes facts about the work in `benchmark.extra_info`."""

    def note(**facts):
        benchmark.extra_info |= {
            "jax": jax.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            "backend": jax.default_backend(),
            **facts,
        }

    return note


@pytest.fixture
def in_turn(benchmark, record):
    """A function that times several ways in turn and notes, for all but the first, the median ratio to the first.

    Also that of the processor time of all threads, which other programs on the machine disturb less.
    """

    def measure(ways, *, rounds, **facts):
        first, *others = ways
        clocks = {"ratio": time.perf_counter, "processor ratio": time.process_time}
        taken = {kind: {name: [] for name in ways} for kind in clocks}

        def one_round():
            for name, way in ways.items():
                start = {kind: clock() for kind, clock in clocks.items()}
                way()
                for kind, clock in clocks.items():
                    taken[kind][name].append(clock() - start[kind])

        benchmark.pedantic(one_round, rounds=rounds, warmup_rounds=1)
        for kind, each in taken.items():
            kept = {name: seconds[1:] or seconds for name, seconds in each.items()}
            for name in others:
                ratios = [mine / firsts for mine, firsts in zip(kept[name], kept[first], strict=True)]
                facts[f"{kind} of {name} to {first}"] = statistics.median(ratios)
        record(**facts)

    return measure


@pytest.fixture(scope="session")
def returns():
    """Episode returns of 128 runs of 8192 episodes: a rise to a plateau with noise."""
    rng = np.random.default_rng(0)
    rise = 500 * (1 - np.exp(-np.arange(8192) / 2000))
    return (rise + rng.gamma(2.0, 20.0, (128, 8192))).astype(np.float32)


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """A local store that is open already, and a folder for journals."""
    from jaxviz.tracking import Store
    from jaxviz.tracking.store._store import open_client

    folder = tmp_path_factory.mktemp("store")
    uri = f"sqlite:///{folder}/mlflow.db"
    open_client(Store(uri, "benchmark"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAXVIZ_JOURNAL", str(folder / "journal"))
        yield uri


@pytest.fixture(scope="module")
def http(local, tmp_path_factory):
    """A server of one process on a store of its own."""
    from jaxviz.tracking import Store
    from jaxviz.tracking.store._probe import answers
    from jaxviz.tracking.store._server import server_command, server_environment
    from jaxviz.tracking.store._store import open_client

    store = Store(f"sqlite:///{tmp_path_factory.mktemp('server')}/mlflow.db", "benchmark")
    open_client(store)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(server_command(port), env=server_environment(store), start_new_session=True)
    while not answers(f"http://127.0.0.1:{port}"):
        assert process.poll() is None, "the server ended while starting"
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()


def pytest_terminal_summary(terminalreporter, config):
    """In each group, how many times longer the peers take than the first benchmark, which is ours; medians."""
    groups = {}
    for done in getattr(getattr(config, "_benchmarksession", None), "benchmarks", ()):
        if not done.has_error and done.stats.rounds:
            groups.setdefault(done.group, []).append((done.name, done.stats.median))
        for fact in [name for name in done.extra_info if "ratio" in name]:
            terminalreporter.write_line(f"{done.group}: {fact} {done.extra_info[fact]:.3f}")
    for group, ((_, ours), *peers) in groups.items():
        for name, median in peers:
            terminalreporter.write_line(f"{group}: {median / ours:.2f} x ({name} {median:.4g} s, ours {ours:.4g} s)")
