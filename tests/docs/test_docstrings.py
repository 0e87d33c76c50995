"""The examples in docstrings print what they say, and every public function of kernels, figures and `jv` has one."""

import doctest
import inspect
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sybil.document import PythonDocStringDocument
from sybil.parsers.rest import DocTestParser

import jaxviz as jv
from tests.docs.running import run_all
from tests.laws.collect import public_kernels

PACKAGE = Path(jv.__file__).parent
MODULES = [str(path.relative_to(PACKAGE)) for path in sorted(PACKAGE.rglob("*.py")) if "\n    >>> " in path.read_text()]
COMPILE_LONG = (
    *("stats/resampling/", "stats/across_runs/", "stats/streaming/"),
    *("comparison/", "_best_of_k.py", "_reliability.py", "_aggregate.py", "algorithms/_learning_curves.py"),
    *("_representative.py", "_read_back.py"),
)
"""Modules whose examples compile many small programs, a comparison or an aggregate, or make a store."""
PUBLIC = {
    f"{room.__name__}.{name}": getattr(room, name)
    for room in (jv, jv.plots)
    for name in room.__all__
    if inspect.isfunction(getattr(room, name))
} | {f"jaxviz.stats.{name}": kernel for name, kernel in public_kernels().items()}


def marked(module):
    long = any(part in module for part in COMPILE_LONG)
    return pytest.param(module, marks=[pytest.mark.exhaustive] if long else [])


@pytest.mark.parametrize("module", [marked(module) for module in MODULES])
def test_examples_print_what_they_say(module):
    path = PACKAGE / module
    document = PythonDocStringDocument.parse(str(path), DocTestParser(doctest.NORMALIZE_WHITESPACE))
    assert isinstance(document, PythonDocStringDocument)
    document.pop_evaluator(document.import_document)  # the names of users, not those of the module
    names = {"jax": jax, "jnp": jnp, "np": np, "jv": jv, "stats": jv.stats}
    assert run_all(document, names)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_function_has_an_example(name):
    docstring = inspect.getdoc(PUBLIC[name])
    assert docstring is not None
    assert ">>> " in docstring
