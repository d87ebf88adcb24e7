"""What became of the claims and budgets."""

from __future__ import annotations

from auditor.auditing import Audit
from auditor.claims import Inconsistency, Judgement
from auditor.claims.arithmetic import SHARES
from auditor.claims.kinds import kind_of
from auditor.render.cells import MARKS, comes_to, figures, gap, measured, side, subject, together
from auditor.render.explained import chance, evidence, told
from auditor.render.figures import amount, difference, span
from auditor.render.page import Cell, Code, Section, Table, columns
from auditor.spec import Claim, Verdict


def refuted(audit: Audit) -> Section | None:
    """The claims that do not hold, and why each of them is on record."""
    rows = tuple(
        (
            group.first.claim.says.figure,
            subject(group.first),
            measured(group.first),
            gap(group.first),
            group.places,
            group.first.claim.reason or "not on record",
        )
        for group in together(audit.wrong)
    )
    headings = columns("Claimed", "Of", "#Measured", "#Off by", "Where", "On record because")
    return Section("What does not hold", table=Table(headings, rows)) if rows else None


def refuted_in_words(audit: Audit) -> Section | None:
    """The same for a narrow screen."""
    points: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{group.first.claim.says.figure} for ",
            subject(group.first),
            f" ({group.places}): measured {measured(group.first)}",
            f", {off}" if (off := gap(group.first)) else "",
            f". {group.first.claim.reason or ''}".rstrip(),
            f" {explained}" if (explained := _explained(group.first, audit)) else "",
        )
        for group in together(audit.wrong)
    )
    return Section("What does not hold", points=points) if points else None


def _explained(judgement: Judgement, audit: Audit) -> str:
    """The most convincing explanation, in a sentence."""
    found = audit.explanations.get(judgement.id, ())
    return f"Explained: {told(found[0], judgement)} ({chance(found[0])} by chance)." if found else ""


def explanations(audit: Audit) -> Section | None:
    """How wrong figures came about, each with the odds of its being told by chance."""
    rows = tuple(
        (
            group.first.claim.says.figure,
            subject(group.first),
            told(explanation, group.first) if explanation else "unexplained",
            evidence(explanation) if explanation else "",
            chance(explanation) if explanation else "",
            group.places if number == 0 else "",
        )
        for group in together(j for j in audit.wrong if j.id in audit.explanations)
        for number, explanation in enumerate(audit.explanations[group.first.id] or [None])
    )
    headings = columns("Claimed", "Of", "Explained as", "Made of", "#By chance", "Where")
    note = (
        "By chance: the share of figures of about this size, printed to this precision, that an explanation no more"
        " far-fetched would have hit, too. Above 2% a figure stays unexplained."
    )
    return Section("How wrong figures came about", table=Table(headings, rows), note=note) if rows else None


def inconsistencies(audit: Audit) -> Section | None:
    """Figures that a document itself contradicts."""
    rows = tuple(
        (
            figures(finding.claims),
            _about(finding),
            finding.what,
            comes_to(finding),
            figures(finding.sources),
            "; ".join(filter(None, (side(finding), _wrong_part(finding)))),
        )
        for finding in audit.inconsistencies
    )
    headings = columns("Printed", "Of", "Is", "#Which come to", "Namely", "The model")
    return Section("Where documents contradict themselves", table=Table(headings, rows)) if rows else None


def inconsistencies_in_words(audit: Audit) -> Section | None:
    """The same for a narrow screen."""
    points: tuple[tuple[Cell, ...], ...] = tuple(
        (
            figures(finding.claims),
            *((" for ", _about(finding)) if finding.what != SHARES else ()),
            f": {finding.what} {comes_to(finding)}".rstrip(),
            f"; {wrong}." if (wrong := _wrong_part(finding)) else ".",
        )
        for finding in audit.inconsistencies
    )
    return Section("Where documents contradict themselves", points=points) if points else None


def _about(finding: Inconsistency) -> Cell:
    of = finding.claims[0].of
    return Code(of.text) if of and finding.what != SHARES else ""


def _wrong_part(finding: Inconsistency) -> str:
    """Which part is to blame, where the model shows it to be a single one."""
    return f"the wrong part is {figures(finding.wrong_part)}" if finding.wrong_part else ""


def verified(audit: Audit) -> Section | None:
    """The claims that hold."""
    rows = tuple(
        (group.first.claim.says.figure, subject(group.first), measured(group.first), group.places)
        for group in together(audit.with_verdict(Verdict.VERIFIED))
    )
    headings = columns("Claimed", "Of", "#Measured", "Where")
    return Section("What holds", table=Table(headings, rows)) if rows else None


def claims(audit: Audit) -> Section | None:
    """Every claim, with the interval its figure stands for."""
    rows = tuple(
        (
            f"{MARKS[j.verdict]} {j.verdict.value}",
            j.claim.doc,
            "" if j.claim.line is None else str(j.claim.line),
            kind_of(j.claim).value,
            j.claim.says.text,
            span(j.interval),
            subject(j),
            measured(j),
        )
        for j in audit.judgements
    )
    headings = columns("Verdict", "Document", "#Line", "Kind", "Says", "#That is", "Of", "#Measured")
    return Section("Claims", table=Table(headings, rows, filters=("Document", "Kind", "Verdict"))) if rows else None


def unverifiable(audit: Audit) -> Section | None:
    """What it would take to check the others."""
    takes: dict[str, list[Claim]] = {}
    for judgement in audit.with_verdict(Verdict.UNVERIFIABLE):
        takes.setdefault(judgement.needs or "", []).append(judgement.claim)
    points = tuple((f"It takes {needs.rstrip('.')}: {figures(found)}.",) for needs, found in takes.items())
    return Section("What cannot be checked here", points=points) if points else None


def budgets(audit: Audit) -> Section | None:
    """The limits, and what was measured against them."""
    rows = tuple(
        (
            "✓" if budget.passed else "✗",
            Code(budget.of.text),
            budget.limit.text,
            amount(budget.measured, ""),
            difference(budget.measured, budget.limit.value, ""),
        )
        for budget in audit.budgets
    )
    headings = columns("", "Budget", "#Limit", "#Measured", "#Against limit")
    return Section("Budgets", table=Table(headings, rows)) if rows else None
