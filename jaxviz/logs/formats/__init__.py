"""One file a format: how it is told by its bytes, and the named series that are in it."""
