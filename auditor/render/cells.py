"""How a claim and what became of it are put into the cells of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from auditor.render.figures import amount, difference, span
from auditor.render.page import Cell, Code
from auditor.spec import Claim, Verdict
from auditor.spec.printed import Interval, Shape

if TYPE_CHECKING:
    from auditor.claims import Inconsistency, Judgement
    from auditor.claims.evaluate import Compared

MARKS = {Verdict.VERIFIED: "✓", Verdict.REFUTED: "✗", Verdict.INCONSISTENT: "≠", Verdict.UNVERIFIABLE: "?"}


def figures(claims: Iterable[Claim]) -> str:
    """Figures with the lines that print them: 36.0% (analysis:17, 66), 19.0% (analysis:18)."""
    printed: dict[str, list[Claim]] = {}
    for claim in claims:
        printed.setdefault(claim.says.figure, []).append(claim)
    return ", ".join(f"{figure} ({places(group)})" for figure, group in printed.items())


@dataclass(frozen=True)
class Group:
    """Judgements of one figure for one quantity, printed in several places."""

    judgements: tuple[Judgement, ...]

    @property
    def first(self) -> Judgement:
        return self.judgements[0]

    @property
    def places(self) -> str:
        return places(judgement.claim for judgement in self.judgements)


def together(judgements: Iterable[Judgement]) -> list[Group]:
    """Group the claims that print the same figure for the same quantity, with the same verdict."""
    groups: dict[tuple[object, ...], list[Judgement]] = {}
    for judgement in judgements:
        claim = judgement.claim
        of = claim.of.text if claim.of else claim.needs
        groups.setdefault((claim.says.figure, of, judgement.verdict, claim.reason), []).append(judgement)
    return [Group(tuple(group)) for group in groups.values()]


def places(claims: Iterable[Claim]) -> str:
    """Documents and lines: analysis:5, 6, 128, coordinate:11."""
    lines: dict[str, list[int]] = {}
    for claim in claims:
        lines.setdefault(claim.doc, []).extend([] if claim.line is None else [claim.line])
    return ", ".join(
        f"{doc}:{', '.join(map(str, sorted(set(found))))}" if found else doc for doc, found in lines.items()
    )


def subject(judgement: Judgement) -> Cell:
    """What the claim is about."""
    return Code(judgement.claim.of.text) if judgement.claim.of else ""


def measured(judgement: Judgement) -> str:
    """The measured value, in the unit of the printed one; of a statement, the sides it compares."""
    if not judgement.compared:
        return value(judgement.measured, judgement.interval.unit)
    failing = [compared for compared in judgement.compared if not compared.holds]
    return " and ".join(_sides(compared) for compared in (failing or judgement.compared)[:_SHOWN])


_SHOWN = 3
"""Comparisons of a statement that are shown."""

_OPPOSITE = {"=": "≠", "<": "≥", "<=": ">", ">": "≤", ">=": "<"}
_SIGNS = {"<=": "≤", ">=": "≥"}


def _sides(compared: Compared) -> str:
    """What is so: the comparison if it holds, else its opposite."""
    sign = _SIGNS.get(compared.sign, compared.sign) if compared.holds else _OPPOSITE[compared.sign]
    return f"{amount(compared.left, '')} {sign} {amount(compared.right, '')}"


def value(found: Fraction | bool | None, unit: str) -> str:
    """A measured value in a unit, or whether a statement holds."""
    if isinstance(found, bool):
        return "holds" if found else "does not hold"
    return "" if found is None else amount(found, unit)


def gap(judgement: Judgement) -> str:
    """How far the measured value lies from the printed one."""
    if judgement.measured is None or isinstance(judgement.measured, bool):
        return ""
    says = judgement.claim.says
    point = says.shape in (Shape.EXACT, Shape.ROUNDED, Shape.APPROXIMATE)
    printed = says.value if point else judgement.interval.nearest(judgement.measured)
    return difference(judgement.measured, printed, judgement.interval.unit)


def comes_to(finding: Inconsistency) -> str:
    """What other figures of the document come to, in the unit of the printed one."""
    if finding.computed is None:
        return ""
    unit = finding.claims[0].says.intervals[0].unit
    low, high = finding.computed.low, finding.computed.high
    if low is not None and high is not None and low != high:
        return f"{amount(low, unit)} to {amount(high, unit)}"
    return span(Interval(low, high, unit=unit)).removeprefix("= ")


def side(finding: Inconsistency) -> str:
    """What the model shows, and whom it bears out."""
    if finding.measured is None:
        return ""
    if isinstance(finding.measured, bool):
        return finding.side
    return f"{amount(finding.measured, finding.claims[0].says.intervals[0].unit)}, {finding.side}"
