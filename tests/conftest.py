"""Settings shared by all tests: strict dtypes, and float64 only where a test asks for it."""

import os
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import jax
import numpy as np
import pytest

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


_MOST_PROGRAMS = 1200


@pytest.fixture(autouse=True)
def forget_programs(request):
    """Between groups of tests, compiled programs are dropped where there are many: they take gigabytes."""
    group = request.node.get_closest_marker("xdist_group").args[0]
    if group != _latest_group[0] and len(jax.local_devices()[0].client.live_executables()) > _MOST_PROGRAMS:
        jax.clear_caches()
    _latest_group[0] = group


_latest_group = [""]


def pytest_collection_modifyitems(items):
    """Tests run in groups that share compiled programs, each in one worker: modules, or the laws of a kernel."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
    place = {}
    for item in items:
        place.setdefault(item.get_closest_marker("xdist_group").args[0], len(place))
    items.sort(key=lambda item: place[item.get_closest_marker("xdist_group").args[0]])


@pytest.fixture
def x64():
    """Run the test with 64-bit JAX arrays."""
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
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
