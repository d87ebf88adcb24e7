"""Places for labels: near what they name, and over nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import TYPE_CHECKING, Any

from auditor.render.plots.lettering import INK, SMALL, width
from auditor.render.plots.sheet import fill, line, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DISTANCES = (2.0, 6.0, 11.0, 17.0, 24.0, 32.0, 41.0, 51.0, 63.0)
"""How far from what it names a label is tried, nearest first."""

_DIRECTIONS = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 8)
"""In which directions, in eighths of a half turn from where it belongs."""

_TOUCHING = 2.0
"""How far from what it names a label may be without a line to it."""

_CROWD = 6.0
"""How near other things may be to that before its label is set apart, with a line that tells which it is."""

_AIR = 1.0
"""What stays free around a label."""


@dataclass(frozen=True)
class Box:
    """A part of the sheet, in points."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def lies_in(self, other: Box) -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.bottom >= other.bottom
            and self.top <= other.top
        )

    @staticmethod
    def around(x: float, y: float, radius: float) -> Box:
        return Box(x - radius, y - radius, x + radius, y + radius)


@dataclass(frozen=True)
class Label:
    """A text for a thing around a point of the sheet; it belongs to the right of that, if not above."""

    text: str
    x: float
    y: float
    radius: float
    is_above: bool = False

    def towards(self, direction: float, distance: float) -> tuple[float, float]:
        """The point in some direction, so far from what is named."""
        away = self.radius + distance
        return self.x + away * cos(direction), self.y + away * sin(direction)


@dataclass(frozen=True)
class _Place:
    """Where a label could stand, and in which direction and how far from what it names."""

    box: Box
    direction: float
    distance: float


def set_labels(figure: Figure, labels: Sequence[Label], taken: Sequence[Box], room: Box, color: str = INK) -> None:
    """Write the labels that find a free place in the room, each with a line to what it names if that is not near.

    `taken` are the boxes of what labels and lines must not cover, what they name among it.
    """
    orders = labels, labels[::-1]
    placed = max((_arranged(order, taken, room) for order in orders), key=_success)
    for label, place in placed.items():
        _draw(figure, label, place, color)


def _arranged(labels: Sequence[Label], taken: Sequence[Box], room: Box) -> dict[Label, _Place]:
    """The labels that find a place if each one takes the first that is free."""
    covered, placed = list(taken), {}
    for label in labels:
        distances = [one for one in _DISTANCES if one > _TOUCHING or not _is_crowded(label, taken)]
        found = next((place for place in _places(label, distances) if _is_free(label, place, covered, room)), None)
        if found:
            covered += [found.box, *_line(label, found)]
            placed[label] = found
    return placed


def _success(placed: Mapping[Label, _Place]) -> tuple[int, float]:
    """How well labels are placed: as many as may be, with lines as short as may be."""
    return len(placed), -sum(place.distance for place in placed.values())


def _is_crowded(label: Label, covered: Iterable[Box]) -> bool:
    around = Box.around(label.x, label.y, label.radius + _CROWD)
    return sum(map(around.meets, covered)) > 1


def _draw(figure: Figure, label: Label, place: _Place, color: str) -> None:
    if place.distance > _TOUCHING:
        start, end = (label.towards(place.direction, distance) for distance in (0, place.distance))
        line(figure, [start[0], end[0]], [start[1], end[1]], color=INK, linewidth=0.4, zorder=2)
    box = place.box
    fill(figure, box.left + _AIR, box.bottom, box.right - box.left - 2 * _AIR, _HEIGHT, **_PAPER)
    write(figure, box.left + _AIR, box.bottom + _DESCENT, label.text, SMALL, color)


_PAPER: dict[str, Any] = {"color": "white", "linewidth": 0, "zorder": 3}
"""What lies below a label, for no line to go through it."""


_HEIGHT, _DESCENT = 1.05 * SMALL, 0.25 * SMALL
"""How high a label is, and how much of that is below its line."""


def _places(label: Label, distances: Iterable[float]) -> Iterator[_Place]:
    across = width(label.text, SMALL) + 2 * _AIR
    for distance in distances:
        for eighths in _DIRECTIONS:
            direction = (eighths + 4 * label.is_above) * pi / 8
            x, y = label.towards(direction, distance)
            left = x - across * (0.5 - 0.5 * _side(cos(direction)))
            bottom = y - _HEIGHT * (0.5 - 0.5 * _side(sin(direction)))
            yield _Place(Box(left, bottom, left + across, bottom + _HEIGHT), direction, distance)


def _side(part: float) -> int:
    """On which side of a label's nearest point it lies, as a direction's part along an axis is; 0 is on both."""
    return 0 if abs(part) < 0.3 else 1 if part > 0 else -1


def _is_free(label: Label, place: _Place, covered: Sequence[Box], room: Box) -> bool:
    """Whether a label and its line would cover nothing; the label is what mostly does."""
    if not place.box.lies_in(room) or any(map(place.box.meets, covered)):
        return False
    return not any(part.meets(box) for part in _line(label, place) for box in covered)


def _line(label: Label, place: _Place) -> list[Box]:
    """What the line from a thing to its label covers, point by point."""
    if place.distance <= _TOUCHING:
        return []
    steps = range(1, int(place.distance))
    return [Box.around(*label.towards(place.direction, step), _THIN) for step in steps]


_THIN = 0.5
