"""Which module runs, and under which of its paths."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from auditor.profiling.flow import Call


class ModulePaths:
    """The path of the running module, found from its caller, since one module can have many paths."""

    def __init__(self, modules: Iterable[tuple[str, nn.Module]]) -> None:
        self._paths: dict[int, list[str]] = {}
        for path, module in modules:
            self._paths.setdefault(id(module), []).append(path)
        self.calls = [Call("", None)]
        self._nearest: dict[tuple[int, str], str | None] = {}
        self._stack: list[int] = []

    @property
    def call(self) -> int:
        """The running call."""
        return self._stack[-1] if self._stack else 0

    @property
    def current(self) -> str:
        return self.calls[self.call].path

    def enter(self, module: nn.Module) -> str | None:
        """Note that a module starts; its path is the nearest below its caller, None if it is foreign."""
        key = (id(module), self.current)
        if key not in self._nearest:
            self._nearest[key] = self._nearest_to(*key)
        path = self._nearest[key]
        self._stack.append(self.call if path is None else self._started(path))
        return path

    def leave(self) -> None:
        self._stack.pop()

    def _nearest_to(self, module: int, caller: str) -> str | None:
        paths = self._paths.get(module, [])
        below = f"{caller}." if caller else ""
        nearby = [path for path in paths if path.startswith(below)]
        return min(nearby or paths, key=lambda path: path.count("."), default=None)

    def _started(self, path: str) -> int:
        if not self._stack and not path:
            return 0
        self.calls.append(Call(path, self.call))
        return len(self.calls) - 1
