"""Imports point down, and importing the core loads nothing of the edge."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import jaxviz

PACKAGE = Path(jaxviz.__file__).parent
_PLAN = """
_lazily _shown _whole _types _kinds _any_axes _explained _printable _half _own_kernel _masked _over_first_axis _steps
_run _whole_file _nested _thinning _soon_compiled _scans _levels _joining host.readers host
stats._engine stats.windows stats.one_run stats.learning stats.across_runs stats.resampling stats.streaming stats
analysis aggregation inputs study comparison logs
view testing
plots._draw plots.training plots.policy plots.hyperparameters plots.algorithms plots.comparison plots
live report
tracking._names tracking._values tracking.journal tracking.store tracking.models tracking.drain tracking.logger tracking
cli __main__
"""
ROOMS = _PLAN.split()
"""From the ground up: a room imports itself and the rooms before it."""
PRIVATE = {
    "stats._engine": "stats",
    "stats.resampling._counts": "stats.resampling",
    "stats.resampling._jackknife": "stats.resampling",
    "stats.resampling._replicates": "stats.resampling",
    "stats.resampling._units": "stats.resampling",
    "view._compute": "view",
    "plots._draw": "plots",
    "tracking.journal": "tracking",
}
"""What is the engine of a room: nobody outside the room imports it."""
HEAVY = ("matplotlib", "mlflow", "flax", "optax", "gymnax", "pandas", "scipy.stats", "typer", "rich", "chex", "jinja2")


def is_in(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def floor_of(module: str) -> int:
    """The place in `ROOMS` of the innermost room that a module is in."""
    return max((len(room), place) for place, room in enumerate(ROOMS) if is_in(module, room))[1]


def sources() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


def name_of(path: Path) -> str:
    """The dotted name of a module below jaxviz."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path) for path in sources()}


def imported_modules(path: Path) -> set[str]:
    """Modules of the package that a file imports, also inside functions, as dotted names below jaxviz."""
    package = path.relative_to(PACKAGE).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = (*package[: len(package) - node.level + 1], *filter(None, (node.module or "").split(".")))
            found |= modules_of(base, node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "jaxviz":
            found |= modules_of(tuple((node.module or "").split(".")[1:]), node.names)
        elif isinstance(node, ast.Import):
            found |= {a.name.removeprefix("jaxviz.") for a in node.names if a.name.startswith("jaxviz.")}
    return found


def modules_of(base: tuple[str, ...], names: list[ast.alias]) -> set[str]:
    """What `from base import names` imports: modules of that name, else the module they are in."""
    inside = {name: ".".join((*base, name)) for name in (alias.name for alias in names)}
    return {full if full in MODULES else ".".join(base) for full in inside.values()} - {""}


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    own = floor_of(name_of(path))
    assert not {module for module in imported_modules(path) if floor_of(module) > own}


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_engines_are_imported_by_their_owners_only(path):
    engines = {(m, owner) for m in imported_modules(path) for room, owner in PRIVATE.items() if is_in(m, room)}
    assert not {module for module, owner in engines if not is_in(name_of(path), owner)}


@pytest.mark.parametrize("folder", sorted({path.parent for path in sources()}), ids=lambda p: p.name)
def test_a_folder_can_be_read_at_a_glance(folder):
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= 21


def test_figures_need_few_of_their_neighbours():
    """Nine in ten files below plots import at most six others: what is needed together lives together."""
    files = [path for path in sources() if is_in(name_of(path), "plots") and path.name != "__init__.py"]
    counts = sorted(len([m for m in imported_modules(path) if is_in(m, "plots")]) for path in files)
    assert counts[len(counts) * 9 // 10] <= 6


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_numpy_callbacks_and_pyplot_stay_at_their_doors(path):
    text = path.read_text()
    top = path.relative_to(PACKAGE).with_suffix("").parts[0]
    assert top == "host" or "import numpy" not in text
    assert top == "live" or "callback(" not in text
    assert "pyplot" not in text.replace("without pyplot", "").replace("no pyplot", "")


@pytest.mark.parametrize(
    "path", [p for p in sources() if name_of(p).startswith(("plots", "report"))], ids=lambda p: p.stem
)
def test_figures_and_pages_compute_nothing(path):
    """Their numbers are those of an Analysis, an Aggregate or an Interval."""
    tree = ast.parse(path.read_text())
    kernels = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level and "stats" in (node.module or "").split(".")
        for alias in node.names
    }
    assert kernels <= {"Interval", "KaplanMeier"}
    assert not imported_names(tree) & {"analyze", "aggregate", "iqm"}
    calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not calls & {"jit", "vmap", "scan"}


def imported_names(tree: ast.AST) -> set[str]:
    return {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}


def modules_after(code: str) -> set[str]:
    script = f"{code}; import sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_jaxviz_loads_no_edge():
    loaded = modules_after("import jaxviz")
    assert not [name for name in HEAVY if name in loaded]


@pytest.mark.parametrize("module", ["journal._journal", "journal._reader", "drain._drainer", "drain._sync"])
def test_the_drainer_starts_without_jax_and_mlflow(module):
    """It has to be there soon, and a training waits for it; MLflow is loaded once there is something to send."""
    loaded = modules_after(f"import jaxviz.tracking.{module}")
    assert not [name for name in ("jax", "mlflow", "numpy") if name in loaded]


def test_logs_are_read_without_jax():
    """Every process that helps to read many files would load it."""
    assert "jax" not in modules_after("import jaxviz.logs._formats")


def test_the_public_names_are_there():
    for name in jaxviz.__all__:
        assert getattr(jaxviz, name) is not None
