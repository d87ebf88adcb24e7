"""What kind of text each line of a Markdown document is, and its tables and lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from auditor.reading.text import decode, has_decimal_comma, plain
from auditor.spec.printed import anglicised

if TYPE_CHECKING:
    from markdown_it.token import Token
    from markdown_it.tree import SyntaxTreeNode


class Kind(Enum):
    """What kind of text a line is."""

    PROSE = "prose"
    HEADING = "heading"
    ITEM = "list item"
    TABLE = "table"
    DRAWING = "drawing"
    CODE = "code"
    MARKUP = "markup"
    FENCE = "fence"


@dataclass(frozen=True)
class Line:
    """A line of a document as a reader sees it, or a part of one, such as a table's cell.

    `numerals` is the same text, character by character, with its numbers in English style.
    """

    number: int
    text: str
    kind: Kind
    language: str = ""
    numerals: str = ""


Row = tuple[Line, ...]
"""The cells of a table's row, of which the first one names it."""


@dataclass(frozen=True)
class Table:
    """A table with a heading over each column."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]

    @cached_property
    def turned(self) -> Table:
        """The table with its rows as columns: what was a row's name is a heading."""
        width = min([len(self.headings), *map(len, self.rows)]) if self.rows else 0
        headings = (*self.headings[:1], *(row[0].text for row in self.rows))
        return Table(
            headings, tuple((self._name(place), *(row[place] for row in self.rows)) for place in range(1, width))
        )

    def _name(self, place: int) -> Line:
        first = self.rows[0][place]
        return replace(first, text=self.headings[place], numerals=self.headings[place])


@dataclass(frozen=True)
class Item:
    """An item of a list, with the items below it."""

    line: Line
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Listing:
    """A list, with the line of text that introduces it."""

    lead: Line | None
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Reading:
    """A document as it is read: its lines, and the tables and lists they make up."""

    name: str
    lines: tuple[Line, ...]
    tables: tuple[Table, ...]
    listings: tuple[Listing, ...]

    @cached_property
    def headings(self) -> dict[int, str]:
        """For each line, the heading it stands under."""
        found, current = {}, ""
        for line in self.lines:
            is_title = line.kind is Kind.HEADING and not _UNDERLINE.fullmatch(line.text)
            current = line.text if is_title else current
            found[line.number] = current
        return found


_UNDERLINE = re.compile(r"=+|-+")


def read(content: bytes, name: str) -> Reading:
    """Read a Markdown document."""
    from markdown_it import MarkdownIt  # most runs have no document at hand, and need not wait for it

    text = decode(content)
    raw = text.split("\n")
    front = _front_matter(raw)
    tokens = MarkdownIt("commonmark").enable("table").parse("\n".join([""] * front + raw[front:]))
    kinds = _kinds(tokens) | dict.fromkeys(range(1, front + 1), (Kind.CODE, "front matter"))
    english = anglicised if has_decimal_comma(text) else str

    def line(number: int, words: str) -> Line:
        kind, language = kinds.get(number, (Kind.PROSE, ""))
        shown = plain(words)
        return Line(number, shown, kind, language, english(shown))

    lines = tuple(line(number, _unquoted(words, kinds.get(number))) for number, words in enumerate(raw, start=1))
    tables = (*_tables(tokens, line), *_drawn_tables(tokens, line))
    return Reading(name, lines, tables, tuple(_listings(tokens, lines, line)))


_QUOTED = re.compile(r"^\s*(?:>\s?)+")


def _unquoted(words: str, kind: tuple[Kind, str] | None) -> str:
    """A line without the marks of a block quote."""
    return words if kind and kind[0] in (Kind.CODE, Kind.DRAWING) else _QUOTED.sub("", words)


Maker = Callable[[int, str], Line]
"""Makes the text of a line, or of a part of it, into what a reader sees."""

_FRONT = re.compile(r"---\s*")
_FIELD = re.compile(r"\s*(?:$|#|-\s|[\w\"'-]+\s*:)|\s+\S")


def _front_matter(raw: Sequence[str]) -> int:
    """How many lines at the top are settings for a site, as a model card has them."""
    if not _FRONT.fullmatch(raw[0]):
        return 0
    last = next((number for number, text in enumerate(raw[1:], start=2) if _FRONT.fullmatch(text)), 0)
    return last if all(_FIELD.match(text) for text in raw[1 : last - 1]) else 0


