"""Names of folders and files -> algorithm, task, seed and hyper-parameters, as people name their runs."""

from collections.abc import Sequence

from ._forms import (
    NUMBER,
    SEED,
    begins_with_date,
    is_algorithm,
    is_generic,
    is_task,
    remembered,
    without_date_behind,
)
from ._one_name import GLUED, Guess, Ways, of_name, of_pieces

_IDS = {"sacred", "mlruns"}
"""Folders of stores, in which numbers are those of runs or experiments, no seeds."""


@remembered
def source_of(name: str) -> str:
    """What a label was guessed from, in words."""
    return f"the name {name!r}"


def guesses(names: Sequence[str], of_algorithm: bool = False) -> tuple[Guess, ...]:
    """Labels that names say, the surest first: `names` are those of the file (without its ending) and its folders, the
    innermost first. The first guess of a label stands; settings (`lr=0.001`) have labels of their own.

    `of_algorithm`: what the algorithm is, is known, so that a name alone may be that of the task.
    """
    if not names:
        return ()
    names = tuple(map(without_date_behind, names))
    around = names[1:]
    shape, settings, words, pieces = of_name(names[0], _is_in_algorithm(around))
    shapes, all_settings, all_words, all_pieces = _of_names(around)
    all_pieces = _beyond(names[0], all_pieces)
    places = _of_places(tuple(map(_without_number, names)), of_algorithm)
    return shape + shapes + settings + all_settings + words + all_words + pieces + all_pieces + places


@remembered
def _is_in_algorithm(around: tuple[str, ...]) -> bool:
    return bool(around) and is_algorithm(around[0])


def own_guesses(name: str) -> list[Guess]:
    """What the name that a run was given by its writer says, by its form alone."""
    return [guess for found in of_name(name, False) for guess in found]


@remembered
def _of_names(names: tuple[str, ...]) -> Ways:
    """As `of_name`, of the names of folders, the innermost first."""
    if not names:
        return (), (), (), ()
    first, others = of_name(names[0], _is_in_algorithm(names[1:])), _of_names(names[1:])
    pieces = first[3] + _beyond(names[0], others[3])
    return first[0] + others[0], first[1] + others[1], first[2] + others[2], pieces


def _beyond(name: str, pieces: tuple[Guess, ...]) -> tuple[Guess, ...]:
    """What pieces of names further out say, without guesses at the task where the algorithm has a folder of its own."""
    if not is_algorithm(name):
        return pieces
    return tuple(guess for guess in pieces if guess.label != "task" or is_task(guess.value))


@remembered
def _without_number(name: str) -> str:
    """The name; of all seeds (`seed_3`) the same, as they say nothing else."""
    return "seed_0" if SEED.fullmatch(name) else name


@remembered
def _of_places(names: tuple[str, ...], of_algorithm: bool) -> tuple[Guess, ...]:
    """Whatever is left: the innermost name is the task, the next one the algorithm; a number is a seed. The outermost
    folder, that of all runs, is no task of one unless it is called as one that is in use."""
    said = [name for name in names if not is_generic(name)]
    numbered = bool(said) and NUMBER.fullmatch(said[0]) is not None and _IDS.isdisjoint(names)
    found = [Guess("seed", said[0], said[0])] if numbered else []
    free = [name for name in names if _is_free(name)]
    plain = [name for name in free if not is_algorithm(name)]
    tasks = [name for name in plain if name != names[-1] or len(names) == 1 or is_task(name)]
    if len(plain) < len(free) or any(guess.label == "algorithm" for name in names for guess in of_pieces(name)):
        return (*found, *(Guess("task", name, name) for name in tasks[:1]))
    if of_algorithm and names and plain[:1] != [names[-1]]:
        return (*found, *(Guess("task", name, name) for name in tasks[:1]))
    task = next((name for name in plain if is_task(name)), plain[0] if len(plain) > 1 else None)
    found += [Guess("task", task, task)] if task else []
    return (*found, *[Guess("algorithm", name, name) for name in plain if name != task][:1])


@remembered
def _is_free(name: str) -> bool:
    """Whether a name may be that of a task or an algorithm."""
    if (
        is_generic(name)
        or begins_with_date(name)
        or "=" in name
        or any(form.fullmatch(name) for form in (SEED, NUMBER, GLUED))
    ):
        return False
    return not any(guess.label == "algorithm" for guess in of_pieces(name))
