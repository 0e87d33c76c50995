"""The Python code of README and of the site runs as it stands, page by page."""

from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser

import jaxviz as jv
from tests.docs.running import run_all

ROOT = Path(__file__).resolve().parents[2]
COMPILES_LONG = ("README.md", "docs/coming-from.md", "docs/gallery.md", "docs/tracking.md")
PAGES = [
    pytest.param(page, marks=[pytest.mark.exhaustive] if page in COMPILES_LONG else [])
    for page in ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
]
WITHOUT_CODE = {f"docs/{name}.md" for name in ("durability", "files", "glossary", "speed", "statistics")}


def train(key):
    """A training in the shape of PureJaxRL's, [update, step, env]: episodes of three steps, whose returns rise and are
    held until the next one ends.
    """
    updates, steps, envs = 12, 8, 2
    finished = (jnp.arange(updates * steps) + 1) // 3
    level = 15 * jnp.arange(40.0)[:, None] + jax.random.normal(key, (40, envs))
    held = jnp.where(finished[:, None] > 0, level[finished], 0.0)
    ended = jnp.broadcast_to((jnp.arange(updates * steps) % 3 == 2)[:, None], held.shape)
    lengths = jnp.where(held > 0, 3, 0)
    names = ("returned_episode", "returned_episode_returns", "returned_episode_lengths")
    return {"metrics": {k: x.reshape(updates, steps, envs) for k, x in zip(names, (ended, held, lengths), strict=True)}}


class Nowhere:
    """Stands for the loggers of others."""

    def log(self, metrics, step):
        assert metrics

    def add_scalar(self, name, value, step):
        assert isinstance(name, str)


@pytest.fixture(scope="module")
def names():
    """What a page takes for given: a training, its runs, and a place to log."""
    keys = jax.random.split(jax.random.key(0), 16)
    run = jv.from_purejaxrl(jax.vmap(train)(keys))
    return {
        "jax": jax, "jnp": jnp, "jv": jv, "train": train, "keys": keys, "key": jax.random.key(0),
        "logger": lambda metrics, step: None, "wandb": Nowhere(), "writer": Nowhere(), "run": run, "other": run,
        "study": jv.Study({"PPO": {"CartPole-v1": run}, "DQN": {"CartPole-v1": run[:8]}}),
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with logs in it and a run of before."""
    for place in ("ppo/CartPole-v1/seed_0", "ppo/CartPole-v1/seed_1", "sac_new/CartPole-v1/seed_0"):
        home = tmp_path / "runs" / place
        home.mkdir(parents=True)
        (home / "monitor.csv").write_text('#{"t_start": 0.0, "env_id": "CartPole-v1"}\nr,l,t\n' + "1.0,20,0.1\n" * 40)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_code_of_a_page_runs(page, names, folder):
    count = run_all(Document.parse(str(ROOT / page), PythonCodeBlockParser()), names)
    assert (count == 0) == (page in WITHOUT_CODE)
