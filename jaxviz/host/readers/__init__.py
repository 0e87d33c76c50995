"""Bytes of logs -> NumPy arrays. Nothing here imports JAX, so that a process that reads files starts at once."""

import numpy as np

Array = np.ndarray

__all__ = ["Array"]
