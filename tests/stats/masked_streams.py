"""Streams for property tests: ties, holes, offsets, at one length so that nothing compiles twice."""

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

N = 24

quick = settings(
    deadline=None, max_examples=30, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def streams(draw, n=N):
    """(x, valid): small integers with many ties or spread-out floats, far from zero or not, any mask."""
    values = draw(st.sampled_from([st.integers(-4, 4), st.floats(-100, 100, width=32)]))
    x = np.array(draw(st.lists(values, min_size=n, max_size=n)), np.float64)
    valid = np.array(draw(st.lists(st.booleans() | st.just(True), min_size=n, max_size=n)), bool)
    return x + draw(st.sampled_from([0.0, 1e6])), valid


@st.composite
def steps(draw, n=N):
    """Ascending integer steps with ties, beyond 2²⁴ or not."""
    gaps = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    return np.cumsum(gaps) + draw(st.sampled_from([0, 2**24 + 1]))
