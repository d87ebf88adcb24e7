"""How claims are judged: names looked up, expressions measured, figures held against intervals."""

from auditor.claims.arithmetic import Inconsistency, inconsistencies
from auditor.claims.contradictions import Contradiction, contradictions
from auditor.claims.judge import BudgetCheck, Judgement, check_budgets, judge_claim, judge_claims, size_claims
from auditor.claims.scope import Scope, Variant

__all__ = [
    "BudgetCheck",
    "Contradiction",
    "Inconsistency",
    "Judgement",
    "Scope",
    "Variant",
    "check_budgets",
    "contradictions",
    "inconsistencies",
    "judge_claim",
    "judge_claims",
    "size_claims",
]
