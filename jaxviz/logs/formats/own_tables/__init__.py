"""Tables that one library writes, each told by names of its own: before all that are told by what columns mean."""

from . import harl, optuna_table, pfrl, spinning_up, tianshou

FORMATS = (spinning_up.FORMAT, pfrl.FORMAT, tianshou.FORMAT, harl.FORMAT, optuna_table.FORMAT)
"""The first whose `looks` says yes reads the file."""
