"""The pages of the site that sources make: the reference of every public name, and the names of numbers.

python .ci/pages.py               writes docs/reference/ and docs/images/
python .ci/pages.py --check SITE  fails unless every public name has an anchor in the site's objects.inv
"""

import re
import shutil
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
ROOMS = (
    *("plots", "analysis", "aggregation", "comparison", "study", "inputs", "view", "report", "live", "tracking"),
    "testing",
)
SUBJECTS = ("windows", "one_run", "learning", "across_runs", "resampling", "streaming")
Node = griffe.Object | griffe.Alias


def loaded() -> Node:
    """The package, read and not imported."""
    extensions = griffe.load_extensions("griffe_public_redundant_aliases")
    return griffe.load("jaxviz", search_paths=[ROOT], extensions=extensions, resolve_aliases=True)


def exported(room: Node) -> list[str]:
    return [str(name) for name in room.exports or ()]


def homes(package: Node) -> dict[str, dict[str, list[str]]]:
    """Page → module → names: each object stands on the page of the first module that has it."""
    pages = {"jaxviz": package, **{f"stats-{name}": package[f"stats.{name}"] for name in SUBJECTS}}
    pages |= {name: package[name] for name in ROOMS}
    seen: set[str] = set()
    found: dict[str, dict[str, list[str]]] = {}
    for page, room in pages.items():
        path = "jaxviz.stats" if page.startswith("stats-") else room.path
        names = [name for name in exported(room) if name not in (*ROOMS, "stats")]
        own = [name for name in names if room[name].canonical_path not in seen]
        seen |= {room[name].canonical_path for name in own}
        found[page] = {path: own}
    return found


def write_reference(package: Node) -> None:
    """One page a room, of `jaxviz.stats` one a subject."""
    for page, modules in homes(package).items():
        room = package if page == "jaxviz" else package[page.replace("stats-", "stats.")]
        lines = [f"# {room.path}", "", introduction(room), ""]
        for path, names in modules.items():
            lines += [f"::: {path}.{name}\n" for name in sorted(names, key=str.lower)]
        (PAGES / f"{page}.md").write_text("\n".join(lines))


def introduction(room: Node) -> str:
    return room.docstring.value.strip() if room.docstring else ""


def numbers(holder: Node, before: str = "") -> Iterator[tuple[str, str]]:
    """Path of a number in a result → what it is, as the field's docstring says."""
    for name, field in holder.members.items():
        if not field.is_attribute or name.startswith("_") or "field(static=True" in str(field.value):
            continue
        kinds = results_in(field, holder)
        inside = f"{before}{name}/" + ("<window>/" if "Windows[" in str(field.annotation) else "")
        if kinds:
            for kind in kinds:
                yield from numbers(kind, inside)
        else:
            text = field.docstring.value if field.docstring else ""
            yield before + name, " ".join(text.split())


def results_in(field: Node, holder: Node) -> list[Node]:
    """Classes of results in an annotation; an Interval, or steps, is a number."""
    found = []
    for word in dict.fromkeys(re.findall(r"[A-Z]\w+", str(field.annotation))):
        try:
            kind = holder.modules_collection[resolved(word, holder)]
            kind = kind.final_target if kind.is_alias else kind
        except (griffe.NameResolutionError, KeyError, griffe.AliasResolutionError):
            continue
        if kind.is_class and any("Result" in str(base) or "Told" in str(base) for base in kind.bases):
            found += [kind] if kind.name not in ("Interval", "Entropy") else []
    return found


def in_words(name: str) -> str:
    """What a field without a docstring of its own is called."""
    return name.rpartition("/")[2].replace("_", " ").capitalize() + "."


def resolved(word: str, holder: Node) -> str:
    """The path of a name in the module of a class; those written as `stats.Name` are of the kernels."""
    try:
        return holder.resolve(word)
    except griffe.NameResolutionError:
        return f"jaxviz.stats.{word}"


def write_numbers(package: Node) -> None:
    """The paths that the column `name` of a table holds."""
    lines = [
        "# Names of numbers",
        "",
        "The column `name` of [a table](../glossary.md), the key in MLflow and the path through the fields of a result",
        "are one and the same. ↑ and ↓ say which direction is good; [the statistics](../statistics.md) have equations.",
        "",
    ]
    known: dict[str, str] = {}
    for title, kind in (("An Analysis: one number a run", "Analysis"), ("An Aggregate: over runs", "Aggregate")):
        found = [
            (name, text or known.get(name) or in_words(name)) for name, text in numbers(package[kind].final_target)
        ]
        known |= dict(found)
        rows = [f"| `{name}` | {text.replace('|', chr(92) + '|')} |" for name, text in found]
        lines += [f"## {title}", "", "| name | what it is |", "|---|---|", *dict.fromkeys(rows), ""]
    (PAGES / "numbers.md").write_text("\n".join(lines))


def copy_images() -> None:
    """The figures of the examples, which README shows from where they are."""
    images = ROOT / "docs" / "images"
    images.mkdir(exist_ok=True)
    for path in (ROOT / "examples").glob("**/*.png"):
        shutil.copyfile(path, images / path.name)


def anchors(site: Path) -> set[str]:
    """Names in the inventory of a site."""
    data = (site / "objects.inv").read_bytes()
    rows = zlib.decompress(data.split(b"\n", 4)[4]).decode().splitlines()
    return {row.split()[0] for row in rows if row}


def public_names(package: Node) -> Iterable[str]:
    rooms = [package, package["stats"], *(package[name] for name in ROOMS)]
    return [f"{room.path}.{name}" for room in rooms for name in exported(room) if name not in (*ROOMS, "stats")]


def check(site: Path) -> None:
    """Strict builds do not see a name that is not there."""
    package = loaded()
    forgotten = set(rooms_of(package)) - {*ROOMS, "stats"}
    there = anchors(site)
    lacking = [name for name in public_names(package) if name not in there]
    if forgotten or lacking:
        sys.exit(f"no page for {sorted(forgotten)}; no anchor in {site}/objects.inv for {', '.join(lacking)}")
    print(f"{len(list(public_names(package)))} public names have an anchor")


def rooms_of(package: Node) -> list[str]:
    return [name for name in exported(package) if package[name].is_module]


def main() -> None:
    if sys.argv[1:2] == ["--check"]:
        return check(Path(sys.argv[2]))
    PAGES.mkdir(exist_ok=True)
    package = loaded()
    write_reference(package)
    write_numbers(package)
    copy_images()
    return None


if __name__ == "__main__":
    main()
