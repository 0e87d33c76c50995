"""Marks of parameters."""

from typing import Any

import pytest


def exhaustive(*values: Any) -> Any:
    """A parameter that tells little beside the others: .ci/run alone tries it (`-m ""`)."""
    return pytest.param(*values, marks=pytest.mark.exhaustive)
