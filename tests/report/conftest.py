"""One report of a small grid with hostile names for all tests."""

import numpy as np
import pytest

from jaxviz import analyze, from_arrays, report

TARGET, WINDOW = 300.0, 10
HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "\"quoted\" 'twice' <img src=x onerror=document.title='owned'> & \U0001f680",
    "n" * 1000,
)


@pytest.fixture(scope="session")
def run():
    """Three configurations of four runs; the last run of the last one diverges, half of the first one solve."""
    rng = np.random.default_rng(0)
    rise = np.linspace(0, 1, 40) * np.array([400.0, 500.0, 200.0])[:, None, None]
    returns = (rise + rng.normal(0, 10, (3, 4, 40))).astype(np.float32)
    returns[0, :2] *= 0.3
    returns[2, 3, 30:] = np.nan
    return from_arrays(returns, lengths=np.full(returns.shape, 7))


@pytest.fixture(scope="session")
def analysis(run):
    """The run, analysed as the report does."""
    return analyze(run, windows=(WINDOW,), target=TARGET)


@pytest.fixture(scope="session")
def page(run, tmp_path_factory):
    """The written report."""
    return report.write(
        {HOSTILE[0]: run},
        tmp_path_factory.mktemp("report") / "new" / "report.html",
        title=HOSTILE[1],
        labels=HOSTILE,
        target=TARGET,
        window=WINDOW,
        metadata={HOSTILE[0]: {"config": {HOSTILE[1]: HOSTILE[0], "TOTAL_TIMESTEPS": 300}}},
    )
