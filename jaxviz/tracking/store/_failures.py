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


class RefusedError(Exception):
    """The store will never accept it."""

    @property
    def whole(self) -> bool:
        """Whether no part of a batch would be accepted either."""
        return bool(_WHOLE.search(str(self)))


class UnavailableError(Exception):
    """The store is not accepting data now."""


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
    return isinstance(error, TypeError | ValueError | LookupError | AttributeError | FileNotFoundError)


def one_line(error: Exception | str) -> str:
    """The first line of a message, without credentials and control characters."""
    text = str(error).strip() or type(error).__name__
    return printable(hidden(text.splitlines()[0]))[:500]
