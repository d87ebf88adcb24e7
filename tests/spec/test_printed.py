"""Printed figures: which values a figure such as `~489K` stands for."""

from __future__ import annotations

import re
import time
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.spec.printed import Interval, Printed, Shape

READINGS = {
    # Counts are exact.
    "592,371": "exact [592371, 592371]",
    "592371": "exact [592371, 592371]",
    "489,015 parameters": "exact [489015, 489015]",
    "1_000": "exact [1000, 1000]",
    "592\u202f371": "exact [592371, 592371]",
    "-3": "exact [-3, -3]",
    "reduction 16": "exact [16, 16]",
    # What is printed with a unit or with decimals is rounded, half away from zero.
    "489K": "rounded [488500, 489500) K",
    "489k": "rounded [488500, 489500) K",
    "489 K": "rounded [488500, 489500) K",
    "1.013G": "rounded [1012500000, 1013500000) G",
    "(0.592M)": "rounded [591500, 592500) M",
    "1,000.5K": "rounded [1000450, 1000550) K",
    "2T": "rounded [1500000000000, 2500000000000) T",
    "1.5B": "rounded [1450000000, 1550000000) B",
    "+4K": "rounded [3500, 4500) K",
    "-3K": "rounded (-3500, -2500] K",
    "\u22123K": "rounded (-3500, -2500] K",
    "by -3K": "rounded (-3500, -2500] K",
    "0.25": "rounded [0.245, 0.255)",
    ".5": "rounded [0.45, 0.55)",
    "4.0": "rounded [3.95, 4.05)",
    "1e6": "rounded [500000, 1500000)",
    "1.5E+6": "rounded [1450000, 1550000)",
    "1.5e-3": "rounded [0.00145, 0.00155)",
    "3 thousand": "rounded [2500, 3500) thousand",
    "1.5 million": "rounded [1450000, 1550000) million",
    "2 billion": "rounded [1500000000, 2500000000) billion",
    "2x": "rounded [1.5, 2.5) ×",
    "2.5× faster": "rounded [2.45, 2.55) ×",
    "12 ms": "rounded [11.5, 12.5) ms",
    "1.5ms": "rounded [1.45, 1.55) ms",
    "12,345ms": "rounded [12344.5, 12345.5) ms",
    "30.0 FPS": "rounded [29.95, 30.05) FPS",
    # Shares are given as fractions of one.
    "47.2%": "rounded [0.4715, 0.4725) %",
    "47.2% reduction": "rounded [0.4715, 0.4725) %",
    "\u22125 %": "rounded (-0.055, -0.045] %",
    "3.5 points": "rounded [0.0345, 0.0355) points",
    "1 percentage point": "rounded [0.005, 0.015) points",
    "+0.5 pp": "rounded [0.0045, 0.0055) points",
    # Documents write MB for both; a binary unit is only binary.
    "1.9 MB": "rounded [1850000, 1950000) MB or [1939865.6, 2044723.2) MiB",
    "1.9  MB": "rounded [1850000, 1950000) MB or [1939865.6, 2044723.2) MiB",
    "1.9MB": "rounded [1850000, 1950000) MB or [1939865.6, 2044723.2) MiB",
    "8 kB": "rounded [7500, 8500) KB or [7680, 8704) KiB",
    "1.9 MiB": "rounded [1939865.6, 2044723.2) MiB",
    "64KiB": "rounded [65024, 66048) KiB",
    # What follows the figure names it and does not change it.
    "4K params": "rounded [3500, 4500) K",
    "4K-params": "rounded [3500, 4500) K",
    "1.013GFLOPs": "rounded [1012500000, 1013500000) G",
    "1.013 GFLOPs": "rounded [1012500000, 1013500000) G",
    "1.013GMACs": "rounded [1012500000, 1013500000) G",
    "0.5GMult-Adds": "rounded [450000000, 550000000) G",
    # Digits and dashes of a name are not part of a figure.
    "V1 (487K params)": "rounded [486500, 487500) K",
    "MobileNetV1-0.25": "rounded [0.245, 0.255)",
    "FeatherFace_V2: 489K": "rounded [488500, 489500) K",
    "ResNet50 has 25.6M": "rounded [25550000, 25650000) M",
    # An approximate figure holds within 1 %, or its rounding where that is wider.
    "~77,655": "approximate [76878.45, 78431.55]",
    "~489K": "approximate [484110, 493890] K",
    "≈ 489K": "approximate [484110, 493890] K",
    "about 489K": "approximate [484110, 493890] K",
    "Approximately 489K": "approximate [484110, 493890] K",
    "approx. 489K": "approximate [484110, 493890] K",
    "~4K": "approximate [3500, 4500] K",
    "~0.5": "approximate [0.45, 0.55]",
    "~2%": "approximate [0.015, 0.025] %",
    "~30 FPS": "approximate [29.5, 30.5] FPS",
    "~-3K": "approximate [-3500, -2500] K",
    "~+4K": "approximate [3500, 4500] K",
    # Bounds include what rounds to them, strict ones nothing beyond.
    "≤ 500K": "at most (-∞, 500500) K",
    "<=500K": "at most (-∞, 500500) K",
    "only 489K": "at most (-∞, 489500) K",
    "Only 489K": "at most (-∞, 489500) K",
    "up to 1.5M": "at most (-∞, 1550000) M",
    "up\n  to 1.5M": "at most (-∞, 1550000) M",
    "at most 12": "at most (-∞, 12]",
    "no more than 12": "at most (-∞, 12]",
    "not more than 12": "at most (-∞, 12]",
    "at least 10": "at least [10, ∞)",
    "≥ 10K": "at least [9500, ∞) K",
    "92%+": "at least [0.915, ∞) %",
    "60+ FPS": "at least [59.5, ∞) FPS",
    "12+": "at least [12, ∞)",
    "5 million+": "at least [4500000, ∞) million",
    "< 1.5M": "less than (-∞, 1500000) M",
    "<-3": "less than (-∞, -3)",
    "under 500K": "less than (-∞, 500000) K",
    "fewer than 500,000": "less than (-∞, 500000)",
    "> 5M": "more than (5000000, ∞) M",
    "over 90%": "more than (0.9, ∞) %",
    # A range reaches from the rounding of its lower to that of its upper end.
    "40-45%": "range [0.395, 0.455) %",
    "40\u201345%": "range [0.395, 0.455) %",
    "40 to 45%": "range [0.395, 0.455) %",
    "3-4K": "range [2500, 4500) K",
    "1.5-2 GB": "range [1450000000, 2500000000) GB or [1556925644.8, 2684354560) GiB",
    "2 to 3": "range [2, 3]",
    "-5 to 3": "range [-5, 3]",
}

