"""The caller's pattern of a path: `{algorithm}/{task}/seed_{seed}`."""

import re
from collections.abc import Mapping
from pathlib import Path

_FIELD = re.compile(r"\{(\w*)\}|\*\*/?|\*|\?")


_SEED, _WHOLE_SEED = r"(?P<seed>[^/]+?)", r"(?P<seed>\d+)"


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression. `{name}`, `*` and `?` stand for text without `/`, `**` for any folders.

    ValueError for a pattern without a name, with a name twice, or with braces around something else.
    """
    names = [name for name in re.findall(r"\{([^}]*)\}", pattern) if name]
    wrong = [name for name in names if not name.isidentifier()]
    if wrong or not names or pattern.count("{") != len(re.findall(r"\{[^{}]*\}", pattern)):
        raise ValueError(
            f'`pattern` must name parts of paths, as "{{algorithm}}/{{task}}/seed_{{seed}}", got {pattern!r}'
        )
    if len(set(names)) < len(names):
        raise ValueError(f"`pattern` names a part twice: {pattern!r}")
    parts, at = [], 0
    for match in _FIELD.finditer(pattern):
        parts += [re.escape(pattern[at : match.start()]), _matching(match)]
        at = match.end()
    return re.compile("".join([*parts, re.escape(pattern[at:])]))


def _matching(match: re.Match[str]) -> str:
    if match[0].startswith("{"):
        return f"(?P<{match[1]}>[^/]+?)" if match[1] else "[^/]+?"
    return {"*": "[^/]*", "?": "[^/]"}.get(match[0], "(?:[^/]+/)*")


def matched(pattern: re.Pattern[str], path: Path, root: Path) -> Mapping[str, str] | None:
    """What the names of a pattern stand for in a path: from the caller's folder on, else anywhere in the whole path.

    The pattern begins and ends at the ends of names; the ending of the file may be left out. A seed is a whole number
    where it can be; a fit that ends at the file or its folder comes before others.
    """
    whole = path.absolute().as_posix()
    below = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    for inner in (pattern.pattern.replace(_SEED, _WHOLE_SEED), pattern.pattern):
        for tail in (r"(?:\.[^/]*)?(?:/[^/]*)?", r"(?:\.[^/]*)?(?:/.*)?"):
            found = re.fullmatch(f"{inner}{tail}", below) or re.fullmatch(f"(?:.*/)?{inner}{tail}", whole)
            if found is not None:
                return found.groupdict()
    return None
