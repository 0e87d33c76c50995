"""The gradient figure against the gradients."""

import numpy as np
import pytest

from jaxviz.plots import plot_gradient_flow

from .conftest import texts
from .drawn import xs, ys


def test_each_array_has_its_norm_and_its_share_of_zeros(rng):
    kernel = rng.normal(size=(4, 3)).astype(np.float32)
    kernel[0] = 0
    gradients = {"dense": {"kernel": kernel, "bias": np.zeros(3, np.float32)}, "count": np.arange(3)}
    norms, zeros = plot_gradient_flow(gradients).axes
    assert [label.get_text() for label in norms.get_yticklabels()] == ["dense/bias", "dense/kernel"]
    (dot,) = norms.lines
    np.testing.assert_allclose(xs(dot), [float(np.linalg.norm(kernel))], rtol=1e-6)
    assert "zero" in texts(norms)
    np.testing.assert_allclose(xs(zeros.lines[0]), [1.0, 0.25])
    with pytest.raises(ValueError, match="no floating-point array"):
        plot_gradient_flow({"count": np.arange(3)})


def test_a_run_shows_its_gradient_norm_over_training(seeds):
    (ax,) = plot_gradient_flow(seeds).axes
    np.testing.assert_allclose(ys(ax.lines[0]), seeds.summary.losses["grad_norm"].interval.estimate[0], rtol=1e-6)
