"""Figures of algorithms against each other, on one task or many."""
