"""The logger's method for a Comparison: its verdicts as tags, its numbers, its tables, and itself."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._explained import explained
from ..._whole_file import whole_file
from ...comparison import Comparison, Curves
from ...view import describe, to_latex, to_markdown
from ...view._tables import as_csv
from ...view.comparisons._export import comparison_data
from ...view.comparisons._tables import comparison_tables
from .. import _values
from ._session import Session
from ._summaries import as_json
from ._temporary import in_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = "comparison"
_PAGE = "verdict.html"
VERDICTS_TAG = "jaxviz.verdicts"
"""The verdicts in words."""
_SETTINGS = (
    "score",
    "metric",
    "better",
    "estimator",
    "population",
    "correction",
    "test",
    "level",
    "alpha",
    "margin",
    "baseline",
)
_OF_PAIR = ("difference", "adjusted", "improvement", "p_value", "adjusted_p", "cliffs_delta", "wins", "losses", "ties")
_OF_ALGORITHM = ("iqm", "mean", "median", "optimality_gap", "tier")


class ComparisonMethods(ABC):
    """The method of `MLflowLogger` for what `jv.compare` returns."""

    @abstractmethod
    def _active(self) -> Session: ...

    @abstractmethod
    def log_artifact(self, path: Path, folder: str = "") -> None: ...

    @abstractmethod
    def log_figure(self, figure: "Figure", name: str, *, step: int | None = None, folder: str = "figures") -> None: ...

    @explained
    def log_comparison(
        self, comparison: Comparison, *, curves: Curves | None = None, figures: bool = True, report: bool = True
    ) -> None:
        """The verdicts of `jv.compare` in the active run: what was asked, what was found, tables, figures and the page.

        Parameters `comparison/score`, `/estimator`, `/margin`, …; metrics `comparison/algorithms/PPO/iqm/estimate`,
        `/low`, `/high`, … and `comparison/pairs/PPO vs DQN/adjusted_p`, `/difference/estimate`, …; the tag
        `jaxviz.verdicts` in words. Artifacts in `comparison/`: `verdicts.txt`, `verdicts.md`, `tables.tex`,
        `comparison.json`, a CSV for each table, and `comparison.npz`, which `Comparison.load` reads back without loss;
        `verdict.html` (`report`). The figures of the page are in `comparison/figures/`. `curves`: what
        `jv.compare_curves` found, for both.
        """
        data = comparison_data(comparison)
        recorder = self._active().recorder
        settings = {name: data[name] for name in _SETTINGS if data[name] is not None}
        asked = {FOLDER: settings | {"normalize": data["scale"]["name"]}}
        recorder.params(recorder.run, _values.params(asked, recorder.param_keys))
        numbers, _ = _values.split_metrics({FOLDER: _numbers(data)}, recorder.metrics, recorder.tag_keys)
        recorder.points(recorder.run, numbers, 0)
        verdicts = "\n".join(pair["sentence"] for pair in data["pairs"])
        recorder.tags(recorder.run, _values.tags({VERDICTS_TAG: verdicts}))
        in_folder("the comparison", partial(self._log_files, comparison, data))
        self._log_comparison_pages(comparison, curves, figures=figures, report=report)

    def _log_comparison_pages(
        self, comparison: Comparison, curves: Curves | None, *, figures: bool, report: bool
    ) -> None:
        """The figures of a comparison, the page about it, or both: then they show the same figures."""
        from ... import plots
        from ...plots.comparison._all import draw_comparison
        from ...report._comparison import Compared
        from ...report._write import write_sections

        drawn = None
        if figures:
            with plots.without_captions() if report else contextlib.nullcontext():
                drawn = dict(draw_comparison(comparison, curves=curves))
        if report:
            page = [Compared("", comparison, curves, drawn)]
            in_folder(
                _PAGE,
                lambda folder: self.log_artifact(write_sections(page, folder / _PAGE, title="Comparison"), FOLDER),
            )
        for name, figure in (drawn or {}).items():
            self.log_figure(plots.add_caption(figure) if report else figure, name, folder=f"{FOLDER}/figures")

    def _log_files(self, comparison: Comparison, data: Mapping[str, Any], folder: Path) -> None:
        texts = {
            "verdicts.txt": describe(comparison) + "\n",
            "verdicts.md": to_markdown(comparison),
            "tables.tex": to_latex(comparison),
            "comparison.json": as_json(data).decode(),
            **{f"{table.name}.csv": as_csv(table) for table in comparison_tables(comparison)},
        }
        for name, text in texts.items():
            with whole_file(folder / name) as temporary:
                temporary.write_text(text, encoding="utf-8", newline="")
            self.log_artifact(folder / name, FOLDER)
        self.log_artifact(comparison.save(folder / "comparison.npz"), FOLDER)


def _numbers(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Numbers of the algorithms by name and of the pairs in words; those that are undefined are left out."""
    return {
        "algorithms": {one["name"]: _chosen(one, _OF_ALGORITHM) for one in data["algorithms"]},
        "pairs": {f"{one['first']} vs {one['second']}": _chosen(one, _OF_PAIR) for one in data["pairs"]},
    }


def _chosen(one: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return _known({name: one.get(name) for name in names})


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    flat = {name: _known(value) if isinstance(value, Mapping) else value for name, value in values.items()}
    return {name: value for name, value in flat.items() if value not in (None, {})}
