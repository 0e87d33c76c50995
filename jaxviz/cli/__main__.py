"""`python -m jaxviz.cli`: the same as `jaxviz`."""

from . import app

app()
