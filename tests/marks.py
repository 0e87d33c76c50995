"""Marks of parameters."""

from typing import Any

import pytest


def exhaustive(*values: Any) -> Any:
    """A parameter that tells little beside the others: .ci/exhaustive alone tries it."""
    return pytest.param(*values, marks=pytest.mark.exhaustive)
