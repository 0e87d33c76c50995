"""Files of one scalar without a header: TorchRL's, d3rlpy's, and JAXRL's curves."""

from . import d3rlpy, jaxrl, torchrl

FORMATS = (torchrl.FORMAT, d3rlpy.FORMAT, jaxrl.FORMAT)
"""The first whose `looks` says yes reads the file."""
