"""Tables of several runs against pandas, and each trap of real ones with the right answer."""

import numpy as np
import pandas as pd
import pytest

from jaxviz.host.readers._long_rows import Columns
from jaxviz.host.readers._long_rows._blocks import pieces_of
from jaxviz.host.readers._long_rows._by_cell import by_cell
from jaxviz.host.readers._long_rows._by_polars import by_polars
from jaxviz.host.readers._long_rows._equal_ends import segments
from jaxviz.logs.formats import progress, tidy
from tests.known import known, known_as

REAL = {
    "drqv2_dmc_cup_catch.csv": (["agent", "task", "seed"], "frame", "episode_reward", "frames"),
    "simba_tdmpc2_simba.csv": (["exp_name", "env_name", "seed"], "env_step", "value", "environment steps"),
    "tdmpc2/walker-walk.csv": (["seed"], "step", "reward", None),
    "sac/walker-walk.csv": (["seed"], "step", "reward", None),
}
NAMES = {"agent": "algorithm", "exp_name": "algorithm", "task": "task", "env_name": "task", "seed": "seed"}


@pytest.mark.parametrize("name", REAL)
def test_real_tables_are_those_of_pandas(shared_data, name):
    keys, step, value, unit = REAL[name]
    path = shared_data / "logs/tidy" / name
    logs = tidy.FORMAT.read(path)
    frame = pd.read_csv(path, dtype=dict.fromkeys(keys, str), float_precision="round_trip")
    runs = dict(iter(frame.groupby(keys, sort=False)))
    assert len(logs) == len(runs)
    for log, (key, rows) in zip(logs, runs.items(), strict=True):
        assert log.labels == {NAMES[column]: text for column, text in zip(keys, known_as(tuple, key), strict=True)}
        series = log.series.get(value) or log.series["avg_return"]
        np.testing.assert_array_equal(series.values, rows[value])
        np.testing.assert_array_equal(known(series.step), rows[step])
        assert (series.kind, series.unit) == ("evaluations", unit)


def parsed(tmp_path, *lines):
    return tidy.parse("\n".join(lines).encode() + b"\n", tmp_path / "x.csv")


def values(log, name):
    return log.series[name].values.tolist()


def test_rows_of_a_run_may_stand_anywhere(tmp_path):
    a, b = parsed(tmp_path, "step,seed,return", "0,1,10", "0,2,20", "5,1,11", "5,2,", "9,1,12", "9,2,nan")
    assert (a.labels, values(a, "return"), known(a.series["return"].step).tolist()) == (
        {"seed": "1"},
        [10, 11, 12],
        [0, 5, 9],
    )
    np.testing.assert_array_equal(b.series["return"].values, [20, np.nan])
    assert known(b.series["return"].step).tolist() == [0, 9]


def test_metrics_in_a_column(tmp_path):
    lines = ("run,metric,step,value", "a,avg_return,0,1", "a,loss,0,5", "a,avg_return,1,2", "b,loss,0,6")
    a, b = parsed(tmp_path, *lines)
    assert {name: values(a, name) for name in a.series} == {"avg_return": [1, 2], "loss": [5]}
    assert (a.series["avg_return"].kind, a.series["loss"].kind) == ("evaluations", None)
    assert (b.labels, values(b, "loss")) == ({"run": "b"}, [6])


def test_other_columns_are_configuration(tmp_path):
    lines = ("seed,step,return,optimizer,batch,note", *(f"1,{k},{k},adam,64,n{k}" for k in range(5)))
    (log,) = parsed(tmp_path, *lines)
    assert log.config == {"optimizer": "adam", "batch": 64}
    assert list(log.series) == ["return"]


def test_a_setting_that_tells_runs_of_one_seed_apart(tmp_path):
    lines = [f"1,{step},{lr * step},{lr}" for lr in (0.1, 0.5) for step in range(4)]
    logs = parsed(tmp_path, "seed,step,return,lr", *lines)
    assert [log.config for log in logs] == [{"lr": 0.1}, {"lr": 0.5}]
    assert values(logs[1], "return") == [0, 0.5, 1.0, 1.5]


