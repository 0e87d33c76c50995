"""Tables of several runs, one row a value -> the columns of each run."""

from ._blocks import Columns
from ._by_polars import has_polars
from ._groups import BLOCK, LARGE, Group, Groups, blocks, groups

__all__ = ["BLOCK", "LARGE", "Columns", "Group", "Groups", "blocks", "groups", "has_polars"]
