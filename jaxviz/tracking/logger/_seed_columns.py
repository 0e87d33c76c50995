"""The numbers and series of single seeds, out of an Analysis. Arrays are NumPy's."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..._steps import plain
from ...analysis import Analysis
from ...host import flat_metrics, host_grid, to_host
from .. import _values
from ._columns import MetricColumns

Index = tuple[int, ...]


class SeedSeries(NamedTuple):
    """Series of all runs that share their steps."""

    steps: Any
    """Integers [*batch, point]."""
    columns: Mapping[str, Any]
    """Metric name → values [*batch, point]."""
    valid: Any = None
    """Where there is a point [*batch, point]; None: everywhere. NaN in a valid point is data."""


class Seeds(NamedTuple):
    """All seeds of an analysis."""

    size: int
    ends: Any
    """The last environment step of each run, or its last entry from 0 if only the order is known [*batch]."""
    scalars: Mapping[str, Any]
    """Metric name → values [*batch]."""
    series: list[SeedSeries]

    def final(self, at: Index) -> dict[str, float]:
        """Every statistic of one seed that is a single number."""
        return {name: float(values[at]) for name, values in self.scalars.items()}

    def last_step(self, at: Index) -> int:
        """The step at which one seed's training ended; 0 if it has no entry."""
        return max(int(self.ends[at]), 0)

    def curves(self, at: Index) -> Iterator[MetricColumns]:
        """Every series of one seed; no point if no episode ended."""
        for series in self.series:
            kept = slice(None) if series.valid is None else series.valid[at]
            yield MetricColumns(
                series.steps[at][kept], {name: values[at][kept] for name, values in series.columns.items()}
            )


def seeds(analysis: Analysis) -> Seeds:
    """The seeds of a batch of runs [..., seed], on the host."""
    host, shape = to_host(analysis), analysis.batch_shape
    flat = {name: x for name, x in flat_metrics(host).items() if x.shape == shape and x.dtype.kind in "biuf"}
    keys = _values.Keys()
    scalars = {keys.of(name): x.astype("float64") for name, x in flat.items()}
    curve = host.curve
    steps = plain(curve.order) - 1 if curve.step is None else curve.step
    ends = plain(host.total_steps) - (curve.step is None)
    series = [SeedSeries(steps, {keys.of(host.metric): curve.value}, curve.valid)]
    if host.losses is not None and host.losses.values:
        named = {keys.of(f"loss/{name}"): values for name, values in host.losses.values.items()}
        size = next(iter(named.values())).shape[-1]
        series.append(SeedSeries(_steps(host.losses.step, shape, size), named, host.losses.valid))
    if host.evaluation is not None:
        evaluated = {keys.of(f"evaluation/{host.metric}"): host.evaluation.mean}
        steps = _steps(host.evaluation.step, shape, host.evaluation.mean.shape[-1])
        series.append(SeedSeries(steps, evaluated, host.evaluation.count > 0))
    return Seeds(shape[-1], ends, scalars, series)


def _steps(steps: Any, shape: Index, size: int) -> Any:
    """Steps of every run; the index if only the order is known."""
    return host_grid(shape, size) if steps is None else steps
