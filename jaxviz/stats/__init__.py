"""Pure kernels: one stream in, arrays out. Batch with `jax.vmap`; each docstring says what its number means."""

from ._episodes import accumulate_episodes as accumulate_episodes
from ._episodes import empty_updates as empty_updates
from ._episodes import env_steps as env_steps
from ._episodes import episode_count as episode_count
from ._episodes import mean_length as mean_length
from ._episodes import pack_episodes as pack_episodes
from ._episodes import step_weighted_return as step_weighted_return
from ._episodes import success_rate as success_rate
from ._episodes import update_statistics as update_statistics
