"""Credentials of any form of address are in no message, no folder name and no status."""

import pytest

from jaxviz.tracking import Store, resolve_store
from jaxviz.tracking.store import _secrets
from jaxviz.tracking.store._failures import one_line

ADDRESSES = {
    "http://user:hunter2@host:5000/": "http://host:5000",
    "http://hunter2@host": "http://host",
    "http://user:hun%2Fter2@host/path": "http://host/path",
    "http://user:hunter2@x@host": "http://host",
    "https://user:hunter 2 is mine@host": "https://host",
    "https://host/#token=hunter2": "https://host/",
    "https://host/path?token=hunter2#hunter2": "https://host/path",
    "https://host?x=1&access_token=hunter2&y=2": "https://host?x=1&y=2",
    "https://host?sig=hunter2": "https://host",
    "https://host?X-Amz-Signature=hunter2": "https://host",
    "postgresql://user:hunter2@host:5432/db": "postgresql://host:5432/db",
    "postgresql+psycopg2://user:hun/ter#2@host/db": "postgresql+psycopg2://host/db",
    "postgresql://user:hunter?2@host/db": "postgresql://host/db",
    "postgresql://user:my hunter2 word@host/db": "postgresql://host/db",
    "postgresql://host/db?user=me&password=hunter2": "postgresql://host/db?user=me",
    "postgresql://host/db?password=hunter2 with blanks&sslmode=require": "postgresql://host/db?sslmode=require",
    "postgresql://host/db?PASSWORD=hunter2": "postgresql://host/db",
    "postgresql://host/db?p%61ssword=hunter2": "postgresql://host/db",
    "postgresql://host/db?sslpassword=hunter2&sslkey=/a/b": "postgresql://host/db?sslkey=/a/b",
    "postgresql://host/db#hunter2": "postgresql://host/db",
    "mysql+pymysql://host/db?passwd=hunter2": "mysql+pymysql://host/db",
    "mssql+pyodbc:///?odbc_connect=DRIVER={ODBC};SERVER=h;DATABASE=d;UID=me;PWD=hunter2": (
        "mssql+pyodbc:///?odbc_connect=DRIVER={ODBC};SERVER=h;DATABASE=d"
    ),
    "mssql+pyodbc:///?odbc_connect=DRIVER%3D%7BODBC%7D%3BSERVER%3Dh%3BUID%3Dme%3BPWD%3D%7Bhun%3Bter2%7D": (
        "mssql+pyodbc:///?odbc_connect=DRIVER={ODBC};SERVER=h"
    ),
    "mssql+pyodbc:///?odbc_connect=SERVER%3Dh%3BPwd+%3D+hunter2+word%3BDATABASE%3Dd": (
        "mssql+pyodbc:///?odbc_connect=SERVER=h;DATABASE=d"
    ),
    "databricks://dapi0123456789abcdef": "databricks://***",
    "databricks://token:dapi0123456789abcdef@host": "databricks://host",
    "databricks://token:hunter2@host?http_path=/sql": "databricks://host?http_path=/sql",
    "databricks://profile": "databricks://profile",
    "sqlite+pysqlcipher://:hunter2@/a/b.db": "sqlite+pysqlcipher:///a/b.db",
    "https://host?pw=hunter2&jwt=hunter2&code=hunter2&session=hunter2": "https://host",
    "https://host?workspace=team&pat=hunter2": "https://host?workspace=team",
    "https://host/path;password=hunter2/x": "https://host/path/x",
    "https://host/token/hunter2/mlflow": "https://host/token/***/mlflow",
    "postgresql://host/db?options=-c%20password%3Dhunter2": "postgresql://host/db",
    "postgresql://host/db?application_name=token%3Dhunter2": "postgresql://host/db",
    "http:/user:hunter2@host": "http:/host",
    "http:\\\\user:hunter2@host": "http:\\\\host",
    "user:hunter2@host": "host",
    "http://host:5000/a@b": "http://host:5000/a@b",
    "postgresql://host/db?user=a@b": "postgresql://host/db?user=a@b",
}
PIECES = ("hunter", "ter2", "ter#2", "dapi0", "my hun", "is mine", "with blanks", "word@")


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(_secrets, "_known", set())


def is_clean(text):
    return not any(piece in text for piece in PIECES)


@pytest.mark.parametrize(("uri", "address"), ADDRESSES.items(), ids=range(len(ADDRESSES)))
def test_an_address_holds_nothing_secret(uri, address):
    store = Store(uri, "test")
    assert store.address == address.rstrip("/") or store.address == address
    assert is_clean(store.folder_name)
    assert is_clean(repr(store))


@pytest.mark.parametrize("uri", ADDRESSES, ids=range(len(ADDRESSES)))
@pytest.mark.parametrize(
    "message", ["cannot open {} now", "({!r})", "Connection to {}: refused\nsecond line", "Could not parse '{}'"]
)
def test_a_message_that_repeats_an_address_is_clean(uri, message):
    Store(uri, "opened")
    assert is_clean(one_line(message.format(uri)))


@pytest.mark.parametrize(
    "text",
    [
        "login failed: password=hunter2",
        "PWD={hunter2 with; all}",
        "PWD=hunter2;SERVER=h",
        "token: hunter2",
        "{'password': 'hunter2'}",
        '{"access_token": "hunter2"}',
        "sslpassword = hunter2",
        "AWS_SECRET_ACCESS_KEY=hunter2",
        "https://me:hunter2@host/path is away",
        "token dapi0123456789abcdef is not valid",
    ],
)
def test_secrets_of_any_message_are_hidden(text):
    assert is_clean(one_line(text))


def test_secrets_of_the_environment_are_hidden(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "hunter2")
    assert one_line("bearer hunter2 is not allowed") == "bearer *** is not allowed"


def test_what_is_no_address_is_refused_without_its_secrets():
    for uri in ("http://u:hunter2@[::1", "sqlite://:hunter2@/:memory:"):
        with pytest.raises(ValueError, match="`tracking_uri`") as found:
            resolve_store(uri)
        assert is_clean(str(found.value))


def test_messages_keep_their_words():
    for text in ("the token has expired", "passing 3 of 4", "key 'a' not found", "password authentication failed"):
        assert one_line(text) == text


def test_stores_that_differ_have_different_folders():
    places = [f"mssql+pyodbc:///?odbc_connect=SERVER=h;DATABASE={name};PWD=hunter2" for name in ("a", "b")]
    assert len({Store(uri, "").folder_name for uri in places}) == 2
