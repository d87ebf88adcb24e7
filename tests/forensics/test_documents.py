"""The project's own documents: which of their wrong figures are explained, and where that is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import auditor
from auditor.cli import main
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def reports(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of all specs, and their data; the small image changes no number of parameters."""
    folder = tmp_path_factory.mktemp("reports")
    main([str(tiny), "--reports", str(folder), "--json", str(folder / "data.json")])
    return folder


@pytest.fixture(scope="module")
def data(reports: Path) -> Mapping[str, list[dict[str, Any]]]:
    """The claims of every spec, from the data."""
    found = json.loads((reports / "data.json").read_text(encoding="utf-8"))
    return {audit["spec"]: audit["claims"] for audit in found["audits"]}


def explanations(claims: list[dict[str, Any]], figure: str, of: str) -> list[list[dict[str, Any]]]:
    """What is told of a figure, for each claim that prints it; a claim's id is its place and its figure."""
    printed = [claim for claim in claims if claim["id"].partition("#")[0].endswith(f":{figure}")]
    return [claim["explanations"] for claim in printed if claim["of"] == of]


CBAM = (680, 2_284, 8_564, 680, 680, 680)  # six instances, on 64, 128 and 256 channels and on three times 64
V1_ATTENTION, V1_PYRAMID_ATTENTION = 680 + 2_284 + 8_564, 3 * 495
"""What the CBAM stages of V1 hold; on 56 channels, gates of 3 in between: 56·3+3 + 3·56+56, and 100 in the kernel."""


def test_the_size_of_all_attention_counts_every_nested_module(data: Mapping[str, list[dict[str, Any]]]) -> None:
    """Each parameter of a CBAM lies in four modules, one in the other: 54,272 is four times 13,568."""
    told = explanations(data["baseline"], "54,272", "params(cbam)")
    assert len(told) == 3
    for first, *_ in told:
        assert (first["mechanism"], first["reproduces"]) == ("every nested module", 4 * sum(CBAM))
        assert sum(term["value"] for term in first["evidence"]) == 4 * sum(CBAM)
        assert {"what": "6 × CBAM", "value": sum(CBAM)} in first["evidence"]


def test_the_operations_of_the_baseline_are_what_thop_reports() -> None:
    judged = auditor.audit(ROOT / "specs" / "baseline.yaml")
    (judgement,) = [one for one in judged.wrong if one.claim.says.figure == "1.013G"]
    first, *_ = judged.explanations[judgement.id]
    assert (first.mechanism, first.reproduces) == ("another counter", Fraction(1_012_598_976))
    assert sum(term.value for term in first.evidence) == first.reproduces


@pytest.mark.parametrize(
    ("variant", "figure", "total", "forgotten", "named"),
    [
        ("v1", "489K", 502_028, V1_ATTENTION + V1_PYRAMID_ATTENTION, "cbam"),
        ("v2_coord", "493K", 504_983, V1_ATTENTION, "attention"),
    ],
)
def test_totals_of_v1_and_v2_forget_the_cbam(
    data: Mapping[str, list[dict[str, Any]]], variant: str, figure: str, total: int, forgotten: int, named: str
) -> None:
    told = explanations(data[variant], figure, "params()")
    assert len(told) == 5
    for first, *_ in told:
        assert (first["mechanism"], first["reproduces"]) == ("left out", total - forgotten)
        assert named in first["text"]
        assert [term["value"] for term in first["evidence"]] == [total, -forgotten]


def test_a_total_that_a_document_adds_up_from_its_own_parts_is_told_as_well(
    data: Mapping[str, list[dict[str, Any]]],
) -> None:
    """In the table of the ECA document, of whose parts V1 has none: 460K + 25K + 3K + 1K."""
    told = explanations(data["v1"], "489K", "params()")
    (summed,) = [one for found in told for one in found if one["mechanism"] == "the document's own figures"]
    assert summed["reproduces"] == 489_000
    assert [term["value"] for term in summed["evidence"]] == [460_000, 25_000, 3_000, 1_000]


