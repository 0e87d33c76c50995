"""Array aliases and axis names: the one import of jaxtyping.

Axis names used everywhere: ``batch`` (any number of leading axes; configurations and runs), ``run``, ``task``,
``update``, ``step``, ``env``, ``episode``, ``eval``, ``rollout``, ``sample``, ``action``, ``entry`` (of any
stream), ``replicate``.
"""

from jax.typing import ArrayLike as ArrayLike
from jax.typing import DTypeLike as DTypeLike
from jaxtyping import Array as Array
from jaxtyping import Bool as Bool
from jaxtyping import Float as Float
from jaxtyping import Inexact as Inexact
from jaxtyping import Int as Int
from jaxtyping import Integer as Integer
from jaxtyping import Num as Num
from jaxtyping import PRNGKeyArray as PRNGKeyArray
from jaxtyping import PyTree as PyTree
from jaxtyping import Shaped as Shaped

Mask = Bool[ArrayLike, " entry"]
"""Which entries of a stream exist: from callers, who may bring NumPy arrays."""
