"""A Comparison and its plan in words, tables and formats."""
