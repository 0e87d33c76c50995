"""Functional, pure-JAX analytics for reinforcement-learning training runs.

    import jaxviz as jv

    run = jv.from_purejaxrl(out)                    # what you have -> TrainingRun
    analysis = jv.analyze(run, target=475)          # every statistic, jitted, for all runs at once
    summary = jv.aggregate(analysis, jax.random.key(0))   # over the seeds, with intervals
    print(jv.describe(summary))

`jv.stats` has the kernels, `jv.plots` the figures, `jv.MLflowLogger` the tracking edge.
"""

import importlib
from typing import TYPE_CHECKING, Any

from . import stats as stats
from ._aggregate import Aggregate as Aggregate
from ._aggregate import aggregate as aggregate
from ._analysis import Analysis as Analysis
from ._analysis import analyze as analyze
from ._describe import describe as describe
from ._host import load_run as load_run
from ._host import save_run as save_run
from ._run import TrainingRun as TrainingRun
from .inputs import from_arrays as from_arrays
from .inputs import from_gymnax as from_gymnax
from .inputs import from_purejaxrl as from_purejaxrl
from .inputs import from_rejax as from_rejax

if TYPE_CHECKING:
    from . import plots as plots
    from .tracking import MLflowLogger as MLflowLogger

__version__ = "0.1.0"

# The edge is imported at first use: matplotlib and mlflow take longer to load than an analysis takes to run.
_LAZY = {"plots": "jaxviz.plots", "MLflowLogger": "jaxviz.tracking"}

__all__ = [
    "Aggregate",
    "Analysis",
    "MLflowLogger",
    "TrainingRun",
    "aggregate",
    "analyze",
    "describe",
    "from_arrays",
    "from_gymnax",
    "from_purejaxrl",
    "from_rejax",
    "load_run",
    "plots",
    "save_run",
    "stats",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'jaxviz' has no attribute {name!r}")
    module = importlib.import_module(_LAZY[name])
    value = module if name == "plots" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
