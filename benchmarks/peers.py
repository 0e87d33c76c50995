"""Peers that do not load beside the newest pandas without help."""

import inspect
from functools import partial
from types import ModuleType

from pandas.util import _decorators


def rliable_library() -> ModuleType:
    """`rliable.library`. It loads arch, whose version 7 calls a decorator of pandas as pandas 2 defined it."""
    current = _decorators.deprecate_kwarg
    if next(iter(inspect.signature(current).parameters)) != "old_arg_name":
        _decorators.deprecate_kwarg = partial(current, DeprecationWarning)
    try:
        from rliable import library
    finally:
        _decorators.deprecate_kwarg = current
    return library
