"""The odds of an explanation being told by chance: what they must do, and that they come true."""

from __future__ import annotations

from fractions import Fraction
from math import exp, log, sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.forensics.candidate import Candidate, hits
from auditor.forensics.odds import odds
from auditor.spec.printed import Printed
from benchmarks.forensics import random_figures, wrong_figures
from benchmarks.mistakes import OPERATIONS, PARAMETERS

FIGURES = (
    st.integers(1, 10**9).map("{:,}".format)
    | st.floats(0.1, 999).map("{:.1f}K".format)
    | st.floats(0.1, 99.9).map("{:.1f}%".format)
    | st.floats(0.1, 99.9).map("-{:.1f}%".format)
    | st.floats(0.1, 999).map("~{:.2f}M".format)
).map(Printed.parse)
FACTORS = st.lists(st.fractions(Fraction(1, 3), 3), max_size=20)
"""Values around a figure, some of them too far away to matter."""

A_HAIR = 1e-12
"""What adding floats up may leave."""


@settings(max_examples=50)
@given(FIGURES, FACTORS, FACTORS)
def test_more_values_never_lower_the_odds(printed: Printed, some: list[Fraction], more: list[Fraction]) -> None:
    few = [printed.value * factor for factor in some]
    all_of_them = few + [printed.value * factor for factor in more]
    assert 0 <= odds(printed, few) <= odds(printed, all_of_them) + A_HAIR
    assert odds(printed, all_of_them) <= 1 + A_HAIR


@settings(max_examples=50)
@given(st.integers(1, 10**6), FACTORS)
def test_a_wider_interval_never_lowers_the_odds(number: int, factors: list[Fraction]) -> None:
    values = [1000 * number * factor for factor in factors]
    exact, *rounded = (odds(Printed.parse(f"{number}{rest}"), values) for rest in ("000", ".00K", ".0K", "K"))
    for narrow, wide in zip([exact, *rounded], rounded, strict=False):
        assert narrow <= wide + A_HAIR


@pytest.mark.parametrize("others", [(), (450_000, 500_000), range(250_000, 970_000, 1_000)])
def test_six_exact_digits_convince_more_than_three_and_these_more_than_two(others: tuple[int, ...]) -> None:
    values = [Fraction(value) for value in (489_015, *others)]
    six, three, two = (odds(Printed.parse(figure), values) for figure in ("489,015", "489K", "0.49M"))
    assert six < three < two


def test_one_value_is_hit_by_the_share_of_figures_that_it_is_as_wide_as() -> None:
    """From half of 489,015 to twice that are two doublings; exact figures around there lie 1/489,015 apart."""
    assert odds(Printed.parse("489,015"), [Fraction(400_000)]) == pytest.approx(1 / 489_015 / (2 * log(2)))


def test_values_of_another_size_or_sign_hit_nothing() -> None:
    printed = Printed.parse("489,015")
    assert odds(printed, [Fraction(-489_015), Fraction(0), Fraction(244_000), Fraction(979_000)]) == 0


def test_a_value_given_twice_counts_once() -> None:
    printed = Printed.parse("489K")
    assert odds(printed, [Fraction(489_015)] * 2) == odds(printed, [Fraction(489_015)])


@pytest.mark.parametrize(
    "text", ["up to 500K", "at least 500K", "under 500K", "over 500K", "500K+", "10-20%", "0", "0.0%"]
)
def test_what_is_no_single_figure_is_explained_by_anything(text: str) -> None:
    assert odds(Printed.parse(text), []) == 1
    assert odds(Printed.parse(text), [Fraction(500_000)]) == 1


TRIALS = 2_000


def spread(share: float) -> float:
    """How far a share in so many trials strays: three standard deviations."""
    return 3 * sqrt(share * (1 - share) / TRIALS)


def sizes_about(centre: int, number: int, draw: Random) -> list[int]:
    """Random sizes from half to twice a centre, as many in each octave."""
    return [round(centre * exp(draw.uniform(-log(2), log(2)))) for _ in range(number)]


def share_hit(figures: list[str], values: list[int]) -> float:
    candidates = [Candidate(Fraction(value), "m", "", 1) for value in values]
    printed = map(Printed.parse, figures)
    return sum(bool(hits(candidates, figure)) for figure in printed) / len(figures)


@pytest.mark.parametrize("number", [1, 6, 30])
def test_a_random_approximate_figure_is_hit_as_often_as_the_odds_say(number: int) -> None:
    """Such a figure stands for a hundredth of itself up and down, whatever its size."""
    draw = Random(number)
    values = sizes_about(489_015, number, draw)
    figures = [f"~{size:,}" for size in sizes_about(489_015, TRIALS, draw)]
    said = odds(Printed.parse("~489,015"), map(Fraction, values))
    assert share_hit(figures, values) == pytest.approx(said, abs=spread(said))


def test_a_random_exact_figure_is_hit_as_often_as_the_odds_say() -> None:
    draw = Random(5)
    values = sizes_about(2_000, 60, draw)
    figures = [f"{size:,}" for size in sizes_about(2_000, TRIALS, draw)]
    said = odds(Printed.parse("2,000"), map(Fraction, values))
    assert share_hit(figures, values) == pytest.approx(said, abs=spread(said))


def test_hardly_any_random_figure_is_explained() -> None:
    trials = list(random_figures(Random(2026), 200))
    assert sum(bool(trial.told) for trial in trials) <= 0.02 * len(trials)


def test_nearly_every_mistake_is_named_first() -> None:
    trials = list(wrong_figures(Random(2026), 120))
    assert {trial.mechanism for trial in trials} == {name.partition("/")[0] for name in PARAMETERS | OPERATIONS}
    assert sum(trial.is_first for trial in trials) >= 0.95 * len(trials)
