"""Building blocks of kernels, imported by the subjects of `jaxviz.stats` only."""
