"""Weights & Biases: the file of a run, charts, and histories."""

from . import chart, history, run

FORMATS = (run.FORMAT, chart.FORMAT, history.FORMAT)
