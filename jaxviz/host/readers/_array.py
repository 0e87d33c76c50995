"""The one type of array here."""

import numpy as np

Array = np.ndarray
