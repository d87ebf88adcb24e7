"""What tells one thing from another in a plot: always a shape, and a colour besides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.render.plots.lettering import INK, MIDDLE, SMALL, shortened, width
from auditor.render.plots.sheet import EDGE, WIDTH, line, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
"""Okabe and Ito's colours for every kind of colour vision, those of a contrast to white of 3:1 or more."""

_COLORS = (BLUE, VERMILION, GREEN, PURPLE, INK)
_SHAPES = ("o", "s", "^", "D", "v", "P", "X", "p")


@dataclass(frozen=True)
class Mark:
    """A shape by its letter in Matplotlib, its colour, and whether it is filled."""

    shape: str
    color: str
    is_filled: bool = True

    def style(self, size: float) -> dict[str, Any]:
        """How Matplotlib is told to draw it, so many points wide, without a line from one to the next."""
        return {
            "linestyle": "none",
            "marker": self.shape,
            "markersize": size,
            "markerfacecolor": self.color if self.is_filled else "none",
            "markeredgecolor": "white" if self.is_filled else self.color,
            "markeredgewidth": 0.4 if self.is_filled else 1.0,
            "zorder": 3,
        }


def mark(number: int, is_filled: bool = True) -> Mark:
    """The mark of the thing with a number; forty of them are all different."""
    return Mark(_SHAPES[number % len(_SHAPES)], _COLORS[number % len(_COLORS)], is_filled)


_LINE = 10.0
_SIGN = 9.0
"""How much of a key's line a mark takes up."""


@dataclass(frozen=True)
class Key:
    """What the marks of a plot stand for, in lines across the sheet."""

    lines: tuple[tuple[tuple[float, Mark, str], ...], ...]

    @property
    def height(self) -> float:
        return _LINE * len(self.lines)

    def draw(self, figure: Figure, bottom: float = EDGE) -> None:
        """Set the key at some height above the foot of the sheet."""
        for number, entries in enumerate(reversed(self.lines)):
            y = bottom + _LINE * number
            for x, sign, name in entries:
                line(figure, [x + 3], [y + MIDDLE * SMALL], **sign.style(5))
                write(figure, x + _SIGN, y, name, SMALL)


def key(entries: Iterable[tuple[Mark, str]]) -> Key:
    """A key to some marks, each with what it stands for."""
    lines: list[list[tuple[float, Mark, str]]] = []
    x = WIDTH
    for sign, text in entries:
        name = shortened(text, WIDTH / 2 - 2 * EDGE - _SIGN, SMALL)
        across = _SIGN + width(name, SMALL)
        if x + across > WIDTH - EDGE:
            lines.append([])
            x = EDGE
        lines[-1].append((x, sign, name))
        x += across + 2 * EDGE
    return Key(tuple(map(tuple, lines)))
