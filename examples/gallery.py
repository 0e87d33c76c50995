"""The figures of README's gallery, from made-up runs that look like real ones; the same bytes every time.

uv run examples/gallery.py [FOLDER]
"""

import sys
from pathlib import Path

import numpy as np

import jaxviz as jv
from jaxviz import plots

EPISODES, TARGET, WINDOW = 400, 400.0, 50


def returns(rng: np.random.Generator, runs: int, speed: float) -> np.ndarray:
    """Runs that rise to 500, of which one in four stays behind and the second falls back for a while."""
    rise = 500 * (1 - np.exp(-np.arange(EPISODES) * speed))
    level = np.where(np.arange(runs) % 4 == 3, 0.5, 1.0)[:, None] * rise
    level[1, 250:320] *= 0.2
    return (level + rng.normal(0, 25, level.shape)).astype(np.float32)


def sweep(rng: np.random.Generator) -> list[dict[str, object]]:
    """A table of the scores of six runs of two optimizers at seven learning rates."""
    rates = {"adam": 1e-3, "sgd": 1e-2}
    return [
        {"optimizer": name, "lr": lr, "score": (450 - 90 * np.log10(lr / best) ** 2 + rng.normal(0, 30, 6)).tolist()}
        for name, best in rates.items()
        for lr in (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
    ]


def random_search(rng: np.random.Generator) -> list[dict[str, object]]:
    """A table of the scores of forty trials, of which the learning rate decides."""
    trials = [
        {"lr": float(10 ** rng.uniform(-5, -1)), "clip": float(rng.uniform(0.1, 0.4)), "optimizer": name}
        for name in ("adam", "sgd") * 20
    ]
    return [{**own, "score": float(450 - 60 * np.log10(own["lr"] / 1e-3) ** 2 + rng.normal(0, 25))} for own in trials]


def draw(folder: Path, runs: int = 16) -> list[Path]:
    """Write every figure of the gallery."""
    rng = np.random.default_rng(0)
    groups = ("windows", "performance", "stability", "convergence", "reliability")
    algorithms = {
        name: jv.analyze(jv.from_arrays(returns(rng, runs, speed)), windows=(WINDOW,), target=TARGET, groups=groups)
        for name, speed in {"PPO": 0.02, "A2C": 0.01}.items()
    }
    sharpness = 1 / (1 + np.arange(20))
    probs = np.stack([rng.dirichlet(np.full(4, a), (8, 32)) for a in sharpness], axis=1)
    times, finals = {}, {}
    for name, analysis in algorithms.items():
        assert analysis.convergence is not None
        assert analysis.convergence.crossing is not None
        assert analysis.performance is not None
        crossing = analysis.convergence.crossing
        times[name] = jv.stats.kaplan_meier(crossing.step, crossing.reached)
        finals[name] = analysis.performance.final
    names = (
        "curves", "comparison", "drawdown", "reliability", "policy", "sensitivity", "times", "scores", "runs", "trials",
    )  # fmt: skip
    paths = {name: folder / f"{name}.png" for name in names}
    with plots.style(dpi=80):
        plots.plot_training_curves(algorithms["PPO"], save_path=paths["curves"])
        plots.plot_learning_curve_comparison(algorithms, target=TARGET, save_path=paths["comparison"])
        plots.plot_drawdown(algorithms["PPO"], WINDOW, save_path=paths["drawdown"])
        plots.plot_reliability_profile(algorithms, save_path=paths["reliability"])
        plots.plot_policy_over_training(probs, np.arange(1, 21) * 10_000, save_path=paths["policy"])
        plots.plot_hyperparameter_sensitivity(
            sweep(rng), "score", x="lr", by="optimizer", save_path=paths["sensitivity"]
        )
        plots.plot_time_to_target(times, x_name="Episodes", save_path=paths["times"])
        plots.plot_score_distributions(finals, save_path=paths["scores"])
        plots.plot_representative_runs(algorithms["PPO"], target=TARGET, save_path=paths["runs"])
        plots.plot_trials(random_search(rng), "score", save_path=paths["trials"])
    return list(paths.values())


if __name__ == "__main__":
    for path in draw(Path(sys.argv[1] if len(sys.argv) > 1 else "outputs/gallery")):
        print(path)
