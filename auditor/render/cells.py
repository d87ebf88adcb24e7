"""How a claim and what became of it are put into the cells of a table."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.claims import Judgement
from auditor.render.figures import amount, difference
from auditor.render.page import Cell, Code
from auditor.spec import Verdict

MARKS = {Verdict.VERIFIED: "✓", Verdict.REFUTED: "✗", Verdict.UNVERIFIABLE: "?"}


def together(judgements: Iterable[Judgement]) -> list[tuple[Judgement, ...]]:
    """Group the claims that print the same figure for the same quantity, in several places."""
    groups: dict[tuple[object, ...], list[Judgement]] = {}
    for judgement in judgements:
        claim = judgement.claim
        of = claim.of.text if claim.of else claim.needs
        groups.setdefault((claim.says.figure, of, judgement.verdict, claim.reason), []).append(judgement)
    return [tuple(group) for group in groups.values()]


def places(judgements: Iterable[Judgement]) -> str:
    """Documents and lines: analysis:5, 6, 128, coordinate:11."""
    lines: dict[str, list[int]] = {}
    for judgement in judgements:
        claim = judgement.claim
        lines.setdefault(claim.doc, []).extend([] if claim.line is None else [claim.line])
    return ", ".join(
        f"{doc}:{', '.join(str(line) for line in found)}" if found else doc for doc, found in lines.items()
    )


def subject(judgement: Judgement) -> Cell:
    """What the claim is about."""
    return Code(judgement.claim.of.text) if judgement.claim.of else ""


def measured(judgement: Judgement) -> str:
    """The measured value, in the unit of the printed one."""
    return "" if judgement.measured is None else amount(judgement.measured, judgement.interval.unit)


def gap(judgement: Judgement) -> str:
    """How far the measured value lies from the printed one."""
    if judgement.measured is None:
        return ""
    return difference(judgement.measured, judgement.claim.says.value, judgement.interval.unit)
