"""Tables that one library writes, each told by names of its own: before all that are told by what columns mean."""

from . import blanks, gym_monitor, harl, optuna_table, pfrl, spinning_up, tianshou

FORMATS = (spinning_up.FORMAT, pfrl.FORMAT, tianshou.FORMAT, harl.FORMAT, optuna_table.FORMAT, blanks.FORMAT)
"""The first whose `looks` says yes reads the file."""
OF_LISTS = gym_monitor.FORMAT
"""In JSON: told before other objects of lists."""
