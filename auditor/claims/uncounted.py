"""What can be said of work of which some could not be counted: that it is no less than what was."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from auditor.claims.evaluate import measure
from auditor.claims.reckoning import holds, reckon
from auditor.claims.scope import Scope
from auditor.spec.expression import Expression, Quantity, Statement, Term
from auditor.spec.printed import Printed
from auditor.spec.spans import Span

WORK = ("macs", "flops")
"""The quantities that an operator without a formula adds to, nobody knows how much."""


def uncounted(expression: Expression, scope: Scope) -> tuple[str, ...]:
    """The operators without a formula that ran in the parts whose work an expression is about."""
    return tuple(dict.fromkeys(name for term in expression.quantities() for name in _uncounted(term, scope)))


def leaves_open(expression: Expression, says: Printed, scope: Scope) -> bool:
    """Whether it hangs on what was not counted if a figure or statement is right."""
    known = partial(_known, scope=scope)
    if isinstance(expression.root, Statement):
        return holds(expression.root, known) is None
    span = reckon(expression.root, known) or Span(None, None)
    within = any(span.lies_in(interval) for interval in says.intervals)
    return not within and any(span.meets(interval) for interval in says.intervals)


def _known(term: Term, scope: Scope) -> Span | None:
    """What is known of a quantity: what it measures, or that it is no less."""
    if not isinstance(term, Quantity):
        return None
    measured = Fraction(measure(term, scope))
    return Span(measured, None if _uncounted(term, scope) else measured)


def _uncounted(term: Quantity, scope: Scope) -> list[str]:
    entries = scope.part(term.names, term.mark).uncounted if term.word in WORK else ()
    return [entry.operator for entry in entries]
