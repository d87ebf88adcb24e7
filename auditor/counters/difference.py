"""A difference between two counts of one model, with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Sort(Enum):
    """What sort of reason it has that two counts differ."""

    MISSED = "missed"
    OTHER_WORK = "other work"
    MISCOUNTED = "miscounted"
    UNCOUNTED = "not counted here"
    UNKNOWN = "no known reason"


@dataclass(frozen=True)
class Difference:
    """Work that one module did by one operator, as measured and as another counter has it."""

    path: str
    operator: str
    ours: int
    theirs: int
    sort: Sort
    reason: str

    @property
    def gap(self) -> int:
        return self.theirs - self.ours
