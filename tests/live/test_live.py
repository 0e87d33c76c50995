"""Points from inside compiled programs: one host call per update whatever is mapped, and nothing that holds it up."""

import io
import os
import re
import subprocess
import sys
import threading
import time
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rich.console import Console

import jaxviz as jv
from jaxviz import live
from tests.known import known, unchecked

UPDATES = 6


def train(key, scale=1.0, every=1):
    """A loop that reports, of one run."""

    def update(total, i):
        value = scale * jax.random.uniform(jax.random.fold_in(key, i)) + i.astype(jnp.float32)
        return total + value, live.report(i, {"return": value, "loss": {"kl": 0.5 * value}}, every=every)

    total, kept = jax.lax.scan(update, 0.0, jnp.arange(UPDATES))
    return total, kept


def keys(*shape):
    return jax.random.split(jax.random.key(0), shape)


class Seen(list):
    """A sink that remembers."""

    def __call__(self, metrics, step):
        self.append((step, metrics))


def slope(loss):
    """Derivative of the first result, with the second, which holds what was reported."""
    return jax.grad(loss, has_aux=True)(2.0)


PROGRAMS = {
    "jit": (jax.jit(train), (), 1),
    "vmap": (jax.jit(jax.vmap(train)), (4,), 4),
    "vmap of vmap": (jax.jit(jax.vmap(jax.vmap(train))), (2, 3), 6),
    "eager vmap": (jax.vmap(train), (3,), 3),
    "grad": (jax.jit(lambda k: slope(lambda s: train(k, s))), (), 1),
    "vmap of grad": (jax.jit(jax.vmap(lambda k: slope(lambda s: train(k, s)))), (5,), 5),
    "grad of vmap": (
        jax.jit(lambda k: slope(lambda s: jax.tree.map(jnp.sum, jax.vmap(train, (0, None))(k, s)))),
        (5,),
        5,
    ),
    "grad of remat": (jax.jit(lambda k: slope(jax.checkpoint(lambda s: train(k, s)))), (), 1),
}


@pytest.mark.parametrize(("program", "shape", "runs"), PROGRAMS.values(), ids=PROGRAMS)
def test_one_host_call_per_update_for_the_whole_batch(program, shape, runs, monkeypatch):
    points = []
    with live.watch(UPDATES) as watch:
        monkeypatch.setattr(watch, "_lanes", {"all": type("Lane", (), {"put": points.append, "close": lambda: True})})
        jax.block_until_ready(program(keys(*shape)))
    assert watch.calls == UPDATES
    assert sorted(point.update for point in points) == list(range(UPDATES))
    assert {len(values) for point in points for values in point.values.values()} == {runs}
    assert set(points[0].values) == {"return", "loss/kl"}


def test_what_is_reported_comes_back_and_arrives(monkeypatch):
    sink = Seen()
    with live.watch(UPDATES, steps_per_update=10, target=5.5, sink=sink, hz=1e6) as watch:
        total, kept = jax.block_until_ready(jax.jit(jax.vmap(train))(keys(4)))
    np.testing.assert_allclose(np.asarray(kept["return"]).sum(1), total, rtol=1e-6)
    step, metrics = sink[-1]
    last = np.asarray(kept["return"])[:, -1]
    assert step == 10 * UPDATES
    assert metrics["return/iqm"] == pytest.approx(float(jv.stats.iqm(last)), rel=1e-6)
    assert metrics["return/n"] == 4
    assert metrics["return/solved"] == (last >= 5.5).mean()
    assert metrics["loss/kl/iqm"] == pytest.approx(metrics["return/iqm"] / 2, rel=1e-6)
    assert watch.delivered + watch.dropped == watch.calls == UPDATES


def test_every_so_many_updates():
    with live.watch(UPDATES) as watch:
        jax.block_until_ready(jax.jit(lambda k: train(k, every=3))(keys()))
    assert watch.calls == 2


def test_reduced_updates_are_reported_as_they_are():
    info = {"returned_episode": jnp.array([[True, False]]), "returned_episode_returns": jnp.array([[3.0, 9.0]])}
    sink = Seen()

    def update(carry, i):
        return carry, live.report(i, jv.reduce_update(info, losses={"kl": 0.5}))

    with live.watch(2, sink=sink):
        kept = jax.jit(lambda: jax.lax.scan(update, 0, jnp.arange(2))[1])()
    assert sink[-1] == (1, {"return/iqm": 3.0, "return/n": 1, "kl/iqm": 0.5, "kl/n": 1})
    assert known(known(jv.from_purejaxrl(kept).updates).count).tolist() == [1, 1]


def test_runs_without_a_number_are_left_out():
    sink = Seen()
    values = jnp.array([1.0, jnp.nan, 3.0, jnp.inf])
    with live.watch(1, sink=sink, target=2.0):
        jax.block_until_ready(jax.vmap(lambda x: live.report(0, {"return": x}))(values))
    seen = {"return/iqm": 2.0, "return/n": 2, "return/solved": 0.25, "return/diverged": 1}
    assert sink == [(0, seen)]


