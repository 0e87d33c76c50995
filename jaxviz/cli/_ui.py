"""`jaxviz ui`: MLflow's pages of the local store."""

from typing import Annotated

import typer

from ._exit import fail, say


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 5000,
) -> None:
    """Serve the local MLflow store on 127.0.0.1, until Ctrl-C."""
    from ..tracking import local_store
    from ..tracking.store._server import serve

    store = local_store()
    say(f"MLflow UI of {store.address}: http://127.0.0.1:{port}  (Ctrl-C ends it)")
    try:
        code = serve(store, port)
    except RuntimeError as error:
        fail(str(error))
    raise typer.Exit(code)  # not in the `try`: it is a RuntimeError itself
