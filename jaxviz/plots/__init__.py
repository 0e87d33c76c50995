"""Figures: TrainingRun, Analysis, Aggregate or raw arrays -> matplotlib Figure, without pyplot.

with jaxviz.plots.style("paper"):
    figure = jaxviz.plots.plot_training_curves(run, target=475, save_path="curves.pdf")
print(jaxviz.plots.figure_caption(figure))
"""

from ._figure import figure_caption as figure_caption
from ._policy import plot_policy_distribution as plot_policy_distribution
from ._stability import plot_training_stability as plot_training_stability
from ._style import style as style
from ._training import plot_advanced_learning_curves as plot_advanced_learning_curves
from ._training import plot_training_curves as plot_training_curves
