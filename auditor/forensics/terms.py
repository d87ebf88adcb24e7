"""Candidates for expressions: a slip in one of its quantities, or in how they are put together."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from auditor.claims.evaluate import measure
from auditor.claims.scope import Part, Scope, Variant
from auditor.forensics.candidate import Candidate, Case, Evidence, candidates
from auditor.forensics.search import SEARCHED
from auditor.forensics.settings import Change, changes, other_settings
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
        self._told: dict[str, tuple[Candidate, ...]] = {}
        self._listed: dict[object, tuple[Candidate, ...]] = {}

    def about(self, term: Term, text: str) -> tuple[Candidate, ...]:
        """What a term, written so, comes to under some slip."""
        if text not in self._told:
            self._told[text] = tuple(_candidates(term, self))
        return self._told[text]

    def of(self, quantity: Quantity) -> tuple[Candidate, ...]:
        """Everything that some mechanism makes of a quantity."""
        part = self._part(quantity)
        if part is None:
            return ()
        key = _key(quantity, part)
        if key not in self._listed:
            measured = Fraction(measure(quantity, self.scope))
            related = tuple(v for v in (*self.related, self.scope.variant) if v is not part.variant)
            self._listed[key] = tuple(candidates(Case(quantity.word, part, measured, related)))
        return self._listed[key]

    def settings_of(self, quantity: Quantity) -> tuple[Candidate, ...]:
        """What a quantity comes to under other settings, which takes building them."""
        part = self._part(quantity)
        if part is None or part.variant is not self.scope.variant or quantity.word not in SEARCHED:
            return ()
        return tuple(other_settings(quantity, self._changes))

    @cached_property
    def _changes(self) -> list[Change]:
        return list(changes(self.scope))

    def _part(self, quantity: Quantity) -> Part | None:
        if quantity.word not in EXPLAINED:
            return None
        names = quantity.names[1:] if quantity.word == "count" else quantity.names
        return self.scope.part(names, quantity.mark)


def _key(quantity: Quantity, part: Part) -> object:
    """What a quantity is, wherever it is written: the word, the class that is counted, and the part."""
    counted = quantity.names[0].text if quantity.word == "count" else ""
    return quantity.word, counted, part.variant.spec.path, part.paths


def _candidates(term: Term, cases: Cases) -> Iterator[Candidate]:
    if isinstance(term, Quantity):
        yield from cases.of(term)
        return
    known = {quantity: Fraction(measure(quantity, cases.scope)) for quantity in _quantities(term)}
    for quantity in known:
        shown, left = _shown(quantity), _reckoned_but(quantity, term, known)
        yield from (found for slip in cases.of(quantity) if (found := _slipped(slip, left, shown)))
    yield from wrong_formulas(term, known.__getitem__)


def _slipped(slip: Candidate, left: Term, shown: str) -> Candidate | None:
    """What a term comes to with a slip in the one quantity that is left in it."""
    value = reckoned(left, lambda _: slip.value)
    if value is None:
        return None
    evidence = (*slip.evidence, Evidence(f"taken for {shown}", slip.value))
    return Candidate(value, slip.mechanism, f"with {shown} as {slip.text}", slip.cost + 1, evidence)


def _reckoned_but(quantity: Quantity, term: Term, known: Mapping[Quantity, Fraction]) -> Term:
    """A term with numbers for all of its quantities but one."""
    match term:
        case Quantity() if term != quantity:
            return Number(known[term])
        case Negation():
            return Negation(_reckoned_but(quantity, term.term, known))
        case Operation():
            left, right = (_reckoned_but(quantity, side, known) for side in (term.left, term.right))
            return replace(term, left=left, right=right)
    return term


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