_INTERVAL = re.compile(r"([\[(])(\S+), (\S+)([\])])(?: (\S+))?")


def written(text: str) -> tuple[Shape, tuple[Interval, ...]]:
    """A shape and intervals in mathematical notation: `rounded [1.5, 2.5) ×`."""
    shape = re.split(r" [\[(]", text)[0]
    return Shape(shape), tuple(
        Interval(
            None if low == "-∞" else Fraction(low),
            None if high == "∞" else Fraction(high),
            open_low=opening == "(" and low != "-∞",
            open_high=closing == ")" and high != "∞",
            unit=unit,
        )
        for opening, low, high, closing, unit in _INTERVAL.findall(text)
    )


@pytest.mark.parametrize("text", READINGS, ids=repr)
def test_a_figure_stands_for_the_values_that_print_like_it(text: str) -> None:
    printed = Printed.parse(text)
    assert (printed.shape, printed.intervals) == written(READINGS[text])


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("489K", ("488500", "489499.999"), ("488499.999", "489500")),
        ("-489K", ("-488500", "-489499.999"), ("-488499.999", "-489500")),
        ("592,371", ("592371",), ("592370.999", "592371.001")),
        ("~77,655", ("76878.45", "78431.55"), ("76878.449", "78431.551")),
        ("≤ 12", ("-1000000", "12"), ("12.001",)),
        ("< 12", ("11.999",), ("12",)),
        ("> 12", ("12.001",), ("12",)),
        ("12+", ("12", "1000000"), ("11.999",)),
    ],
)
def test_an_interval_is_exact_at_its_ends(text: str, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    (interval,) = Printed.parse(text).intervals
    assert all(Fraction(value) in interval for value in inside)
    assert not any(Fraction(value) in interval for value in outside)


@pytest.mark.parametrize(
    ("text", "approximate", "expected"),
    [
        ("~77,655", "5%", "approximate [73772.25, 81537.75]"),
        ("~489K", "0.01%", "approximate [488500, 489500] K"),
        ("~77,655", "0%", "approximate [77654.5, 77655.5]"),
        ("592,371", "5%", "exact [592371, 592371]"),
        ("489K", "5%", "rounded [488500, 489500) K"),
    ],
)
def test_only_an_approximate_figure_takes_another_tolerance(text: str, approximate: str, expected: str) -> None:
    printed = Printed.parse(text, Printed.parse(approximate).value)
    assert (printed.shape, printed.intervals) == written(expected)


@pytest.mark.parametrize(
    ("text", "figure", "value"),
    [
        ("V1 (487K params)", "487K", 487_000),
        ("a 47.2% reduction", "47.2%", Fraction("0.472")),
        ("about 1.9 MB in all", "about 1.9 MB", 1_900_000),
        ("down by \u22123K", "\u22123K", -3_000),
        ("only 489,015 left", "only 489,015", 489_015),
        ("92%+ on average", "92%+", Fraction("0.92")),
    ],
)
def test_the_figure_is_quoted_with_what_qualifies_it(text: str, figure: str, value: int | Fraction) -> None:
    printed = Printed.parse(text)
    assert (printed.text, printed.figure, printed.value) == (text, figure, value)


@pytest.mark.parametrize("text", ["", "many", "v2.0", "ResNet50", "640x640", "5px", "0x1F", "12e"], ids=repr)
def test_a_text_without_a_figure_is_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=f"no figure in {re.escape(repr(text))}"):
        Printed.parse(text)


