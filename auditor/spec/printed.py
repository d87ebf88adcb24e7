"""Printed figures: what interval of values a figure such as `~489K` or `47.2%` stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

APPROXIMATE = Fraction(1, 100)
"""How far an approximate figure (`~77,655`) may lie from the value it stands for."""

_METRIC = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
_DECIMAL_BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BINARY_BYTES = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_WORDS = {"thousand": 10**3, "million": 10**6, "mio": 10**6, "billion": 10**9, "mrd": 10**9, "trillion": 10**12}
BYTES = _DECIMAL_BYTES | _BINARY_BYTES
"""What one of each unit of size is worth."""

MEASURES = ("ms", "µs", "us", "s", "FPS", "fps", "Hz")
"""Units that scale nothing."""

_BELOW = ("only", "up to", "at most", "no more than", "not more than", "≤", "<=")
_ABOVE = ("at least", "no less than", "not less than", "≥", ">=")
_UNDER = ("less than", "fewer than", "under", "below", "<")
_OVER = ("more than", "over", "above", ">")
_ABOUT = ("~", "≈", "about", "approximately", "approx.", "approx", "around", "roughly", "ca.", "circa")

_LONGEST = 500
"""Characters beyond which a text is not searched for its figure."""


def _any_of(words: tuple[str, ...]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(
        r"\s+".join(re.escape(part) for part in word.split()) + (r"(?!\w)" if word[-1].isalpha() else "")
        for word in longest_first
    )


_NUMBER = r"(?:\d{1,3}(?:[,_\u00a0\u2009\u202f]\d{3})+(?:\.\d+)?|\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,2})?|\.\d{1,30})"
_ENDS = r"(?![\w]|[.,_]\d)"
_UNIT = (
    r"\s*(?P<bytes>(?-i:[KMGT]i?B|kB))(?![A-Za-z])"
    r"|\s*(?P<percent>%|per\s?cent(?![A-Za-z]))"
    r"|\s*(?P<points>(?:percentage\s+)?points?|pp)(?![A-Za-z])"
    r"|\s?(?P<metric>(?-i:[KkMGBT]))(?=(?:FLOPs?|MACs?|Mult-?Adds?|Params?)?(?![A-Za-z]))"
    rf"|\s+(?P<word>{'|'.join(_WORDS)})(?![A-Za-z])"
    r"|\s?(?P<times>[x×])(?![A-Za-z\d])"
    rf"|\s?(?P<measure>(?-i:{'|'.join(MEASURES)}))(?![A-Za-z])"
)
_FIGURE = re.compile(
    rf"""
    (?:(?<![^\W\d_])(?<![-=>])(?P<bound>{_any_of(_BELOW + _ABOVE + _UNDER + _OVER)})\s*)?
    (?:(?<![^\W\d_])(?P<about>{_any_of(_ABOUT)})\s*)?
    (?:(?<![\w)\]])(?<![\w)\]]\s)(?P<by>×)\s?)?
    (?<![\w.,])(?P<sign>(?<![\w)\]%])[-+\u2212\u2013])?
    (?P<number>{_NUMBER})
    (?:\s?(?:-|\u2013|to)\s?(?P<until>{_NUMBER})(?![-\u2013]\d))?
    (?P<early>\+(?=\s?(?-i:{"|".join(MEASURES)})(?![A-Za-z])))?
    (?:{_UNIT}|{_ENDS})
    (?:(?<=\w)(?:FLOPs?|MACs?|Mult-?Adds?|Params?))?
    (?!\w)
    (?P<more>\+)?
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Shape(Enum):
    """How a figure limits the value it stands for."""

    EXACT = "exact"
    ROUNDED = "rounded"
    APPROXIMATE = "approximate"
    RANGE = "range"
    AT_MOST = "at most"
    AT_LEAST = "at least"
    LESS = "less than"
    MORE = "more than"
    WORDS = "words"


@dataclass(frozen=True)
class Interval:
    """The values one reading of a figure allows; `None` is unbounded, an open end excludes itself."""

    low: Fraction | None
    high: Fraction | None
    open_low: bool = False
    open_high: bool = False
    unit: str = ""

    def nearest(self, value: Fraction) -> Fraction:
        """The end of the interval that is nearest to a value outside it."""
        ends = [end for end in (self.low, self.high) if end is not None]
        return min(ends, key=lambda end: abs(value - end))

    def __contains__(self, value: Fraction) -> bool:
        if self.low is not None and not _is_less(self.low, value, or_equal=not self.open_low):
            return False
        return self.high is None or _is_less(value, self.high, or_equal=not self.open_high)


def _is_less(one: Fraction, other: Fraction, or_equal: bool) -> bool:
    """The same as by the fractions' own signs, which take their time over other types."""
    left, right = one.numerator * other.denominator, other.numerator * one.denominator
    return left < right or (or_equal and left == right)