def test_steps_that_start_again_where_nothing_names_the_run(tmp_path):
    logs = parsed(tmp_path, "algo,step,return", "PPO,0,1", "PPO,5,2", "PPO,0,3", "PPO,5,4", "SAC,0,5")
    assert [log.labels for log in logs] == [
        {"algorithm": "PPO", "run": "0"},
        {"algorithm": "PPO", "run": "1"},
        {"algorithm": "SAC"},
    ]
    assert [values(log, "return") for log in logs] == [[1, 2], [3, 4], [5]]
    assert logs[0].notes[0] == "no column names the run: the steps start again 1 time"


def test_seeds_as_pandas_writes_them(tmp_path):
    logs = parsed(tmp_path, "Unnamed: 0,seed,step,return", "0,2.0,0,1", "1,,0,2")
    assert [log.labels for log in logs] == [{"seed": "2"}, {}]


def test_successes_alone_are_evaluations(tmp_path):
    (log,) = parsed(tmp_path, "seed,step,success", "1,0,True", "1,5,False")
    assert (values(log, "success"), log.series["success"].kind) == ([1, 0], "evaluations")


def test_single_episodes_have_lengths(tmp_path):
    (log,) = parsed(tmp_path, "seed,step,episode_reward,episode_length", "1,0,5,10")
    assert log.series["episode_reward"].kind == "episodes"


@pytest.mark.parametrize("last", ["1,9,3.", "1,9", "1,9,3x"])
def test_a_last_line_counts_if_it_is_whole(tmp_path, last):
    (log,) = tidy.parse(b"seed,step,return\n1,0,1\n1,5,2\n" + last.encode(), tmp_path)
    whole = last == "1,9,3."
    assert values(log, "return") == ([1, 2, 3] if whole else [1, 2])
    assert ("the last line is cut and was left out" in log.notes) == (not whole)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("seed,step,return", "1,0,1", "1,5", "1,9,3"), "line 3 has 2 cells, not 3"),
        (("seed,step,return", "1,0,1", "1,5,x", "1,9,3"), "line 3, 'return': 'x' is no number"),
        (("seed,step,return", "1,1e20,1"), "2^53"),
    ],
)
def test_damage_says_where(tmp_path, lines, words):
    path = tmp_path / "x.csv"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match=r"x\.csv: ") as caught:
        tidy.FORMAT.read(path)
    assert words in str(caught.value)


def many_rows(rng, end="\n"):
    lines = [f"{a},{s},{k * 10},{x}" for a in "AB" for s in range(3) for k, x in enumerate(rng.normal(size=200))]
    rng.shuffle(lines[:300])
    return ("algo,seed,step,return" + end + "".join(line + end for line in lines)).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("polars", [True, False])
def test_large_tables_in_blocks_are_those_read_at_once(tmp_path, monkeypatch, rng, end, polars):
    """Whatever the blocks, and whichever of both readers they go through."""
    content = many_rows(rng, end)
    expected = tidy.parse(content, tmp_path)
    monkeypatch.setattr(tidy, "LARGE", 0)
    monkeypatch.setattr(tidy, "_SAMPLE", 2000)
    monkeypatch.setattr(tidy, "BLOCK", 1000)
    monkeypatch.setattr(tidy, "has_polars", lambda: polars)
    (tmp_path / "x.csv").write_bytes(content)
    found = tidy.FORMAT.read(tmp_path / "x.csv")
    assert [log.labels for log in found] == [log.labels for log in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.series["return"].values, other.series["return"].values)
        np.testing.assert_array_equal(known(one.series["return"].step), known(other.series["return"].step))


