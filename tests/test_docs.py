"""The pages of the repository name every statistic, and no path that is not there."""

import ast
import re
from pathlib import Path

import pytest

import jaxviz.stats
from tests.known import known
from tests.laws.collect import public_kernels

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
)
STATISTICS = (ROOT / "docs" / "statistics.md").read_text()
_PATH = re.compile(r"(?:[\w.-]+/)*[\w-]+\.(?:py|md|toml|cff)|(?:[\w.-]+/)+")


def quoted(page: str) -> list[str]:
    """The words in backticks of a page."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(), flags=re.S | re.M)
    return re.findall(r"`([^`\n]+)`", text)


def in_quotes(text: str) -> set[str]:
    """The names in backticks, without the arguments that follow them."""
    return {known(re.match(r"[\w.]*", word))[0] for word in re.findall(r"`([^`\n]+)`", text)}


@pytest.mark.parametrize("kernel", sorted(public_kernels()))
def test_every_statistic_is_defined(kernel):
    """The source that docstrings and tests cite."""
    assert kernel in in_quotes(STATISTICS)


def test_no_name_of_the_kernels_hides_another():
    names = jaxviz.stats.__all__
    assert len(names) == len(set(names))


def test_every_statistic_of_a_table_is_public():
    """The first cell of a row, where it is a call or a lone name."""
    first = [line.split("|")[1] for line in STATISTICS.splitlines() if line.startswith("| `")]
    calls = {name for cell in first for name in re.findall(r"`([a-z]\w+)\(", cell)}
    assert calls - set(jaxviz.stats.__all__) == set()


@pytest.mark.parametrize("page", PAGES)
def test_paths_are_there(page):
    """Sources, pages and folders, from the root, from jaxviz/ or from one of its rooms."""
    homes = [ROOT, ROOT / "jaxviz", *(ROOT / "jaxviz" / room for room in ("stats", "plots", "tracking"))]
    paths = {word for word in quoted(page) if _PATH.fullmatch(word)}
    assert not {path for path in paths if not any((home / path).exists() for home in homes)}


def test_the_readme_has_every_room():
    """The table of floors, with the folders and files that stand in jaxviz/."""
    package = ROOT / "jaxviz"
    rooms = {path.parent.name + "/" for path in package.glob("*/__init__.py")}
    files = {path.name for path in package.glob("_*.py")} - {"__init__.py"}
    assert not (rooms | files) - set(quoted("README.md"))


def test_every_page_that_code_cites_is_there():
    """Docstrings name pages as docs/….md."""
    sources = [path for folder in ("jaxviz", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    docstrings = [
        ast.get_docstring(node) or ""
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
    ]
    cited = {name for text in docstrings for name in re.findall(r"\bdocs/[\w/]+\.md\b", text)}
    assert cited
    assert not {name for name in cited if not (ROOT / name).exists()}


def test_every_promise_is_proved():
    """Each row of the page about durability names tests that there are."""
    rows = [line for line in (ROOT / "docs" / "durability.md").read_text().splitlines() if "::" in line]
    proofs = [re.findall(r"`(test_\w+\.py)::(test_\w+)`", row.split("|")[3]) for row in rows]
    assert len(rows) > 20
    assert all(proofs)
    for file, test in {proof for row in proofs for proof in row}:
        assert f"def {test}(" in (ROOT / "tests" / "tracking" / file).read_text(), f"{file}::{test}"
