"""Judge claims by the precision they were printed with, and budgets by their limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, replace
from fractions import Fraction

from auditor.claims.evaluate import Compared, compare, evaluate_number
from auditor.claims.quantities import Call
from auditor.claims.scope import Scope
from auditor.claims.uncounted import leaves_open, uncounted
from auditor.errors import Mark
from auditor.spec import Claim, Verdict
from auditor.spec.expression import Expression, Quantity
from auditor.spec.printed import Interval, Printed


@dataclass(frozen=True)
class Judgement:
    """A claim, what was measured (a number, or whether a statement holds), and how the two stand.

    `interval` is the reading of the figure that holds, or the first one if none does; `compared`
    are a statement's comparisons with both sides measured; `lacking` are operators without a formula
    on whose work it hangs if the claim is right.
    """

    id: str
    claim: Claim
    measured: Fraction | bool | None
    interval: Interval
    verdict: Verdict
    compared: tuple[Compared, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def needs(self) -> str | None:
        """What it would take to check the claim, when nothing here can."""
        return " and ".join(f"a formula for {name}" for name in self.lacking) or self.claim.needs

    @property
    def expected(self) -> Verdict:
        """The verdict on record; without one, a claim that can be checked should be verified."""
        if self.claim.known:
            return self.claim.known
        return Verdict.UNVERIFIABLE if self.needs else Verdict.VERIFIED

    @property
    def as_expected(self) -> bool:
        return self.verdict is self.expected


@dataclass(frozen=True)
class BudgetCheck:
    """A limit, and what was measured against it."""

    of: Expression
    limit: Printed
    measured: Fraction

    @property
    def passed(self) -> bool:
        return self.measured <= self.limit.value


def judge_claims(scope: Scope, contradicted: Container[Mark] = ()) -> tuple[Judgement, ...]:
    """Judge every claim of the scope's spec, in its order.

    A claim, given by its place, that its own document contradicts and the model does not bear out
    is inconsistent.
    """
    seen: Counter[str] = Counter()
    judged = []
    for claim in scope.variant.spec.claims:
        place = claim.doc if claim.line is None else f"{claim.doc}:{claim.line}"
        identity = f"{place}:{claim.says.figure}"
        seen[identity] += 1
        count = seen[identity]
        judgement = judge_claim(claim, scope, identity if count == 1 else f"{identity}#{count}")
        if claim.mark in contradicted and judgement.verdict is not Verdict.VERIFIED:
            judgement = replace(judgement, verdict=Verdict.INCONSISTENT)
        judged.append(judgement)
    return tuple(judged)


def check_budgets(scope: Scope) -> tuple[BudgetCheck, ...]:
    """Hold every budget of the scope's spec against what is measured."""
    budgets = scope.variant.spec.budgets
    return tuple(BudgetCheck(of, limit, evaluate_number(of, scope)) for of, limit in budgets.items())


def judge_claim(claim: Claim, scope: Scope, identity: str = "") -> Judgement:
    """Judge one claim by itself."""
    first = claim.says.intervals[0]
    if claim.of is None or not claim.is_measurable:
        return Judgement(identity, claim, None, first, Verdict.UNVERIFIABLE)
    lacking = uncounted(claim.of, scope)
    if lacking and leaves_open(claim.of, claim.says, scope):
        return Judgement(identity, claim, None, first, Verdict.UNVERIFIABLE, lacking=lacking)
    if claim.of.is_statement:
        compared = compare(claim.of, scope)
        holds = all(comparison.holds for comparison in compared)
        verdict = Verdict.VERIFIED if holds else Verdict.REFUTED
        return Judgement(identity, claim, holds, first, verdict, compared)
    measured = evaluate_number(claim.of, scope)
    for interval in claim.says.intervals:
        if measured in interval:
            return Judgement(identity, claim, measured, interval, Verdict.VERIFIED)
    return Judgement(identity, claim, measured, first, Verdict.REFUTED)


def size_claims(scope: Scope, judgements: tuple[Judgement, ...]) -> dict[frozenset[str], list[Judgement]]:
    """The claims that print the number of parameters of some part, by the paths of that part."""
    claims: dict[frozenset[str], list[Judgement]] = {}
    for judgement in judgements:
        match judgement.claim.of:
            case Expression(root=Quantity(word="params") as quantity):
                part = Call(quantity, scope).part()
                if part.variant is scope.variant:
                    claims.setdefault(frozenset(part.paths), []).append(judgement)
    return claims
