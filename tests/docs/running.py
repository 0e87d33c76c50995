"""Runs the code of a page or a docstring, and compares what it prints."""

from collections.abc import Mapping
from typing import Any

from sybil.document import Document


def run_all(document: Document, names: Mapping[str, Any]) -> int:
    """Run every example in one namespace, in order, and count them. An AssertionError or the error of the code itself
    names the line.
    """
    document.namespace = dict(names)
    examples = list(document)
    for example in examples:
        example.evaluate()
    return len(examples)
