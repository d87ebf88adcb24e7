"""What a spec quotes from a document covers its figures; what no spec speaks of is open."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.reading.coverage import Coverage
from auditor.scanning import scan
from auditor.spec import load
from tests.conftest import SMALL_MODEL

NEEDS = "needs: the author"
LINE = "It has **489K** parameters (489,015), 47.2% fewer, with 489,015 in `V2` and 3×3 convolutions."

Cover = Callable[..., Coverage]


@pytest.fixture
def cover(tmp_path: Path) -> Cover:
    """How much of a document is covered by a spec with some claims and figures set aside."""

    def cover(document: str, *, claims: str = "", aside: str = "") -> Coverage:
        (tmp_path / "README.md").write_text(document, encoding="utf-8")
        spec = tmp_path / "small.yaml"
        more = f"claims: [{claims}]\naside: [{aside}]\n"
        spec.write_text(SMALL_MODEL.format(name="small") + more, encoding="utf-8")
        return scan(tmp_path / "README.md", [load(spec)]).coverage

    return cover


def claim(says: str, line: int = 1, more: str = "") -> str:
    return f"{{doc: readme, line: {line}, says: '{says}', {NEEDS}{more}}}"


def set_aside(says: str, reason: str = "None of its business.", more: str = "") -> str:
    return f"{{doc: readme, line: 1, says: '{says}', reason: {reason}{more}}}"


def texts(coverage: Coverage) -> dict[str, list[str]]:
    return {
        "claimed": [covered.figure.text for covered in coverage.claimed],
        "aside": [covered.figure.text for covered in coverage.aside],
        "open": [covered.figure.text for covered in coverage.open],
    }


def test_a_figure_is_claimed_or_aside_or_open(cover: Cover) -> None:
    found = cover(LINE, claims=claim("489K parameters"), aside=set_aside("3×3"))
    assert texts(found) == {
        "claimed": ["489K"],
        "aside": ["V2", "3", "3"],
        "open": ["489,015", "47.2%", "489,015"],
    }


def test_without_quotes_all_is_open_that_no_rule_sets_aside(cover: Cover) -> None:
    assert texts(cover(LINE)) == {
        "claimed": [],
        "aside": ["V2"],
        "open": ["489K", "489,015", "47.2%", "489,015", "3", "3"],
    }


def test_the_reason_of_a_spec_is_the_one_that_is_given(cover: Cover) -> None:
    found = cover(LINE, aside=set_aside("V2"))
    assert [covered.aside for covered in found.aside] == ["None of its business."]


def test_a_claim_goes_before_a_reason_to_set_aside(cover: Cover) -> None:
    found = cover(LINE, claims=f"{claim('V2')}, {claim('489K')}", aside=set_aside("489K"))
    assert texts(found)["claimed"] == ["489K", "V2"]
    assert texts(found)["aside"] == []


@pytest.mark.parametrize(
    ("says", "more", "claimed"),
    [
        ("489,015", "", ["489,015"]),
        ("489,015", ", occurrence: 2", ["489,015"]),
        ("489,015", ", occurrence: 3", []),
        ("(489,015)", "", ["489,015"]),
        ("It has 489K", "", ["489K"]),
        ("It has **489K**", "", ["489K"]),
        ("489K parameters (489,015), 47.2%", "", ["489K", "489,015", "47.2%"]),
        ("3×3", "", ["3", "3"]),
        ("3", ", occurrence: 2", ["3"]),
        ("fewer, with", "", []),
        ("490K", "", []),
    ],
)
def test_a_quote_covers_the_figures_in_it(cover: Cover, says: str, more: str, claimed: list[str]) -> None:
    assert texts(cover(LINE, claims=claim(says, more=more)))["claimed"] == claimed


def test_the_occurrence_tells_which_one_is_meant(cover: Cover) -> None:
    found = cover(LINE, claims=claim("489,015", more=", occurrence: 2"))
    starts = [covered.figure.start for covered in found.figures if covered.figure.text == "489,015"]
    assert [covered.figure.start for covered in found.claimed] == starts[1:]


@pytest.mark.parametrize("says", ["48", "489", "489,0", "015", "7.2%", "47", "9K", "2%"])
def test_a_quote_never_cuts_a_number_in_two(cover: Cover, says: str) -> None:
    document = "It has 489,015 parameters, 47.2% fewer; 1489K and 92.2% before."
    assert texts(cover(document, claims=claim(says)))["claimed"] == []


def test_the_occurrence_does_not_count_parts_of_numbers(cover: Cover) -> None:
    found = cover("1489K, 489K and 489K", claims=claim("489K", more=", occurrence: 2"))
    assert [covered.figure.start for covered in found.claimed] == [16]


def test_half_of_a_range_covers_nothing_and_both_halves_all(cover: Cover) -> None:
    assert texts(cover("It takes 40-45% less.", claims=claim("40")))["claimed"] == []
    both = f"{claim('40')}, {claim('45%')}"
    assert texts(cover("It takes 40-45% less.", claims=both))["claimed"] == ["40-45%"]


def test_what_qualifies_a_figure_need_not_be_quoted(cover: Cover) -> None:
    found = cover("It has about 489K in up to 12 layers.", claims=f"{claim('489')}, {claim('12')}")
    assert texts(found)["claimed"] == ["about 489K", "up to 12"]


def test_a_word_is_covered_by_its_letters(cover: Cover) -> None:
    assert texts(cover("It has three heads.", claims=claim("three heads")))["claimed"] == ["three"]
    assert texts(cover("```python\nConv2d(bias=False)\n```", claims=claim("bias=False", line=2)))["claimed"] == [
        "bias=False"
    ]


def test_a_quote_covers_nothing_in_another_line(cover: Cover) -> None:
    document = "It has 489K.\nIt has 489K.\n"
    assert [covered.figure.line.number for covered in cover(document, claims=claim("489K", line=2)).claimed] == [2]
    assert texts(cover(document, claims=claim("489K", line=4)))["claimed"] == []


def test_a_claim_without_a_line_covers_nothing(cover: Cover) -> None:
    assert texts(cover("It has 489K.", claims=f"{{doc: readme, says: 489K, {NEEDS}}}"))["claimed"] == []


@pytest.mark.parametrize(
    ("document", "claims", "percent"),
    [
        ("No figure.", "", 100),
        ("V2 alone.", "", 100),
        ("Only V2 of 12.", "", 0),
        ("12 of 13.", claim("12"), 50),
        ("12 of 13, V2.", f"{claim('12')}, {claim('13')}", 100),
        ("12 of 13 and 14.", claim("12 of 13"), 100 * 2 / 3),
    ],
)
def test_the_percentage_is_of_what_is_not_set_aside(cover: Cover, document: str, claims: str, percent: float) -> None:
    assert cover(document, claims=claims).percent == pytest.approx(percent)


SPEC = """\
name: {name}
title: A model
input: [3, 32, 32]
model: {{backbone: {{block: mobilenet_v1, width: 0.25}}}}
documents:
  {doc}: {{title: A README{identity}}}