def test_a_run_stays_solved_while_its_episode_is_long():
    """Updates in which no episode ended keep the return before them; a run that diverged is solved no more."""
    sink = Seen()
    returns = jnp.array([[9.0, 1.0], [jnp.nan, jnp.nan], [jnp.nan, 9.0], [jnp.inf, jnp.nan]])
    with live.watch(4, sink=sink, target=5.0, hz=1e6) as watch:
        for i, now in enumerate(returns):
            jax.block_until_ready(jax.vmap(lambda x, i=i: live.report(jnp.int32(i), {"return": x}))(now))
            jax.effects_barrier()
            while watch.delivered <= i:
                time.sleep(0.001)
    assert [metrics["return/solved"] for _, metrics in sink] == [0.5, 0.5, 1.0, 0.5]
    assert sink[-1][1]["return/diverged"] == 1


def test_a_diverged_seed_of_reduced_updates_is_flagged():
    info = {"returned_episode": jnp.array([[True, False]]), "returned_episode_returns": jnp.array([[3.0, 9.0]])}
    sink = Seen()
    with live.watch(1, sink=sink):

        def one(x):
            return live.report(0, jv.reduce_update(info | {"returned_episode_returns": x + jnp.ones((1, 2))}))

        jax.block_until_ready(jax.vmap(one)(jnp.array([1.0, jnp.nan, 3.0])))
    assert sink == [(0, {"return/iqm": 3.0, "return/n": 2, "return/diverged": 1})]


def test_a_slow_sink_drops_only_points_in_between():
    sink = Seen()

    def slow(metrics, step):
        return (time.sleep(0.05), sink(metrics, step))

    with live.watch(200, sink=slow, hz=20) as watch:
        for i in range(200):
            live.report(jnp.int32(i), {"return": 1.0 * i})
    steps = [step for step, _ in sink]
    assert steps == sorted(steps)
    assert steps[-1] == 199
    assert watch.dropped > 0
    assert watch.delivered + watch.dropped == watch.calls == 200


def test_a_sink_that_raises_is_reported_once_and_training_goes_on(capfd):
    def broken(metrics, step):
        raise OSError("disk full")

    with live.watch(UPDATES, sink=broken, hz=1e6) as watch:
        assert np.isfinite(jax.jit(train)(keys())[0])
    assert watch.calls == UPDATES
    assert watch.delivered == 0
    said = capfd.readouterr().err
    assert said.count("disk full") == 1
    assert "the training goes on" in said


def test_a_sink_that_hangs_is_left_behind(capfd, monkeypatch):
    monkeypatch.setattr("jaxviz.live._lane.PATIENCE", 0.2)
    forever = threading.Event()
    with live.watch(UPDATES, sink=lambda metrics, step: forever.wait(), hz=1e6) as watch:
        jax.block_until_ready(jax.jit(train)(keys()))
    forever.set()
    assert watch.calls == UPDATES
    assert "did not come back" in capfd.readouterr().err


def test_nested_blocks_and_channels():
    outer, inner, other = Seen(), Seen(), Seen()

    def one(i, channel="training"):
        return live.report(jnp.int32(i), {"x": 1.0}, channel=channel)

    with live.watch(9, sink=outer, hz=1e6), live.watch(9, sink=other, channel="evaluation"):
        with live.watch(9, sink=inner):
            one(1)
            jax.effects_barrier()
        one(2)
        one(3, "evaluation")
    one(4)
    jax.effects_barrier()
    assert [[step for step, _ in sink] for sink in (outer, inner, other)] == [[2], [1], [3]]


def test_programs_in_turn_share_a_bar_and_count_on():
    text, sink = io.StringIO(), Seen()
    screen = Console(file=text, force_terminal=True, width=120)
    program, short = jax.jit(jax.vmap(train)), jax.jit(lambda k: live.report(0, {"return": jnp.mean(k)}))
    with live.watch(UPDATES + 2, steps_per_update=10, sink=sink, hz=1e6, console=screen) as watch:
        watch.begin("first", UPDATES)
        jax.block_until_ready(program(keys(4)))
        watch.begin("second", 1)
        jax.block_until_ready(short(jnp.ones(3)))
        watch.begin("third", 1)
        jax.block_until_ready(short(jnp.full(3, jnp.nan)))
    assert watch.calls == UPDATES + 2
    assert sink[-1] == (10 * (UPDATES + 1), {"return/iqm": 1.0, "return/n": 1})
    drawn = text.getvalue()
    assert all(title in drawn for title in ("first", "second", "third"))
    last = drawn[drawn.rindex("third") :]
    assert "100%" in last
    assert "return" not in last  # that of the program before is not its own
    with pytest.raises(RuntimeError, match="inside its `with` block"):
        watch.begin("late", 1)


