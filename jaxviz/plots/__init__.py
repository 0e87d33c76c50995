"""Figures: TrainingRun, Analysis, Aggregate or raw arrays -> matplotlib Figure, without pyplot.

with jaxviz.plots.style("paper"):
    figure = jaxviz.plots.plot_training_curves(run, target=475, save_path="curves.pdf")
print(jaxviz.plots.figure_caption(figure))
"""

from ._algorithms import plot_interval_estimates as plot_interval_estimates
from ._algorithms import plot_learning_curve_comparison as plot_learning_curve_comparison
from ._algorithms import plot_performance_profiles as plot_performance_profiles
from ._change_points import plot_change_points as plot_change_points
from ._comprehensive import create_comprehensive_analysis as create_comprehensive_analysis
from ._drawdown import plot_drawdown as plot_drawdown
from ._efficiency import plot_sample_efficiency as plot_sample_efficiency
from ._episodes import plot_episode_progress as plot_episode_progress
from ._episodes import plot_episode_statistics as plot_episode_statistics
from ._figure import figure_caption as figure_caption
from ._gradients import plot_gradient_flow as plot_gradient_flow
from ._heatmap import plot_hyperparameter_heatmap as plot_hyperparameter_heatmap
from ._hyperparameters import plot_hyperparameter_comparison as plot_hyperparameter_comparison
from ._improvement import plot_probability_of_improvement as plot_probability_of_improvement
from ._improvement import plot_rank_distributions as plot_rank_distributions
from ._losses import plot_diagnostics as plot_diagnostics
from ._losses import plot_kl_divergence as plot_kl_divergence
from ._losses import plot_loss_curves as plot_loss_curves
from ._policy import plot_policy_distribution as plot_policy_distribution
from ._policy_over_training import plot_policy_over_training as plot_policy_over_training
from ._reliability import plot_reliability_profile as plot_reliability_profile
from ._sensitivity import plot_hyperparameter_sensitivity as plot_hyperparameter_sensitivity
from ._stability import plot_training_stability as plot_training_stability
from ._style import style as style
from ._training import plot_advanced_learning_curves as plot_advanced_learning_curves
from ._training import plot_training_curves as plot_training_curves
