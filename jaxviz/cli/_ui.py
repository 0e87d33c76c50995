"""`jaxviz ui`: MLflow's pages of the local store."""

from typing import Annotated

import typer

from ._exit import fail, say
from ._mending import mending


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 5000,
) -> None:
    """Serve the local MLflow store on 127.0.0.1, until Ctrl-C."""
    from ..tracking import local_store
    from ..tracking.store._failures import RefusedError, UnavailableError
    from ..tracking.store._pages import last_runs
    from ..tracking.store._server import serve

    store = local_store()
    address = f"http://127.0.0.1:{port}"
    say(f"MLflow UI of {store.address} on {address} starts; Ctrl-C ends it")
    try:
        say(f"the latest runs: {address}{last_runs(store)}")
        code = serve(store, port)
    except (RuntimeError, RefusedError, UnavailableError) as error:
        fail(f"{error}{mending(str(error))}")
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)  # not in the `try`: it is a RuntimeError itself