claims:
  - {{doc: {doc}, line: 1, says: '{says}', needs: the author}}
"""


def sources(folder: Path, document: str, **identities: str) -> list[tuple[str, str]]:
    """Which specs speak of docs/README.md, and what they call it, when they know it by these marks."""
    path = folder / "docs" / "README.md"
    path.parent.mkdir()
    path.write_text(document, encoding="utf-8")
    specs = []
    for name, identity in identities.items():
        spec = folder / f"{name}.yaml"
        spec.write_text(SPEC.format(name=name, doc=f"the_{name}", identity=identity, says="12"), encoding="utf-8")
        specs.append(load(spec))
    return [(source.spec.name, source.doc) for source in scan(path, specs).sources]


def test_a_document_is_known_by_its_checksum_or_by_its_name(tmp_path: Path) -> None:
    text = "12 of 13."
    own, other = (hashlib.sha256(words.encode()).hexdigest() for words in (text, "12 of 14."))
    assert sources(
        tmp_path,
        text,
        by_name=", file: README.md",
        by_path=", file: elsewhere/README.md",
        by_checksum=f", file: COPY.md, sha256: {own}",
        by_name_changed=f", file: README.md, sha256: {other}",
        of_another=f", file: MODEL.md, sha256: {other}",
        of_none="",
    ) == [(name, f"the_{name}") for name in ("by_name", "by_path", "by_checksum", "by_name_changed")]


def test_several_specs_cover_a_document_together(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("12 of 13 and 14.", encoding="utf-8")
    specs = []
    for name, says in (("one", "12"), ("two", "13"), ("three", "12")):
        path = tmp_path / f"{name}.yaml"
        path.write_text(SPEC.format(name=name, doc=name, identity=", file: README.md", says=says), encoding="utf-8")
        specs.append(load(path))
    found = scan(tmp_path / "README.md", specs).coverage
    assert texts(found) == {"claimed": ["12", "13"], "aside": [], "open": ["14"]}
    assert [len(covered.quotes) for covered in found.figures] == [2, 1, 0]
