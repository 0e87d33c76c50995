"""Rows that are copies of others, found without compiling anything."""

from typing import Any, cast

import numpy as np

from .._types import Array


def copied_rows(values: Any, valid: Any) -> Array:
    """Which runs [*batch, run] of [*batch, run, entry] are an earlier one of their configuration again, bit for bit.

    As in `stats.duplicate_runs`: only valid entries count, and a run whose entries are all equal is no copy.
    """
    values, valid = np.asarray(values), np.asarray(valid)
    flags = np.zeros(values.shape[:-1], bool)
    for configuration in np.ndindex(values.shape[:-2]):
        seen: set[tuple[bytes, bytes]] = set()
        for run in range(values.shape[-2]):
            row, present = values[(*configuration, run)], valid[(*configuration, run)]
            kept = row[present]
            if not (kept != kept[:1]).any():
                continue
            key = kept.tobytes(), np.packbits(present).tobytes()
            flags[(*configuration, run)] = key in seen
            seen.add(key)
    return cast(Array, flags)  # as everything that `to_host` returns