@pytest.mark.parametrize("text", ["1.5px", "12,345px", "1.5e", "2.0.1", "12,34", "1,234,56"], ids=repr)
def test_a_part_of_something_longer_is_no_figure(text: str) -> None:
    with pytest.raises(ValueError, match=f"figure in {re.escape(repr(text))}"):
        Printed.parse(text)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("12 and 13", "'12' and '13'"),
        ("487K/515K", "'487K' and '515K'"),
        ("3×3", "'3' and '3'"),
        ("5 ± 1", "'5' and '1'"),
        ("256,148 (47.4%)", "'256,148' and '47.4%'"),
        ("only 489K, ~30 FPS", "'only 489K' and '~30 FPS'"),
        ("MobileNetV1-0.25 has 213,072", "'0.25' and '213,072'"),
    ],
)
def test_several_figures_are_all_quoted(text: str, figures: str) -> None:
    with pytest.raises(ValueError, match="quote only the claimed one") as error:
        Printed.parse(text)
    assert f"more than one figure in {text!r}: {figures};" in str(error.value)


def test_a_range_that_runs_backwards_is_no_figure() -> None:
    with pytest.raises(ValueError, match="45-40%"):
        Printed.parse("45-40%")


SCALES = {"K": 3, "M": 6, "G": 9, "T": 12}


def rounded(value: int, suffix: str, decimals: int) -> Decimal:
    """The number that is printed before the suffix."""
    step = Decimal(1).scaleb(-decimals)
    return Decimal(value).scaleb(-SCALES[suffix]).quantize(step, ROUND_HALF_UP)


