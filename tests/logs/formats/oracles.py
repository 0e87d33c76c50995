"""The rules of the libraries that write the files, as they read them."""

import json
from pathlib import Path

import pandas as pd


def load_results(paths: list[Path]) -> pd.DataFrame:
    """Stable-Baselines3's rule (`monitor.load_results`), copied: each file after its comment, sorted by t_start + t."""
    headers, frames = [], []
    for path in paths:
        with path.open() as file:
            headers.append(json.loads(file.readline()[1:]))
            frame = pd.read_csv(file, index_col=None)
        frame["t"] += headers[-1]["t_start"]
        frames.append(frame)
    found = pd.concat(frames).sort_values("t").reset_index()
    found["t"] -= min(header["t_start"] for header in headers)
    return found
