"""Figures that are right for another setting: one that the variant used to have, or that was never written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from auditor.claims.scope import Scope
from auditor.errors import SpecError
from auditor.forensics.candidate import Candidate
from auditor.forensics.combinations import Known, Table, combinations, quantity_over
from auditor.forensics.search import Choice, Search
from auditor.models import blocks
from auditor.spec.expression import Quantity

_NAME = "another setting"
_COST = 3
_FEW = range(1, 9)
_MANY = (8, 12, 16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 112, 128, 160, 192, 256)
_WIDTHS = ("0.25", "0.35", "0.5", "0.75", "1.0")


@dataclass(frozen=True)
class Change:
    """One argument of one stage at usual values other than its own, and what was built with them."""

    choice: Choice
    own: str
    search: Search
    table: Table


def changes(scope: Scope) -> Iterator[Change]:
    """Every argument of every stage changed by itself, each stage built once for all of them."""
    known: Known = {}
    for choice, own in _choices(scope):
        search = Search(scope, (), (choice,))
        with suppress(SpecError):
            yield Change(choice, own, search, combinations(search, known=known))


def other_settings(quantity: Quantity, changed: Iterable[Change]) -> Iterator[Candidate]:
    """What a number of parameters comes to under every change."""
    for change in changed:
        choice, table = change.choice, change.table
        found = quantity_over(quantity, change.search, table)
        for number, value, possible in zip(table.chosen[choice.name], found, table.possible, strict=True):
            if possible:
                text = f"right with {choice.name} = {choice.values[int(number)]}, not {change.own}"
                yield Candidate(Fraction(float(value)), _NAME, text, _COST)


def _choices(scope: Scope) -> Iterator[tuple[Choice, str]]:
    """For each numeric argument of each stage, usual values other than its own."""
    for name, stage in scope.variant.spec.model.items():
        for argument in blocks()[stage.block].arguments.values():
            entry = stage.arguments.get(argument.name)
            own = entry.node.value if entry else argument.default
            if isinstance(own, bool) or not isinstance(own, int | float):
                continue
            usual = _WIDTHS if isinstance(own, float) else map(str, _FEW if own < _FEW.stop else _MANY)
            values = tuple(value for value in usual if float(value) != float(own))
            yield Choice(name, argument.name, values), str(own)
