"""Every number a document prints, with the figure it is part of, or why it makes no claim."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.reading.asides import Region, set_aside
from auditor.reading.structure import Kind, Line, Reading
from auditor.spec.printed import Printed, Shape

SPELLED = ("zero", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Figure:
    """A number in a line of a document: where it stands, and the figure that is printed there.

    `aside` is the reason why it claims nothing; `printed` is missing where the number by itself
    has no reading, as in `3x3` or `bias=False`.
    """

    line: Line
    start: int
    end: int
    text: str
    printed: Printed | None = None
    aside: str = ""


def figures(reading: Reading) -> tuple[Figure, ...]:
    """All figures of a document, in its order."""
    return tuple(figure for line in reading.lines for figure in figures_of(line))


def figures_of(line: Line) -> list[Figure]:
    """All figures of one line: every digit of it is part of one of them."""
    regions = tuple(region for region in set_aside(line) if not _cuts_a_number(region, line))
    found = [Figure(line, r.start, r.end, line.text[r.start : r.end], aside=r.reason) for r in regions]
    settings = [s for s in _settings(line) if not any(r.holds(s.start, s.end) for r in regions)]
    found += settings
    found += (n for n in _numbers(line, regions) if not any(s.start < n.end and n.start < s.end for s in settings))
    return sorted(found, key=lambda figure: figure.start)


def _cuts_a_number(region: Region, line: Line) -> bool:
    return any(start < edge < end for start, end in numbers(line) for edge in (region.start, region.end))


_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:(?:[,\u00a0\u2009\u202f]|\{,\})\d{3})+(?!\d)(?:\.\d+)?|\d+_\d{3}(?:_\d{3})*(?!\d)")
_LIST = re.compile(r"\[[^\[\]]*\]|\((?=[^)]*\b\d{1,3},\d{1,3},)[^)]*\)")
_ARGUMENTS = re.compile(r"\[[^\[\]]*\]|\([^)]*\)?|\{[^{}]*\}")
_WORD = re.compile(rf"(?<![\w-])(?:{'|'.join(SPELLED)})(?!\w)", re.IGNORECASE)
_UNIT = re.compile(r"[A-Za-zµ%]+(?!\d)")


def _numbers(line: Line, regions: tuple[Region, ...]) -> Iterator[Figure]:
    """The numbers outside the regions; those that one printed figure takes in are one."""
    readings = [] if line.kind is Kind.CODE else _readings(line)
    taken = 0
    for start, end in numbers(line):
        if start < taken or any(region.holds(start, end) for region in regions):
            continue
        reading = next((r for r in readings if taken <= r.start <= start and end <= r.end), None)
        if reading and not any(region.holds(reading.start, reading.end) for region in regions):
            yield reading
            taken = reading.end
        else:
            unit = _UNIT.match(line.text, end)
            last = unit.end() if unit else end
            yield Figure(line, start, last, line.text[start:last], _printed(line.numerals[start:end]))
            taken = last


def _readings(line: Line) -> list[Figure]:
    """The figures in a line that have a sign, a unit or a bound about their number."""
    found, whole = [], numbers(line)
    starts = [start for start, _ in whole]
    for start, end, printed in Printed.find(line.numerals):
        matched = line.text[start:end]
        start += len(matched) - len(matched.lstrip())
        touched = whole[max(bisect_right(starts, start) - 1, 0) : bisect_left(starts, end)]
        inside = [(a, b) for a, b in touched if start < b]
        is_cut = any(a < start or end < b for a, b in inside)
        is_range = printed.shape is Shape.RANGE
        if not is_cut and len(inside) <= 1 + is_range and not (is_range and _ROW.search(line.text[:start])):
            found.append(Figure(line, start, end, matched.strip(), printed))
    return found


_ROW = re.compile(r"\d[-–]$")


def _printed(text: str) -> Printed | None:
    try:
        return Printed.parse(text)
    except ValueError:
        return None


def numbers(line: Line) -> list[tuple[int, int]]:
    """Where numbers stand. A comma between digits sets thousands apart, but not in a list."""
    lists = [match.span() for match in (_ARGUMENTS if line.kind is Kind.CODE else _LIST).finditer(line.numerals)]
    found: list[tuple[int, int]] = []
    at = 0
    while match := _NUMBER.search(line.numerals, at):
        follows_a_letter = line.numerals[match.start() - 1 : match.start()].isalpha()
        grouped = None if follows_a_letter else _GROUPED.match(line.numerals, match.start())
        listed = any(a <= match.start() < b for a, b in lists)
        if grouped and not (listed and "," in grouped.group()):
            match = grouped
        found.append(match.span())
        at = match.end()
    if line.kind not in (Kind.CODE, Kind.MARKUP):
        found += (match.span() for match in _WORD.finditer(line.text))
    return sorted(found)


_FLAG = re.compile(r"['\"]?(?P<key>[^\W\d]\w*)['\"]?\s?[:=]\s?(?P<value>True|False|true|false)\b")
_WORDS = re.compile(r"^['\"]?(?P<key>[^\W\d][\w.-]*)['\"]?\s?[:=]\s?['\"]?(?P<value>[^\W\d][\w-]*)['\"]?$")
_CONFIGURATION = ("yaml", "yml", "json", "toml", "ini")


def _settings(line: Line) -> Iterator[Figure]:
    """Hyperparameters that are no numbers: switches in code, and words in a configuration."""
    if line.kind is not Kind.CODE:
        return
    for match in _FLAG.finditer(line.text):
        yield Figure(line, match.start(), match.end(), match.group())
    if line.language in _CONFIGURATION:
        for match in _WORDS.finditer(line.text.rstrip(",")):
            if match["value"].lower() not in ("true", "false"):
                yield Figure(line, match.start(), match.end(), match.group())
