"""Results in memory -> TrainingRun: those of PureJaxRL, gymnax, rejax, Brax and navix, tables, arrays, mappings."""

from ._brax import from_brax
from ._curves import from_curves
from ._dataframe import from_dataframe
from ._gymnax import from_gymnax
from ._navix import from_navix
from ._purejaxrl import from_purejaxrl
from ._raw import from_arrays
from ._reduce_update import ReducedUpdate, reduce_update
from ._rejax import from_rejax
from ._training_data import from_training_data

__all__ = [
    "ReducedUpdate",
    "from_arrays",
    "from_brax",
    "from_curves",
    "from_dataframe",
    "from_gymnax",
    "from_navix",
    "from_purejaxrl",
    "from_rejax",
    "from_training_data",
    "reduce_update",
]
