"""The whole way from a spec to its audit; every front end calls this and only shows the result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch

from auditor.claims import BudgetCheck, Judgement, Scope, Variant, check_budgets, judge_claims
from auditor.claims.scope import WHOLE
from auditor.errors import SpecError
from auditor.models import build
from auditor.profiling import Profile, Totals, profile
from auditor.spec import Spec, Verdict, load
from auditor.spec.expression import Expression, Quantity


@dataclass(frozen=True)
class Component:
    """A part of the model as documents speak of it, with what they claim of its size."""

    name: str
    totals: Totals
    claims: tuple[Judgement, ...] = ()


@dataclass(frozen=True)
class Audit:
    """Everything there is to say about one spec."""

    spec: Spec
    profile: Profile
    components: tuple[Component, ...]
    outside: Component
    total: Component
    judgements: tuple[Judgement, ...]
    budgets: tuple[BudgetCheck, ...]
    strict: bool

    def with_verdict(self, verdict: Verdict) -> tuple[Judgement, ...]:
        return tuple(judgement for judgement in self.judgements if judgement.verdict is verdict)

    def share(self, params: int) -> Fraction:
        """Which part of all parameters so many are."""
        return Fraction(params, self.profile.total.params or 1)

    @property
    def exceeded(self) -> tuple[BudgetCheck, ...]:
        """The budgets that the model does not stay in."""
        return tuple(budget for budget in self.budgets if not budget.passed)

    @property
    def changed(self) -> tuple[Judgement, ...]:
        """The claims whose verdict is not the one on record."""
        return tuple(judgement for judgement in self.judgements if not judgement.as_expected)

    @property
    def judged_nothing(self) -> bool:
        return not self.budgets and all(judgement.claim.of is None for judgement in self.judgements)

    @property
    def passed(self) -> bool:
        refuted = self.strict and self.with_verdict(Verdict.REFUTED)
        return not (self.exceeded or self.changed or self.judged_nothing or refuted)


def audit(spec: str | Path, *, strict: bool = False) -> Audit:
    """Audit the spec at a path; with `strict`, a refuted claim fails even where that is on record."""
    return audit_all([Path(spec)], strict=strict)[0]


def audit_all(paths: Iterable[Path], *, strict: bool = False) -> list[Audit]:
    """Audit several specs, building each variant once, also those that only others refer to."""
    measured: dict[Path, Variant] = {}

    def find(path: Path) -> Variant:
        key = path.resolve()
        if key not in measured:
            measured[key] = measure(load(path))
        return measured[key]

    return [_audit(Scope(find(path), find), strict) for path in paths]


def measure(spec: Spec) -> Variant:
    """Build the model of a spec and profile it on one input of the spec's shape."""
    model = build(spec)
    try:
        return Variant(spec, profile(model, torch.zeros(1, *spec.input.shape)))
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise SpecError(spec.input.mark, f"the model does not run on an input of this shape: {reason}") from None


def _audit(scope: Scope, strict: bool) -> Audit:
    variant = scope.variant
    profile, listed = variant.profile, variant.listed
    judgements = judge_claims(scope)
    claims = _size_claims(scope, judgements)

    def component(name: str, paths: tuple[str, ...]) -> Component:
        return Component(name, profile.under(paths), tuple(claims.get(frozenset(paths), ())))

    inside = profile.under([path for paths in listed.values() for path in paths])
    return Audit(
        spec=variant.spec,
        profile=profile,
        components=tuple(component(name, paths) for name, paths in listed.items()),
        outside=Component("outside of these", profile.total - inside),
        total=component("total", WHOLE),
        judgements=judgements,
        budgets=check_budgets(scope),
        strict=strict,
    )


def _size_claims(scope: Scope, judgements: tuple[Judgement, ...]) -> dict[frozenset[str], list[Judgement]]:
    """The claims that print the number of parameters of some part, by the paths of that part."""
    claims: dict[frozenset[str], list[Judgement]] = {}
    for judgement in judgements:
        match judgement.claim.of:
            case Expression(root=Quantity(word="params", names=names, mark=mark)):
                part = scope.part(names, mark)
                if part.variant is scope.variant:
                    claims.setdefault(frozenset(part.paths), []).append(judgement)
    return claims
