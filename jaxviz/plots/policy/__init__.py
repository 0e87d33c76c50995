"""Figures of sampled policies, at one moment and over training."""
