"""Audits as data: the JSON form, which every machine-readable output is made from."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from auditor.auditing import Audit, Component
from auditor.claims import BudgetCheck, Contradiction, Inconsistency, Judgement, contradictions
from auditor.forensics import Explanation
from auditor.profiling import Profile
from auditor.spec import Claim, Spec
from auditor.spec.factory import ARGS, FACTORY, plain

VERSION = 1
"""Raised when something that a reader may rely on is renamed, moved or removed."""


def as_data(audits: Iterable[Audit]) -> dict[str, Any]:
    """The whole of some audits, ready for JSON."""
    audits = list(audits)
    found = contradictions(audit.scope for audit in audits)
    return {
        "version": VERSION,
        "audits": [_audit(audit) for audit in audits],
        "contradictions": [_contradiction(contradiction) for contradiction in found],
    }


def _audit(audit: Audit) -> dict[str, Any]:
    return {
        "spec": audit.spec.name,
        "path": audit.spec.path.as_posix(),
        "model": _model(audit.spec),
        "profile": _profile(audit),
        "documents": [
            {"doc": name, "file": document.file, "sha256": document.sha256, "read": name in audit.read}
            for name, document in audit.spec.documents.items()
        ],
        "claims": [_claim(judgement, audit) for judgement in audit.judgements],
        "inconsistencies": [_inconsistency(finding) for finding in audit.inconsistencies],
        "budgets": [_budget(budget) for budget in audit.budgets],
        "pass": audit.passed,
    }


def _model(spec: Spec) -> dict[str, Any]:
    """What was built, in the form that a spec has it, with all that it takes over from others."""
    if spec.factory:
        args = {name: plain(entry.node) for name, entry in spec.factory.arguments.items()}
        return {FACTORY: spec.factory.name, ARGS: args}
    return {
        name: {"block": stage.block, **{key: plain(entry.node) for key, entry in stage.arguments.items()}}
        for name, stage in spec.model.items()
    }


def _profile(audit: Audit) -> dict[str, Any]:
    profile, total = audit.profile, audit.total.totals
    return {
        "params": {"total": total.params, "trainable": total.trainable, "buffers": total.buffers},
        "macs": total.macs,
        "flops": total.flops,
        "components": [_component(component, audit) for component in audit.components],
        "modules": list(_modules(profile)),
        "operations": {
            kind.value: {"calls": calls, "macs": work.macs, "flops": work.flops}
            for kind, (calls, work) in profile.by_kind.items()
        },
        "uncounted": [
            {"operator": entry.operator, "module": entry.path, "calls": entry.calls} for entry in profile.uncounted
        ],
        "unused": [{"parameter": entry.names[0], "params": entry.count} for entry in profile.unused],
        "remarks": list(profile.remarks),
    }


def _component(component: Component, audit: Audit) -> dict[str, Any]:
    totals = component.totals
    return {
        "name": component.name,
        "params": totals.params,
        "share": float(audit.share(totals.params)),
        "macs": totals.macs,
        "flops": totals.flops,
    }


def _modules(profile: Profile) -> Iterable[dict[str, Any]]:
    for module in profile.modules:
        totals = profile.under([module.path])
        yield {
            "path": module.path,
            "type": module.type,
            "calls": module.calls,
            "params": totals.params,
            "own_params": profile.own_params[module.path],
            "macs": totals.macs,
            "flops": totals.flops,
        }


def _claim(judgement: Judgement, audit: Audit) -> dict[str, Any]:
    claim, interval = judgement.claim, judgement.interval
    return {
        "id": judgement.id,
        "doc": claim.doc,
        "file": audit.spec.documents[claim.doc].file,
        "line": claim.line,
        "says": claim.says.text,
        "of": claim.of.text if claim.of else None,
        "measured": _number(judgement.measured),
        "low": _number(interval.low),
        "high": _number(interval.high),
        "unit": interval.unit,
        "verdict": judgement.verdict.value,
        "known": claim.known.value if claim.known else None,
        "reason": claim.reason,
        "needs": judgement.needs,
        "explanations": [_explanation(found) for found in audit.explanations.get(judgement.id, ())],
    }


def _explanation(found: Explanation) -> dict[str, Any]:
    return {
        "mechanism": found.mechanism,
        "text": found.text,
        "reproduces": _number(found.reproduces),
        "odds": found.odds,
        "evidence": [{"what": term.what, "value": _number(term.value)} for term in found.evidence],
    }


def _inconsistency(finding: Inconsistency) -> dict[str, Any]:
    of = finding.claims[0].of
    return {
        "what": finding.what,
        "of": of.text if of else None,
        "claims": [_printed(claim) for claim in finding.claims],
        "sources": [_printed(claim) for claim in finding.sources],
        "low": _number(finding.computed.low if finding.computed else None),
        "high": _number(finding.computed.high if finding.computed else None),
        "measured": _number(finding.measured),
        "side": finding.side,
        "wrong_part": [_printed(claim) for claim in finding.wrong_part],
    }


def _contradiction(found: Contradiction) -> dict[str, Any]:
    return {
        "of": found.of,
        "specs": list(found.variants),
        "measured": _number(found.measured),
        "claims": [_printed(claim) for claim in found.claims],
    }


def _printed(claim: Claim) -> dict[str, Any]:
    return {"doc": claim.doc, "line": claim.line, "says": claim.says.text}


def _budget(budget: BudgetCheck) -> dict[str, Any]:
    return {
        "of": budget.of.text,
        "limit": _number(budget.limit.value),
        "measured": _number(budget.measured),
        "pass": budget.passed,
    }


def _number(value: Fraction | bool | None) -> int | float | bool | None:
    if value is None or isinstance(value, bool):
        return value
    return int(value) if value.denominator == 1 else float(value)
