"""The page over all specs: one row for each, and every figure that does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.auditing import Audit
from auditor.claims import contradictions
from auditor.render.cells import figures, gap, measured, subject, together, value
from auditor.render.figures import count
from auditor.render.page import Code, Link, Page, Section, Table, columns
from auditor.spec import Verdict


def overview(audits: Sequence[Audit]) -> Page:
    """One page over several audits."""
    passed = sum(audit.passed for audit in audits)
    wrong = sum(len(audit.wrong) for audit in audits)
    verified, unverifiable = (
        sum(len(audit.with_verdict(verdict)) for audit in audits)
        for verdict in (Verdict.VERIFIED, Verdict.UNVERIFIABLE)
    )
    lead = (
        f"{passed} of {len(audits)} specs pass. {verified} of {verified + wrong} claims hold, {wrong} do not;"
        f" {unverifiable} more cannot be checked here."
    )
    sections = (Section("Answer", lead), _variants(audits), _contradictions(audits), _refuted(audits))
    return Page("Model audits", tuple(section for section in sections if section))


def _variants(audits: Sequence[Audit]) -> Section:
    verdicts = [f"#{verdict.value.capitalize()}" for verdict in Verdict]
    headings = columns("", "Variant", "Title", "#Parameters", "#MACs", *verdicts, "Budgets")
    rows = tuple(
        (
            "✓" if audit.passed else "✗",
            Link(audit.spec.name, report_file(audit)),
            audit.spec.title,
            count(audit.total.totals.params),
            count(audit.total.totals.macs),
            *(count(len(audit.with_verdict(verdict))) for verdict in Verdict),
            f"{len(audit.budgets) - len(audit.exceeded)} of {len(audit.budgets)} kept",
        )
        for audit in audits
    )
    return Section("Variants", table=Table(headings, rows))


def _contradictions(audits: Sequence[Audit]) -> Section | None:
    """The same quantity as different documents print it."""
    rows = tuple(
        (
            Code(found.of),
            ", ".join(found.variants),
            value(found.measured, found.claims[0].says.intervals[0].unit),
            figures(found.claims),
        )
        for found in contradictions(audit.scope for audit in audits)
    )
    headings = columns("Of", "Variants", "#Measured", "Printed")
    title = "Where documents contradict each other"
    return Section(title, table=Table(headings, rows)) if rows else None


def _refuted(audits: Sequence[Audit]) -> Section | None:
    rows = tuple(
        (
            audit.spec.name,
            group.first.claim.says.figure,
            subject(group.first),
            measured(group.first),
            gap(group.first),
            group.places,
        )
        for audit in audits
        for group in together(audit.wrong)
    )
    headings = columns("Variant", "Claimed", "Of", "#Measured", "#Off by", "Where")
    return Section("What does not hold", table=Table(headings, rows)) if rows else None


def report_file(audit: Audit) -> str:
    """The name of the file that an audit's report is kept in."""
    return f"{audit.spec.name}.md"
