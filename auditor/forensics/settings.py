"""Figures that are right for another setting: one that the variant used to have, or that was never written down."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.claims.scope import Scope
from auditor.errors import SpecError
from auditor.forensics.candidate import Candidate
from auditor.forensics.combinations import Known
from auditor.forensics.search import Choice
from auditor.forensics.solve import over
from auditor.models import blocks
from auditor.spec.expression import Quantity

_NAME = "another setting"
_COST = 3
_FEW = range(1, 9)
_MANY = (8, 12, 16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 112, 128, 160, 192, 256)
_WIDTHS = ("0.25", "0.35", "0.5", "0.75", "1.0")


def other_settings(quantity: Quantity, scope: Scope, known: Known) -> Iterator[Candidate]:
    """What a number of parameters comes to with one argument of one stage changed to a usual value."""
    variant = scope.part(quantity.names, quantity.mark).variant
    if quantity.word not in ("params", "trainable") or variant is not scope.variant:
        return
    for choice, own in _choices(scope):
        try:
            found = over(choice, quantity, scope, known)
        except SpecError:
            continue
        for value, comes_to in found.items():
            yield Candidate(comes_to, _NAME, f"right with {choice.name} = {value}, not {own}", _COST)


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
