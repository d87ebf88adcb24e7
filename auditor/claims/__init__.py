"""How claims are judged: names looked up, expressions measured, figures held against intervals."""

from auditor.claims.judge import BudgetCheck, Judgement, check_budgets, judge_claims
from auditor.claims.scope import Scope, Variant

__all__ = ["BudgetCheck", "Judgement", "Scope", "Variant", "check_budgets", "judge_claims"]
