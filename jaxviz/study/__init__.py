"""`Study`: algorithms × tasks × configurations × runs, what is known of each run, and what a doctor finds in it."""

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from ._analysis import StudyAnalysis as StudyAnalysis
    from ._cell import Cell as Cell
    from ._data import RunData as RunData
    from ._data import StreamData as StreamData
    from ._manifest import Manifest as Manifest
    from ._manifest import ManifestRow as ManifestRow
    from ._measures import KINDS as KINDS
    from ._measures import STATES as STATES
    from ._measures import UNITS as UNITS
    from ._measures import Kind as Kind
    from ._measures import State as State
    from ._measures import Unit as Unit
    from ._study import Study as Study
    from ._values import Configuration as Configuration
    from ._values import typed as typed
    from .checks._doctor import doctor as doctor
    from .checks._findings import Finding as Finding
    from .checks._findings import Findings as Findings

# At their first use: processes that read logs import the kinds of returns from here, without JAX.
_HOMES = {
    "KINDS": "_measures",
    "STATES": "_measures",
    "UNITS": "_measures",
    "Cell": "_cell",
    "Configuration": "_values",
    "Finding": "checks._findings",
    "Findings": "checks._findings",
    "Kind": "_measures",
    "Manifest": "_manifest",
    "ManifestRow": "_manifest",
    "RunData": "_data",
    "State": "_measures",
    "StreamData": "_data",
    "Study": "_study",
    "StudyAnalysis": "_analysis",
    "Unit": "_measures",
    "doctor": "checks._doctor",
    "typed": "_values",
}

__all__ = [
    "KINDS",
    "STATES",
    "UNITS",
    "Cell",
    "Configuration",
    "Finding",
    "Findings",
    "Kind",
    "Manifest",
    "ManifestRow",
    "RunData",
    "State",
    "StreamData",
    "Study",
    "StudyAnalysis",
    "Unit",
    "doctor",
    "typed",
]

__getattr__ = lazily(__name__, _HOMES)
