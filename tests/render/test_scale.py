"""Logarithmic axes: every count has its place on them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.render.plots.scale import ACROSS, UP, scale

COUNTS = st.lists(st.one_of(st.integers(0, 1000), st.integers(0, 10**19), st.floats(0, 10**9)), min_size=1)
LENGTHS = st.floats(50, 500)


@given(COUNTS, LENGTHS)
def test_values_lie_on_their_axis_in_their_order(values: list[float], length: float) -> None:
    made = scale(values, length, ACROSS)
    places = [made.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert places[0] > 0
    assert places[-1] < length


@given(COUNTS, LENGTHS)
def test_ticks_lie_on_their_axis_at_round_counts(values: list[float], length: float) -> None:
    made = scale(values, length, UP)
    assert all(0 <= made.place(tick) <= length for tick in made.ticks)
    assert all(len(str(tick).rstrip("0")) <= 2 for tick in made.ticks)


@pytest.mark.parametrize("least", [0, 10])
def test_powers_of_ten_are_equally_far_apart(least: int) -> None:
    made = scale([least, 10, 10**6], 200, UP)
    steps = [after - before for before, after in pairwise(made.place(10**power) for power in range(1, 7))]
    assert steps == pytest.approx([steps[0]] * 5)
    assert steps[0] > 0


def test_zero_has_a_band_of_its_own_before_all_other_counts() -> None:
    made = scale([0, 10, 1000], 200, UP)
    assert made.has_zero
    assert made.place(made.low / 2) == pytest.approx(2 * made.place(0)), "where the band ends"
    assert 0 < made.place(0) < made.place(made.low / 2) < made.place(made.low)
    assert not scale([10, 1000], 200, UP).has_zero
