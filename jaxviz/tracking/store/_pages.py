"""Addresses of MLflow's pages: its front page shows language models, not runs."""

from ._failures import translated
from ._store import Store, local_store, open_client

UI_ADDRESS = "http://127.0.0.1:5000"
"""Where `jaxviz ui` serves the local store, unless it is told another port."""
_MOST_EXPERIMENTS = 1000


def runs_page(experiment: str, run: str | None = None) -> str:
    """The page of the runs of an experiment, or of one of them, behind the address of the server."""
    return f"/#/experiments/{experiment}/runs{'' if run is None else f'/{run}'}"


def run_page(store: Store, experiment: str, run: str) -> str | None:
    """Where a run is seen; None for a store that neither MLflow's server nor `jaxviz ui` shows."""
    if store.is_server:
        return f"{store.address}{runs_page(experiment, run)}"
    if store.address == local_store().address:
        return f"{UI_ADDRESS}{runs_page(experiment, run)} (served by `jaxviz ui`)"
    return None


def last_runs(store: Store) -> str:
    """The page of the experiment with the latest run; of all experiments if there is no run."""
    with translated():
        client = open_client(store)
        experiments = [one.experiment_id for one in client.search_experiments(max_results=_MOST_EXPERIMENTS)]
        latest = client.search_runs(experiments, order_by=["attributes.start_time DESC"], max_results=1)
    return runs_page(latest[0].info.experiment_id) if latest else "/#/experiments"
