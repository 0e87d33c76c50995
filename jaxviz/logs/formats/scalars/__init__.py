"""Files of one scalar: TensorBoard's downloads, and without a header TorchRL's, d3rlpy's, and JAXRL's curves."""

from . import d3rlpy, jaxrl, tensorboard_csv, tensorboard_json, torchrl

TABLE = tensorboard_csv.FORMAT
"""With a header, as other tables have it: told before them."""
FORMATS = (tensorboard_json.FORMAT, torchrl.FORMAT, d3rlpy.FORMAT, jaxrl.FORMAT)
"""The first whose `looks` says yes reads the file."""
