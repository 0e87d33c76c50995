"""The MLflow store: choosing, probing, opening and reading it."""
