"""`python -m jaxviz` is the command `jaxviz`."""

from .cli import app

app(prog_name="jaxviz")
