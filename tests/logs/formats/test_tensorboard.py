"""Event files: every scalar that TensorBoard's own reader finds, and those that it loses."""

import math
import struct
from io import BytesIO

import numpy as np
import pytest

from jaxviz.host.readers import _checksums, read_events
from jaxviz.logs._formats import FORMATS
from jaxviz.logs._log import UnreadableError
from jaxviz.logs.formats.tensorboard import FORMAT
from tests.known import known
from tests.logs.formats.damaging import assert_only_value_errors
from tests.logs.formats.writing import VERSION, event, field, framed, masked, single, summary, tensor_value
from tests.mutations import COUNTS

NAME = "events.out.tfevents.1534289404.host"


@pytest.fixture
def write(tmp_path):
    """A function that writes records to an event file."""

    def file(*records):
        path = tmp_path / NAME
        path.write_bytes(b"".join(records))
        return path

    return file


def read(path):
    assert FORMAT.looks(path.read_bytes()[: 1 << 16], path)
    (log,) = FORMAT.read(path)
    return log


def only(log):
    (series,) = log.series.values()
    return series


def accumulated(path):
    """Tag → [(step, wall time, value)], by TensorBoard's reader without a limit."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = accumulator.EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0}).Reload()
    make = pytest.importorskip("tensorboard.util.tensor_util").make_ndarray
    series = {tag: [(e.step, e.wall_time, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}
    for tag in found.Tags()["tensors"]:
        rows = [(e.step, e.wall_time, make(e.tensor_proto)) for e in found.Tensors(tag)]
        if rows[0][2].dtype != object and rows[0][2].size == 1:
            series[tag] = [(step, time, value.item()) for step, time, value in rows]
    return series


def assert_equal(log, expected):
    assert set(log.series) == set(expected)
    for tag, rows in expected.items():
        step, time, values = zip(*rows, strict=True)
        series = log.series[tag]
        np.testing.assert_array_equal(series.step, step)
        np.testing.assert_array_equal(log.started + series.time, time)
        np.testing.assert_array_equal(series.values, values)
        assert (series.step.dtype, series.values.dtype) == (np.int64, np.float64)


@pytest.mark.parametrize("folder", ["tf1/run0", "tf1/run1", "tf1/run2", "cleanrl"])
def test_real_files_are_read_as_tensorboard_reads_them(shared_data, folder):
    paths = sorted((shared_data / "logs" / "tensorboard" / folder).rglob("events.*"))
    assert paths
    for path in paths:
        log = read(path)
        assert_equal(log, accumulated(path))
        assert log.notes == ()


def test_real_files_are_read_as_tbparse_reads_them(shared_data):
    tbparse = pytest.importorskip("tbparse")
    (path,) = (shared_data / "logs" / "tensorboard" / "cleanrl").rglob("events.*")
    table = tbparse.SummaryReader(str(path)).scalars
    log = read(path)
    for tag, rows in table.groupby("tag"):
        np.testing.assert_array_equal(log.series[tag].step, rows.step)
        np.testing.assert_array_equal(log.series[tag].values, rows.value)


def test_the_arguments_of_cleanrl_are_the_configuration(shared_data):
    (path,) = (shared_data / "logs" / "tensorboard" / "cleanrl").rglob("events.*")
    log = read(path)
    assert log.config["learning_rate"] == 0.00025
    assert log.config["num_steps"] == 256
    assert log.config["anneal_lr"] is True
    assert log.config["target_kl"] is None
    assert log.labels == {"task": "GPUcluster-1a_p_4m_2g", "algorithm": "ppo1a_4m_2g", "seed": "982"}
    series = log.series["charts/episodic_return"]
    assert (series.kind, series.unit) == ("episodes", "environment steps")
    assert log.started == 1679470926.1278837


def test_what_tensorboardx_writes(tmp_path):
    tensorboardx = pytest.importorskip("tensorboardX")
    writer = tensorboardx.SummaryWriter(str(tmp_path))
    for step in range(300):
        writer.add_scalar("charts/episodic_return", math.sin(step), step * 100)
        writer.add_scalar("losses/value_loss", step if step % 7 else math.nan, step * 100)
    writer.add_text("hyperparameters", "|param|value|\n|-|-|\n|gamma|0.99|\n|env_id|CartPole-v1|")
    writer.add_histogram("weights", np.arange(10.0), 1)
    writer.add_image("frame", np.zeros((3, 4, 4)), 1)
    writer.close()
    (path,) = tmp_path.iterdir()
    log = read(path)
    assert_equal(log, accumulated(path))
    assert log.config == {"gamma": 0.99, "env_id": "CartPole-v1"}


def test_hyper_parameters_of_the_plugin(tmp_path):
    tensorboardx = pytest.importorskip("tensorboardX")
    writer = tensorboardx.SummaryWriter(str(tmp_path))
    writer.add_hparams({"lr": 1e-3, "batch": 64, "env": "Hopper-v4", "norm": True}, {"final": 3.0}, "x")
    writer.close()
    (path,) = tmp_path.rglob("events*.x") if list(tmp_path.rglob("events*.x")) else (tmp_path / "x").rglob("events.*")
    log = read(path)
    assert log.config == {"lr": 1e-3, "batch": 64, "env": "Hopper-v4", "norm": True}
    assert log.labels["task"] == "Hopper-v4"
    assert only(log).values.tolist() == [3.0]


def test_tensors_of_tf2(tmp_path):
    """By TensorBoard's own writer, whose scalars its reader files under tensors."""
    tensorboard = pytest.importorskip("tensorboard.summary")
    writer = tensorboard.Writer(str(tmp_path))
    for step in range(100):
        writer.add_scalar("eval/mean_reward", step / 3, step * 2**33)
    writer.close()
    (path,) = tmp_path.iterdir()
    log = read(path)
    assert_equal(log, accumulated(path))
    assert (only(log).kind, only(log).unit) == ("evaluations", None)


