"""A whole page as one HTML file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib.resources import files

from auditor.render.html.sections import anchors, contents, parts, standing
from auditor.render.html.text import escaped
from auditor.render.page import Page


def html(page: Page, *, drawing: str = "", pictures: Sequence[tuple[str, str]] = ()) -> str:
    """Write a page; the same page gives the same text, byte for byte.

    `drawing` is an SVG made by Graphviz; `pictures` are captions, each with the SVG of a plot.
    """
    found = parts(page.sections, drawing, pictures)
    names = anchors(part.title for part in found)
    title = escaped(page.title)
    main = "".join(map(standing, names, found))
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{_STYLE}</style>
<script>{_COLOURS}</script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>{title}</h1>
<button type="button" class="colours" aria-pressed="false" hidden>Dark</button>
</header>
<div class="middle">
{contents(names, found)}<main id="content" tabindex="-1">
{main}</main>
</div>
<footer><p>Made by the auditor from its page “{title}”. This file is complete: it loads nothing.</p></footer>
{_scripts(_WORKING)}</body>
</html>
"""


def _resource(name: str) -> str:
    return (files("auditor.render.html") / name).read_text("utf-8")


def _scripts(sources: Iterable[str]) -> str:
    return "".join(f'<script type="module">{source}</script>\n' for source in sources)


def _hashes(sources: Iterable[str]) -> str:
    return " ".join(f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'" for source in sources)


_STYLE = _resource("page.css")
_COLOURS = _resource("colours.js")
"""Chooses the colours before anything is painted."""

_WORKING = tuple(map(_resource, ("tables.js", "drawing.js")))
"""What makes a page that is there one to work with."""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src {_hashes([_STYLE])}",
        f"script-src {_hashes([_COLOURS, *_WORKING])}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
"""What a browser allows the page: its own style and scripts, by their checksums, and nothing from elsewhere."""
