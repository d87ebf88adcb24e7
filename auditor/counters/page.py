"""The page of second opinions: the counters beside each other, and where each of them differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from auditor import __version__
from auditor.counters.count import Count, Opinion
from auditor.counters.difference import Difference
from auditor.counters.differences import differences
from auditor.counters.opinions import Opinions
from auditor.profiling import Profile
from auditor.render.figures import count, difference
from auditor.render.page import Cell, Page, Section, Table, columns


def opinions_page(found: Opinions) -> Page:
    """What the counters report, then for each that differs the reasons, the worst first."""
    profile = found.variant.profile
    sections = (_counters(profile, found.others), _uncounted(profile), *_differing(profile, found.others))
    title = f"{found.variant.spec.title}: what other counters make of it"
    return Page(title, tuple(section for section in sections if section))


def _counters(profile: Profile, others: Iterable[Opinion]) -> Section:
    ours = profile.total.macs
    rows = [("auditor", __version__, count(ours), ""), *(_row(opinion, ours) for opinion in others)]
    return Section("Counters", table=Table(columns("Counter", "Version", "#MACs", "Against ours"), tuple(rows)))


def _row(opinion: Opinion, ours: int) -> tuple[str, ...]:
    if not isinstance(opinion, Count):
        return opinion.counter, opinion.version, "", f"crashed: {opinion.reason}"
    gap = difference(Fraction(opinion.macs), Fraction(ours), "") if opinion.macs != ours else "the same"
    return opinion.counter, opinion.version, count(opinion.macs), gap


def _uncounted(profile: Profile) -> Section | None:
    calls: dict[str, int] = {}
    for entry in profile.uncounted:
        calls[entry.operator] = calls.get(entry.operator, 0) + entry.calls
    points = tuple(
        (f"{operator} ({count(number)} call{'s' if number > 1 else ''})",) for operator, number in calls.items()
    )
    return Section("Not counted by the auditor, for want of a formula", points=points) if points else None


def _differing(profile: Profile, others: Iterable[Opinion]) -> Iterator[Section]:
    headings = columns("Because it", "#Ours", "#Theirs", "#Difference", "Where")
    for opinion in others:
        rows = tuple(_reason(group) for group in _by_reason(profile, opinion)) if isinstance(opinion, Count) else ()
        if rows:
            yield Section(f"Why {opinion.counter} differs", table=Table(headings, rows))


def _by_reason(profile: Profile, opinion: Count) -> list[list[Difference]]:
    """Differences of one reason together, those that make the most first."""
    groups: dict[str, list[Difference]] = {}
    for one in differences(profile, opinion):
        groups.setdefault(one.reason, []).append(one)
    return sorted(groups.values(), key=lambda group: -abs(sum(one.gap for one in group)))


def _reason(group: list[Difference]) -> tuple[Cell, ...]:
    ours, theirs = sum(one.ours for one in group), sum(one.theirs for one in group)
    gap = f"{'+' if theirs > ours else ''}{count(theirs - ours)}"
    return group[0].reason, count(ours), count(theirs), gap, _where(group)


_SHOWN = 3
"""Modules that are named."""


def _where(group: list[Difference]) -> str:
    """In which modules, by which operators: aten.mm in block.0, block.1, … (12)."""
    paths = list(dict.fromkeys(one.path or "the model" for one in group))
    operators = ", ".join(dict.fromkeys(one.operator for one in group if one.operator))
    named = ", ".join(paths[:_SHOWN]) + (f", … ({len(paths)})" if len(paths) > _SHOWN else "")
    return f"{operators} in {named}" if operators else named
