"""Figures of configurations: side by side, over one hyper-parameter, over two."""
