"""The figures of README's gallery, from made-up runs that look like real ones; the same bytes every time.

uv run examples/gallery.py [FOLDER]
"""

import sys
from pathlib import Path

import numpy as np

from jaxviz import plots

EPISODES, TARGET, WINDOW = 400, 400.0, 50


def returns(rng: np.random.Generator, runs: int, speed: float) -> np.ndarray:
    """Runs that rise to 500, of which one in four stays behind and the second falls back for a while."""
    rise = 500 * (1 - np.exp(-np.arange(EPISODES) * speed))
    level = np.where(np.arange(runs) % 4 == 3, 0.5, 1.0)[:, None] * rise
    level[1, 250:320] *= 0.2
    return (level + rng.normal(0, 25, level.shape)).astype(np.float32)


def draw(folder: Path) -> list[Path]:
    """Write every figure of the gallery."""
    rng = np.random.default_rng(0)
    algorithms = {"PPO": returns(rng, 16, 0.02), "A2C": returns(rng, 16, 0.01)}
    ppo = algorithms["PPO"]
    sharpness = 1 / (1 + np.arange(20))
    probs = np.stack([rng.dirichlet(np.full(4, a), (8, 32)) for a in sharpness], axis=1)
    paths = {name: folder / f"{name}.png" for name in ("curves", "comparison", "drawdown", "reliability", "policy")}
    with plots.style(dpi=80):
        plots.plot_training_curves(ppo, target=TARGET, window=WINDOW, save_path=paths["curves"])
        plots.plot_learning_curve_comparison(algorithms, target=TARGET, window=WINDOW, save_path=paths["comparison"])
        plots.plot_drawdown(ppo, WINDOW, target=TARGET, save_path=paths["drawdown"])
        plots.plot_reliability_profile(algorithms, save_path=paths["reliability"])
        plots.plot_policy_over_training(probs, np.arange(1, 21) * 10_000, save_path=paths["policy"])
    return list(paths.values())


if __name__ == "__main__":
    for path in draw(Path(sys.argv[1] if len(sys.argv) > 1 else "outputs/gallery")):
        print(path)
