"""The value of an expression, in exact arithmetic."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Compared:
    """A comparison with its two sides measured."""

    left: Fraction
    sign: str
    right: Fraction

    @property
    def holds(self) -> bool:
        return _COMPARE[self.sign](self.left, self.right)


def evaluate(expression: Expression, scope: Scope) -> Fraction | bool:
    """Measure what the expression asks for; a SpecError points at what cannot be measured."""
    if expression.is_statement:
        return all(compared.holds for compared in compare(expression, scope))
    return evaluate_number(expression, scope)


def compare(expression: Expression, scope: Scope) -> tuple[Compared, ...]:
    """The comparisons of a statement, measured; none if the expression is a number."""
    match expression.root:
        case Comparison() as only:
            comparisons: tuple[Comparison, ...] = (only,)
        case Conjunction(comparisons=comparisons):
            pass
        case _:
            comparisons = ()
    return tuple(Compared(_value(c.left, scope), c.sign, _value(c.right, scope)) for c in comparisons)


def evaluate_number(expression: Expression, scope: Scope) -> Fraction:
    """The same for an expression that must be a number."""
    match expression.root:
        case Comparison() | Conjunction():
            raise SpecError(expression.mark, f"'{expression.text}' is true or false, and a number is wanted")
        case term:
            return _value(term, scope)


def _value(term: Term, scope: Scope) -> Fraction:
    match term:
        case Number():
            return term.value
        case Quantity():
            return Fraction(measure(term, scope))
        case Negation():
            return -_value(term.term, scope)
        case Operation():
            return _operation(term, _value(term.left, scope), _value(term.right, scope))


def measure(term: Quantity, scope: Scope) -> int | Fraction:
    """Measure a single quantity."""
    found = QUANTITIES.get(term.word)
    if found is None:
        raise SpecError(term.mark, f"unknown quantity '{term.word}'" + hint(term.word, QUANTITIES, "quantities"))
    return found(Call(term, scope))


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
