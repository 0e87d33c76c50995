"""`python -m jaxviz.cli`: what `jaxviz` is."""

from . import app

app()