def holds(figure: str, value: int | Fraction) -> bool:
    return any(Fraction(value) in interval for interval in Printed.parse(figure).intervals)


SMALL = st.fractions(-2, 2, max_denominator=3)


@given(SMALL, st.none() | SMALL, st.none() | SMALL, st.booleans(), st.booleans())
def test_an_interval_takes_in_what_lies_between_its_ends(
    value: Fraction, low: Fraction | None, high: Fraction | None, open_low: bool, open_high: bool
) -> None:
    above = low is None or low < value or (low == value and not open_low)
    below = high is None or value < high or (value == high and not open_high)
    assert (value in Interval(low, high, open_low, open_high)) == (above and below)


@given(st.integers(-(10**14), 10**14), st.sampled_from(sorted(SCALES)), st.integers(0, 4), st.sampled_from(["", "~"]))
def test_a_rounded_integer_holds_the_integer(value: int, suffix: str, decimals: int, about: str) -> None:
    sign = "-" if value < 0 else ""
    number = abs(rounded(value, suffix, decimals))
    assert holds(f"{sign}{number:f}{suffix}", value)
    assert about or holds(f"{sign}{number:,f}{suffix}", value)


@given(st.integers(0, 10**14), st.sampled_from(sorted(SCALES)), st.integers(0, 4))
def test_an_integer_rounds_to_one_figure_only(value: int, suffix: str, decimals: int) -> None:
    number, step = rounded(value, suffix, decimals), Decimal(1).scaleb(-decimals)
    assert not holds(f"{number + step:f}{suffix}", value)
    assert number < step or not holds(f"{number - step:f}{suffix}", value)


@given(st.integers(-(10**15), 10**15), st.fractions().filter(bool), st.sampled_from(["d", ",d", "_d"]))
def test_a_count_holds_only_itself(value: int, off: Fraction, notation: str) -> None:
    figure = format(value, notation)
    assert holds(figure, value)
    assert not holds(figure, value + off)


SIGNS = [*"0123456789.,-+~<>≤%()/=x× \n\u00a0\u2212\u2013_"]
WORDS = ["12", "489", ",015", "e3", "e-2", "K", "MB", "KiB", "pp", "points", "million", "to", "about", "approx."]
WORDS += ["only", "up to", "at least", "more than", "GFLOPs", "params", "V1"]


def outcome(text: str) -> Printed | ValueError:
    try:
        return Printed.parse(text)
    except ValueError as error:
        return error


@given(st.text(max_size=200) | st.lists(st.sampled_from(SIGNS + WORDS), max_size=12).map("".join))
def test_any_text_is_a_figure_or_a_mistake_that_quotes_it(text: str) -> None:
    result = outcome(text)
    if isinstance(result, ValueError):
        assert repr(text) in str(result)
    else:
        assert result.figure in text
        assert Printed.parse(result.figure).intervals == result.intervals


@pytest.mark.parametrize(
    "text",
    [
        *("1" * 10_000, "1" * 10_000 + "x", "1," * 10_000, ",000" * 10_000, "1" + ",000" * 10_000 + "x"),
        *(" " * 10_000, "5" + " " * 10_000 + "x", "5 percentage" + " " * 10_000 + "x", "." * 10_000, "1." * 10_000),
        *("only" + " " * 10_000 + "x", "only ~ " * 10_000, "~" * 10_000, "(-" * 10_000, "1 to " * 10_000),
        *("1e" * 10_000, "1e" + "9" * 10_000, "1e3000000", "1e-3000000"),
    ],
    ids=lambda text: f"{text[:12]!r}...",
)
def test_no_text_takes_long_to_read(text: str) -> None:
    started = time.perf_counter()
    results = [outcome(text[:length]) for length in (100, 500, len(text))]
    assert time.perf_counter() - started < 1
    assert all(isinstance(result, Printed) or "figure" in str(result) for result in results)
