"""The page of a scan: what is covered, what is overlooked, and what does not add up."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.reading.arithmetic import Slip
from auditor.reading.coverage import Covered
from auditor.reading.structure import Line
from auditor.render.figures import amount, percentage, span
from auditor.render.page import Cell, Code, Page, Section, Table, columns
from auditor.scanning import Scan
from auditor.spec import Claim
from auditor.spec.printed import Interval

_SHOWN = 60
"""Characters of a line that are shown."""


def scan_page(scan: Scan, everything: bool = False) -> Page:
    """One page about one document; with `everything`, every figure of it is listed."""
    sections = (
        _answer(scan),
        _drifted(scan),
        _slips(scan),
        _figures(scan) if everything else None,
        _aside(scan),
        _open(scan),
    )
    return Page(f"Scan of {scan.path.as_posix()}", tuple(section for section in sections if section))


def _answer(scan: Scan) -> Section:
    found = scan.coverage
    specs = ", ".join(dict.fromkeys(source.spec.name for source in scan.sources))
    judged = len(found.claimed) + len(found.open)
    sentences = [
        f"{len(found.figures)} figures: {len(found.claimed)} are claimed, {len(found.aside)} are set aside,"
        f" {len(found.open)} are overlooked.",
        f"Coverage is {percentage(found.percent)} of the {judged} that say something about a model.",
        f"Quoted by {specs}." if specs else "No spec given speaks of this document.",
    ]
    if scan.slips:
        sentences.append(f"{len(scan.slips)} of its figures contradict others in it.")
    return Section("Answer", " ".join(sentences))


def _drifted(scan: Scan) -> Section | None:
    points = tuple((str(error),) for error in scan.drifted)
    return Section("What it does not print any more", points=points) if points else None


def _slips(scan: Scan) -> Section | None:
    """Figures that the document's own figures contradict."""
    rows = tuple(
        (str(slip.line), slip.says, slip.what, comes_to(slip), _figures_of(slip), _shown(scan, slip.line))
        for slip in scan.slips
    )
    headings = columns("#Line", "Figure", "Held against", "#Comes to", "Made of", "In")
    return Section("What does not add up", table=Table(headings, rows)) if rows else None


def comes_to(slip: Slip) -> str:
    """What the other figures come to."""
    found = slip.computed[0]
    low, high, unit = found.low, found.high, slip.unit
    if low is not None and high is not None and low != high:
        return f"{amount(low, unit)} to {amount(high, unit)}"
    return span(Interval(low, high, unit=unit)).removeprefix("= ")


def _figures_of(slip: Slip) -> str:
    shown = ", ".join(source.text for source in slip.sources[:6])
    return f"{shown}, …" if len(slip.sources) > 6 else shown


def _shown(scan: Scan, number: int) -> str:
    return _short(scan.coverage.reading.lines[number - 1])


def _short(line: Line) -> str:
    return _cut(line.text, _SHOWN)


def _cut(text: str, longest: int = 30) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _figures(scan: Scan) -> Section:
    """Every figure with what becomes of it."""
    rows = tuple(
        (str(covered.figure.line.number), covered.figure.text, *_becomes(covered)) for covered in scan.coverage.figures
    )
    return Section("Every figure", table=Table(columns("#Line", "Figure", "", "Because"), rows))


def _becomes(covered: Covered) -> tuple[Cell, Cell]:
    if covered.is_claimed:
        claim = next(quote for quote in covered.quotes if isinstance(quote, Claim))
        return "✓ claimed", Code(claim.of.text) if claim.of else f"needs {claim.needs}"
    return ("set aside", covered.aside) if covered.aside else ("✗ overlooked", "")


def _aside(scan: Scan) -> Section | None:
    by_reason: dict[str, list[Covered]] = {}
    for covered in scan.coverage.aside:
        by_reason.setdefault(covered.aside, []).append(covered)
    rows = tuple(
        (reason, str(len(found)), _few(covered.figure.text for covered in found))
        for reason, found in sorted(by_reason.items(), key=lambda item: -len(item[1]))
    )
    return Section("Set aside", table=Table(columns("Reason", "#Figures", "Such as"), rows)) if rows else None


def _few(texts: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(_cut(text) for text in texts))
    return ", ".join(distinct[:4]) + (", …" if len(distinct) > 4 else "")


def _open(scan: Scan) -> Section | None:
    """What no spec speaks of, as claims to paste."""
    if not scan.drafts:
        return None
    rows = tuple((str(draft.figure.line.number), draft.figure.text, _short(draft.figure.line)) for draft in scan.drafts)
    heading = "claims:" if any(draft.of for draft in scan.drafts) else "# claims:"
    lines = (heading, *(f"  {draft.claim(scan.key)}" for draft in scan.drafts))
    return Section("Overlooked", table=Table(columns("#Line", "Figure", "In"), rows), listing=lines)
