"""Names that the logger writes, the drainer sends and readers look for: stored runs and models have them for good."""

KEY_TAG = "jaxviz.key"
"""The tag that makes sending a run or a model again harmless."""
LOADER = "jaxviz.tracking._serve"
"""The module that MLflow loads stored models with."""
MODEL_URI = "models:/"
MODEL_PREFIXES = ("m-", MODEL_URI)
"""How an id of MLflow, or an address, of a model begins."""
EXPERIMENT_KEY = "experiment"
"""What the progress of a journal calls MLflow's id of its experiment; runs and models have hexadecimal keys."""
