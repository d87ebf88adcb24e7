"""What takes time, and is not always wanted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """Something that is worked out when it is first asked for, unless it was set by then."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work

    @cached_property
    def value(self) -> T:
        return self._work()
