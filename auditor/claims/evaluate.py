"""The value of an expression, in exact arithmetic."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction

from auditor.claims.quantities import QUANTITIES, Call
from auditor.claims.scope import Scope
from auditor.errors import SpecError, hint
from auditor.spec.expression import (
    Comparison,
    Conjunction,
    Expression,
    Negation,
    Number,
    Operation,
    Quantity,
    Term,
)

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def evaluate(expression: Expression, scope: Scope) -> Fraction | bool:
    """Measure what the expression asks for; a SpecError points at what cannot be measured."""
    match expression.root:
        case Comparison():
            return _holds(expression.root, scope)
        case Conjunction():
            held = [_holds(comparison, scope) for comparison in expression.root.comparisons]
            return all(held)
        case term:
            return _value(term, scope)


def _holds(comparison: Comparison, scope: Scope) -> bool:
    return _COMPARE[comparison.sign](_value(comparison.left, scope), _value(comparison.right, scope))


def evaluate_number(expression: Expression, scope: Scope) -> Fraction:
    """The same for an expression that must be a number."""
    value = evaluate(expression, scope)
    if isinstance(value, bool):
        raise SpecError(expression.mark, f"'{expression.text}' is true or false, and a number is wanted")
    return value


def _value(term: Term, scope: Scope) -> Fraction:
    match term:
        case Number():
            return term.value
        case Quantity():
            return Fraction(_measure(term, scope))
        case Negation():
            return -_value(term.term, scope)
        case Operation():
            return _operation(term, _value(term.left, scope), _value(term.right, scope))


def _measure(term: Quantity, scope: Scope) -> int | Fraction:
    measure = QUANTITIES.get(term.word)
    if measure is None:
        raise SpecError(term.mark, f"unknown quantity '{term.word}'" + hint(term.word, QUANTITIES, "quantities"))
    return measure(Call(term, scope))


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
