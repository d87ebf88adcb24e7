"""The sections of a page as HTML, and the way to each of them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.render.html.drawing import drawing
from auditor.render.html.table import table
from auditor.render.html.text import escaped, inline
from auditor.render.page import Section

_ANSWER = "Answer"
"""The section that sums a page up."""


@dataclass(frozen=True)
class Part:
    """What stands below one heading."""

    title: str
    body: str


def parts(sections: Sequence[Section], svg: str, pictures: Sequence[tuple[str, str]]) -> list[Part]:
    """All parts of a page: its sections, and after the first of them what there is to look at."""
    shown = [Part(section.title, "".join(_section(section))) for section in sections]
    drawn = [Part("Architecture", drawing(svg))] if svg else []
    plotted = [Part("Plots", _pictures(pictures))] if pictures else []
    return [*shown[:1], *drawn, *plotted, *shown[1:]]


def contents(anchors: Sequence[str], found: Sequence[Part]) -> str:
    """A link to every part."""
    links = "\n".join(
        f'<li><a href="#{anchor}">{escaped(part.title)}</a></li>' for anchor, part in zip(anchors, found, strict=True)
    )
    return f'<nav aria-label="Contents">\n<ul>\n{links}\n</ul>\n</nav>\n'


def standing(anchor: str, part: Part) -> str:
    """A part in its place."""
    look = ' class="answer"' if part.title == _ANSWER else ""
    heading = f'<h2 id="{anchor}-heading">{escaped(part.title)}</h2>'
    return f'<section id="{anchor}" aria-labelledby="{anchor}-heading"{look}>\n{heading}\n{part.body}</section>\n'


def anchors(titles: Iterable[str]) -> list[str]:
    """A name for each title that can stand in an address, and that no other has."""
    names: list[str] = []
    for title in titles:
        words = re.sub("[^a-z0-9]+", "-", f"section {title}".lower()).strip("-")
        number = 2
        name = words
        while name in names:
            name, number = f"{words}-{number}", number + 1
        names.append(name)
    return names


def _section(section: Section) -> Iterator[str]:
    if section.lead:
        yield f'<p class="lead">{inline(section.lead)}</p>\n'
    if section.points:
        points = "\n".join(f"<li>{''.join(map(inline, point))}</li>" for point in section.points)
        yield f"<ul>\n{points}\n</ul>\n"
    if section.table:
        yield table(section.table, section.title)
    if section.note:
        yield f'<p class="note">{inline(section.note)}</p>\n'
    if section.listing:
        yield f'<pre tabindex="0"><code>{escaped(chr(10).join(section.listing))}</code></pre>\n'


def _pictures(pictures: Iterable[tuple[str, str]]) -> str:
    """Each picture inside an image, where nothing in it can act."""
    figures = "\n".join(
        f'<figure><img src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}" alt="{escaped(caption)}">'
        f"<figcaption>{escaped(caption)}</figcaption></figure>"
        for caption, svg in pictures
    )
    return f'<div class="pictures">\n{figures}\n</div>\n'