TENSORS = {
    "content of a float": (field(1, 1) + field(4, struct.pack("<f", 2.5)), 2.5),
    "floats": (field(1, 1) + field(5, struct.pack("<f", 2.5)), 2.5),
    "one float": (field(1, 1) + single(5, 2.5), 2.5),
    "content of a double": (field(1, 2) + field(4, struct.pack("<d", 1 / 3)), 1 / 3),
    "doubles": (field(1, 2) + field(6, struct.pack("<d", 1 / 3)), 1 / 3),
    "one double": (field(1, 2) + field(6, 1 / 3), 1 / 3),
    "int32": (field(1, 3) + field(7, b"\xac\x02"), 300.0),
    "minus one": (field(1, 3) + field(7, -1), -1.0),
    "int64": (field(1, 9) + field(10, 2**40), 2.0**40),
    "content of an int64": (field(1, 9) + field(4, struct.pack("<q", -(2**40))), -(2.0**40)),
    "truth": (field(1, 10) + field(11, 1), 1.0),
    "half": (field(1, 19) + field(13, 0x3E00), 1.5),
    "bfloat16": (field(1, 14) + field(13, 0x3FC0), 1.5),
    "zero, which is not written": (field(1, 1) + field(2, b""), 0.0),
    "axes of one": (field(1, 1) + field(2, field(2, field(1, 1))) + single(5, 2.5), 2.5),
}


@pytest.mark.parametrize("kind", TENSORS)
def test_each_way_to_write_a_number(write, kind):
    tensor, value = TENSORS[kind]
    path = write(VERSION, *(summary(tensor_value("a", tensor), step=step) for step in (1, 2, 300)))
    series = only(read(path))
    assert series.values.tolist() == [value] * 3
    assert known(series.step).tolist() == [1, 2, 300]


NO_NUMBERS = {
    "two entries": tensor_value("b", field(1, 1) + field(5, struct.pack("<2f", 1, 2))),
    "an axis of two": tensor_value("b", field(1, 1) + field(2, field(2, field(1, 2))) + single(5, 1.0)),
    "text": tensor_value("b", field(1, 7) + field(8, "words"), "text"),
    "another plugin": tensor_value("b", field(1, 1) + single(5, 1.0), "pr_curves"),
    "a histogram": field(1, "b") + field(5, field(1, 1.0)),
}


