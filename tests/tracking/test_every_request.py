"""Every request of a whole log fails once, in every way: the store holds exactly what was logged."""

import random

import pytest

from .stub import CHILDREN, WAYS, Bench, stub_server

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


def test_an_empty_answer_makes_no_model_ready(bench):
    """MLflow's client takes it for a model without an id."""
    numbers = [i for i, request in enumerate(bench.requests) if request.startswith("PATCH") and "/m-" in request]
    assert numbers
    for number in numbers:
        check(bench, "{}", number)


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", WAYS)
def test_every_request_may_fail_in_every_way(bench, way):
    for number in range(len(bench.requests)):
        check(bench, way, number)