ROWS = ["A,1", "A,1,2,3,4", "", "A,1,True,2", "A,1,None,2", 'A,"1",5,2', "A,1,1_0,2", "A,,5,2", "A,1, 5,2", "A,1,5"]
LAST = ["2,1,A", "1,2,3,A,1", "True,2,A,1", "5,2,,1", "5,2, A,1", "5,2,Ä,1", "5,2,A,11", "A,1", "15,2,A,1\r"]


@pytest.mark.parametrize("counts", [(), ("step",)])
@pytest.mark.parametrize("other", [(), ("comment",)])
@pytest.mark.parametrize(
    ("names", "row"),
    [
        *((("algo", "seed", "step", "return"), row) for row in ROWS),
        *((("step", "return", "algo", "seed"), row) for row in LAST),
    ],
)
def test_polars_reads_what_the_exact_way_reads(names, row, counts, other):
    """Also where labels come last, where another column is left out, and where a long row makes up for a short one."""
    columns = Columns((*names, *other), ("algo", "seed"), ("step", "return"), ",", counts)
    whole = "A,1,0,1" if names[0] == "algo" else "0,1,A,1"
    ends = [",x", ",x,y", ""] if other else [""]
    for rows in ([f"{row}{end}" for end in ends], [f"{row}{end}" for end in ends[:1]], []):
        block = "".join(f"{line}\n" for line in (f"{whole}{ends[0]}", *rows, f"{whole}{ends[0]}")).encode()
        fast = by_polars(block, columns)
        if fast is not None:
            exact = pieces_of(by_cell(block, columns, 0))
            assert fast.rows == exact.rows
            assert [key for key, _ in fast.of] == [key for key, _ in exact.of]
            for (_, one), (_, other_piece) in zip(fast.of, exact.of, strict=True):
                np.testing.assert_array_equal(one, other_piece)
        assert rows or fast is not None


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("lengths", [[7], [1, 1, 1], [3, 50, 1, 20], [2] * 99])
def test_where_labels_change_is_told_without_cutting_lines(lengths, last):
    """Against cutting them, for labels that are alike at their borders; where rows are mixed, it is not told."""
    alike = [("A", "1"), ("A", "11"), ("AA", "1"), (" A", "1"), ("", "1"), ("1", "1")]
    labels = alike + [(f"A{k}", f"{k}") for k in range(len(lengths))]
    rows = [labels[place] for place, length in enumerate(lengths) for _ in range(length)]
    lines = [(str(k), "1", *row) if last else (*row, str(k), "1") for k, row in enumerate(rows)]
    block = "".join(",".join(line) + "\n" for line in lines).encode()
    found = segments(block, 2, ",", last=last)
    assert found is not None
    assert found.rows == len(lines)
    assert found.starts.tolist() == [0, *np.cumsum(lengths)[:-1]]
    assert found.keys == [tuple(cell.strip() for cell in labels[k]) for k in range(len(lengths))]
    mixed = "".join(sorted(block.decode().splitlines(keepends=True), key=lambda line: line[::-1])).encode()
    again = segments(mixed, 2, ",", last=last)
    if again is not None and again.rows == len(lines):
        cells = [tuple(x.strip() for x in line.decode().strip().split(",")) for line in mixed.splitlines()]
        assert [again.keys[k] for k in np.searchsorted(again.starts, range(len(cells)), side="right") - 1] == [
            line[2:] if last else line[:2] for line in cells
        ]


def test_steps_that_are_whole_only_at_first(tmp_path, monkeypatch):
    lines = ["seed,step,return", *(f"1,{k},{k / 3}" for k in range(500)), *(f"1,{500 + k}.5,1" for k in range(500))]
    monkeypatch.setattr(tidy, "LARGE", 0)
    monkeypatch.setattr(tidy, "_SAMPLE", 1000)
    monkeypatch.setattr(tidy, "BLOCK", 1000)
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n")
    (log,) = tidy.FORMAT.read(tmp_path / "x.csv")
    assert known(log.series["return"].step).tolist() == [float(line.split(",")[1]) for line in lines[1:]]


