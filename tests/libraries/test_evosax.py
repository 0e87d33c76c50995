"""evosax: the metrics of `tell`, stacked by a scan. Its fitness is minimised."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxviz as jv
from tests.known import known
from tests.libraries.told import as_its_users_run_it, library, main_path

algorithms = library("evosax.algorithms")

POPULATION, GENERATIONS, SEEDS = 16, 30, 5


@pytest.fixture(scope="module")
def metrics():
    """CMA-ES on the sphere, from (2, 2, 2): the fitness falls from 12 to nearly 0."""
    with as_its_users_run_it():
        es = algorithms.CMA_ES(population_size=POPULATION, solution=jnp.zeros(3))
        params = es.default_params

        def train(key):
            first, *keys = jax.random.split(key, GENERATIONS + 1)
            state = es.init(first, jnp.full(3, 2.0), params)

            def generation(state, key):
                ask, tell = jax.random.split(key)
                population, state = es.ask(ask, state, params)
                return es.tell(tell, population, jnp.sum(population**2, -1), state, params)

            return jax.lax.scan(generation, state, jnp.stack(keys))[1]

        return jax.device_get(jax.jit(jax.vmap(train))(jax.random.split(jax.random.key(0), SEEDS)))


def test_falling_cost_is_progress(metrics):
    step = (np.arange(GENERATIONS) + 1) * POPULATION
    run = jv.from_curves(metrics["best_fitness"], step=step, name="cost", minimize=True)
    assert run.batch_shape == (SEEDS,)
    analysis, words = main_path(run, target=1.0)
    best = metrics["best_fitness"]
    first = np.array([step[np.argmax(row <= 1.0)] for row in best])
    np.testing.assert_array_equal(known(known(analysis.convergence).crossing).step, first)
    np.testing.assert_allclose(known(analysis.performance).final, best[:, -3:].mean(-1), rtol=1e-5)
    np.testing.assert_allclose(known(analysis.performance).best, best.min(-1), rtol=1e-5)
    assert "5 of 5" in words
    assert "cost" in words


def test_nobody_is_there_at_the_start(metrics):
    run = jv.from_curves(metrics["best_fitness"][:, :2], name="cost", minimize=True)
    _, words = main_path(run, target=1e-6)
    assert "0 of 5" in words
