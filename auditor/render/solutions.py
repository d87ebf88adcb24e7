"""The page of a search for settings."""

from __future__ import annotations

from auditor.forensics.solve import Solution
from auditor.render.figures import amount, count
from auditor.render.page import Page, Section, Table, columns
from auditor.solving import Built, Solved


def solutions(solved: Solved) -> Page:
    """What was tried, what holds, and if nothing does, what comes nearest and which change would do."""
    sections = (_answer(solved), _settings(solved), _nearest(solved), _changes(solved))
    claims = ", ".join(claim.says.figure for claim in solved.search.claims)
    return Page(f"{solved.search.spec.title}: settings for {claims}", tuple(s for s in sections if s))


def _answer(solved: Solved) -> Section:
    found = solved.outcome
    claims = " and ".join(
        f"{claim.says.figure} for {claim.of.text}" for claim in solved.search.claims if claim.of is not None
    )
    lead = f"{count(found.holding)} of {count(found.tried)} combinations give {claims}."
    if found.possible < found.tried:
        lead += f" {count(found.tried - found.possible)} of them cannot be built."
    if found.holding > len(found.best):
        lead += f" The {len(found.best)} nearest to the spec's own settings are told."
    return Section("Answer", lead)


def _headings(solved: Solved, *more: str) -> tuple[str, ...]:
    return (
        *(choice.name for choice in solved.search.choices),
        *(f"#{c.of.text}" for c in solved.search.claims if c.of),
        *more,
    )


def _settings(solved: Solved) -> Section | None:
    rows = tuple((*_row(solved, one.solution), "✓" if one.holds else "✗") for one in solved.built)
    note = "The nearest to the spec's own settings first. Built: the model was, and measured."
    table = Table(columns(*_headings(solved, "Built")), rows)
    return Section("Settings that hold", table=table, note=note) if rows else None


def _row(solved: Solved, solution: Solution) -> tuple[str, ...]:
    own = solved.search.own
    chosen = [
        f"{setting.value} (own)" if setting.value == own[choice.name] else setting.value
        for choice, setting in zip(solved.search.choices, solution.settings, strict=True)
    ]
    return (*chosen, *_values(solved, solution))


def _values(solved: Solved, solution: Solution) -> list[str]:
    units = [claim.says.intervals[0].unit for claim in solved.search.claims]
    return [amount(value, unit) for value, unit in zip(solution.values, units, strict=False)]


def _nearest(solved: Solved) -> Section | None:
    nearest = solved.outcome.nearest
    if nearest is None:
        return None
    table = Table(columns(*_headings(solved)), (_row(solved, nearest),))
    return Section("What comes nearest", table=table)


def _changes(solved: Solved) -> Section | None:
    """Where no setting will do: whether leaving something out does."""
    if solved.outcome.holding or solved.search.spec.factory:
        return None
    points = tuple((_change(solved, one),) for one in solved.changes)
    lead = "" if points else "Nor does leaving out any one stage, or all stages of one block."
    return Section("What single change does, with the spec's own settings", lead, points)


def _change(solved: Solved, one: Built) -> str:
    gone = " and ".join(setting.stage for setting in one.solution.settings)
    return f"Without {gone}: {', '.join(_values(solved, one.solution))}, built and measured."
