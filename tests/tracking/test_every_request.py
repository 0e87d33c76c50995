"""Every request of a whole log fails once, in every way: the store holds exactly what was logged."""

import random
import re

import pytest

from .stub import CHILDREN, WAYS, Bench, code, stub_server

pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint")  # of MLflow, as in the drainer's own process
LONGEST_DELAY = 25
"""Other requests before a late one is carried out: soon, or long after its run was made again."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stub")
    with pytest.MonkeyPatch.context() as patch, stub_server(folder) as stub:
        patch.setenv("JAXVIZ_JOURNAL", str(folder))
        yield Bench(stub, folder)


def check(bench, way, number):
    """One case: everything once, and nothing but that, deleted runs included."""
    delay = random.Random(number).randrange(1, LONGEST_DELAY)
    found = bench.sent(number, WAYS[way], delay)
    if way == "late":  # made a second time long after it was asked for: deleted, and empty
        assert all(not metrics for _, metrics in found["deleted"])
        found |= {"deleted": [], "deleted models": 0}
    assert found == bench.plain, f"{way}, request {number}: {bench.requests[number]}"


def test_the_log_is_whole(bench):
    assert bench.plain["runs"] == {"parent": 1, **{f"child {i}": 1 for i in range(CHILDREN)}}
    states = {name: about[0] for name, (about, *_) in bench.plain["run"].items()}
    assert states == {"parent": "FINISHED"} | {f"child {i}": "FINISHED" if i % 3 else "FAILED" for i in range(CHILDREN)}
    assert [len(bench.plain[name]) for name in ("model", "versions", "aliases", "names")] == [1, 1, 1, 1]
    assert bench.plain["deleted"] == []
    assert len(bench.requests) > 80


@pytest.mark.parametrize("way", WAYS)
def test_a_request_that_fails_changes_nothing(bench, way):
    """Each way at every so many requests; all ways at all of them take an hour."""
    count, place = len(bench.requests), list(WAYS).index(way)
    first = place + len(WAYS) * (place % 2)
    for number in range(first, count, 2 * len(WAYS)):
        check(bench, way, number)


EMPTY = {
    "POST runs/log-batch", "POST runs/log-inputs", "POST runs/outputs", "POST registered-models/alias",
}  # fmt: skip
"""Requests whose real answer is `{}`, so that nobody can tell it from that of something else."""
LISTS = {
    "GET experiments/search",
    "POST runs/search",
    "POST logged-models/search",
    "GET model-versions/search",
    "GET artifacts",
}
"""`{}` is also the real answer where there is nothing: what was made before is looked for again, see `_doubts`."""
TELLING = {
    "GET experiments/get-by-name", "POST experiments/create", "GET experiments/get",
    "POST runs/create", "GET runs/get", "POST runs/update",
    "POST logged-models", "GET logged-models/…", "PATCH logged-models/…",
    "POST registered-models/create", "GET registered-models/get", "POST model-versions/create",
}  # fmt: skip
"""Requests whose real answer has content, which is looked at: `{}` is no answer."""


def kind(request):
    """What is asked for, without ids."""
    method, path = re.sub(r"[?].*", "", request).split(" ")
    return f"{method} {re.sub('/m-.*', '/…', path.split('/mlflow/')[-1].split('mlflow-artifacts/')[-1])}"


def test_every_request_is_one_whose_answer_is_known(bench):
    kinds = {kind(request) for request in bench.requests}
    uploads = {one for one in kinds if one.startswith("PUT artifacts/")}  # confirmed by the list of files
    assert kinds - uploads <= EMPTY | LISTS | TELLING


@pytest.mark.parametrize("of", sorted(TELLING))
def test_an_empty_answer_is_none(bench, of):
    number = [kind(request) for request in bench.requests].index(of)
    assert bench.sent(number, code(200, b"{}", "application/json")) == bench.plain


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", WAYS)
def test_every_request_may_fail_in_every_way(bench, way):
    for number in range(len(bench.requests)):
        check(bench, way, number)
