"""The value of an expression, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

from auditor.claims.quantities import QUANTITIES
from auditor.claims.scope import Scope
from auditor.errors import SpecError, hint
from auditor.spec.expression import Expression, Negation, Number, Operation, Quantity, Term


def evaluate(expression: Expression, scope: Scope) -> Fraction:
    """Measure what the expression asks for; a SpecError points at what cannot be measured."""
    return _value(expression.root, scope)


def _value(term: Term, scope: Scope) -> Fraction:
    match term:
        case Number():
            return term.value
        case Quantity():
            return Fraction(_quantity(term, scope))
        case Negation():
            return -_value(term.term, scope)
        case Operation():
            return _operation(term, _value(term.left, scope), _value(term.right, scope))


def _quantity(term: Quantity, scope: Scope) -> int:
    measure = QUANTITIES.get(term.word)
    if measure is None:
        raise SpecError(term.mark, f"unknown quantity '{term.word}'" + hint(term.word, QUANTITIES, "quantities"))
    part = scope.part(term.names, term.mark)
    return measure(part.variant.profile.under(part.paths))


def _operation(term: Operation, left: Fraction, right: Fraction) -> Fraction:
    match term.sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if right == 0:
        raise SpecError(term.mark, "division by zero: what stands below it measures 0")
    return left / right
