"""Annotations of shapes and dtypes are true: law cases and accumulators run under beartype, in their own process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.laws.annotated import ACCUMULATORS
from tests.laws.collect import public_kernels

pytestmark = pytest.mark.exhaustive
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def violations():
    """By case, of all cases."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.laws.checker"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kernel", [*sorted(public_kernels()), *ACCUMULATORS])
def test_annotations_are_true(kernel, violations):
    found = {case: violation for case, violation in violations.items() if case.rpartition("-")[0] == kernel}
    assert not found
