"""Figures of training: learning curves, episodes, stability, falls, change points, losses, gradients."""
