"""Optuna's database: the trials of its studies that reported values on the way.

A trial is a run of other hyper-parameters, which are its configuration. Most databases hold one final value a trial,
which is no curve: those are refused.
"""

import json
import math
import sqlite3
from collections import defaultdict
from typing import Any

from ....host.readers import PointStore, real, rows_of, whole_number
from ..._log import Log, Series, UnreadableError

TABLES = {
    "studies": ("study_id", "study_name"),
    "study_directions": ("study_id", "direction"),
    "trials": ("trial_id", "number", "study_id", "state"),
    "trial_params": ("trial_id", "param_name", "param_value", "distribution_json"),
    "trial_intermediate_values": ("trial_id", "step", "intermediate_value", "intermediate_value_type"),
}
_SPECIAL = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}
_UNKNOWN_KIND = "Optuna does not say what an intermediate value is: taken as an evaluation"


def logs(connection: sqlite3.Connection) -> list[Log]:
    """One log for each trial with intermediate values. `UnreadableError` if there is none."""
    points: PointStore[int] = PointStore()
    for trial, step, value, kind in rows_of(connection, *_table("trial_intermediate_values")):
        special = _SPECIAL.get(kind, math.nan)
        points.put(trial, whole_number(step), math.nan, special if value is None else real(value))
    names = dict(rows_of(connection, *_table("studies")))
    minimized = {study for study, way in rows_of(connection, *_table("study_directions")) if way == "MINIMIZE"}
    params: dict[int, dict[str, Any]] = defaultdict(dict)
    for trial, name, value, distribution in rows_of(connection, *_table("trial_params")):
        params[trial][str(name)] = _parameter(value, distribution)
    trials, found, curves = list(rows_of(connection, *_table("trials"))), [], points.arrays()
    for trial, number, study, state in trials:
        if trial in curves:
            step, _, values = curves[trial]
            notes = [_UNKNOWN_KIND]
            notes += ["its study minimizes"] if study in minimized else []
            notes += [f"the trial is {state}"] if state != "COMPLETE" else []
            labels = {"run": f"{names.get(study, study)}/{number}", "name": str(names.get(study, ""))}
            series = {"intermediate_value": Series(values, step, "evaluations")}
            found.append(Log(series, labels, params[trial], notes=tuple(notes)))
    if not found:
        raise UnreadableError(
            f"a database of Optuna with one final value for each of {len(trials)} trials, and no curves: give the logs "
            "of the trials; their parameters are in study.trials_dataframe()"
        )
    return found


def _table(name: str) -> tuple[str, ...]:
    return name, *TABLES[name]


def _parameter(value: float, distribution: str) -> Any:
    """The parameter that was chosen: choices are stored as their places, integers as floating numbers."""
    try:
        kind = json.loads(distribution)
        name, attributes = kind["name"], kind["attributes"]
        if name == "CategoricalDistribution":
            return attributes["choices"][int(value)]
        return int(value) if name.startswith("Int") else float(value)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return value
