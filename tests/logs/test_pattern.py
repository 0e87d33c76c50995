"""The caller's pattern of paths."""

from pathlib import Path

import pytest

from jaxviz.logs._pattern import compiled, matched


@pytest.mark.parametrize(
    ("pattern", "path", "root", "found"),
    [
        ("{algorithm}/{task}/seed_{seed}", "/r/PPO/Cart/seed_3/monitor.csv", "/r", ("PPO", "Cart", "3")),
        ("{algorithm}/{task}/seed_{seed}", "/r/PPO/Cart/seed_3/monitor.csv", "/r/PPO/Cart", ("PPO", "Cart", "3")),
        ("{algorithm}/{task}/{seed}", "/r/PPO/Cart/3.txt", "/r", ("PPO", "Cart", "3")),
        ("{algorithm}/{task}/{seed}.txt", "/r/PPO/Cart/3.txt", "/r", ("PPO", "Cart", "3")),
        ("**/{task}-{algorithm}-{seed}", "/r/a/b/Cart-PPO-3.csv", "/r", ("PPO", "Cart", "3")),
        ("*/{algorithm}_*/{task}/{seed}", "/r/x/PPO_old/Cart/3/train/events", "/r", ("PPO", "Cart", "3")),
        ("{algorithm}.{task}+{seed}", "/r/PPO.Cart+3/progress.csv", "/r", ("PPO", "Cart", "3")),
        ("{algorithm}/{task}/seed_{seed}", "/r/PPO/Cart/3/monitor.csv", "/r", None),
    ],
)
def test_names_stand_for_parts_of_paths(pattern, path, root, found):
    names = ("algorithm", "task", "seed")
    expected = None if found is None else dict(zip(names, found, strict=True))
    assert matched(compiled(pattern), Path(path), Path(root)) == expected


@pytest.mark.parametrize("pattern", ["runs/seed_3", "{algorithm", "{a}/{a}", "{a b}", "{}", "algorithm}"])
def test_what_is_no_pattern_is_told(pattern):
    with pytest.raises(ValueError, match=r"`pattern` (must name parts of paths|names a part twice)"):
        compiled(pattern)
