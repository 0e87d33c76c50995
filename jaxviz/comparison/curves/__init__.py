"""Learning curves of algorithms: over common tasks on one scale, and on each task."""