@pytest.mark.parametrize(
    ("variant", "figure", "of", "sources", "value"),
    [
        ("baseline", "9.2%", "params(cbam) / params()", (54_272, 592_371), Fraction(54_272, 592_371)),
        (
            "v2_light",
            "94.4%",
            "1 - params(cbam_plus) / params(v1_paper.cbam)",
            (1_248, 22_184),
            1 - Fraction(1_248, 22_184),
        ),
        ("v2_target", "57.8%", "1 - params() / params(baseline)", (250_000, 592_371), 1 - Fraction(250_000, 592_371)),
    ],
)
def test_a_percentage_of_wrong_figures_follows_from_them(
    data: Mapping[str, list[dict[str, Any]]],
    variant: str,
    figure: str,
    of: str,
    sources: tuple[int, ...],
    value: Fraction,
) -> None:
    ((first, *_),) = explanations(data[variant], figure, of)
    assert (first["mechanism"], first["reproduces"]) == ("the document's own figures", pytest.approx(float(value)))
    assert [term["value"] for term in first["evidence"]] == list(sources)


@pytest.mark.parametrize(
    ("variant", "figure", "of"),
    [
        ("v1", "25K", "params(fpn)"),
        ("v1", "3K", "params(attention, fpn_attention)"),
        ("v1", "1K", "params(context, heads)"),
        ("v2_coord", "+4K", "params() - params(v1)"),
        ("v2_coord", "25K", "params(fpn)"),
        ("v2_target", "50%", "1 - params() / params(baseline)"),
        ("baseline", "72", "count(CBAM)"),
    ],
)
def test_one_or_two_digits_are_too_few_to_explain(
    data: Mapping[str, list[dict[str, Any]]], variant: str, figure: str, of: str
) -> None:
    found = explanations(data[variant], figure, of)
    assert found
    assert not any(found)


def test_an_explanation_in_the_data_has_all_its_parts(data: Mapping[str, list[dict[str, Any]]]) -> None:
    told = [one for claims in data.values() for claim in claims for one in claim["explanations"]]
    assert told
    for one in told:
        assert set(one) == {"mechanism", "text", "reproduces", "odds", "evidence"}
        assert 0 < one["odds"] <= 0.02
        assert all(set(term) == {"what", "value"} for term in one["evidence"])


def test_only_what_does_not_hold_is_explained(data: Mapping[str, list[dict[str, Any]]]) -> None:
    verdicts = {claim["verdict"] for claims in data.values() for claim in claims if claim["explanations"]}
    assert verdicts <= {"refuted", "inconsistent"}


def section(page: Path, heading: str) -> list[str]:
    """The lines of a report's section."""
    _, _, rest = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert rest, f"no section '{heading}'"
    return rest.partition("\n## ")[0].splitlines()


def test_a_report_shows_how_wrong_figures_came_about(reports: Path) -> None:
    lines = section(reports / "v2_coord.md", "How wrong figures came about")
    (told,) = [line for line in lines if line.startswith("| 493K") and "attention" in line]
    assert "493,455" in told
    assert "504,983" in told
    assert "11,528" in told
    assert any(line.startswith("| +4K") and "unexplained" in line for line in lines)


def test_a_report_without_wrong_figures_has_no_such_section(tiny: Path, tmp_path: Path) -> None:
    text = (tiny / "v1.yaml").read_text(encoding="utf-8").partition("\nclaims:")[0]
    (tmp_path / "right.yaml").write_text(f"{text}\nclaims: [{{doc: eca, says: 213K, of: params(backbone)}}]\n")
    main([str(tmp_path / "right.yaml"), "--reports", str(tmp_path)])
    report = (tmp_path / "v1.md").read_text(encoding="utf-8")
    assert "213K" in report
    assert "How wrong figures came about" not in report


def test_the_overview_opens_with_the_headline_figures(reports: Path) -> None:
    """Of whole models, that is; each with its explanation."""
    overview = (reports / "README.md").read_text(encoding="utf-8")
    headings = [line for line in overview.splitlines() if line.startswith("## ")]
    assert headings.index("## Headline figures that are wrong") == 1  # after the answer
    rows = section(reports / "README.md", "Headline figures that are wrong")
    assert any("489K" in row and "489,015" in row for row in rows)
    assert any("493K" in row and "493,455" in row for row in rows)
    assert any("1.013G" in row for row in rows)
    assert not any("54,272" in row for row in rows)  # a component's
