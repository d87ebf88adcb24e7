"""Where Graphviz has put what, and what the boxes of a panel say."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from xml.etree import ElementTree

from auditor.render.diagram.engine import draw, pages
from auditor.render.diagram.panel import Panel

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Place:
    """Where Graphviz has put a node, in inches."""

    name: str
    x: float
    y: float
    width: float
    height: float

    def holds(self, x: float, y: float, margin: float = 0.01) -> bool:
        return abs(x - self.x) < self.width / 2 - margin and abs(y - self.y) < self.height / 2 - margin


@dataclass(frozen=True)
class Curve:
    """An edge as Graphviz has drawn it: Bézier curves end to end."""

    tail: str
    head: str
    points: tuple[tuple[float, float], ...]

    def course(self) -> Iterator[tuple[float, float]]:
        """Points close to each other along the edge."""
        for start in range(0, len(self.points) - 1, 3):
            p = self.points[start : start + 4]
            for step in range(41):
                t = step / 40
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                yield tuple(sum(w * q[axis] for w, q in zip(weights, p, strict=True)) for axis in (0, 1))  # type: ignore[misc]


def laid_out(source: str) -> tuple[list[Place], list[Curve]]:
    """Where everything that can be seen lies, by Graphviz's own account."""
    nodes, edges = [], []
    for words in map(shlex.split, pages(source, "plain")["plain"].decode().replace("\\\n", "").splitlines()):
        if words[0] == "node":
            nodes.append(Place(words[1], *map(float, words[2:6])))
        elif words[0] == "edge" and "invis" not in words[-2:]:
            numbers = list(map(float, words[4 : 4 + 2 * int(words[3])]))
            edges.append(Curve(words[1], words[2], tuple(zip(numbers[::2], numbers[1::2], strict=True))))
    return nodes, edges


def svg_of(source: str) -> ElementTree.Element:
    return ElementTree.fromstring(draw(source, "svg", 72))


def measured(panel: Panel, unit: str) -> int:
    """What the boxes of a panel say in their tips, added up, as often as what stands around them repeats."""
    total = 0
    for node in panel.nodes:
        times = prod(int(frame.label.rpartition("×")[2]) for frame in panel.frames if node.name in frame.nodes)
        total += times * sum(int(number.replace(",", "")) for number in re.findall(rf"([\d,]+) {unit}", node.tip))
    return total