def test_an_error_in_the_block_passes_through():
    sink = Seen()

    def interrupted():
        with live.watch(3, sink=sink):
            live.report(jnp.int32(0), {"x": 1.0})
            jax.effects_barrier()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [step for step, _ in sink] == [0]


def test_one_block_at_a_time_but_as_often_as_wanted():
    screen = Console(file=io.StringIO(), force_terminal=True)
    watch = live.watch(UPDATES, sink=Seen(), console=screen)
    for _ in range(2):
        with watch:
            jax.block_until_ready(jax.jit(train)(keys()))
            with pytest.raises(RuntimeError, match="open already"):
                watch.__enter__()
        assert watch.calls == UPDATES
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("jaxviz-live")]


def test_an_interrupt_that_ended_the_program_is_an_interrupt():
    def interrupted():
        with live.watch(3):
            raise jax.errors.JaxRuntimeError("INTERNAL: CpuCallback error: KeyboardInterrupt: ")

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_a_terminal_that_has_gone_ends_no_training():
    class Gone(io.StringIO):
        def write(self, text):
            raise OSError("Input/output error")

    with live.watch(UPDATES, console=Console(file=Gone(), force_terminal=True)) as watch:
        jax.block_until_ready(jax.jit(train)(keys()))
    assert watch.calls == UPDATES


def test_in_a_notebook_one_output_is_drawn_again(monkeypatch):
    drawn = []
    display = types.ModuleType("IPython.display")

    def show(first, display_id):
        return types.SimpleNamespace(update=drawn.append)

    vars(display).update(HTML=str, display=show)
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    with live.watch(UPDATES, target=1.0, console=Console(file=io.StringIO(), force_jupyter=True), title="PPO"):
        jax.block_until_ready(jax.jit(train)(keys()))
    assert "PPO" in drawn[-1]
    assert "100%" in drawn[-1]
    assert "solved 1/1" in drawn[-1]


def test_the_bar_moves_while_the_program_runs():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120, color_system=None)

    @jax.jit
    def slow(key):
        def update(carry, i):
            carry = jax.lax.fori_loop(0, 300, lambda _, m: jnp.tanh(m @ m), carry)
            return carry, live.report(i, {"return": 100 + i})

        return jax.lax.scan(update, jax.random.normal(key, (128, 128)), jnp.arange(40))

    compiled = slow.lower(keys()).compile()
    with live.watch(40, steps_per_update=1000, target=120.0, console=console, title="PPO"):
        jax.block_until_ready(compiled(keys()))
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert len(set(re.findall(r"(\d+)%", text))) > 3
    assert "PPO" in text
    assert "return 139" in text
    assert "solved 1/1" in text
    assert "steps/s" in text


def test_without_a_terminal_nothing_is_drawn(capfd):
    with live.watch(UPDATES):
        jax.block_until_ready(jax.jit(train)(keys()))
    assert capfd.readouterr() == ("", "")


DEVICES = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import PartitionSpec as P
from jaxviz import live
try:
    from jax import shard_map
except ImportError:
    from jax.experimental.shard_map import shard_map
mesh = jax.sharding.Mesh(np.array(jax.devices()), ("d",))
def one(x):
    return jax.lax.scan(lambda c, i: (c, live.report(i, {"return": x + i})), 0, jnp.arange(3))[1]["return"]
part = jax.vmap(one)
seen = []
def sink(metrics, step):
    seen.append((step, metrics["return/n"], metrics["return/iqm"] - step))
with live.watch(3, sink=sink, hz=1e6) as watch:
    jax.block_until_ready(jax.jit(shard_map(part, mesh=mesh, in_specs=P("d"), out_specs=P("d")))(jnp.arange(8.0)))
print(watch.calls, *seen[-1], len({step for step, *_ in seen}) == len(seen))
with live.watch(3) as watch:
    jax.block_until_ready(jax.jit(part)(jax.device_put(jnp.arange(8.0), jax.sharding.NamedSharding(mesh, P("d")))))
print(watch.calls)
"""


def test_each_device_makes_its_own_call_and_a_point_has_all_runs(tmp_path):
    script = tmp_path / "devices.py"
    script.write_text(DEVICES)
    env = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["6 2 8 3.5 True", "3"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: live.report(0, {"x": 1.0}, every=0), "`every` must be at least 1"),
        (lambda: live.report(0.5, {"x": 1.0}), "`update` must be one integer"),
        (lambda: live.report(0, {"x": jnp.ones(3)}), "must be one number per run"),
        (lambda: live.report(0, 3.0), "`metrics` must be a mapping"),
        (lambda: live.watch(0), "`updates` must be above 0"),
        (lambda: live.watch(3, hz=0), "`hz` must be above 0"),
        (lambda: unchecked(live.watch, 3, sink=4), "`sink` must be an MLflowLogger or a function"),
    ],
)
def test_wrong_arguments_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
