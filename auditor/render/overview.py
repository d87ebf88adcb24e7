"""The page over all specs: one row for each, and every figure that does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.auditing import Audit
from auditor.claims import Judgement, contradictions
from auditor.claims.kinds import Kind, kind_of
from auditor.reading.records import Record, Subject
from auditor.render.cells import Group, figures, gap, measured, subject, together, value
from auditor.render.explained import chance, told
from auditor.render.figures import count, percentage
from auditor.render.page import Cell, Code, Link, Page, Section, Table, columns
from auditor.spec import Claim, Verdict


@dataclass(frozen=True)
class Covering:
    """A document, and how much of it is covered, where that is known."""

    subject: Subject
    record: Record | None


def overview(audits: Sequence[Audit], covered: Sequence[Covering]) -> Page:
    """One page over several audits, and over the documents they judge."""
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
    sections = (
        Section("Answer", lead),
        _headlines(audits),
        _variants(audits),
        _coverage(covered),
        _contradictions(audits),
        _refuted(audits),
    )
    return Page("Model audits", tuple(section for section in sections if section))


def _headlines(audits: Sequence[Audit]) -> Section | None:
    """The findings that matter most: wrong figures for a whole model, and how each came about."""
    rows = tuple(
        (
            *_wrong_figure(audit, group),
            _because(audit, group.first),
            group.places,
        )
        for audit in audits
        for group in together(judgement for judgement in audit.wrong if _is_headline(judgement))
    )
    headings = columns("Variant", "Claimed", "Of", "#Measured", "#Off by", "Because", "Where")
    return Section("Headline figures that are wrong", table=Table(headings, rows)) if rows else None


def _wrong_figure(audit: Audit, group: Group) -> tuple[Cell, ...]:
    """What is claimed, of what, and how far it is off."""
    first = group.first
    return audit.spec.name, first.claim.says.figure, subject(first), measured(first), gap(first)


def _is_headline(judgement: Judgement) -> bool:
    """Whether a claim is about a whole model: its parameters, operations or size."""
    of = judgement.claim.of
    quantities = list(of.quantities()) if of and not of.is_statement else []
    return len(quantities) == 1 and quantities[0].word in _WHOLE and not quantities[0].arguments


_WHOLE = ("params", "trainable", "macs", "flops")


def _because(audit: Audit, judgement: Judgement) -> str:
    found = audit.explanations.get(judgement.id, ())
    return f"{told(found[0], judgement)} ({chance(found[0])} by chance)" if found else judgement.claim.reason or ""


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


def _coverage(covered: Sequence[Covering]) -> Section | None:
    """The documents: which share of their figures is claimed, and what kinds of things they claim."""
    headings = columns("Document", "#Figures", "#Set aside", "#Overlooked", "#Coverage", "#Claims", *_KINDS)
    rows = tuple((_title(one.subject), *_counts(one.record), *_kinds(one.subject)) for one in covered)
    note = "Coverage is the share of claimed figures among those that are not set aside. A claim may take in several."
    return Section("Coverage of the documents", table=Table(headings, rows), note=note) if rows else None


_KINDS = [f"#{kind.value.capitalize()}" for kind in Kind]


def _title(subject: Subject) -> str:
    file = f" ({subject.document.file})" if subject.document.file else ""
    return f"{subject.document.title}{file}"


def _counts(record: Record | None) -> tuple[str, ...]:
    if record is None:
        return ("not at hand", "", "", "")
    aside = sum(record.aside.values())
    return count(record.figures), count(aside), count(record.overlooked), percentage(record.percent)


def _kinds(subject: Subject) -> tuple[str, ...]:
    claims = [quote for source in subject.sources for quote in source.quotes if isinstance(quote, Claim)]
    kinds = Counter(kind_of(claim) for claim in claims)
    return count(len(claims)), *(count(kinds[kind]) for kind in Kind)


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
            *_wrong_figure(audit, group),
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
