"""The names of statistics over runs, as each kind of text writes them."""

from ..aggregation import Statistic

IN_SENTENCE: dict[Statistic, str] = {"iqm": "IQM", "mean": "mean", "median": "median"}
"""Inside a sentence."""
AT_START: dict[Statistic, str] = {"iqm": "IQM", "mean": "Mean", "median": "Median"}
"""At the start of one, in a legend, above a panel."""
IN_FULL: dict[Statistic, str] = {"iqm": "interquartile mean (IQM)", "mean": "mean", "median": "median"}
"""In a methods paragraph, which explains its abbreviations."""
OF_SCORES: dict[str, str] = {
    "iqm": AT_START["iqm"],
    "optimality_gap": "Optimality gap ↓",
    "median": AT_START["median"],
    "mean": AT_START["mean"],
}
"""Summaries of normalized scores, in the order in which they are drawn."""
