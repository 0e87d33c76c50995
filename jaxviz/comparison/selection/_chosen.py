"""What was chosen for an algorithm, and what the choice flatters."""

from typing import Literal, NamedTuple

Select = Literal["split", "bootstrap"]
"""How a configuration is chosen without the seeds that it is reported on."""


class Chosen(NamedTuple):
    """The configuration of an algorithm that is compared, the best of several by the mean score."""

    algorithm: str
    """As the comparison calls it."""
    task: str
    """Empty: one configuration for all tasks."""
    configuration: str
    how: Select
    candidates: int
    """How many configurations it was chosen from."""
    naive: float
    """Mean score, chosen and reported on the same runs: the best is the luckiest too."""
    honest: float
    """Mean score on runs that did not choose."""
    share: float
    """Of bootstrap replicates of the runs, those that choose it."""

    @property
    def flattery(self) -> float:
        """What the naive choice adds, in units of the score."""
        return self.naive - self.honest
