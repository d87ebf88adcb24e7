"""Horizontal bars: where the parameters lie, by component and by module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.render.figures import count, percent
from auditor.render.pictures import Picture
from auditor.render.plots.lettering import GREY, MIDDLE, SMALL, TEXT, legible, shortened, width
from auditor.render.plots.marks import BLUE
from auditor.render.plots.sheet import EDGE, WIDTH, fill, line, picture, sheet, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from auditor.auditing import Audit

_COMPONENTS = 30
"""How many components have bars."""

_MODULES = 10
"""How many modules have bars."""


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for, how long it is, and the figures at its end."""

    name: str
    remark: str
    params: int
    figures: str
    is_rest: bool = False


@dataclass(frozen=True)
class Bars:
    """What is shown of each bar, the bars from top to bottom, and what there is to say of them."""

    heading: str
    bars: tuple[Bar, ...]
    notes: tuple[str, ...] = ()


def parameters(audit: Audit) -> Picture | None:
    """How the parameters are spread over the components, if there are any."""
    total, rest = audit.total.totals.params, audit.outside.totals.params
    if not total:
        return None
    components = sorted(audit.components, key=lambda component: -component.totals.params)
    bars = [_bar(audit, component.name, component.totals.params) for component in components[:_COMPONENTS]]
    if rest:
        bars.append(_bar(audit, audit.outside.name, rest, is_rest=True))
    notes = []
    if smaller := len(components[_COMPONENTS:]):
        notes.append(f"Smaller components left out: {count(smaller)}.")
    if overlap := sum(component.totals.params for component in components) + rest - total:
        notes.append(f"Parameters that belong to more than one bar: {count(overlap)}.")
    data = Bars(f"Parameters, and their share of all {count(total)}", tuple(bars), tuple(notes))
    caption = f"Where the {count(total)} parameters of {legible(audit.spec.name)} lie, by component."
    return picture(f"{audit.spec.name}-parameters", caption, data, _draw)


def largest(audit: Audit) -> Picture | None:
    """The modules that hold the most parameters themselves, if any do."""
    own, total = audit.profile.own_params, audit.total.totals.params
    holding = sorted((m for m in audit.profile.modules if own[m.path]), key=lambda m: (-own[m.path], m.path))
    if not holding:
        return None
    shown = holding[:_MODULES]
    bars = tuple(_bar(audit, module.path or "(model)", own[module.path], legible(module.type)) for module in shown)
    share = percent(audit.share(sum(bar.params for bar in bars)))
    note = f"{count(len(shown))} of {count(len(holding))} modules with parameters hold {share} of all."
    heading = f"Parameters of single modules, and their share of all {count(total)}"
    data = Bars(heading, bars, (note,) if len(shown) < len(holding) else ())
    caption = f"The largest modules of {legible(audit.spec.name)}, by the parameters that each of them holds itself."
    return picture(f"{audit.spec.name}-largest", caption, data, _draw)


def _bar(audit: Audit, name: str, params: int, remark: str = "", is_rest: bool = False) -> Bar:
    return Bar(legible(name), remark, params, f"{count(params)} ({percent(audit.share(params))})", is_rest)


_HEADING, _ROW, _NOTE = 13.0, 19.0, 9.0
_NAMES, _FIGURES = 11.0, 2.5
"""How high in a row its two lines of text are."""

_INDENT = 3.0
_REMARK = 80.0
"""How wide a remark may be."""

_BAR: dict[str, Any] = {"color": BLUE, "linewidth": 0}
_REST: dict[str, Any] = {"facecolor": "white", "edgecolor": GREY, "hatch": "//////", "linewidth": 0.5}


def _draw(data: Bars) -> Figure:
    foot = EDGE + _NOTE * len(data.notes)
    top = foot + _ROW * len(data.bars)
    figure = sheet(top + _HEADING)
    write(figure, EDGE, top + EDGE, data.heading, SMALL, GREY)
    for number, note in enumerate(reversed(data.notes)):
        write(figure, EDGE, EDGE + _NOTE * number, note, SMALL, GREY)
    longest = WIDTH - 2 * EDGE - _INDENT - max(width(bar.figures, TEXT) for bar in data.bars)
    most = max(bar.params for bar in data.bars)
    line(figure, [EDGE, EDGE], [foot, top], color=GREY, linewidth=0.5)
    for number, bar in enumerate(data.bars):
        y = foot + _ROW * (len(data.bars) - 1 - number)
        length = longest * bar.params / most
        fill(figure, EDGE, y + _FIGURES + (MIDDLE - 0.5) * TEXT, length, TEXT, **(_REST if bar.is_rest else _BAR))
        write(figure, EDGE + length + _INDENT, y + _FIGURES, bar.figures)
        _name(figure, bar, y + _NAMES)
    return figure


def _name(figure: Figure, bar: Bar, y: float) -> None:
    remark = shortened(bar.remark, _REMARK, SMALL)
    left, right = EDGE + _INDENT, WIDTH - EDGE - width(remark, SMALL)
    name = shortened(bar.name, right - left - EDGE, TEXT)
    write(figure, left, y, name)
    write(figure, left + width(name, TEXT) + EDGE, y, remark, SMALL, GREY)