@dataclass(frozen=True)
class Printed:
    """A figure as a document prints it, and every interval it can be read as (MB also as MiB)."""

    text: str
    figure: str
    shape: Shape
    value: Fraction
    intervals: tuple[Interval, ...]

    @property
    def sharp(self) -> Printed:
        """The figure by its digits: `~61,933` was reckoned to the unit, however it is meant."""
        match = _FIGURE.search(self.figure) if self.shape is Shape.APPROXIMATE else None
        return Printed.parse(self.figure[match.end("about") :].lstrip()) if match else self

    @staticmethod
    def words(text: str) -> Printed:
        """A text that is claimed as a whole, whatever figures it holds."""
        return Printed(text, text, Shape.WORDS, Fraction(0), (Interval(None, None),))

    @staticmethod
    def find(text: str) -> Iterator[tuple[int, int, Printed]]:
        """Every figure in a text that reads as one, with where it begins and ends."""
        for match in _FIGURE.finditer(text):
            try:
                yield match.start(), match.end(), _printed(match.group(), match, APPROXIMATE)
            except ValueError:
                continue

    @staticmethod
    def parse(text: str, approximate: Fraction = APPROXIMATE, decimal_comma: bool = False) -> Printed:
        """Read the one figure in `text`; a ValueError says why there is none, or more than one."""
        if decimal_comma:
            return replace(Printed.parse(anglicised(text), approximate), text=text)
        if len(text) > _LONGEST:
            raise ValueError(f"no figure is looked for in more than {_LONGEST} characters: {text[:40]!r}…")
        found = list(_FIGURE.finditer(text))
        if not found:
            raise ValueError(f"no figure in {text!r}")
        if len(found) > 1:
            figures = " and ".join(repr(match.group().strip()) for match in found)
            raise ValueError(f"more than one figure in {text!r}: {figures}; quote only the claimed one")
        return _printed(text, found[0], approximate)


def anglicised(text: str) -> str:
    """A text with decimal commas, character by character, with its numbers in English style."""
    return _COMMA_NUMBER.sub(lambda match: match.group().translate(_SWAPPED), text)


_COMMA_NUMBER = re.compile(r"(?<![\d.,])(?:[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?|\d+,\d+)(?![\d.,]*\d)")
_SWAPPED = str.maketrans(".,", ",.")


def _printed(text: str, match: re.Match[str], approximate: Fraction) -> Printed:
    shape = _shape(match)
    if shape is Shape.RANGE and _number(match["until"]) < _signed(match):
        raise ValueError(f"the range {match.group()!r} in {text!r} runs backwards")
    units = _units(match)
    intervals = tuple(_interval(match, shape, name, scale, approximate) for name, scale in units)
    return Printed(text, match.group().strip(), shape, _signed(match) * units[0][1], intervals)


def _shape(match: re.Match[str]) -> Shape:
    bound = re.sub(r"\s+", " ", (match["bound"] or "").lower())
    for words, shape in (
        (_BELOW, Shape.AT_MOST),
        (_ABOVE, Shape.AT_LEAST),
        (_UNDER, Shape.LESS),
        (_OVER, Shape.MORE),
    ):
        if bound in words:
            return shape
    if match["more"] or match["early"]:
        return Shape.AT_LEAST
    if match["until"]:
        return Shape.RANGE
    if match["about"]:
        return Shape.APPROXIMATE
    return Shape.EXACT if _is_count(match) else Shape.ROUNDED


def _is_count(match: re.Match[str]) -> bool:
    """Whether the figure is a whole number without a unit, which stands for itself alone."""
    return _units(match) == (("", 1),) and "." not in match["number"] and "e" not in match["number"].lower()


def _units(match: re.Match[str]) -> tuple[tuple[str, Fraction | int], ...]:
    """The units a figure may be printed in, with what one of each is worth."""
    if size := match["bytes"]:
        name = size[0].upper() + size[1:]
        if name in _BINARY_BYTES:
            return ((name, _BINARY_BYTES[name]),)
        binary = f"{name[0]}iB"
        return ((name, _DECIMAL_BYTES[name]), (binary, _BINARY_BYTES[binary]))
    if match["percent"]:
        return (("%", Fraction(1, 100)),)
    if match["points"]:
        return (("points", Fraction(1, 100)),)
    if match["word"]:
        return ((match["word"].lower(), _WORDS[match["word"].lower()]),)
    if match["times"] or match["by"]:
        return (("×", 1),)
    if match["measure"]:
        return ((match["measure"], 1),)
    metric = (match["metric"] or "").upper()
    return ((metric, _METRIC[metric]),)


def _number(text: str) -> Fraction:
    return Fraction(re.sub(r"[,_\s]", "", text))


def _signed(match: re.Match[str]) -> Fraction:
    return -_number(match["number"]) if match["sign"] in ("-", "\u2212", "\u2013") else _number(match["number"])


def _last_digit(text: str) -> Fraction:
    """What one step of the last printed digit is worth."""
    digits, _, exponent = text.lower().partition("e")
    decimals = len(digits.partition(".")[2])
    return Fraction(10) ** (int(exponent or 0) - decimals)


def _interval(match: re.Match[str], shape: Shape, unit: str, scale: Fraction | int, approximate: Fraction) -> Interval:
    value = _signed(match)
    half = Fraction(0) if _is_count(match) else _last_digit(match["number"]) / 2
    if match["about"]:
        half = max(_last_digit(match["number"]) / 2, abs(value) * approximate)
    low, high = (value - half) * scale, (value + half) * scale
    if shape is Shape.AT_MOST:
        return Interval(None, high, open_high=half > 0, unit=unit)
    if shape is Shape.AT_LEAST:
        return Interval(low, None, unit=unit)
    if shape is Shape.LESS:
        return Interval(None, value * scale, open_high=True, unit=unit)
    if shape is Shape.MORE:
        return Interval(value * scale, None, open_low=True, unit=unit)
    if shape is Shape.RANGE:
        until = _number(match["until"])
        beyond = max(half and _last_digit(match["until"]) / 2, until * approximate if match["about"] else 0)
        return Interval(low, (until + beyond) * scale, open_high=beyond > 0, unit=unit)
    if shape is Shape.ROUNDED:
        return Interval(low, high, open_low=value < 0, open_high=value >= 0, unit=unit)
    return Interval(low, high, unit=unit)
