"""Functional, pure-JAX analytics for reinforcement-learning training runs."""
