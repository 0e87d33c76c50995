"""The list of formats."""

from pathlib import Path

import pytest

from jaxviz.logs._formats import FORMATS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "logs.md").read_text()


@pytest.mark.parametrize("name", [one.name for one in FORMATS])
def test_every_format_is_in_the_documentation(name):
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| ")]
    assert name in {cell.strip() for row in rows for cell in row.split(",")}


def test_no_two_have_one_name():
    assert len({one.name for one in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("head", [b"", b"\0" * 64, b"\xff" * 64, b"{", b"[" * 1000, b"a,b\n", b"#{", b"\x80\x04"])
def test_telling_a_format_raises_nothing(head):
    for one in FORMATS:
        assert one.looks(head, Path("some/folder/file")) in (True, False)
