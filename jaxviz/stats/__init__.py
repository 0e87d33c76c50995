"""Pure kernels: one stream in, arrays out. Batch with `jax.vmap`; each docstring says what its number means.

docs/statistics.md defines all of them on one page. In examples `np` is NumPy and `stats` is this module.
"""

import textwrap

from . import across_runs, learning, one_run, resampling, streaming, windows
from .across_runs import *  # noqa: F403
from .learning import *  # noqa: F403
from .one_run import *  # noqa: F403
from .resampling import *  # noqa: F403
from .streaming import *  # noqa: F403
from .windows import *  # noqa: F403

__all__: list[str] = []
__all__ += windows.__all__
__all__ += one_run.__all__
__all__ += learning.__all__
__all__ += across_runs.__all__
__all__ += resampling.__all__
__all__ += streaming.__all__


_SUBJECTS = (windows, one_run, learning, across_runs, resampling, streaming)
__doc__ = f"{__doc__}\n" + "".join(
    f"\n{subject.__name__.rpartition('.')[2]}: {subject.__doc__}\n"
    + textwrap.fill(", ".join(subject.__all__), 110, initial_indent="    ", subsequent_indent="    ")
    + "\n"
    for subject in _SUBJECTS
)
