"""A drawing made by Graphviz, as a part of a page: whatever it holds, it only draws."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from auditor.render.html.text import escaped

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}"
_XML = "{http://www.w3.org/XML/1998/namespace}"

_DRAWN = frozenset(
    ("svg", "g", "a", "title", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text", "tspan")
)
"""The elements that Graphviz draws with; others are left out, with what they hold."""


def drawing(svg: str) -> str:
    """The drawing with its controls, which do nothing without the script and are shown by it.

    A node that has a title can be reached by the keyboard and says its title.
    """
    return (
        '<figure class="drawing">\n'
        '<a class="skip" href="#below-drawing">Skip the drawing</a>\n'
        '<div class="tools" role="group" aria-label="Zoom" hidden>\n'
        '<p class="hint">Pinch, or click and use the wheel, to zoom; drag to move; point at a part to see more.</p>\n'
        '<button type="button" data-zoom="in" aria-label="Zoom in">+</button>\n'
        '<button type="button" data-zoom="out" aria-label="Zoom out">−</button>\n'
        '<button type="button" data-zoom="fit">Fit</button>\n</div>\n'
        '<div class="view" role="group" tabindex="0" aria-label="Drawing; plus and minus zoom, 0 fits, arrows move">'
        f"{_written(ElementTree.fromstring(svg))}</div>\n"
        '</figure>\n<span id="below-drawing" tabindex="-1"></span>\n'
    )


def _written(element: Element, in_node: bool = False) -> str:
    """An element as HTML has it: without prefixes but for `xlink` and `xml`, which need no declaration."""
    name = element.tag.removeprefix(_SVG)
    if name not in _DRAWN:
        return ""
    in_node = in_node or element.get("class") == "node"
    attributes = "".join(f' {key}="{escaped(value)}"' for key, value in _attributes(element, in_node))
    inside = "".join(_written(child, in_node) + escaped(child.tail or "") for child in element)
    return f"<{name}{attributes}>{escaped(element.text or '')}{inside}</{name}>"


def _attributes(element: Element, in_node: bool) -> Iterator[tuple[str, str]]:
    """What tells how an element looks and what it is; nothing that acts, or leads off the page."""
    for key, value in element.items():
        name = key.replace(_XML, "xml:")
        acts = name.lower().startswith("on") or name.lower() in ("style", "href")
        if not acts and not name.startswith("{"):
            yield name, value
    title = element.get(f"{_XLINK}title")
    if title and in_node:
        yield from (("xlink:title", title), ("tabindex", "0"), ("role", "img"), ("aria-label", title))
