"""The gate as a test: NEW=gate/new.npz BASELINE=main.npz pytest examples/gate

NEW and BASELINE are studies of one algorithm, as `gate.sh` and `benchmark_suite.py` save them.
"""

import os

import jaxviz as jv

MARGIN = float(os.environ.get("MARGIN", "0.1"))


def test_the_new_runs_are_not_worse_than_those_of_before():
    new, before = (jv.Study.load(os.environ[name]) for name in ("NEW", "BASELINE"))
    jv.testing.assert_not_worse(new, before, margin=MARGIN, estimator="mean")
