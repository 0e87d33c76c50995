"""Pure kernels: one stream in, arrays out. Batch with `jax.vmap`; each docstring says what its number means."""

from ._convergence import Crossing as Crossing
from ._convergence import first_crossing as first_crossing
from ._entropy import categorical_entropy as categorical_entropy
from ._entropy import confidence as confidence
from ._episodes import accumulate_episodes as accumulate_episodes
from ._episodes import empty_updates as empty_updates
from ._episodes import env_steps as env_steps
from ._episodes import episode_count as episode_count
from ._episodes import mean_length as mean_length
from ._episodes import pack_episodes as pack_episodes
from ._episodes import step_weighted_return as step_weighted_return
from ._episodes import success_rate as success_rate
from ._episodes import update_statistics as update_statistics
from ._stability import max_drawdown as max_drawdown
from ._updates import clip_fraction as clip_fraction
from ._updates import explained_variance as explained_variance
from ._updates import kl_k3 as kl_k3
from ._windows import rolling_cv as rolling_cv
from ._windows import rolling_fraction_above as rolling_fraction_above
from ._windows import rolling_mean as rolling_mean
from ._windows import rolling_std as rolling_std
