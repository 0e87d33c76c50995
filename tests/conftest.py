"""Settings shared by all tests: strict dtypes, and float64 only where a test asks for it."""

import os
import shutil
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import jax
import numpy as np
import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.precision import float64

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


_MOST_PROGRAMS = 1200
_MOST_BYTES = 3 << 30
_MOST_MAPS, _PROGRAMS_APART = 32_000, 25
"""Memory maps of a process, of 65,530 that Linux allows: a kernel takes one, a whole analysis 150, an aggregate 500.
They are counted after so many new programs."""


_STORELESS = {
    f"test_{name}.py"
    for name in (
        *("database", "every_file_operation", "every_request", "full_disks", "journal", "places", "plain_points"),
        *("probe", "secrets", "untrusted_models", "values"),
    )
}
"""Modules of the logger that share no store with the others: the second worker takes them."""


_TOGETHER = tuple(f"tests/{name}" for name in ("comparison", "plots", "report", "tracking", "view"))
"""Folders whose modules take the same shapes, or a store and its drainer."""


def group_of(nodeid: str) -> str:
    """Tests that share compiled programs: those of a module, all of some folders, or the laws of one kernel."""
    module, _, test = nodeid.partition("::")
    folder, _, file = module.rpartition("/")
    if folder in _TOGETHER and file not in _STORELESS:
        return folder
    return test.partition("[")[2].rpartition("-")[0] or module if module.endswith("test_laws.py") else module


class GroupScheduling(LoadScopeScheduling):
    """Every group runs in one worker, which then compiles its programs once."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # groups start in the order of their tests
    return GroupScheduling(config, log)


def pytest_collection_modifyitems(items):
    """The tests of a group follow each other; the laws, whose groups are short, fill all workers to the end."""
    place = {}
    for item in items:
        place.setdefault(group_of(item.nodeid), len(place))
    items.sort(key=lambda item: (item.path.name == "test_laws.py", place[group_of(item.nodeid)]))


@pytest.fixture(autouse=True)
def forget_programs(request):
    """Between groups of tests, compiled programs are dropped where they are many and take gigabytes; also within a
    group where memory maps run short, without which the compiler ends the process.
    """
    group = group_of(request.node.nodeid)
    if (group != _latest_group[0] and _many_programs()) or _many_maps():
        jax.clear_caches()
    _latest_group[0] = group


_KERNELS = """
    windows/test_rolling one_run/test_order one_run/test_stability one_run/test_convergence one_run/test_trends
    one_run/test_change_points learning/test_entropy learning/test_gaussian learning/test_updates
    learning/test_gradients learning/test_ranks across_runs/test_survival
"""
OPTIMIZED = {
    "tests/analysis/test_analyze.py",
    "tests/analysis/test_trend_groups.py",
    "tests/test_scans.py",
    *(f"tests/stats/{name}.py" for name in _KERNELS.split()),
}
"""Where rounding is what is tested. What resamples, counts or merges is built on these kernels."""


@pytest.fixture(autouse=True, scope="module")
def compile_quickly(request):
    """Kernels are tested as XLA's optimizer makes them; laws, files, figures and stores do not depend on it."""
    jax.config.update("jax_disable_most_optimizations", request.node.nodeid.partition("::")[0] not in OPTIMIZED)


def _live_programs() -> int:
    return len(jax.local_devices()[0].client.live_executables())


def _many_programs() -> bool:
    if _live_programs() <= _MOST_PROGRAMS:
        return False
    memory = Path("/proc/self/statm")
    return not memory.exists() or int(memory.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") > _MOST_BYTES


def _many_maps() -> bool:
    live = _live_programs()
    if 0 <= live - _counted_at[0] < _PROGRAMS_APART:
        return False
    _counted_at[0] = live
    maps = Path("/proc/self/maps")
    return maps.exists() and maps.read_bytes().count(b"\n") > _MOST_MAPS


_counted_at = [0]
_latest_group = [""]


@pytest.fixture
def x64():
    """Run the test with 64-bit JAX arrays."""
    with float64():
        yield


@pytest.fixture
def rng():
    """A NumPy generator with a fixed seed."""
    return np.random.default_rng(0)


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data next to the checkout; the test is skipped where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared/data folder with real runs is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium; skipped where playwright, its driver or a Chromium is missing."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    try:
        playwright = sync_api.sync_playwright().start()
    except (OSError, sync_api.Error) as error:
        pytest.skip(f"playwright cannot start its driver: {error}")
    try:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()
    finally:
        playwright.stop()
