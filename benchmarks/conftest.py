"""What every benchmark records: versions, backend and sizes."""

import platform

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


@pytest.fixture(scope="session")
def returns():
    """Episode returns of 128 runs of 8192 episodes: a rise to a plateau with noise."""
    rng = np.random.default_rng(0)
    rise = 500 * (1 - np.exp(-np.arange(8192) / 2000))
    return (rise + rng.gamma(2.0, 20.0, (128, 8192))).astype(np.float32)


def pytest_terminal_summary(terminalreporter, config):
    """In each group, how many times longer the peers take than the first benchmark, which is ours; medians."""
    groups = {}
    for done in getattr(getattr(config, "_benchmarksession", None), "benchmarks", ()):
        if not done.has_error and done.stats.rounds:
            groups.setdefault(done.group, []).append((done.name, done.stats.median))
        for fact in [name for name in done.extra_info if name.startswith("ratio")]:
            terminalreporter.write_line(f"{done.group}: {fact} {done.extra_info[fact]:.3f}")
    for group, ((_, ours), *peers) in groups.items():
        for name, median in peers:
            terminalreporter.write_line(f"{group}: {median / ours:.2f} x ({name} {median:.4g} s, ours {ours:.4g} s)")
