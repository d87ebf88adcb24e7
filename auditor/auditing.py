"""The whole way from a spec to its audit; every front end calls this and only shows the result."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import inf
from pathlib import Path

from torch import nn

from auditor.claims import (
    BudgetCheck,
    Inconsistency,
    Judgement,
    Scope,
    Variant,
    check_budgets,
    inconsistencies,
    judge_claims,
    size_claims,
)
from auditor.claims.scope import WHOLE
from auditor.errors import SpecError, first_line
from auditor.forensics import Explained, explain
from auditor.later import Later
from auditor.models import build
from auditor.models.factories import at_home
from auditor.models.inputs import arguments
from auditor.profiling import Profile, Totals, profile
from auditor.profiling.outlines import Outlining
from auditor.reading.drift import read_documents
from auditor.reading.structure import Reading
from auditor.sharing import Share, alone
from auditor.spec import Spec, Verdict, load


@dataclass(frozen=True)
class Component:
    """A part of the model as documents speak of it, with what they claim of its size."""

    name: str
    totals: Totals
    claims: tuple[Judgement, ...] = ()


@dataclass(frozen=True, repr=False)
class Audit:
    """Everything there is to say about one spec; `read` are the documents that were at hand."""

    scope: Scope
    components: tuple[Component, ...]
    outside: Component
    total: Component
    judgements: tuple[Judgement, ...]
    inconsistencies: tuple[Inconsistency, ...]
    explained: Later[Explained]
    budgets: tuple[BudgetCheck, ...]
    read: Mapping[str, Reading]
    strict: bool

    @property
    def spec(self) -> Spec:
        return self.scope.variant.spec

    @property
    def profile(self) -> Profile:
        return self.scope.variant.profile

    @property
    def explanations(self) -> Explained:
        """How wrong figures came about, which is looked for when it is asked."""
        return self.explained.value

    def __repr__(self) -> str:
        return f"<Audit of {self.spec.name}: {'passed' if self.passed else 'failed'}>"

    def with_verdict(self, *verdicts: Verdict) -> tuple[Judgement, ...]:
        return tuple(judgement for judgement in self.judgements if judgement.verdict in verdicts)

    @property
    def wrong(self) -> tuple[Judgement, ...]:
        """The claims that do not hold."""
        return self.with_verdict(Verdict.REFUTED, Verdict.INCONSISTENT)

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
        return not self.budgets and all(judgement.verdict is Verdict.UNVERIFIABLE for judgement in self.judgements)

    @property
    def passed(self) -> bool:
        return not (self.exceeded or self.changed or self.judged_nothing or (self.strict and self.wrong))


def audit(
    spec: str | Path,
    *,
    strict: bool = False,
    documents: Path | None = None,
    given: Iterable[str | Path] | None = None,
) -> Audit:
    """Audit the spec at a path.

    With `strict`, a refuted claim fails even where that is on record; with `documents`, a folder,
    the documents found there must still print what is claimed of them; `given` are the spec files
    whose factories may be imported, if not this one alone.
    """
    return audit_all([load(spec, given=given)], strict=strict, documents=documents)[0]


def audit_all(specs: Iterable[Spec], *, strict: bool = False, documents: Path | None = None) -> list[Audit]:
    """Audit several specs, building each variant once, also those that only others refer to."""
    return list(audit_each(specs, strict=strict, documents=documents))


def audit_each(
    specs: Iterable[Spec], *, strict: bool = False, documents: Path | None = None, share: Share = alone
) -> Iterator[Audit]:
    """The audits of several specs, each as soon as it is done; measuring is shared, which begins at once."""
    given = {spec.path.resolve(): spec for spec in specs}
    importable = frozenset[Path]().union(*(spec.given for spec in given.values()))
    read = {path: read_documents(spec, documents) for path, spec in given.items()}
    bases = {base.path.resolve(): base for spec in given.values() for base in spec.bases if not base.refusal}
    wanted = given | bases | given
    profiles = share(lambda spec: measure(spec).profile, list(wanted.values()))
    measured: dict[Path, Variant] = {}
    coming = (Variant(spec, profile) for spec, profile in zip(wanted.values(), profiles, strict=True))

    def find(path: Path) -> Variant:
        key = path.resolve()
        while key in wanted and key not in measured:
            variant = next(coming)
            measured[variant.spec.path.resolve()] = variant
        if key not in measured:
            measured[key] = measure(load(path, given=importable))
        return measured[key]

    return (_audit(Scope(find(path), find), read[path], strict) for path in given)


def explain_all(audits: Sequence[Audit], share: Share = alone) -> None:
    """Look for how all wrong figures came about, with help."""
    for audit, found in zip(audits, share(lambda audit: audit.explanations, audits), strict=True):
        audit.explained.value = found


def measure(spec: Spec) -> Variant:
    """Build the model of a spec and profile it on the spec's input.

    Of a large model, only the shapes are built; if it cannot be built or run so, all of it is, if
    there is memory enough.
    """
    sparing = Outlining()
    try:
        with sparing:
            model = build(spec)
        return Variant(spec, _run(spec, model))
    except SpecError as error:
        if not sparing.left_out:
            raise
        size, memory = sparing.left_out, _memory()
        if size > memory:
            reason = f"to build it in full takes {size / 1e9:.1f} GB, of {memory / 1e9:.1f} GB that there are"
            raise SpecError(error.mark, f"{error.message}; {reason}") from error
        measured = _run(spec, build(spec))
        reason = first_line(error.__cause__ or error)
        remark = f"it was built with all of its weights in memory, since it could not do without ({reason})"
        return Variant(spec, replace(measured, remarks=(remark, *measured.remarks)))


def _memory() -> float:
    """The bytes of memory that there are, where this can be asked."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return inf


def _run(spec: Spec, model: nn.Module) -> Profile:
    positional, named = arguments(model, spec.input)
    try:
        with at_home(spec.factory):
            return profile(model, *positional, **named)
    except (Exception, SystemExit) as error:  # a model may be anyone's code
        what = "an input of this shape" if len(spec.input.tensors) == 1 else "inputs of these shapes"
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise SpecError(spec.input.mark, f"the model does not run on {what} (batch left out): {reason}") from error


def _audit(scope: Scope, read: Mapping[str, Reading], strict: bool) -> Audit:
    variant = scope.variant
    profile, listed = variant.profile, variant.listed
    found = inconsistencies(scope)
    judgements = judge_claims(scope, {claim.mark for finding in found for claim in finding.claims})
    claims = size_claims(scope, judgements)

    def component(name: str, paths: tuple[str, ...]) -> Component:
        return Component(name, profile.under(paths), tuple(claims.get(frozenset(paths), ())))

    inside = profile.under([path for paths in listed.values() for path in paths])
    return Audit(
        scope=scope,
        components=tuple(component(name, paths) for name, paths in listed.items()),
        outside=Component("outside of these", profile.total - inside),
        total=component("total", WHOLE),
        judgements=judgements,
        inconsistencies=found,
        explained=Later(partial(explain, scope, judgements)),
        budgets=check_budgets(scope),
        read=read,
        strict=strict,
    )
