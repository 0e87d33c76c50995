"""`Cell`: what the runs of one batch have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ._values import Configuration, label


@dataclass(frozen=True, order=True)
class Cell:
    """The name of a batch of runs: `Cell("PPO", "CartPole-v1", {"lr": 3e-4})`."""

    algorithm: str
    task: str = "task"
    configuration: Mapping[str, object] = field(default_factory=Configuration)
    """Hyper-parameters by name."""
    variant: str = ""
    """What tells it from another cell of the same names whose numbers are of another kind: "evaluations"."""

    def __post_init__(self) -> None:
        for name in ("algorithm", "task", "variant"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"`{name}` must be a name, got {getattr(self, name)!r}")
            object.__setattr__(self, name, label(getattr(self, name)))
        if not isinstance(self.configuration, Mapping):
            raise TypeError(f"`configuration` must be a mapping of hyper-parameters, got {self.configuration!r}")
        object.__setattr__(self, "configuration", Configuration(self.configuration))

    def __str__(self) -> str:
        details = "; ".join(filter(None, (str(self.configuration), self.variant)))
        return f"{self.algorithm} on {self.task}" + (f" ({details})" if details else "")
