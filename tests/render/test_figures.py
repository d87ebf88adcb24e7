"""How numbers are written."""

from __future__ import annotations

from fractions import Fraction

import pytest

from auditor.render.figures import amount, compact, count, difference, percent, span
from auditor.spec.printed import Printed


def test_counts_have_their_thousands_set_apart() -> None:
    assert count(592_371) == "592,371"
    assert compact(1_243_802_176) == "1.244G"
    assert compact(999) == "999"


def test_shares_are_percentages() -> None:
    assert percent(Fraction(213_072, 592_371)) == "36.0%"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (Fraction(502_028), "K", "502,028"),
        (Fraction(4719, 10_000), "%", "47.19%"),
        (Fraction(108, 1000), "points", "10.8 points"),
        (Fraction(2_008_112), "MB", "2.0081 MB"),
        (Fraction(2_008_112), "MiB", "1.9151 MiB"),
        (Fraction(19, 8), "×", "2.375×"),
        (Fraction(1, 3), "", "0.3333"),
    ],
)
def test_a_measured_value_is_in_the_unit_of_the_printed_one(value: Fraction, unit: str, shown: str) -> None:
    assert amount(value, unit) == shown


@pytest.mark.parametrize(
    ("says", "shown"),
    [
        ("489K", "[488,500, 489,500)"),
        ("592,371", "= 592,371"),
        ("47.2%", "[47.15%, 47.25%)"),
        ("-3K", "(−3,500, −2,500]"),
        ("only 22", "≤ 22"),
        ("up to 4K", "< 4,500"),
        ("92%+", "≥ 91.5%"),
        ("more than 5", "> 5"),
        ("1.9 MB", "[1.85 MB, 1.95 MB)"),
    ],
)
def test_an_interval_shows_which_ends_belong_to_it(says: str, shown: str) -> None:
    assert span(Printed.parse(says).intervals[0]) == shown


def test_a_difference_says_how_much_in_number_and_percent() -> None:
    assert difference(Fraction(504_983), Fraction(493_000), "K") == "+11,983 (+2.4%)"
    assert difference(Fraction(13_568), Fraction(54_272), "") == "−40,704 (−75.0%)"
    assert difference(Fraction(464, 1000), Fraction(472, 1000), "%") == "−0.8 points"
    assert difference(Fraction(7), Fraction(7), "") == "0"


def test_a_percentage_that_tells_nothing_is_left_out() -> None:
    assert difference(Fraction(198_027), Fraction(1_000), "K") == "+197,027"