_LINE_KINDS = {"heading_open": Kind.HEADING, "table_open": Kind.TABLE, "html_block": Kind.MARKUP}
_DRAWN = ("", "text", "txt", "plain", "plaintext", "ascii", "console", "output")
"""The languages of code that is none: drawings, tables and what programs print."""


def _kinds(tokens: Sequence[Token]) -> dict[int, tuple[Kind, str]]:
    found: dict[int, tuple[Kind, str]] = {}
    for token in tokens:
        first, last = token.map or (0, 0)
        if token.type in ("fence", "code_block"):
            language = _language(token)
            kind = Kind.DRAWING if language in _DRAWN else Kind.CODE
            found.update(dict.fromkeys(range(first + 1, last + 1), (kind, language)))
            if token.type == "fence":
                found[first + 1] = (Kind.FENCE, "")
        elif token.type == "list_item_open":
            found[first + 1] = (Kind.ITEM, "")
        elif token.type in _LINE_KINDS:
            found.update(dict.fromkeys(range(first + 1, last + 1), (_LINE_KINDS[token.type], "")))
    return found


def _language(token: Token) -> str:
    return token.info.split()[0].strip("{}.").lower() if token.info.strip() else ""


def _tables(tokens: Sequence[Token], line: Maker) -> Iterator[Table]:
    rows: list[Row] = []
    number = 0
    for before, token in pairwise(tokens):
        if token.type == "tr_open" and token.map:
            number = token.map[0] + 1
            rows.append(())
        elif before.type in ("th_open", "td_open"):
            rows[-1] = (*rows[-1], line(number, token.content))
        elif token.type == "table_close":
            yield _table(rows)
            rows = []


def _table(rows: Sequence[Row]) -> Table:
    return Table(tuple(cell.text for cell in rows[0]), tuple(rows[1:]))


def _drawn_tables(tokens: Sequence[Token], line: Maker) -> Iterator[Table]:
    """The tables in drawings: lines in a row that have as many cells as the first of them."""
    for token in tokens:
        if token.type not in ("fence", "code_block") or not token.map or _language(token) not in _DRAWN:
            continue
        first = token.map[0] + 1 + (token.type == "fence")
        rows: list[Row] = []
        for number, text in enumerate(token.content.split("\n"), start=first):
            if text.strip() and not _RULE.search(text):
                cells = tuple(line(number, cell) for cell in _BETWEEN_CELLS.split(text.strip(_FRAME)))
                if rows and len(cells) != len(rows[0]):
                    yield from _drawn(rows)
                    rows = []
                rows.append(cells)
        yield from _drawn(rows)


def _drawn(rows: Sequence[Row]) -> Iterator[Table]:
    if len(rows) > _FEWEST_ROWS and len(rows[0]) > 1:
        yield _table(rows)


_FRAME = " \t|│┃║"
_RULE = re.compile(r"^[\s|│┃║+┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬:]*[-=─━═]{3,}")
_BETWEEN_CELLS = re.compile(r"\s*[|│┃║]\s*|\t+|\s{2,}")
_FEWEST_ROWS = 2


def _listings(tokens: Sequence[Token], lines: Sequence[Line], line: Maker) -> Iterator[Listing]:
    """The lists that are no part of another list."""
    from markdown_it.tree import SyntaxTreeNode

    tree = SyntaxTreeNode(tokens)
    for node in tree.walk():
        if node.type in _LISTS and not _is_nested(node) and node.map:
            above = [one for one in lines[: node.map[0]] if one.text]
            yield Listing(above[-1] if above else None, _items(node, line))


_LISTS = ("bullet_list", "ordered_list")


def _is_nested(node: SyntaxTreeNode) -> bool:
    above = node.parent
    return above is not None and (above.type == "list_item" or _is_nested(above))


def _items(listing: SyntaxTreeNode, line: Maker) -> tuple[Item, ...]:
    return tuple(_item(node, line) for node in listing.children)


def _item(node: SyntaxTreeNode, line: Maker) -> Item:
    first, _ = node.map or (0, 0)
    below = [item for child in node.children if child.type in _LISTS for item in _items(child, line)]
    own = [child for child in node.children if child.type == "paragraph"]
    text = own[0].children[0].content.partition("\n")[0] if own else ""
    return Item(line(first + 1, text), tuple(below))
