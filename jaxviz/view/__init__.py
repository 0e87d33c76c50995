"""Runs on the host with names, labels, target and colours: made once, for words, figures, pages and MLflow."""
