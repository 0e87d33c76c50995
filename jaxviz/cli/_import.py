"""`jaxviz import`: logs of any formats as one study."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import _given
from ._exit import explain, fail, say
from ._progress import progress

if TYPE_CHECKING:
    from ..study import Study

_SHOWN = 20


def import_logs(
    logs: Annotated[list[str], typer.Argument(help=_given.HELP, show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The study, an .npz file.")] = Path("study.npz"),
    pattern: Annotated[str | None, typer.Option(help=_given.PATTERN, show_default=False)] = None,
    metric: Annotated[str | None, typer.Option(help=_given.METRIC, show_default=False)] = None,
    step_every: Annotated[int | None, typer.Option(min=1, help=_given.STEP_EVERY, show_default=False)] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="Write the manifest as CSV, to be corrected.", show_default=False)
    ] = None,
    corrected: Annotated[
        Path | None, typer.Option(help="A manifest that was corrected.", exists=True, show_default=False)
    ] = None,
) -> None:
    """Read training logs, saved runs and studies into one study, and say what was read, guessed and left out."""
    with progress("reading") as tell:
        study = _given.study_of(logs, _given.Options(pattern, metric, step_every), tell)
    try:
        if corrected is not None:
            from ..study import Manifest

            study = study.corrected(Manifest.from_csv(corrected))
        say(str(study))
        _say_doubts(study)
        _given.say_left_out(study, every=True)
        if manifest is not None:
            say(f"wrote {study.manifest.to_csv(manifest)}")
        say(f"wrote {study.save(output)}")
    except (ValueError, OSError) as error:
        fail(str(error))


def _say_doubts(study: "Study") -> None:
    """What was guessed and what was repaired, each once with the number of its runs."""
    rows = list(study.manifest)
    examples: dict[str, str] = {}
    for row in rows:
        for label, why in row.guessed.items():
            examples.setdefault(label, why)
    counts = Counter(label for row in rows for label in row.guessed)
    for label, count in counts.most_common():
        explain(f"guessed: {label} of {_runs(count)}, as from {examples[label]}")
    notes = Counter(note for row in rows for note in row.notes)
    for note, count in notes.most_common(_SHOWN):
        explain(f"note: {note} ({_runs(count)})")
    if len(notes) > _SHOWN:
        explain(f"note: {len(notes) - _SHOWN:,} more, in the manifest (--manifest)")


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"
