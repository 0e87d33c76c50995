"""Records on disk: written by the training, read by the drainer. No JAX and no MLflow is imported here."""
