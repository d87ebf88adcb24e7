"""Where a document prints a text that a spec quotes."""

from __future__ import annotations

import re

from auditor.reading.figures import numbers
from auditor.reading.structure import Line, Reading
from auditor.reading.text import plain


def spans(quoted: str, line: Line) -> list[tuple[int, int]]:
    """Where a line prints the quoted text, without cutting a number in two."""
    wanted = plain(quoted)
    found = [match.span() for match in re.finditer(re.escape(wanted), line.text)] if wanted else []
    whole = numbers(line) if found else []
    return [(a, b) for a, b in found if not any(_cuts(a, b, start, end) for start, end in whole)]


def _cuts(a: int, b: int, start: int, end: int) -> bool:
    return start < a < end or start < b < end


def printing(quoted: str, reading: Reading) -> list[int]:
    """The lines that print the quoted text."""
    return [line.number for line in reading.lines if spans(quoted, line)]
