"""The MLflow store: where it is, whether it answers, how it is opened and read."""
