"""Failures of a store: records that it refuses for good, and a store that is not accepting data now."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..._printable import printable
from ._secrets import hidden

_FOR_GOOD = {
    "BAD_REQUEST",
    "INVALID_PARAMETER_VALUE",
    "INVALID_STATE",
    "RESOURCE_ALREADY_EXISTS",
    "RESOURCE_DOES_NOT_EXIST",
}
_WHOLE = re.compile(r"RESOURCE_DOES_NOT_EXIST|not found|must be in the 'active' state")
_TOO_LARGE = re.compile(r"error code 413\b|\b413 Client Error")
_GATEWAY = re.compile(r"error code 50[24]\b|too many 50[24] error|\b50[24] Server Error")
"""A proxy that waited for the server in vain, or lost it."""
_SILENT = re.compile(r"timed out|\b504\b")


class RefusedError(Exception):
    """The store will never accept it."""

    @property
    def whole(self) -> bool:
        """Whether no part of a batch would be accepted either."""
        return bool(_WHOLE.search(str(self)))


class UnavailableError(Exception):
    """The store is not accepting data now."""


def is_of_mlflow(failure: Exception) -> bool:
    """Whether MLflow itself has said so, and not its client, which could not read the answer."""
    from mlflow.exceptions import MlflowException

    return isinstance(failure.__cause__, MlflowException)


def is_unanswered(failure: Exception) -> bool:
    """Whether the store may have done what it was asked for, or may do it yet: it got the request and said nothing."""
    return any(map(_is_lost, _chain(failure)))


def is_silence(failure: Exception) -> bool:
    """Whether a request was given up after waiting for its answer, so that the store may still work on it."""
    return any(_SILENT.search(str(error)) and _is_lost(error) for error in _chain(failure))


def _is_lost(error: BaseException) -> bool:
    """Whether an error is one of a request that was sent and whose answer did not come, or not whole."""
    import requests
    from urllib3.exceptions import NewConnectionError

    if isinstance(error, requests.exceptions.RetryError) or not isinstance(error, requests.RequestException):
        return bool(_GATEWAY.search(str(error)))
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return not isinstance(error, requests.exceptions.ConnectTimeout) and not isinstance(reason, NewConnectionError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@contextmanager
def translated() -> Iterator[None]:
    """Raise one of the two for any error of MLflow, its transport, its database or a file system.

    MLflow's client errors (400, 404) are refusals, and so is a request too large for the server or a proxy before it
    (413); credentials that are missing or wrong, a wrong address, and everything else of MLflow or the system pass. A
    record that MLflow's own code stumbles over is refused.
    """
    try:
        yield
    except (RefusedError, UnavailableError):
        raise
    except Exception as error:
        kind = RefusedError if _is_for_good(error) else UnavailableError
        raise kind(one_line(error)) from error


def _is_for_good(error: Exception) -> bool:
    from mlflow.exceptions import MlflowException, RestException

    if isinstance(error.__cause__, OverflowError):  # a number that the database has no room for
        return True
    if _TOO_LARGE.search(str(error)):
        return True
    if isinstance(error, MlflowException):
        local = not str(error).startswith("API request to endpoint")  # an answer that is not MLflow's own
        return error.error_code in _FOR_GOOD and (isinstance(error, RestException) or local)
    if type(error).__name__ == "JSONDecodeError":  # json's, simplejson's, requests': an answer that is cut
        return False
    return isinstance(error, TypeError | ValueError | LookupError | AttributeError | FileNotFoundError)


def one_line(error: Exception | str) -> str:
    """The first line of a message, without credentials and control characters."""
    text = str(error).strip() or type(error).__name__
    return printable(hidden(text.splitlines()[0]))[:500]
