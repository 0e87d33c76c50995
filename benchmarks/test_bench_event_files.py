"""What reading TensorBoard's event files costs: ours against EventAccumulator without a limit, time and memory.

pytest benchmarks/test_bench_event_files.py -n 0 --benchmark-enable --benchmark-group-by=group
JAXVIZ_BENCH_EVENTS (default 1,000,000) is the number of scalars, in 20 files.
"""

import os
import subprocess
import sys

import pytest

from jaxviz.logs.formats import tensorboard

EVENTS = int(os.environ.get("JAXVIZ_BENCH_EVENTS", "1000000"))
FILES, TAGS = 20, 20
_PEAK = """
import sys
{imports}
def most():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = most()
for path in sys.argv[1:]:
    {read}
print(most() - before)
"""
"""Not `ru_maxrss`, which a process has from the one that started it."""
_OURS = "from pathlib import Path\nfrom jaxviz.logs.formats import tensorboard", "kept = tensorboard.read(Path(path))"
_THEIRS = (
    "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator",
    "kept = EventAccumulator(path, size_guidance={'scalars': 0}).Reload()",
)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Event files of a training with 20 tags."""
    tensorboardx = pytest.importorskip("tensorboardX")
    folder = tmp_path_factory.mktemp("events")
    names = [f"losses/{'policy_gradient_loss'[:k]}" for k in range(TAGS - 1)] + ["charts/episodic_return"]
    for i in range(FILES):
        with tensorboardx.SummaryWriter(str(folder / f"{i}"), max_queue=10_000, flush_secs=600) as writer:
            for step in range(EVENTS // FILES // TAGS):
                for name in names:
                    writer.add_scalar(name, step * 0.1, step * 128)
    return sorted(folder.rglob("events.*"))


def ours(paths):
    return [tensorboard.read(path) for path in paths]


def theirs(paths):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator").EventAccumulator
    return [accumulator(str(path), size_guidance={"scalars": 0}).Reload() for path in paths]


@pytest.mark.benchmark(group="event files")
def test_event_files(in_turn, paths):
    """Bar: 10 times EventAccumulator, complete, checksums included."""
    assert sum(len(series.values) for [log] in ours(paths[:2]) for series in log.series.values()) == 2 * EVENTS // FILES
    in_turn({"ours": lambda: ours(paths), "EventAccumulator": lambda: theirs(paths)}, rounds=2, events=EVENTS)


def peak(way, path):
    """Kilobytes that reading a file adds to a process that has the imports."""
    imports, read = way
    script = _PEAK.format(imports=imports, read=read)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, path], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.benchmark(group="memory of an event file")
def test_memory(benchmark, record, tmp_path):
    """Bar: a third of EventAccumulator's, on one file of a quarter of the events."""
    tensorboardx = pytest.importorskip("tensorboardX")
    with tensorboardx.SummaryWriter(str(tmp_path), max_queue=10_000, flush_secs=600) as writer:
        for step in range(EVENTS // 80):
            for k in range(TAGS):
                writer.add_scalar(f"losses/loss {k}", step * 0.1, step * 128)
    (path,) = map(str, tmp_path.iterdir())
    own = benchmark.pedantic(peak, (_OURS, path), rounds=1)
    record(**{"ratio of memory, EventAccumulator to ours": peak(_THEIRS, path) / own, "own MB": own / 1024})
