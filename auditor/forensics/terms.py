"""Candidates for expressions: a slip in one of its quantities, or in how they are put together."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from auditor.claims.evaluate import measure
from auditor.claims.scope import Part, Scope, Variant
from auditor.forensics.candidate import Candidate, Case, Evidence, candidates
from auditor.forensics.combinations import Known
from auditor.forensics.settings import other_settings
from auditor.spec.expression import Negation, Number, Operation, Quantity, Term

EXPLAINED = ("params", "trainable", "buffers", "macs", "flops", "count")
"""The quantities for which mechanisms are known."""

Values = Callable[[Quantity], Fraction]

_COMBINE: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


class Cases:
    """The candidates of quantities, each listed once however many claims are about it."""

    def __init__(self, scope: Scope, related: tuple[Variant, ...]) -> None:
        self.scope = scope
        self.related = related
        self._known: dict[object, tuple[Candidate, ...]] = {}
        self._built: Known = {}

    def of(self, quantity: Quantity) -> tuple[Candidate, ...]:
        """Everything that some mechanism makes of a quantity."""
        part = self._part(quantity)
        if part is None:
            return ()
        key = (quantity.word, part.variant.spec.path, frozenset(part.paths), quantity.arguments[:1])
        if key not in self._known:
            measured = Fraction(measure(quantity, self.scope))
            related = tuple(v for v in (*self.related, self.scope.variant) if v is not part.variant)
            self._known[key] = tuple(candidates(Case(quantity.word, part, measured, related)))
        return self._known[key]

    def settings_of(self, quantity: Quantity) -> tuple[Candidate, ...]:
        """What a quantity comes to under other settings, which takes building them."""
        part = self._part(quantity)
        if part is None:
            return ()
        key = ("settings", quantity.word, frozenset(part.paths), part.variant.spec.path)
        if key not in self._known:
            self._known[key] = tuple(other_settings(quantity, self.scope, self._built))
        return self._known[key]

    def _part(self, quantity: Quantity) -> Part | None:
        if quantity.word not in EXPLAINED:
            return None
        names = quantity.names[1:] if quantity.word == "count" else quantity.names
        return self.scope.part(names, quantity.mark)


def term_candidates(term: Term, cases: Cases) -> Iterator[Candidate]:
    """What a term comes to under some slip."""
    if isinstance(term, Quantity):
        yield from cases.of(term)
        return
    quantities = list(dict.fromkeys(_quantities(term)))
    known = {quantity: Fraction(measure(quantity, cases.scope)) for quantity in quantities}
    for quantity in quantities:
        for candidate in cases.of(quantity):
            changed = known | {quantity: candidate.value}
            if (value := reckoned(term, changed.__getitem__)) is not None:
                yield replace(
                    candidate,
                    value=value,
                    text=f"with {_shown(quantity)} as {candidate.text}",
                    cost=candidate.cost + 1,
                    evidence=(*candidate.evidence, Evidence(f"taken for {_shown(quantity)}", candidate.value)),
                )
    yield from wrong_formulas(term, known.__getitem__)


def wrong_formulas(term: Term, values: Values) -> Iterator[Candidate]:
    """Right figures put together wrongly: the wrong base, the rest for the share, only one side of a difference."""
    for name, text, changed, cost in _mistaken(term):
        if (value := reckoned(changed, values)) is not None:
            evidence = tuple(Evidence(_shown(quantity), values(quantity)) for quantity in _quantities(changed))
            yield Candidate(value, name, text, cost, evidence)


def _mistaken(term: Term) -> Iterator[tuple[str, str, Term, int]]:
    one = Number(Fraction(1))
    yield from _points_for_percent(term)
    match term:
        case Operation(
            sign="-", left=Number(value=Fraction(numerator=1, denominator=1)), right=Operation(sign="/") as r
        ):
            ratio = _ratio(r.right, r.left, term)
            yield "the wrong base", "relative to the new figure, not to the old one", _less(ratio, one, term), 1
            yield "the rest for the share", "what is left, not what was saved", r, 1
            yield "a factor for a percentage", "how many times larger the old figure is", ratio, 2
        case Operation(
            sign="-", left=Operation(sign="/") as r, right=Number(value=Fraction(numerator=1, denominator=1))
        ):
            ratio = _ratio(r.right, r.left, term)
            yield "the wrong base", "relative to the new figure, not to the old one", _less(one, ratio, term), 1
            yield "a factor for a percentage", "how many times larger it is, not by how much", r, 2
        case Operation(sign="/"):
            ratio = _ratio(term.right, term.left, term)
            yield "upside down", "the ratio the other way round", ratio, 2
            yield "the rest for the share", "what is left beside this share", _less(one, term, term), 2
        case Operation(sign="-", left=left, right=right):
            yield "one side of a difference", f"{_text(left)} alone, with nothing taken away", left, 1
            yield "one side of a difference", f"{_text(right)} alone", right, 2
            yield "the wrong sign", "the difference the other way round", Negation(term), 2


def _points_for_percent(term: Term) -> Iterator[tuple[str, str, Term, int]]:
    """How one share lies to another, told as their difference."""
    match term:
        case Operation(
            sign="-",
            left=Number(),
            right=Operation(sign="/", left=Operation(sign="/") as new, right=Operation(sign="/") as old),
        ):
            yield "points for percent", "the difference between the two shares in points", _less(old, new, term), 1
        case Operation(
            sign="-",
            left=Operation(sign="/", left=Operation(sign="/") as new, right=Operation(sign="/") as old),
            right=Number(),
        ):
            yield "points for percent", "the difference between the two shares in points", _less(new, old, term), 1


def _ratio(left: Term, right: Term, at: Operation) -> Operation:
    return Operation("/", left, right, at.mark)


def _less(left: Term, right: Term, at: Operation) -> Operation:
    return Operation("-", left, right, at.mark)


def reckoned(term: Term, values: Values) -> Fraction | None:
    """What a term comes to; None where that divides by zero."""
    match term:
        case Number():
            return term.value
        case Quantity():
            return values(term)
        case Negation():
            inner = reckoned(term.term, values)
            return None if inner is None else -inner
        case Operation():
            left, right = reckoned(term.left, values), reckoned(term.right, values)
            if left is None or right is None or (term.sign == "/" and right == 0):
                return None
            return _COMBINE[term.sign](left, right)


def _quantities(term: Term) -> Iterator[Quantity]:
    match term:
        case Quantity():
            yield term
        case Negation():
            yield from _quantities(term.term)
        case Operation():
            yield from _quantities(term.left)
            yield from _quantities(term.right)


def _shown(quantity: Quantity) -> str:
    arguments = ", ".join(name.text for name in quantity.names)
    return f"{quantity.word}({arguments})"


def _text(term: Term) -> str:
    match term:
        case Number():
            return str(term.value)
        case Quantity():
            return _shown(term)
        case Negation():
            return f"-{_text(term.term)}"
        case Operation():
            return f"{_text(term.left)} {term.sign} {_text(term.right)}"
