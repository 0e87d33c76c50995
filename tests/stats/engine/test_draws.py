"""Counter-based draws: known answers, fairness, and independence of how many there are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.random import threefry_2x32
from scipy import stats

from jaxviz.stats._engine import _draws

KEY = jax.random.key(7)
WORDS = _draws.replicate_words(KEY, jnp.arange(400))


def test_the_generator_is_that_of_jax():
    key, counter = jnp.array([11, 22], jnp.uint32), jnp.arange(8, dtype=jnp.uint32)
    ours = _draws.threefry((key[0], key[1]), (counter[:4], counter[4:]))
    np.testing.assert_array_equal(jnp.concatenate(ours), threefry_2x32(key, counter))


def test_the_published_test_vector():
    words = tuple(jnp.uint32(w) for w in (0x13198A2E, 0x03707344))
    a, b = _draws.threefry(words, tuple(jnp.uint32(w) for w in (0x243F6A88, 0x85A308D3)))
    assert (int(a), int(b)) == (0xC4923A9C, 0x483DF7A0)


@pytest.mark.parametrize("size", [7, 118, 119])
def test_draws_are_uniform_in_every_stream(size):
    live = jnp.array([size, 5, 1])
    ranks = np.asarray(_draws.draw_ranks(WORDS, size, jnp.broadcast_to(live[:, None], (3, 400))))
    assert ranks.shape == (size, 3, 400)
    for stream, n in enumerate(live):
        counts = np.bincount(ranks[:, stream].ravel(), minlength=int(n))
        assert counts.size == n
        assert n == 1 or stats.chisquare(counts).pvalue > 1e-4
    assert abs(np.corrcoef(ranks[:, 0].ravel(), ranks[:, 1].ravel())[0, 1]) < 5 / np.sqrt(400 * size)


def test_a_draw_does_not_know_how_many_others_there_are():
    live = jnp.full((2, 1), 6)
    many = _draws.draw_ranks(WORDS, 6, live)
    few = _draws.draw_ranks(_draws.replicate_words(KEY, jnp.arange(100, 110)), 6, live)
    np.testing.assert_array_equal(many[..., 100:110], few)
    alone = _draws.draw_ranks(_draws.replicate_words(KEY, jnp.asarray(105)), 6, live[:, 0])
    np.testing.assert_array_equal(many[..., 105], alone)
    second_stream = _draws.draw_ranks(WORDS, 6, live[:1], first_stream=1)
    np.testing.assert_array_equal(many[:, 1:], second_stream)


@pytest.mark.parametrize("size", [6, 130])
def test_counts_are_how_often_each_rank_was_drawn(size):
    live = jnp.array([size, size - 2])
    ranks = _draws.draw_ranks(WORDS, size, live[:, None])
    counts = np.asarray(_draws.count_ranks(ranks, live))
    for stream, n in enumerate(live):
        for b in (0, 7, 399):
            drawn = np.asarray(ranks[: int(n), stream, b])
            np.testing.assert_array_equal(counts[:, stream, b], np.bincount(drawn, minlength=size))


def test_too_many_runs_for_a_draw_are_named():
    with pytest.raises(ValueError, match="at most 65535 runs"):
        _draws.draw_ranks(WORDS, 2**16, jnp.ones((1, 400), jnp.int32))
