"""The page of what-if: the changed model beside the original."""

from __future__ import annotations

from fractions import Fraction

from auditor.claims import Judgement
from auditor.comparing import Comparison
from auditor.render.cells import MARKS, Group, measured, subject, together, value
from auditor.render.figures import compact, count, difference
from auditor.render.page import Page, Section, Table, columns
from auditor.spec import Verdict


def comparison(found: Comparison) -> Page:
    """What changes, what that saves, and what becomes of the claims."""
    settings = ", ".join(map(str, found.settings))
    sections = (_answer(found), _components(found), _promised(found), _claims(found))
    title = f"{found.before.spec.title}, with {settings}"
    return Page(title, tuple(section for section in sections if section))


def _answer(found: Comparison) -> Section:
    before, after = found.before.profile.total, found.after.profile.total
    lead = (
        f"{count(before.params)} parameters become {count(after.params)}:"
        f" {difference(Fraction(after.params), Fraction(before.params), '')}."
        f" {compact(before.macs)} MACs become {compact(after.macs)}."
    )
    return Section("Answer", lead)


def _components(found: Comparison) -> Section:
    names = dict.fromkeys([*found.before.listed, *found.after.listed])
    rows = [(name, *_sizes(found, name)) for name in names]
    before, after = found.before.profile.total, found.after.profile.total
    rows.append(("total", *_row(before.params, after.params, before.macs, after.macs)))
    headings = columns("Component", "#Parameters", "#Then", "#Change", "#MACs", "#MACs then")
    return Section("Components", table=Table(headings, tuple(rows)))


def _sizes(found: Comparison, name: str) -> tuple[str, ...]:
    sides = [variant.profile.under(variant.components.get(name, ())) for variant in (found.before, found.after)]
    return _row(sides[0].params, sides[1].params, sides[0].macs, sides[1].macs)


def _row(before: int, after: int, macs: int, macs_then: int) -> tuple[str, ...]:
    change = difference(Fraction(after), Fraction(before), "") if before else count(after)
    return count(before), count(after), change, compact(macs), compact(macs_then)


def _promised(found: Comparison) -> Section | None:
    """What documents promise of such a change."""
    rows = tuple(
        (
            MARKS[group.first.verdict],
            group.first.claim.says.figure,
            subject(group.first),
            measured(group.first),
            group.places,
        )
        for group in together(found.promised)
    )
    headings = columns("", "Promised", "Of", "#Measured then", "Where")
    return Section("What documents promise of it", table=Table(headings, rows)) if rows else None


def _claims(found: Comparison) -> Section | None:
    """The claims whose figure the change moves."""
    moved = {judged.before.claim.mark: judged.after for judged in found.claims if _moves(judged.before, judged.after)}
    groups = together(judged.before for judged in found.claims if judged.before.claim.mark in moved)
    rows = tuple(_claim_row(group, moved[group.first.claim.mark]) for group in groups)
    headings = columns("", "Claimed", "Of", "#Measured", "Then", "#Measured then", "Where")
    return Section("Claims that it moves", table=Table(headings, rows)) if rows else None


def _claim_row(group: Group, after: Judgement | None) -> tuple[str, ...]:
    first = group.first
    then = (MARKS[after.verdict], value(after.measured, after.interval.unit)) if after else ("?", "gone")
    of = first.claim.of.text if first.claim.of else ""
    return MARKS[first.verdict], first.claim.says.figure, of, measured(first), *then, group.places


def _moves(before: Judgement, after: Judgement | None) -> bool:
    return after is None or before.measured != after.measured or after.verdict is Verdict.UNVERIFIABLE
