"""The examples in docstrings print what they say, and every kernel has one."""

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
COMPILE_LONG = ("resampling", "across_runs", "streaming")
"""Rooms whose examples draw, or sort, in many small programs."""


def marked(module):
    long = any(f"stats/{room}/" in module for room in COMPILE_LONG)
    return pytest.param(module, marks=[pytest.mark.exhaustive] if long else [])


@pytest.mark.parametrize("module", [marked(module) for module in MODULES])
def test_examples_print_what_they_say(module):
    path = PACKAGE / module
    document = PythonDocStringDocument.parse(str(path), DocTestParser(doctest.NORMALIZE_WHITESPACE))
    assert isinstance(document, PythonDocStringDocument)
    document.pop_evaluator(document.import_document)  # the names of users, not those of the module
    names = {"jax": jax, "jnp": jnp, "np": np, "jv": jv, "stats": jv.stats}
    assert run_all(document, names)


@pytest.mark.parametrize("kernel", sorted(public_kernels()))
def test_every_kernel_has_an_example(kernel):
    docstring = inspect.getdoc(public_kernels()[kernel])
    assert docstring is not None
    assert ">>> " in docstring
