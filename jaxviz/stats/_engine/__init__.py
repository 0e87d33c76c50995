"""What kernels are built from: imported by the subjects of `jaxviz.stats` only."""
