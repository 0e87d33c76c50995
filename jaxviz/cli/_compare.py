"""`jaxviz compare`: which algorithm is better, and whether one is worse than a baseline."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import _given
from ._exit import fail, say
from ._progress import progress

if TYPE_CHECKING:
    from ..comparison import Comparison, Curves
    from ..comparison._gate import Outcome
    from ..study import Study

_SUFFIXES = {".txt": "text", ".json": "json", ".md": "markdown", ".tex": "latex", ".npz": "file", ".html": "page"}
_BASELINE = "Compare all with this algorithm: its name, or NAME=PATH or the path of its runs."
_FAIL_IF = "worse: exit with 1 if an algorithm is worse than the baseline, with 3 if that is undecided."
_OUTPUT = f"File to write: {', '.join(_SUFFIXES)} say the format; .npz for Comparison.load."
_NORMALIZE = (
    "raw, min-max, atari, procgen-easy, procgen-hard, dmc, gymnax, or a JSON file: task to a list of low and high."
)
_SELECT = "Compare the best configuration of each algorithm: split or bootstrap; see jv.compare."
_SCORE = "final, auc, best, absolute, time_to_target, or the path of a number in an Analysis."
_TARGET = "The return to get to, of --score time_to_target."


def compare(
    runs: Annotated[list[str], typer.Argument(help=_given.HELP, show_default=False)],
    baseline: Annotated[str | None, typer.Option(help=_BASELINE, show_default=False)] = None,
    margin: Annotated[
        float | None, typer.Option(help="Difference that does not matter, in units of the score.", show_default=False)
    ] = None,
    fail_if: Annotated[str | None, typer.Option(help=_FAIL_IF, show_default=False)] = None,
    allow_undecided: Annotated[bool, typer.Option("--allow-undecided", help="Exit with 0, not 3.")] = False,
    score: Annotated[str, typer.Option(help=_SCORE)] = "final",
    target: Annotated[float | None, typer.Option(help=_TARGET, show_default=False)] = None,
    normalize: Annotated[str | None, typer.Option(help=_NORMALIZE, show_default=False)] = None,
    estimator: Annotated[str | None, typer.Option(help="iqm (default), mean or median.", show_default=False)] = None,
    tasks_like_these: Annotated[bool, typer.Option("--tasks-like-these", help="Resample tasks too.")] = False,
    minimize: Annotated[bool | None, typer.Option(help="Whether lower is better.", show_default=False)] = None,
    level: Annotated[float, typer.Option(help="1 - the error over all pairs.")] = 0.95,
    correction: Annotated[str, typer.Option(help="For the number of pairs: holm, bonferroni, none, ...")] = "holm",
    select: Annotated[str | None, typer.Option(help=_SELECT, show_default=False)] = None,
    reps: Annotated[int, typer.Option(help="Replicates.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Of all randomness.")] = 0,
    output: Annotated[Path | None, typer.Option("--output", "-o", help=_OUTPUT, show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown, as for a pull request.")] = False,
    as_latex: Annotated[bool, typer.Option("--latex", help="Write the tables as LaTeX.")] = False,
    pattern: Annotated[str | None, typer.Option(help=_given.PATTERN, show_default=False)] = None,
    metric: Annotated[str | None, typer.Option(help=_given.METRIC, show_default=False)] = None,
    step_every: Annotated[int | None, typer.Option(min=1, help=_given.STEP_EVERY, show_default=False)] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A hyper-parameter that is none, as a folder.", show_default=False)
    ] = None,
) -> None:
    """Say which algorithm is better on common tasks, with the error held over all pairs.

    Exit codes: 0; with --fail-if worse 1 if an algorithm is worse than the baseline by more than the margin, and 3 if
    that is undecided; 2 if runs or options cannot be used.
    """
    form = _form(output, {"json": as_json, "markdown": as_markdown, "latex": as_latex})
    if fail_if not in (None, "worse"):
        fail(f"--fail-if must be worse, got {fail_if!r}")
    if fail_if is not None and baseline is None:
        fail("--fail-if worse needs --baseline, the algorithm to compare with")
    given, name = _with_baseline(runs, baseline)
    with progress("reading") as tell:
        study = _given.study_of(given, _given.Options(pattern, metric, step_every), tell)
    _given.say_left_out(study)
    settings = {
        "score": score, "target": target, "margin": margin, "normalize": _normalize(normalize), "estimator": estimator,
        "population": "tasks like these" if tasks_like_these else "these tasks", "minimize": minimize, "level": level,
        "correction": correction, "select": select, "reps": reps,
    }  # fmt: skip
    found, end = _compared(study, without or [], name, seed, settings, gated=fail_if is not None)
    _write(found, end, form, output, lambda: _curves(study, without or [], seed, settings))
    code = 0 if end is None else end.exit_code
    raise typer.Exit(0 if code == 3 and allow_undecided else code)


def _form(output: Path | None, flags: dict[str, bool]) -> str:
    """What is written, by the flags or else by the name of the file."""
    chosen = [name for name, given in flags.items() if given]
    if len(chosen) > 1:
        fail(f"--{' and --'.join(chosen)} cannot be together")
    if chosen or output is None:
        return chosen[0] if chosen else "text"
    if output.suffix not in _SUFFIXES:
        fail(f"--output must end in {', '.join(_SUFFIXES)}, or stand beside --json, --markdown or --latex: {output}")
    return _SUFFIXES[output.suffix]


def _with_baseline(runs: Sequence[str], baseline: str | None) -> tuple[list[str], str | None]:
    """The paths to read and the name of the baseline, whose own path is one of them."""
    if baseline is None:
        return [*runs], None
    argument = _given.arguments_of([baseline])[0]
    if argument.name is None and not (argument.path.exists() or any(c in baseline for c in "/*?[")):
        return [*runs], baseline
    taken = {one.name or one.path.stem for one in _given.arguments_of(runs)}
    name = argument.name or argument.path.stem or "baseline"
    name = "baseline" if name in taken or any(c in name for c in "*?[") else name
    return [*runs, f"{name}={argument.path}"], name


def _normalize(text: str | None) -> Any:
    """The name of a table, or the mapping in a JSON file."""
    if text is None or not text.endswith(".json"):
        return text
    try:
        found = json.loads(Path(text).read_bytes())
        return {str(task): (float(low), float(high)) for task, (low, high) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        fail(f"--normalize: {text} is no JSON object of task to [low, high]: {error}")


def _compared(
    study: "Study", without: Sequence[str], baseline: str | None, seed: int, settings: dict[str, Any], *, gated: bool
) -> "tuple[Comparison, Outcome | None]":
    import jax

    from ..comparison import compare
    from ..comparison._gate import outcome

    try:
        study = study.without(*without) if without else study
        named = baseline if settings["select"] else _label(study, baseline)
        found = compare(study, jax.random.key(seed), baseline=named, **settings)
        return found, outcome(found) if gated else None
    except (ValueError, TypeError) as error:
        fail(str(error))


def _label(study: "Study", name: str | None) -> str | None:
    """The algorithm as a comparison calls it, with the hyper-parameters that differ."""
    from ..study._export import methods

    rows = list(study.manifest)
    found = {label for row, label in zip(rows, methods(rows), strict=True) if name in (row.algorithm, label)}
    if len(found) > 1:
        fail(f"--baseline {name} is of several configurations: name one of {', '.join(map(repr, sorted(found)))}")
    return found.pop() if found else name


def _curves(study: "Study", without: Sequence[str], seed: int, settings: dict[str, Any]) -> "Curves | None":
    """The learning curves of what was compared; None where there are none, as of the chosen of many configurations."""
    import jax

    from ..comparison import compare_curves

    if settings["select"]:
        return None
    own = {name: settings[name] for name in ("normalize", "minimize", "level")}
    try:
        return compare_curves(study.without(*without) if without else study, jax.random.key(seed), **own)
    except ValueError:  # of studies without a common task, or with scores that the table does not have
        return None


def _write(
    found: "Comparison",
    end: "Outcome | None",
    form: str,
    output: Path | None,
    curves: Callable[[], "Curves | None"],
) -> None:
    from .._printable import printable
    from .._whole_file import whole_file
    from ..view.comparisons._gate import outcome_words

    words = None if end is None else outcome_words(found, end)
    if output is None:
        say(_WRITERS[form](found, end, words).rstrip("\n"))
        return
    try:
        if form == "file":
            output = found.save(output)
        elif form == "page":
            _write_page(found, output, curves())
        else:
            text = printable(_WRITERS[form](found, end, words), lines=True)
            with whole_file(output) as temporary:
                temporary.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror or error}")
    say("\n".join(filter(None, (words, f"wrote {output}"))))


def _write_page(found: "Comparison", output: Path, curves: "Curves | None") -> None:
    from ..report import write

    write(found, output, curves=curves)


def _text(found: "Comparison", end: "Outcome | None", words: str | None) -> str:
    from ..view import describe

    return "\n\n".join(filter(None, (describe(found), words))) + "\n"


def _json(found: "Comparison", end: "Outcome | None", words: str | None) -> str:
    from ..view.comparisons._export import comparison_data

    gate = {} if end is None else {"outcome": end.word, "exit_code": end.exit_code}
    return json.dumps(gate | comparison_data(found), indent=1, allow_nan=False) + "\n"


def _markdown(found: "Comparison", end: "Outcome | None", words: str | None) -> str:
    from ..view import to_markdown
    from ..view._tables import markdown

    head = "" if words is None else f"**{markdown(words.partition(chr(10))[0])}**\n\n"
    return head + to_markdown(found)


def _latex(found: "Comparison", end: "Outcome | None", words: str | None) -> str:
    from ..view import to_latex

    return to_latex(found)


_WRITERS: dict[str, Callable[["Comparison", "Outcome | None", str | None], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "latex": _latex,
}
