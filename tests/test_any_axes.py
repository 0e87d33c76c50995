"""Runs on several devices, on axes of every type."""

import os
import subprocess
import sys
from pathlib import Path

from tests import quickly


def test_runs_on_four_devices_have_the_bits_of_one():
    """Also inside the caller's program and mesh; results lie as the runs do, and nothing moves between devices."""
    flags = f"--xla_force_host_platform_device_count=4 {quickly.FLAGS}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.sharded_runs"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
    )
    assert done.returncode == 0, done.stderr
