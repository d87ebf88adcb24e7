"""The page on counters shows what they count now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.counters import counters
from auditor.profiling import profile
from auditor.render.markdown import markdown
from benchmarks.counters import PAGE, page
from benchmarks.operators import ROWS, Row

EVERY_ROW = [row for rows in ROWS.values() for row in rows]


def test_the_page_is_the_one_generated(root: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, counter in counters().items():
        pytest.importorskip(name)
        (version, *_) = re.findall(rf"^\| {name} \| (\S+) \|", text, re.MULTILINE)
        if counter.version.partition("+")[0] != version:
            pytest.skip(f"{name} is of another version than the page")
    assert markdown(page()) == text


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.name)
def test_every_row_is_exact_or_says_what_it_could_not_count(row: Row) -> None:
    measured = profile(row.model, *row.inputs())
    assert measured.total.macs == row.macs or measured.uncounted


def test_the_page_knows_how_many_models_it_is_made_of() -> None:
    assert 40 <= len(EVERY_ROW) <= 60
    assert f"{len(EVERY_ROW)} small models" in PAGE.read_text(encoding="utf-8")
