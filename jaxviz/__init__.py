"""Functional, pure-JAX analytics for reinforcement-learning training runs.

    import jaxviz as jv

    run = jv.from_purejaxrl(out)                          # your data -> TrainingRun
    analysis = jv.analyze(run, target=475)                # every statistic, jitted, for all runs at once
    summary = jv.aggregate(analysis, jax.random.key(0))   # over the seeds, with intervals
    print(jv.describe(summary))

`jv.stats` has the kernels, `jv.plots` the figures, `jv.report` the page, `jv.live` the progress of a running training,
`jv.testing` assertions for test suites, `jv.MLflowLogger` and `jv.tracking` the tracking edge.
"""

from typing import TYPE_CHECKING

from ._lazily import lazily

if TYPE_CHECKING:
    from . import aggregation as aggregation
    from . import analysis as analysis
    from . import comparison as comparison
    from . import inputs as inputs
    from . import live as live
    from . import plots as plots
    from . import report as report
    from . import stats as stats
    from . import study as study
    from . import testing as testing
    from . import tracking as tracking
    from . import view as view
    from ._joining import join_chunks as join_chunks
    from ._joining import stack_runs as stack_runs
    from ._run import TrainingRun as TrainingRun
    from .aggregation import Aggregate as Aggregate
    from .aggregation import aggregate as aggregate
    from .analysis import Analysis as Analysis
    from .analysis import analyze as analyze
    from .comparison import Comparison as Comparison
    from .comparison import Curves as Curves
    from .comparison import analyze_sweep as analyze_sweep
    from .comparison import compare as compare
    from .comparison import compare_curves as compare_curves
    from .comparison import next_seeds as next_seeds
    from .host import load_run as load_run
    from .host import save_run as save_run
    from .inputs import from_arrays as from_arrays
    from .inputs import from_brax as from_brax
    from .inputs import from_curves as from_curves
    from .inputs import from_dataframe as from_dataframe
    from .inputs import from_gymnax as from_gymnax
    from .inputs import from_navix as from_navix
    from .inputs import from_purejaxrl as from_purejaxrl
    from .inputs import from_rejax as from_rejax
    from .inputs import reduce_update as reduce_update
    from .logs import read_logs as read_logs
    from .study import Cell as Cell
    from .study import Manifest as Manifest
    from .study import Study as Study
    from .study import doctor as doctor
    from .tracking import MLflowLogger as MLflowLogger
    from .tracking import from_mlflow as from_mlflow
    from .view import describe as describe
    from .view import table as table

__version__ = "0.1.0"

# Every name is imported at its first use: `jaxviz --help` then answers without JAX, and an analysis without
# matplotlib and mlflow, which take longer to load than it takes to run.
_HOMES = {
    "Aggregate": "aggregation",
    "Analysis": "analysis",
    "Cell": "study",
    "Comparison": "comparison",
    "MLflowLogger": "tracking",
    "Manifest": "study",
    "Study": "study",
    "TrainingRun": "_run",
    "aggregate": "aggregation",
    "aggregation": None,
    "analysis": None,
    "analyze": "analysis",
    "analyze_sweep": "comparison",
    "Curves": "comparison",
    "compare_curves": "comparison",
    "compare": "comparison",
    "comparison": None,
    "describe": "view",
    "table": "view",
    "doctor": "study",
    "from_arrays": "inputs",
    "from_brax": "inputs",
    "from_curves": "inputs",
    "from_dataframe": "inputs",
    "from_gymnax": "inputs",
    "from_mlflow": "tracking",
    "from_navix": "inputs",
    "from_purejaxrl": "inputs",
    "from_rejax": "inputs",
    "inputs": None,
    "join_chunks": "_joining",
    "live": None,
    "load_run": "host",
    "next_seeds": "comparison",
    "plots": None,
    "read_logs": "logs",
    "reduce_update": "inputs",
    "report": None,
    "save_run": "host",
    "stack_runs": "_joining",
    "stats": None,
    "study": None,
    "testing": None,
    "tracking": None,
    "view": None,
}

__all__ = [
    "Aggregate",
    "Analysis",
    "Cell",
    "Comparison",
    "Curves",
    "MLflowLogger",
    "Manifest",
    "Study",
    "TrainingRun",
    "aggregate",
    "aggregation",
    "analysis",
    "analyze",
    "analyze_sweep",
    "compare",
    "compare_curves",
    "comparison",
    "describe",
    "doctor",
    "from_arrays",
    "from_brax",
    "from_curves",
    "from_dataframe",
    "from_gymnax",
    "from_mlflow",
    "from_navix",
    "from_purejaxrl",
    "from_rejax",
    "inputs",
    "join_chunks",
    "live",
    "load_run",
    "next_seeds",
    "plots",
    "read_logs",
    "reduce_update",
    "report",
    "save_run",
    "stack_runs",
    "stats",
    "study",
    "table",
    "testing",
    "tracking",
    "view",
]


__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