@pytest.mark.parametrize("kind", NO_NUMBERS)
def test_what_is_no_scalar_is_left_out(write, kind):
    log = read(write(VERSION, event("a", 1.0), summary(NO_NUMBERS[kind])))
    assert list(log.series) == ["a"]
    with pytest.raises(UnreadableError, match="only text, images or histograms"):
        FORMAT.read(write(VERSION, summary(NO_NUMBERS[kind])))


def test_steps_are_exact_whatever_their_size(write):
    steps = [0, 1, 127, 128, 2**31, 2**40, 2**53 + 1, 2**62, -1]
    series = only(read(write(VERSION, *(event("a", 1.0, step) for step in steps))))
    assert known(series.step).tolist() == steps


def test_several_values_of_an_event_and_several_axes(write):
    """The order is that of the file, also of steps that go back or come twice."""
    first = [summary(field(1, "a") + single(2, i), field(1, "b") + single(2, -i), step=i) for i in range(200)]
    log = read(write(VERSION, *first, event("a", 7.0, 150), event("a", 8.0, 150), event("c", 1.0, 3)))
    assert known(log.series["a"].step).tolist() == [*range(200), 150, 150]
    assert log.series["a"].values.tolist() == [*range(200), 7, 8]
    assert log.series["b"].values.tolist() == [-i for i in range(200)]
    assert known(log.series["c"].step).tolist() == [3]


def test_tags_of_one_length_stay_apart(write):
    """More tags than rounds, and steps of every length between them."""
    steps = [0, 1, 200, 2**20, 2**40]
    records = [event(f"tag {k:03d}", k, step) for step in steps for k in range(300)]
    log = read(write(VERSION, *records))
    assert {tag: series.values.tolist() for tag, series in log.series.items()} == {
        f"tag {k:03d}": [k] * 5 for k in range(300)
    }
    assert all(known(series.step).tolist() == steps for series in log.series.values())


def test_nan_and_infinity_are_values(write):
    values = [math.nan, math.inf, -math.inf, 1.0]
    np.testing.assert_array_equal(only(read(write(VERSION, *(event("a", v, 1) for v in values)))).values, values)


RECORDS = [event("a", i, i) for i in range(100)]
WHOLE = b"".join([VERSION, *RECORDS])


@pytest.mark.parametrize("cut", range(1, len(RECORDS[-1])))
def test_a_torn_tail_is_left_out_and_noted(write, cut):
    log = read(write(WHOLE[:-cut]))
    assert only(log).values.tolist() == list(range(99))
    assert log.notes == (f"the last record, at byte {len(WHOLE) - len(RECORDS[-1])}, is cut off: left out",)


@pytest.mark.parametrize("place", range(len(RECORDS[50])))
def test_a_flipped_byte_costs_one_record(write, place):
    """Where TensorBoard's reader stops without a word."""
    start = len(VERSION) + sum(map(len, RECORDS[:50]))
    content = bytearray(WHOLE)
    content[start + place] ^= 0x10
    log = read(write(content))
    if place in range(8, 12):  # the checksum of the length: the content meets its own, which is enough
        assert (only(log).values.tolist(), log.notes) == (list(range(100)), ())
        return
    assert only(log).values.tolist() == [i for i in range(100) if i != 50]
    assert len(log.notes) == 1
    assert f"byte {start} " in log.notes[0]


def test_a_lost_block_costs_its_records(write):
    start = len(VERSION) + sum(map(len, RECORDS[:50]))
    content = WHOLE[: start + 5] + bytes(1000) + WHOLE[start + 200 :]
    log = read(write(content))
    kept = only(log).values.tolist()
    assert kept[:50] == list(range(50))
    assert kept[-40:] == list(range(60, 100))
    assert any("are damaged: the records in them were left out" in note for note in log.notes)


