"""Figures: TrainingRun, Analysis, Aggregate or raw arrays -> matplotlib Figure, without pyplot.

with jaxviz.plots.style("paper"):
    figure = jaxviz.plots.plot_training_curves(run, target=475, save_path="curves.pdf")
print(jaxviz.plots.figure_caption(figure))
"""

from ._comprehensive import create_comprehensive_analysis as create_comprehensive_analysis
from ._episodes import plot_episode_statistics as plot_episode_statistics
from ._figure import figure_caption as figure_caption
from ._losses import plot_diagnostics as plot_diagnostics
from ._losses import plot_kl_divergence as plot_kl_divergence
from ._losses import plot_loss_curves as plot_loss_curves
from ._policy import plot_policy_distribution as plot_policy_distribution
from ._stability import plot_training_stability as plot_training_stability
from ._style import style as style
from ._training import plot_advanced_learning_curves as plot_advanced_learning_curves
from ._training import plot_training_curves as plot_training_curves
