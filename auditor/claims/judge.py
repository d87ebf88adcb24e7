"""Judge claims by the precision they were printed with, and budgets by their limit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from auditor.claims.evaluate import evaluate
from auditor.claims.scope import Scope
from auditor.spec import Claim, Verdict
from auditor.spec.expression import Expression
from auditor.spec.printed import Interval, Printed


@dataclass(frozen=True)
class Judgement:
    """A claim, what was measured, and how the two stand to each other.

    `interval` is the reading of the figure that holds, or the first one if none does.
    """

    id: str
    claim: Claim
    measured: Fraction | None
    interval: Interval
    verdict: Verdict

    @property
    def expected(self) -> Verdict:
        """The verdict on record; without one, a claim that can be checked should be verified."""
        if self.claim.known:
            return self.claim.known
        return Verdict.VERIFIED if self.claim.of else Verdict.UNVERIFIABLE

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


def judge_claims(scope: Scope) -> tuple[Judgement, ...]:
    """Judge every claim of the scope's spec, in its order."""
    seen: Counter[str] = Counter()
    judged = []
    for claim in scope.variant.spec.claims:
        place = claim.doc if claim.line is None else f"{claim.doc}:{claim.line}"
        identity = f"{place}:{claim.says.figure}"
        seen[identity] += 1
        count = seen[identity]
        judged.append(_judge(identity if count == 1 else f"{identity}#{count}", claim, scope))
    return tuple(judged)


def check_budgets(scope: Scope) -> tuple[BudgetCheck, ...]:
    """Hold every budget of the scope's spec against what is measured."""
    budgets = scope.variant.spec.budgets
    return tuple(BudgetCheck(of, limit, evaluate(of, scope)) for of, limit in budgets.items())


def _judge(identity: str, claim: Claim, scope: Scope) -> Judgement:
    first = claim.says.intervals[0]
    if claim.of is None:
        return Judgement(identity, claim, None, first, Verdict.UNVERIFIABLE)
    measured = evaluate(claim.of, scope)
    for interval in claim.says.intervals:
        if measured in interval:
            return Judgement(identity, claim, measured, interval, Verdict.VERIFIED)
    return Judgement(identity, claim, measured, first, Verdict.REFUTED)
