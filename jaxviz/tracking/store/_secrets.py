"""The one home of what must not be seen: credentials in addresses of stores, and in messages that repeat them.

`without_credentials` reads a whole address, and takes out of it

- the user and the password before the host, with any characters in them, blanks included;
- the fragment, which no store reads;
- the parameters, but for those that are known to hold nothing secret (`_SHOWN`) and values of up to three characters:
  anything may be the name of a secret (`pw`, `jwt`, `code`, `options`);
- of `odbc_connect=` everything but the driver, the server and the database;
- parts of a path that follow `;` or a word such as `token/`;
- in a text without `://` everything before an `@`, as of an address that somebody mistyped.

`hidden` reads any text. It hides the same where it looks like an address, `NAME=…` of such names, tokens of Databricks,
the secrets of every address that this process has seen, and those in the environment.
"""

import os
import re
from urllib.parse import unquote, unquote_plus

HIDDEN = "***"
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase|code)?$|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key"
    r"|credential|signature|^sig$|^auth|^key$|^uid$|^odbc_connect$",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"user|username|host|hostaddr|port|db|dbname|database|catalog|schema|driver|charset|encoding|collation|unix_socket"
    r"|ssl_?(mode|key|cert|ca|rootcert|crl)|http_?path|warehouse|role|region|project|tenant|workspace|org|o|account"
    r"|timeout|connect_timeout|application_name|mode|cache|nolock|immutable|uri|autocommit|isolation_level|plugin|cipher",
    re.IGNORECASE,
)
"""Names of parameters that tell stores apart, or how to reach them."""
_PATH_WORD = re.compile(r"(?<=/)(tokens?|secrets?|passwords?|api-?keys?|keys?|auth)/[^/]+", re.IGNORECASE)
_PATH_PARAMETER = re.compile(r";[^/]*")
_BEFORE_AT = re.compile(r"[^/\\@\s]*:[^@]*@")
_ODBC_KEPT = ("driver", "server", "address", "addr", "data source", "database", "initial catalog", "dsn", "port")
_ODBC_PART = re.compile(r"\s*([^=;]+?)\s*=\s*(\{(?:[^}]|\}\})*\}|[^;]*)")
_TOKEN = re.compile(r"\bdapi[0-9a-fA-F]{8,}(?:-\d+)?")
_IN_TEXT = re.compile(
    r"""(?P<name>\b[\w.\-]*(?:pass(?:word|wd|phrase|code)|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key"""
    r"""|private[_-]?key|credential|signature|odbc_connect)[\w\-]*["']?\s*(?:=|%3[dD]|:(?!/))\s*)"""
    r"""(?:\{[^}]*\}|"[^"]*"|'[^']*'|(?:%7[bB].*?%7[dD])|[^\s&;,'")>]+)""",
    re.IGNORECASE,
)
_USER_IN_TEXT = re.compile(r"(?<!http)(?<!https)://[^/:@\s]*:[^?\s]*@|://[^/?#\s]*@")
"""`user:password@`. The password of a database may hold characters that end an address of the web: `/`, `#`."""
_SHORTEST = 4
"""Secrets of fewer characters are words of every message."""
_ENVIRONMENT = (
    *("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_SECRET"),
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_STORAGE_ACCESS_KEY"),
)
_known: set[str] = set()
"""Secrets of the addresses of this process, as they stand in them and decoded."""


def without_credentials(uri: str) -> str:
    """An address without anything secret; two stores that differ in more than that have different ones."""
    scheme, separator, rest = uri.partition("://")
    if not separator or scheme.lower() in ("file", "models", "runs"):
        return _TOKEN.sub(HIDDEN, uri if separator else _without_user(uri))
    is_web, is_file = scheme.lower() in ("http", "https"), rest.startswith("/")
    before, mark, query = rest.partition("?")
    if "@" in query and "@" not in before and not is_web and not is_file and ":" in before:  # a `?` in the password
        before, mark, query = rest, "", ""
    ends = r"[/?#]" if is_web else r"\Z"
    authority = re.split(ends, before, maxsplit=1)[0]
    user, at, _ = authority.rpartition("@") if not is_file else ("", "", "")
    if at:
        before = before[len(user) + 1 :]
        _remember(user, *user.split(":", 1))
    place, hash_mark, fragment = before.partition("#") if not is_file else (before, "", "")
    place = _place(place) if is_web else place
    query, more_mark, more = query.partition("#")
    _remember(*(part for part in (fragment, more) if hash_mark or more_mark))
    kept = [shown for part in query.split("&") if (shown := _parameter(part)) is not None]
    return _TOKEN.sub(HIDDEN, f"{scheme}://{place}{mark if any(kept) else ''}{'&'.join(kept)}")


def _without_user(text: str) -> str:
    """A text that is no address, without the user of one: `http:/user:password@host`."""
    scheme, colon, rest = text.partition(":")
    if rest[:1] not in ("/", "\\"):
        scheme, colon, rest = "", "", text
    found = _BEFORE_AT.search(rest)
    if found is None:
        return text
    _remember(found[0][:-1], *found[0][:-1].split(":", 1))
    return scheme + colon + rest[: found.start()] + rest[found.end() :]


def _place(place: str) -> str:
    """Host and path without secrets in the path."""
    for pattern in (_PATH_PARAMETER, _PATH_WORD):
        _remember(*(re.split("[/=;]", found[0])[-1] for found in pattern.finditer(place)))
    return _PATH_WORD.sub(rf"\1/{HIDDEN}", _PATH_PARAMETER.sub("", place))


def _parameter(part: str) -> str | None:
    """A parameter of an address without secrets; None if nothing is left of it."""
    name, _, value = part.partition("=")
    name = unquote_plus(name).strip()
    if name.lower() == "odbc_connect":
        return f"odbc_connect={_odbc(unquote_plus(value))}"
    is_shown = _SHOWN.fullmatch(name) or len(value) < _SHORTEST
    if _SECRET_NAME.search(name) or not is_shown or hidden(said := unquote_plus(value)) != said:
        _remember(value)
        return None
    return part


def _odbc(text: str) -> str:
    kept = []
    for name, value in _ODBC_PART.findall(text):
        if name.lower() in _ODBC_KEPT:
            kept.append(f"{name}={value}")
        else:
            _remember(value, value.strip("{}"))
    return ";".join(kept)


def _remember(*secrets: str) -> None:
    for secret in secrets:
        _known.update(one for one in (secret, unquote(secret), unquote_plus(secret)) if len(one) >= _SHORTEST)


def hidden(text: str) -> str:
    """A message without anything secret."""
    for secret in sorted({*_known, *_of_environment()}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _USER_IN_TEXT.sub("://", text)
    return _TOKEN.sub(HIDDEN, _IN_TEXT.sub(rf"\g<name>{HIDDEN}", text))


def _of_environment() -> list[str]:
    return [value for name in _ENVIRONMENT if len(value := os.environ.get(name, "")) >= _SHORTEST]
