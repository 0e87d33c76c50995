"""Shares of runs that got somewhere: the time it took them is censored, and has no mean."""

import equinox as eqx

from ..stats import Interval


class ReachedAggregate(eqx.Module):
    """A `Crossing` over runs."""

    reached: Interval
    """Share of runs that met the level."""


class SpellAggregate(eqx.Module):
    """A `Spell` over runs."""

    open: Interval
    """Share of runs that ended before the stretch did."""


class SteadyStateAggregate(eqx.Module):
    """A `SteadyState` over runs."""

    defined: Interval
    """Share of runs with a steady state within their first half."""
