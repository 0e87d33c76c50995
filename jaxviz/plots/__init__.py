"""Figures: TrainingRun, Analysis, Aggregate or raw arrays -> matplotlib Figure, without pyplot.

with jaxviz.plots.style("paper"):
    figure = jaxviz.plots.plot_training_curves(run, target=475, save_path="curves.pdf")
print(jaxviz.plots.figure_caption(figure))
"""

from ._comprehensive import create_comprehensive_analysis
from ._comprehensive import draw_figures as draw_figures
from ._draw._figure import add_caption as add_caption
from ._draw._figure import figure_caption
from ._draw._figure import save as save
from ._draw._style import style
from ._draw._style import without_captions as without_captions
from ._draw._words import Words
from ._grid import plot_grid
from .algorithms._distributions import plot_score_distributions
from .algorithms._efficiency import plot_sample_efficiency
from .algorithms._improvement import plot_probability_of_improvement, plot_rank_distributions
from .algorithms._intervals import plot_interval_estimates
from .algorithms._learning_curves import plot_learning_curve_comparison
from .algorithms._profiles import plot_performance_profiles
from .algorithms._reliability import plot_reliability_profile
from .algorithms._times import plot_time_to_target
from .comparison._coverage import plot_coverage
from .comparison._curves import plot_common_curves, plot_task_curves
from .comparison._differences import plot_differences
from .comparison._improvement_matrix import plot_improvement_matrix
from .comparison._task_improvements import plot_task_improvements
from .comparison._task_scores import plot_task_scores
from .comparison._tiers import plot_tiers
from .hyperparameters._best_of_k import plot_best_of_k, plot_importance
from .hyperparameters._comparison import plot_hyperparameter_comparison
from .hyperparameters._heatmap import plot_hyperparameter_heatmap
from .hyperparameters._sensitivity import plot_hyperparameter_sensitivity
from .hyperparameters._trials import plot_trials
from .policy._distribution import plot_policy_distribution
from .policy._over_training import plot_policy_over_training
from .training._change_points import plot_change_points
from .training._drawdown import plot_drawdown
from .training._episodes import plot_episode_progress, plot_episode_statistics
from .training._gradients import plot_gradient_flow
from .training._learning_curves import plot_advanced_learning_curves, plot_training_curves
from .training._losses import plot_diagnostics, plot_kl_divergence, plot_loss_curves
from .training._representative import plot_representative_runs
from .training._stability import plot_training_stability

__all__ = [
    "Words",
    "create_comprehensive_analysis",
    "figure_caption",
    "plot_advanced_learning_curves",
    "plot_best_of_k",
    "plot_change_points",
    "plot_common_curves",
    "plot_coverage",
    "plot_diagnostics",
    "plot_differences",
    "plot_drawdown",
    "plot_episode_progress",
    "plot_episode_statistics",
    "plot_gradient_flow",
    "plot_grid",
    "plot_hyperparameter_comparison",
    "plot_hyperparameter_heatmap",
    "plot_hyperparameter_sensitivity",
    "plot_importance",
    "plot_improvement_matrix",
    "plot_interval_estimates",
    "plot_kl_divergence",
    "plot_learning_curve_comparison",
    "plot_loss_curves",
    "plot_performance_profiles",
    "plot_policy_distribution",
    "plot_policy_over_training",
    "plot_probability_of_improvement",
    "plot_rank_distributions",
    "plot_reliability_profile",
    "plot_representative_runs",
    "plot_sample_efficiency",
    "plot_score_distributions",
    "plot_task_curves",
    "plot_task_improvements",
    "plot_task_scores",
    "plot_tiers",
    "plot_time_to_target",
    "plot_training_curves",
    "plot_training_stability",
    "plot_trials",
    "style",
]
