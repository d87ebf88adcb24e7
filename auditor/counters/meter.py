"""Which module did the work that a counter of operators sums up as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from torch import nn

from auditor.counters.count import Charge
from auditor.counters.lending import Lent


class Meter:
    """Reads a counter's sums whenever a module starts or ends, and charges what was added to the one that ran.

    Counters add the work of a module to all modules around it, which cannot be told apart again where
    a module has several parents.
    """

    def __init__(self, model: Lent, read: Callable[[], Mapping[Any, int]]) -> None:
        self._read = read
        self._seen: dict[Any, int] = {}
        self._sums: dict[tuple[str, Any], int] = {}
        self._running = [""]
        paths = model.paths()
        for module in model.modules():
            module.register_forward_pre_hook(partial(self._enter, paths[id(module)]))
            module.register_forward_hook(self._leave)

    def charges(self) -> Iterator[Charge]:
        """What each module was charged with."""
        self._charge()
        for (path, operator), value in self._sums.items():
            yield Charge(path, value, str(operator))

    def _enter(self, path: str, _: nn.Module, __: Any) -> None:
        self._charge()
        self._running.append(path)

    def _leave(self, _: nn.Module, __: Any, ___: Any) -> None:
        self._charge()
        self._running.pop()

    def _charge(self) -> None:
        for operator, total in self._read().items():
            added = total - self._seen.get(operator, 0)
            if added:
                key = (self._running[-1], operator)
                self._sums[key] = self._sums.get(key, 0) + added
                self._seen[operator] = total
