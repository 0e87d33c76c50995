"""Parquet of anybody -> columns, by polars, in a process of its own: damage in a file can end the one that reads it."""

from ._columns import parquet_columns

__all__ = ["parquet_columns"]
