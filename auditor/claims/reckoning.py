"""What terms and statements come to, where only spans are known of the quantities in them."""

from __future__ import annotations

import operator
from collections.abc import Callable

from auditor.spec.expression import Conjunction, Negation, Number, Operation, Quantity, Statement, Term
from auditor.spec.spans import Span, compare

Known = Callable[[Term], Span | None]
"""What is known of a term as a whole, if anything is."""

_COMBINE: dict[str, Callable[[Span, Span], Span]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def reckon(term: Term, known: Known) -> Span | None:
    """What a term comes to by the terms it is made of, or else what is known of it as a whole."""
    return computed(term, known) or known(term)


def computed(term: Term, known: Known) -> Span | None:
    """What a term comes to by the terms it is made of; None if too little is known of them."""
    match term:
        case Number():
            return Span(term.value, term.value)
        case Quantity():
            return None
        case Negation():
            inner = reckon(term.term, known)
            return None if inner is None else -inner
        case Operation():
            left, right = reckon(term.left, known), reckon(term.right, known)
            if left is None or right is None:
                return None
            try:
                return _COMBINE[term.sign](left, right)
            except ZeroDivisionError:
                return None


def holds(statement: Statement, known: Known) -> bool | None:
    """Whether a statement is so by what is known; None if that leaves it open."""
    comparisons = statement.comparisons if isinstance(statement, Conjunction) else (statement,)
    sides = [(reckon(c.left, known), c.sign, reckon(c.right, known)) for c in comparisons]
    found = [compare(left, sign, right) if left and right else None for left, sign, right in sides]
    return False if False in found else None if None in found else True
