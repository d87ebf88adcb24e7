"""The sizes that documents claim of components, beside those measured."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from auditor.render.cells import MARKS
from auditor.render.figures import count
from auditor.render.pictures import Picture
from auditor.render.plots.lettering import GREY, INK, MIDDLE, SMALL, TEXT, legible, shortened, width
from auditor.render.plots.marks import BLUE, PURPLE, VERMILION, Mark, key
from auditor.render.plots.placing import Box
from auditor.render.plots.scale import ACROSS, Scale, scale
from auditor.render.plots.sheet import EDGE, WIDTH, line, picture, sheet, write
from auditor.spec import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from auditor.auditing import Audit, Component
    from auditor.claims import Judgement


@dataclass(frozen=True)
class Claimed:
    """A figure as it is printed for a component, the ends of what it allows, and its verdict."""

    text: str
    low: float | None
    high: float | None
    verdict: str

    @property
    def place(self) -> float:
        """Where it is marked: at the bound it names, or in the middle."""
        ends = [end for end in (self.low, self.high) if end is not None]
        return sum(ends) / len(ends)


@dataclass(frozen=True)
class Sized:
    """A component with its measured size and the sizes that are claimed of it."""

    name: str
    params: int
    claimed: tuple[Claimed, ...]


@dataclass(frozen=True)
class Sizes:
    rows: tuple[Sized, ...]


def sizes(audit: Audit) -> Picture | None:
    """The claimed sizes beside the measured ones, if any are claimed."""
    rows = tuple(_sized(component) for component in (*audit.components, audit.total) if component.claims)
    caption = f"Numbers of parameters that documents claim of {legible(audit.spec.name)}, beside those measured."
    return picture(f"{audit.spec.name}-claims", caption, Sizes(rows), _draw) if rows else None


def _sized(component: Component) -> Sized:
    """The claims of a component, each with how often it is printed."""
    claimed = Counter(map(_claimed, component.claims))
    shown = tuple(
        one if times == 1 else Claimed(f"{one.text} ({times}×)", one.low, one.high, one.verdict)
        for one, times in claimed.items()
    )
    return Sized(legible(component.name), component.totals.params, shown)


def _claimed(judgement: Judgement) -> Claimed:
    text = f"{legible(judgement.claim.says.figure)} {MARKS[judgement.verdict]}"
    return Claimed(text, _end(judgement.interval.low), _end(judgement.interval.high), judgement.verdict.value)


def _end(value: Fraction | None) -> float | None:
    """An end of what a figure allows, on an axis that begins with zero."""
    return None if value is None else max(0.0, float(value))


_MEASURED = Mark("o", INK)
_VERDICTS = {
    Verdict.VERIFIED.value: Mark("o", BLUE, is_filled=False),
    Verdict.REFUTED.value: Mark("x", VERMILION, is_filled=False),
    Verdict.INCONSISTENT.value: Mark("D", PURPLE, is_filled=False),
    Verdict.UNVERIFIABLE.value: Mark("s", GREY, is_filled=False),
}

_NAME, _ROW, _GAP = 10.0, 10.0, 4.0
"""How high the line with a component's name is, that of a claim, and what follows the last one."""

_AXIS = 21.0
_INDENT = 3 * EDGE
_MOST_TEXT = 90.0
"""How wide the text of a claim may be."""


def _draw(data: Sizes) -> Figure:
    signs = key([(_MEASURED, "measured"), *_signs(data)])
    foot = EDGE + signs.height + _AXIS
    rows = sum(_NAME + _ROW * len(row.claimed) + _GAP for row in data.rows)
    figure = sheet(foot + rows + EDGE)
    signs.draw(figure)
    widest = max(width(_text(claimed), TEXT) for row in data.rows for claimed in row.claimed)
    right = WIDTH - EDGE - widest - _BESIDE
    ends = [end for row in data.rows for one in row.claimed for end in (one.low, one.high) if end is not None]
    across = scale([*ends, *(row.params for row in data.rows)], right - _INDENT, ACROSS)
    across.draw_across(figure, Box(_INDENT, foot, right, foot + rows))
    y = foot + rows
    for row in data.rows:
        name = shortened(row.name, WIDTH / 2, TEXT)
        write(figure, EDGE, y - _NAME + 2, name)
        write(figure, EDGE + width(name, TEXT) + EDGE, y - _NAME + 2, count(row.params), SMALL, GREY)
        for number, claimed in enumerate(row.claimed):
            _draw_claim(figure, across, row.params, claimed, y - _NAME - _ROW * (number + 0.5))
        y -= _NAME + _ROW * len(row.claimed) + _GAP
    return figure


def _signs(data: Sizes) -> list[tuple[Mark, str]]:
    """The marks of the verdicts that are there, for the key."""
    there = {claimed.verdict for row in data.rows for claimed in row.claimed}
    return [(mark, verdict) for verdict, mark in _VERDICTS.items() if verdict in there]


def _text(claimed: Claimed) -> str:
    return shortened(claimed.text, _MOST_TEXT, TEXT)


_BESIDE = 6.0
"""How far beside the last mark of a claim its text begins."""


def _draw_claim(figure: Figure, across: Scale, measured: int, claimed: Claimed, y: float) -> None:
    """Draw the measured size, a line to the claimed one, what that allows, and its text."""
    mark = _VERDICTS[claimed.verdict]
    found, printed = (_INDENT + across.place(value) for value in (measured, claimed.place))
    low = _INDENT + (0 if claimed.low is None else across.place(claimed.low))
    high = _INDENT + (across.length if claimed.high is None else across.place(claimed.high))
    line(figure, [found, printed], [y, y], color=GREY, linewidth=0.6, zorder=1)
    line(figure, [low, high], [y, y], color=mark.color, linewidth=2, solid_capstyle="butt", zorder=2)
    if claimed.low is None:
        line(figure, [low], [y], **Mark("<", mark.color).style(5))
    if claimed.high is None:
        line(figure, [high], [y], **Mark(">", mark.color).style(5))
    line(figure, [found], [y], **_MEASURED.style(4.5))
    line(figure, [printed], [y], **mark.style(6.5))
    write(figure, max(found, printed, high) + _BESIDE, y - MIDDLE * TEXT, _text(claimed))
