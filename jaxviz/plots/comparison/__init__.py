"""Figures of a Comparison: its differences, tiers, tasks and coverage."""