def test_every_other_record_damaged(write):
    """Reading goes on after each, in linear time."""
    many = [bytearray(event("a", i, i)) for i in range(20_000)]
    for record in many[::2]:
        record[3] ^= 0xFF
    log = read(write(VERSION, *many))
    assert only(log).values.tolist() == list(range(1, 20_000, 2))
    assert len(log.notes[0]) < 200


def test_records_that_are_no_events_are_counted(write):
    log = read(write(VERSION, framed(b"\xff\xff\xff"), event("a", 1.0), framed(b""), framed(b"\x0b")))
    assert only(log).values.tolist() == [1.0]
    assert log.notes == ("2 records held no event: left out",)


REFUSED = {
    "only a version": (VERSION, "nothing but the record of its version"),
    "empty": (b"", "empty"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"),
    "noise": (bytes(range(256)) * 8, "no record of it is whole"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_files_without_scalars_are_refused(write, kind):
    content, why = REFUSED[kind]
    path = write(content)
    first = next(one for one in FORMATS if one.looks(content[: 1 << 16], path))
    with pytest.raises(UnreadableError, match=why):
        first.read(path)


def test_the_file_is_told_by_its_bytes(tmp_path):
    other = tmp_path / "renamed"
    assert FORMAT.looks(WHOLE, other)
    assert not FORMAT.looks(b"r,l,t\n", other)


def test_checksums_without_the_package():
    """RFC 3720, B.4: 32 bytes of zeros, of ones, and rising ones."""
    for crc in (_checksums._slow_crc32c, _checksums.crc32c):
        assert crc(bytes(32)) == 0x8A9136AA
        assert crc(b"\xff" * 32) == 0x62A8AB43
        assert crc(bytes(range(32))) == 0x46DD794E
        assert crc(b"123456789") == 0xE3069283


def test_a_read_is_equal_without_the_package(write, monkeypatch):
    expected = only(read(write(WHOLE))).values
    monkeypatch.setattr("jaxviz.host.readers._records.crc32c", _checksums._slow_crc32c)
    np.testing.assert_array_equal(only(read(write(WHOLE))).values, expected)


@pytest.mark.parametrize("block", [64, 100, 1000])
@pytest.mark.parametrize("place", range(0, 4 * len(RECORDS[50]), 7))
def test_where_a_block_ends_does_not_matter(write, monkeypatch, block, place):
    """Records and gaps that reach over the end of what is in memory."""
    content = bytearray(WHOLE[:-3])
    content[2000 + place : 2000 + 3 * place] = b"\x55" * (2 * place)
    expected = read(write(content))
    monkeypatch.setattr("jaxviz.host.readers._records._BLOCK", block)
    log = read(write(content))
    np.testing.assert_array_equal(only(log).values, only(expected).values)
    assert log.notes == expected.notes


def test_a_record_longer_than_a_block(write):
    long = summary(tensor_value("t", field(1, 7) + field(8, "words" * 500_000), "text"))
    log = read(write(VERSION, event("a", 1.0), long, event("a", 2.0)))
    assert only(log).values.tolist() == [1, 2]


def test_a_length_that_no_file_has(write):
    """It meets its checksum; nothing is read for it."""
    length = struct.pack("<Q", 2**60)
    log = read(write(VERSION, event("a", 1.0), length, masked(length), bytes(100)))
    assert only(log).values.tolist() == [1]
    assert "is cut off" in log.notes[0]


@COUNTS
def test_damaged_files_are_read_in_part_or_refused(write, count):
    """No value that was not written, only ValueError, and memory of ten files at most."""
    texts = [summary(tensor_value("t", field(1, 7) + field(8, "words" * 40), "text"))] * 3
    whole = b"".join([VERSION, *texts, *(event("a", i, i * 1000) for i in range(1000))])
    path = write(whole)

    def checked(path):
        assert set(only(read(path)).values.tolist()) <= set(range(1000))

    assert_only_value_errors(checked, path, whole, count)


def test_what_the_reader_tells_beside_scalars():
    events = read_events(BytesIO(VERSION + summary(NO_NUMBERS["a histogram"]) + summary(NO_NUMBERS["text"])))
    assert (events.others, events.texts, events.scalars) == ({"b"}, {"b": "words"}, {})
