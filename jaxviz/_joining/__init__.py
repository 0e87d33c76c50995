"""Runs of several processes as one batch, parts of one training as one run."""

from ._join import join_chunks, packed, stack_runs

__all__ = ["join_chunks", "packed", "stack_runs"]
