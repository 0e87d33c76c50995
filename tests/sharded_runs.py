"""Runs on four devices, on automatic and on explicit axes: run by test_any_axes.py in a process of its own."""

import contextlib
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec

import jaxviz as jv

GROUPS = ("performance", "stability")
DEVICES = 4
MOVES = ("all-gather", "all-reduce", "all-to-all", "collective-permute", "reduce-scatter", " sort(")
"""What moves numbers between devices; and XLA's sort, which is slow on CPUs."""


def entered(mesh):
    """The mesh of the block; the name differs between releases of JAX."""
    return (getattr(jax.sharding, "use_mesh", None) or jax.set_mesh)(mesh)


def analyzed(run):
    """Few groups, which compile sooner."""
    return jv.analyze(run, groups=GROUPS, target=100)


def same(found, expected):
    """Every number has the same bits."""
    jax.tree.map(lambda x, y: np.testing.assert_array_equal(np.asarray(x), np.asarray(y)), found, expected)


def main():
    """Compare with one device."""
    returns = np.random.default_rng(0).normal(100, 30, (2 * DEVICES, 48)).astype(np.float32)
    one = jax.jit(analyzed)(jv.from_arrays(returns))
    iqm = jv.stats.iqm(returns)
    unplaced = jv.from_arrays(returns)
    for kind in (AxisType.Auto, AxisType.Explicit):
        mesh = jax.make_mesh((DEVICES,), ("runs",), axis_types=(kind,))
        placed = jax.device_put(returns, NamedSharding(mesh, PartitionSpec("runs")))
        for within in (contextlib.nullcontext(), entered(mesh)):
            with within:
                run = jv.from_arrays(placed)
                found = analyzed(run)
                same(found, one)
                performance: Any = found.performance
                assert performance.final.sharding.mesh.axis_types == (kind,)
                assert performance.final.sharding.spec == PartitionSpec("runs")
                np.testing.assert_allclose(jv.stats.iqm(placed), iqm, rtol=1e-6)
                for index in (1, slice(1, 3)):
                    same(run[index], unplaced[index])
                    same(found[index], one[index])
        program = jax.jit(analyzed).lower(run).compile()
        assert not [move for move in MOVES if move in str(program.as_text())]
        same(program(run), one)


if __name__ == "__main__":
    main()
