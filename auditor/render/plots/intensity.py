"""How much work each module does with the parameters that it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

from auditor.render.figures import count
from auditor.render.pictures import Picture
from auditor.render.plots.lettering import GREY, SMALL, legible, shortened
from auditor.render.plots.marks import Mark, key, mark
from auditor.render.plots.placing import Box, Label, set_labels
from auditor.render.plots.scale import ACROSS, UP, scale
from auditor.render.plots.sheet import EDGE, WIDTH, line, picture, sheet, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from auditor.auditing import Audit

_COMPONENTS = 8
"""How many components have marks of their own."""


@dataclass(frozen=True)
class Dot:
    """Modules of one component that hold as many parameters and do as many MACs, the first one's path, and how many."""

    component: str
    params: int
    macs: int
    path: str
    modules: int


@dataclass(frozen=True)
class Intensity:
    """The components that have dots, the largest one first, and the dots."""

    components: tuple[str, ...]
    dots: tuple[Dot, ...]


def intensity(audit: Audit) -> Picture | None:
    """The modules' parameters against their MACs, if any of them has some."""
    dots = _dots(audit)
    if not dots:
        return None
    there = {dot.component for dot in dots}
    ordered = *sorted(audit.components, key=lambda component: -component.totals.params), audit.outside
    names = (legible(component.name) for component in ordered)
    data = Intensity(tuple(name for name in names if name in there), dots)
    caption = f"Parameters and MACs of the single modules of {legible(audit.spec.name)}, those inside them left out."
    return picture(f"{audit.spec.name}-intensity", caption, data, _draw)


def _dots(audit: Audit) -> tuple[Dot, ...]:
    """What the modules hold and do themselves, a module of several paths once; those alike share a dot."""
    macs: defaultdict[str, int] = defaultdict(int)
    for operation in audit.profile.operations:
        macs[operation.path] += operation.macs
    modules: defaultdict[int, list[str]] = defaultdict(list)
    for module in audit.profile.modules:
        modules[module.identity].append(module.path)
    component = _component_of(audit)
    alike: defaultdict[tuple[str, int, int], list[str]] = defaultdict(list)
    for paths in modules.values():
        params, work = sum(audit.profile.own_params[path] for path in paths), sum(macs[path] for path in paths)
        if params or work:
            alike[component(paths[0]), params, work].append(paths[0])
    return tuple(
        Dot(legible(name), params, work, legible(paths[0]) or "(model)", len(paths))
        for (name, params, work), paths in alike.items()
    )


def _component_of(audit: Audit) -> Callable[[str], str]:
    """Which component a module belongs to: of several, the one that names the nearest path above it."""
    named: dict[str, str] = {}
    for name, paths in audit.scope.variant.listed.items():
        for path in paths:
            named.setdefault(path, name)

    def component(path: str) -> str:
        while path and path not in named:
            path = path.rpartition(".")[0]
        return named.get(path, audit.outside.name)

    return component


_HEIGHT = 150.0
_AXIS, _HEAD, _NOTE = 21.0, 20.0, 10.0
_LABEL = 110.0
"""How wide the path of a module may be written."""

_ALIKE = "A larger mark stands for several modules that are alike."
_OTHERS = Mark("*", GREY)


def _draw(data: Intensity) -> Figure:
    marks = _marks(data.components)
    signs = key(dict.fromkeys(marks.values()))
    note = _NOTE if any(dot.modules > 1 for dot in data.dots) else 0
    foot = EDGE + note + signs.height + _AXIS
    figure = sheet(foot + _HEIGHT + _HEAD)
    signs.draw(figure, EDGE + note)
    if note:
        write(figure, EDGE, EDGE, _ALIKE, SMALL, GREY)
    up = scale([dot.macs for dot in data.dots], _HEIGHT, UP)
    room = Box(EDGE + up.room, foot, WIDTH - 3 * EDGE, foot + _HEIGHT)
    across = scale([dot.params for dot in data.dots], room.right - room.left, ACROSS)
    across.draw_across(figure, room)
    up.draw_up(figure, room)
    places = {dot: (room.left + across.place(dot.params), room.bottom + up.place(dot.macs)) for dot in data.dots}
    for (size, component), dots in _by_style(data.dots):
        xs, ys = zip(*(places[dot] for dot in dots), strict=True)
        line(figure, xs, ys, **marks[component][0].style(size))
    _label(figure, places, Box(room.left, room.bottom, WIDTH - EDGE, room.top + _HEAD - 1))
    return figure


def _marks(components: Sequence[str]) -> dict[str, tuple[Mark, str]]:
    """The mark of each component, with what the key says of it."""
    own = components if len(components) <= _COMPONENTS else components[: _COMPONENTS - 1]
    rest = components[len(own) :]
    marks = {name: (mark(number), name) for number, name in enumerate(own)}
    return marks | {name: (_OTHERS, f"{count(len(rest))} more components") for name in rest}


def _by_style(dots: Iterable[Dot]) -> list[tuple[tuple[float, str], list[Dot]]]:
    """The dots that are drawn alike, the largest ones first, for those after them to lie over them."""
    styles: dict[tuple[float, str], list[Dot]] = {}
    for dot in dots:
        styles.setdefault((_size(dot), dot.component), []).append(dot)
    return sorted(styles.items(), key=lambda style: -style[0][0])


def _size(dot: Dot) -> float:
    """How many points wide a dot is: it grows with the modules it stands for, but not as fast."""
    return min(12.0, 4 * sqrt(sqrt(dot.modules)))


def _label(figure: Figure, places: Mapping[Dot, tuple[float, float]], room: Box) -> None:
    """Name the dots that stand out."""
    taken = [Box.around(*at, _size(dot) / 2) for dot, at in places.items()]
    named = sorted(_outstanding(list(places)), key=places.__getitem__)
    labels = [Label(_name(dot), *places[dot], _size(dot) / 2) for dot in named]
    set_labels(figure, labels, taken, room)


def _name(dot: Dot) -> str:
    more = f" and {count(dot.modules - 1)} more" if dot.modules > 1 else ""
    return f"{shortened(dot.path, _LABEL, SMALL)}{more}"


def _outstanding(dots: Sequence[Dot]) -> Iterable[Dot]:
    """The dots with the most parameters, the most MACs, and the most and the fewest MACs for each parameter."""
    both = [dot for dot in dots if dot.params and dot.macs]
    found = [max(dots, key=lambda dot: dot.params), max(dots, key=lambda dot: dot.macs)]
    if both:
        rate = {dot: Fraction(dot.macs, dot.params) for dot in both}
        found += [max(both, key=rate.__getitem__), min(both, key=rate.__getitem__)]
    return dict.fromkeys(found)
