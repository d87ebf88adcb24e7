"""All specs beside each other: how large each model is, how much work it does, and the budgets it has to stay in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.render.figures import compact, count
from auditor.render.pictures import Picture
from auditor.render.plots.lettering import GREY, INK, MIDDLE, SMALL, legible, shortened, width
from auditor.render.plots.marks import mark
from auditor.render.plots.placing import Box, Label, set_labels
from auditor.render.plots.scale import ACROSS, UP, scale
from auditor.render.plots.sheet import EDGE, WIDTH, line, picture, sheet, write
from auditor.spec.expression import Quantity

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from auditor.auditing import Audit
    from auditor.claims import BudgetCheck


@dataclass(frozen=True)
class Limit:
    """A budget for a whole model: its figure, what that comes to, and whether the model stays in it."""

    text: str
    value: float
    passed: bool


@dataclass(frozen=True)
class Model:
    """One spec's model in total, and its budgets."""

    name: str
    params: int
    macs: int
    params_limits: tuple[Limit, ...]
    macs_limits: tuple[Limit, ...]


@dataclass(frozen=True)
class Overall:
    models: tuple[Model, ...]


def overall(audits: Sequence[Audit]) -> Picture:
    """The models of several specs, their parameters against their MACs."""
    models = tuple(
        Model(
            legible(audit.spec.name),
            audit.total.totals.params,
            audit.total.totals.macs,
            _limits(audit.budgets, "params"),
            _limits(audit.budgets, "macs"),
        )
        for audit in audits
    )
    limited = any(model.params_limits or model.macs_limits for model in models)
    caption = f"Parameters and MACs of all specs{', with their budgets as dashed lines' if limited else ''}."
    return picture(OVERALL, caption, Overall(models), _draw)


def _limits(budgets: Sequence[BudgetCheck], word: str) -> tuple[Limit, ...]:
    """The budgets for a quantity of the whole model."""
    return tuple(
        Limit(legible(budget.limit.figure), float(budget.limit.value), budget.passed)
        for budget in budgets
        if isinstance(budget.of.root, Quantity) and budget.of.root.word == word and not budget.of.root.arguments
    )


OVERALL = "overview"
"""What the picture is called."""

_HEIGHT = 165.0
_AXIS, _HEAD, _BESIDE = 21.0, 22.0, 34.0
"""What stays free below the axes for their numbers, and above and beside them for the figures of budgets."""

_LIMIT: dict[str, Any] = {"color": "#8C8C8C", "linewidth": 0.5, "linestyle": (0, (6, 3)), "zorder": 1}
_FLAG = 2.0
"""How far from the end of a budget's line its figure stands."""

_RADIUS = 3.0
"""How far a spec's mark reaches, with its edge."""

_NAME = 70.0
"""How wide a spec's name may be beside its mark."""


def _draw(data: Overall) -> Figure:
    table = _table(data.models)
    params = {limit.value: limit.text for model in data.models for limit in model.params_limits}
    macs = {limit.value: limit.text for model in data.models for limit in model.macs_limits}
    up = scale([*macs, *(model.macs for model in data.models)], _HEIGHT, UP)
    foot = EDGE + _ROW * len(table) + EDGE + _AXIS
    figure = sheet(foot + _HEIGHT + _HEAD)
    room = Box(EDGE + up.room, foot, WIDTH - _BESIDE, foot + _HEIGHT)
    across = scale([*params, *(model.params for model in data.models)], room.right - room.left, ACROSS)
    across.draw_across(figure, room)
    up.draw_up(figure, room)
    columns = {room.left + across.place(limit): text for limit, text in sorted(params.items())}
    rows = {room.bottom + up.place(limit): text for limit, text in sorted(macs.items())}
    for x in columns:
        line(figure, [x, x], [room.bottom, room.top], **_LIMIT)
    for y in rows:
        line(figure, [room.left, room.right], [y, y], **_LIMIT)
    above = [Label(text, x, room.top, _FLAG, is_above=True) for x, text in columns.items()]
    beside = [Label(text, room.right, y, _FLAG) for y, text in rows.items()]
    set_labels(figure, above, [], Box(room.left, room.top, WIDTH, room.top + _HEAD), GREY)
    set_labels(figure, beside, [], Box(room.right, room.bottom, WIDTH, room.top), GREY)
    places = [(room.left + across.place(model.params), room.bottom + up.place(model.macs)) for model in data.models]
    _draw_models(figure, data.models, places, room)
    _draw_table(figure, table)
    return figure


def _draw_models(figure: Figure, models: Sequence[Model], places: Sequence[tuple[float, float]], room: Box) -> None:
    for number, (x, y) in enumerate(places):
        line(figure, [x], [y], **mark(number, is_filled=False).style(2 * _RADIUS - 1))
    labels = [
        Label(shortened(model.name, _NAME, SMALL), *at, _RADIUS) for model, at in zip(models, places, strict=True)
    ]
    set_labels(figure, labels, [Box.around(*at, _RADIUS) for at in places], room)


_ROW, _SIGN = 9.0, 10.0
_CELL = 42.0
"""How wide the figures of a budget may be in the table."""


def _table(models: Sequence[Model]) -> list[tuple[str, ...]]:
    """What is told of each spec, below headings; a column is left out if it has nothing to say."""
    rows = [
        (
            model.name,
            count(model.params),
            _written(model.params_limits),
            compact(model.macs),
            _written(model.macs_limits),
        )
        for model in models
    ]
    columns = [("Parameters", 1), ("Budget", 2), ("MACs", 3), ("Budget", 4)]
    told = [(heading, column) for heading, column in columns if any(row[column] for row in rows)]
    headings = "", *(heading for heading, _ in told)
    return [headings, *((row[0], *(row[column] for _, column in told)) for row in rows)]


def _written(limits: Sequence[Limit]) -> str:
    """The budgets, those that are exceeded marked."""
    text = ", ".join(limit.text if limit.passed else f"{limit.text} ✗" for limit in limits)
    return shortened(text, _CELL, SMALL)


def _draw_table(figure: Figure, rows: Sequence[tuple[str, ...]]) -> None:
    """Set the table at the foot of the sheet, each spec behind its mark."""
    right = WIDTH - EDGE
    heights = [EDGE + _ROW * number for number in reversed(range(len(rows)))]
    for cells in reversed(list(zip(*rows, strict=True))[1:]):
        for number, (text, y) in enumerate(zip(cells, heights, strict=True)):
            write(figure, right - width(text, SMALL), y, text, SMALL, INK if number else GREY)
        right -= max(width(text, SMALL) for text in cells) + 2 * EDGE
    for number, (cells, y) in enumerate(zip(rows[1:], heights[1:], strict=True)):
        line(figure, [EDGE + 3], [y + MIDDLE * SMALL], **mark(number, is_filled=False).style(5))
        write(figure, EDGE + _SIGN, y, shortened(cells[0], right - EDGE - _SIGN, SMALL), SMALL)