def test_a_long_table_of_one_run(tmp_path):
    """A value a row and its name beside it: `value` is none of the return unless its name says so."""
    logs = parsed(tmp_path, "field,value,step", "eval/return,18.5,0", "loss,2,0", "eval/return,17,10", "loss,1,20")
    (log,) = logs
    assert (values(log, "eval/return"), values(log, "loss")) == ([18.5, 17], [2, 1])
    assert (log.series["eval/return"].kind, log.series["loss"].kind) == ("evaluations", None)
    (log,) = parsed(tmp_path, "metric,value", "energy_mean,2.5", "throughput,5037")
    assert {name: x.kind for name, x in log.series.items()} == {"energy_mean": None, "throughput": None}


def test_metrics_of_other_lengths_start_again_together_or_not_at_all(tmp_path):
    lines = ("a,0,1", "a,5,2", "a,0,3", "b,0,4", "b,5,5")
    (log,) = parsed(tmp_path, "metric,step,value", *lines)
    assert (values(log, "a"), values(log, "b")) == ([1, 2, 3], [4, 5])


def test_final_scores_of_a_sweep_are_a_run_a_row(tmp_path):
    names = "Configuration,Learning Rate,Discount Factor,Average Reward,Success Rate"
    logs = parsed(tmp_path, names, "Baseline,0.7,0.95,7.5,100", "Fast,0.9,0.95,8.25,100")
    assert [values(log, "Average Reward") for log in logs] == [[7.5], [8.25]]
    assert [log.config["Learning Rate"] for log in logs] == [0.7, 0.9]
    rows = ("a,0.01,0.99,42,12.5", "b,0.01,0.9,42,6.5")
    logs = parsed(tmp_path, "name,lr,gamma,seed,mean_reward", *rows)
    assert [(values(log, "mean_reward"), log.labels["seed"]) for log in logs] == [([12.5], "42"), ([6.5], "42")]


def test_final_scores_in_a_grid(tmp_path):
    """Whatever the setting is called: rows of one seed that do not follow each other are no curve."""
    rows = [f"{algo},{bins},{bins**2},{seed},{bins + seed / 4}" for bins in (3, 6) for algo in "PS" for seed in (0, 1)]
    logs = parsed(tmp_path, "algorithm,n_bins,space,seed,avg_reward", *rows)
    assert len(logs) == 8
    assert all(len(values(log, "avg_reward")) == 1 for log in logs)
    assert {log.config["n_bins"] for log in logs} == {3, 6}
    curve = parsed(tmp_path, "seed,nth,return", *(f"1,{k},{k}" for k in range(6)))
    assert [len(values(log, "return")) for log in curve] == [6]


@pytest.mark.parametrize(
    ("header", "keys"),
    [
        ("strategy,episode,reward", ["ucb", "greedy"]), ("alpha,Episode,Reward", [0.1, 0.5]),
        ("Algorithm and Environment,step,return", ["SARSA - simple", "SARSA - complex"]),
    ],
)  # fmt: skip
def test_groups_of_a_table_without_labels_are_runs(tmp_path, header, keys):
    """A resumed training begins where it was stopped; groups begin again."""
    heights = ([1, 2, 3, 4], [5, 6, 7])
    rows = [f"{key},{step},{x}" for key, own in zip(keys, heights, strict=True) for step, x in enumerate(own)]
    path = tmp_path / "curves.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    logs = progress.FORMAT.read(path)
    name, _, reward = header.split(",")
    assert [log.config for log in logs] == [{name: key} for key in keys]
    assert [values(log, reward) for log in logs] == list(heights)
    assert all(log.series[reward].kind in ("episodes", "updates") for log in logs)
    path.write_text("\n".join([header, *rows[:4], *(f"{keys[1]},{step},1" for step in (2, 3, 4))]) + "\n")
    assert len(progress.FORMAT.read(path)) == 1
