"""The text of a page as HTML: whatever a spec says, it is shown and not obeyed."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

from auditor.render.page import Cell, Code, Link, printable

_MARK = re.compile(r"^[≠?](?= |$)|[✓✗]")
_MEANINGS = {
    "✓": ("good", "holds"),
    "✗": ("bad", "does not hold"),
    "≠": ("bad", "is inconsistent"),
    "?": ("open", "cannot be checked"),
}
"""What a mark is coloured as, and what it is read out as."""


def escaped(text: str) -> str:
    """The text as HTML, fit for elements and for quoted attributes."""
    return escape(printable(text))


def inline(cell: Cell) -> str:
    """A piece of text with its role: code, a link, or words in which marks stand out."""
    if isinstance(cell, Code):
        return f"<code>{escaped(cell.text)}</code>" if cell.text else ""
    if isinstance(cell, Link):
        return f'<a href="{_address(cell.target)}">{escaped(cell.text)}</a>'
    return _words(cell)


def _words(text: str) -> str:
    pieces, end = [], 0
    for match in _MARK.finditer(text):
        colour, meaning = _MEANINGS[match[0]]
        told = match.start() == 0 and len(text) > 1
        said = 'aria-hidden="true"' if told else f'role="img" aria-label="{meaning}"'
        pieces += [escaped(text[end : match.start()]), f'<span class="mark {colour}" {said}>{match[0]}</span>']
        end = match.end()
    return "".join([*pieces, escaped(text[end:])])


def _address(target: str) -> str:
    """Where a page leads as HTML: v1.md is v1.html, and README.md what a folder opens with."""
    stem = target.removesuffix(".md")
    if stem != target:
        folder, slash, name = stem.rpartition("/")
        target = f"{folder}{slash}{'index' if name == 'README' else name}.html"
    return escaped(quote(printable(target), safe="/"))
