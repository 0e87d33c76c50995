"""Imports point down, and importing the core loads nothing of the edge."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import jaxviz

PACKAGE = Path(jaxviz.__file__).parent
FLOORS = {
    "_types": 0,
    "_run": 0,
    "_masked": 1,
    "_own_kernel": 1,
    "_scans": 1,
    "stats": 1,
    "_groups": 2,
    "_trend_groups": 2,
    "_policy_groups": 2,
    "_gradient_flow": 2,
    "_score_table": 2,
    "_chunks": 2,
    "_curve_tables": 2,
    "_results": 2,
    "_analysis": 2,
    "_aggregate": 2,
    "host": 1,
    "_describe": 2,
    "inputs": 3,
    "plots": 3,
    "live": 4,
    "report": 4,
    "tracking": 5,
    "cli": 6,
}
HEAVY = ("matplotlib", "mlflow", "flax", "optax", "gymnax", "pandas", "scipy.stats", "typer", "rich", "chex", "jinja2")


def floor_of(module: str) -> int:
    return FLOORS[module.split(".")[0]]


def sources() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


def imported_modules(path: Path) -> set[str]:
    """Modules of the package that a file imports, also inside functions, as dotted names below jaxviz."""
    here = path.relative_to(PACKAGE).with_suffix("").parts
    package = here[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            prefix = ".".join((*base, *(node.module or "").split("."))).strip(".")
            found |= {prefix} if prefix else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jaxviz."):
            found.add((node.module or "").removeprefix("jaxviz."))
        elif isinstance(node, ast.Import):
            found |= {a.name.removeprefix("jaxviz.") for a in node.names if a.name.startswith("jaxviz.")}
    return found


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    own = floor_of(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
    above = {m for m in imported_modules(path) if m.split(".")[0] in FLOORS and floor_of(m) > own}
    assert not above


def test_every_module_has_a_floor():
    tops = {p.relative_to(PACKAGE).with_suffix("").parts[0] for p in sources()}
    assert tops <= set(FLOORS) | {f"_cli_{x}" for x in ()} | {t for t in tops if t.startswith("_cli")}


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_numpy_callbacks_and_pyplot_stay_at_their_doors(path):
    text = path.read_text()
    top = path.relative_to(PACKAGE).with_suffix("").parts[0]
    assert top == "host" or "import numpy" not in text
    assert top == "live" or "callback(" not in text
    assert "pyplot" not in text.replace("without pyplot", "").replace("no pyplot", "")


@pytest.mark.parametrize("path", [p for p in sources() if p.parent.name in ("plots", "report")], ids=lambda p: p.stem)
def test_figures_and_pages_compute_nothing(path):
    """Their numbers are those of an Analysis, an Aggregate or an Interval."""
    tree = ast.parse(path.read_text())
    kernels = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level and "stats" in (node.module or "").split(".")
        for alias in node.names
    }
    assert kernels <= {"Interval"}
    calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not calls & {"jit", "vmap", "scan"}


def modules_after(code: str) -> set[str]:
    script = f"{code}; import sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_jaxviz_loads_no_edge():
    loaded = modules_after("import jaxviz")
    assert not [name for name in HEAVY if name in loaded]


def test_the_public_names_are_there():
    for name in jaxviz.__all__:
        assert getattr(jaxviz, name) is not None
