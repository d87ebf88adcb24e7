"""The register of counters: each one a function with a decorator, none of them imported before it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from torch import Tensor, nn

from auditor.counters.count import Charge, Count, Crash, Knows, Opinion
from auditor.counters.lending import Lent, lent
from auditor.errors import AuditError, first_line, hint

Run = Callable[[Lent, tuple[Tensor, ...]], Iterable[Charge]]
"""Count a model on some tensors. Both are the counter's own to spoil."""


@dataclass(frozen=True)
class Counter:
    """A counter by the name of the package that it comes in."""

    name: str
    knows: Knows
    run: Run

    @property
    def is_installed(self) -> bool:
        return find_spec(self.name) is not None

    @property
    def version(self) -> str:
        return version(self.name)

    @property
    def summary(self) -> str:
        """How it counts, in a sentence."""
        return (self.run.__doc__ or "").partition("\n")[0]


_COUNTERS: dict[str, Counter] = {}


def counter(name: str, knows: Knows) -> Callable[[Run], Run]:
    """Register a function as the adapter of a counter."""

    def register(run: Run) -> Run:
        _COUNTERS[name] = Counter(name, knows, run)
        return run

    return register


def counters() -> Mapping[str, Counter]:
    """All counters by name, also those that are not installed."""
    return _COUNTERS


def installed_counter(name: str) -> Counter:
    """The counter of a name, ready to count."""
    if name not in _COUNTERS:
        raise AuditError(f"there is no counter '{name}'" + hint(name, _COUNTERS, "counters"))
    found = _COUNTERS[name]
    if not found.is_installed:
        raise AuditError(f"the counter '{name}' is not installed; to get it: pip install {name}")
    return found


def count_by(name: str, model: nn.Module, /, *inputs: Any, **keywords: Any) -> Opinion:
    """What the counter of a name makes of one run of the model, which is left exactly as it was.

    A counter that fails is no error: it has no opinion, and the answer says why.
    """
    found = installed_counter(name)
    try:
        with lent(model, inputs, keywords) as copy:
            charges = tuple(found.run(copy, copy.tensors))
    except (Exception, SystemExit) as error:  # a counter does what it likes with what may be anyone's model
        first = _first(error)
        return Crash(name, found.version, f"{type(first).__name__}: {first_line(first)}")
    return Count(name, found.version, found.knows, tuple(charge for charge in charges if charge.value))


def _first(error: BaseException) -> BaseException:
    """The error that others were raised from."""
    return _first(error.__cause__) if error.__cause__ else error
