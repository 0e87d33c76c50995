"""Every column of every table is in the glossary."""

import re
from pathlib import Path

import numpy as np
import pytest

import jaxviz as jv
from jaxviz.study import Finding
from tests.comparison.made import comparison, curves, interval

FINDINGS = (Finding("note", "what was guessed", "the unit", "see the manifest"),)
GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"


@pytest.fixture(scope="module")
def explained():
    """Names in the first cells of the glossary's tables."""
    rows = [line.split("|")[1] for line in GLOSSARY.read_text().splitlines() if line.startswith("| `")]
    return {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}


def test_columns_are_explained(explained):
    study = jv.Study({"PPO": {"Cart": jv.from_curves(np.zeros((2, 3)))}})
    parts = ("intervals", "pairs", "scores", "profile", "findings")
    tables = [jv.table(comparison(findings=FINDINGS), part=part) for part in parts]
    tables += [jv.table(result) for result in (study, study.manifest, curves(), interval([1.0, 2.0]))]
    columns = {column for table in tables for column in table}
    assert len(columns) > 40
    assert columns - explained == set()
