"""What users have -> TrainingRun."""

from ._gymnax import from_gymnax as from_gymnax
from ._purejaxrl import from_purejaxrl as from_purejaxrl
from ._raw import from_arrays as from_arrays
from ._reduce_update import ReducedUpdate as ReducedUpdate
from ._reduce_update import reduce_update as reduce_update
from ._rejax import from_rejax as from_rejax
from ._training_data import from_training_data as from_training_data
