"""`table`: any result as a tidy frame of pandas or polars."""

from typing import Any, Literal, get_args

from ..._explained import explained
from ._columns import columns_of

Library = Literal["pandas", "polars"]
Part = Literal["intervals", "pairs", "scores", "profile", "findings"]
"""Of a Comparison: algorithms over all tasks and on each, pairs with their verdicts, a score of each run, the share of
runs above each threshold, or what the doctor found."""


@explained
def table(result: Any, *, part: Part = "intervals", library: Library = "pandas") -> Any:
    """Any result as a tidy DataFrame, with one row for each number or interval, ready to be written or plotted.

        jv.table(summary).to_csv("summary.csv")
        jv.table(comparison, part="pairs", library="polars")

    A row is, by what `result` is:
        Study                   a run: algorithm, task, hyper-parameters, seed, source, what is known of it
        Analysis                a number of a run: its place in the batch, name and value
        analysis of a Study     the same with algorithm, task, hyper-parameters and seed
        Aggregate               an interval over runs: place, name, estimate, low, high, n, level, method
        Interval                a component
        Comparison              an interval of an algorithm, over all tasks and on each; `part`: pairs with their
                                verdicts, the score of each run, a threshold of a profile, a finding of the doctor
        Curves                  a point of an algorithm's curve, over the common tasks and on each
    `name` is the path of a number in the result; `better` says which direction is good ("" where none is). What is
    undefined is NaN. `library`: "pandas" or "polars". Values of single episodes and updates: `Study.to_frame`.

    >>> interval = stats.bootstrap_interval(jax.random.key(0), stats.mean, np.array([3.0, 4.0, 5.0]), unit="run")
    >>> jv.table(interval)[["estimate", "n", "method"]]
       estimate  n method
    0       4.0  3   hall
    """
    for name, given, known in (("part", part, get_args(Part)), ("library", library, get_args(Library))):
        if given not in known:
            raise ValueError(f"`{name}` must be one of {', '.join(map(repr, known))}; got {given!r}")
    columns = columns_of(result, part)
    if library == "polars":
        import polars

        return polars.DataFrame(columns, strict=False)
    import pandas

    return pandas.DataFrame(columns)
