"""A document against itself: what cannot all be right, and what rounding leaves open."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.auditing import audit
from auditor.claims import Inconsistency
from auditor.render.data import as_data
from auditor.render.markdown import markdown
from auditor.render.report import report
from auditor.spec import Verdict
from auditor.spec.spans import Span, compare

MODEL = """\
name: {name}
title: A model
input: [3, 32, 32]
model:
  backbone: {{block: mobilenet_v1, width: 0.25}}
  attention: {{block: cbam, reduction: 16}}
documents:
  readme: {{title: A README}}
  paper: {{title: A paper}}
claims:
"""
BACKBONE, ATTENTION = 213_072, 680 + 2_284 + 8_564  # 224,600 in all

Find = Callable[..., list[Inconsistency]]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """The inconsistencies of a spec with the claims given; further specs by name stand beside it."""

    def write(*claims: str, **others: list[str]) -> list[Inconsistency]:
        for name, lines in {"one": list(claims), **others}.items():
            text = MODEL.format(name=name) + "".join(f"  - {{doc: {line}}}\n" for line in lines)
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return list(audit(tmp_path / "one.yaml").inconsistencies)

    return write


def figures(finding: Inconsistency) -> list[str]:
    return [claim.says.figure for claim in finding.claims]


def test_parts_that_do_not_add_up_are_found_with_what_they_come_to(find: Find) -> None:
    (finding,) = find(
        "readme, line: 1, says: '224,600', of: params()",
        "readme, line: 2, says: '213,072', of: params(backbone)",
        "readme, line: 3, says: '12,000', of: params(attention)",
    )
    assert figures(finding) == ["224,600"]
    assert [claim.line for claim in finding.sources] == [2, 3]
    assert finding.computed == Span(Fraction(225_072), Fraction(225_072))
    assert (finding.measured, finding.side) == (BACKBONE + ATTENTION, "as printed: 224,600")


def test_parts_count_at_every_depth_and_however_they_are_named(find: Find) -> None:
    (finding,) = find(
        "readme, says: '11,528', of: params(attention)",
        "readme, says: '680', of: params(attention.0)",
        "readme, says: '2,285', of: params(attention.1)",
        "readme, says: '8,564', of: 'params(attention.2.channel_gate, attention.2.spatial_gate)'",
    )
    assert finding.computed == Span(Fraction(11_529), Fraction(11_529))


@pytest.mark.parametrize(
    "claims",
    [
        ("params(backbone)", "params(attention.0)"),  # not everything
        ("params(backbone, attention.0)", "params(attention)"),  # some of it twice
        ("params(backbone)",),
    ],
)
def test_parts_that_are_not_the_whole_prove_nothing(find: Find, claims: tuple[str, ...]) -> None:
    assert not find("readme, says: 9M, of: params()", *(f"readme, says: '1', of: '{of}'" for of in claims))


def test_rounded_parts_are_held_to_what_rounding_leaves_open(find: Find) -> None:
    parts = ("readme, says: 213K, of: params(backbone)", "readme, says: 12K, of: params(attention)")
    assert not find("readme, says: 224K, of: params()", *parts)  # up to 224,000 exclusive of 1K
    assert not find("readme, says: 226K, of: params()", *parts)
    assert find("readme, says: 227K, of: params()", *parts)


def test_a_ratio_must_follow_from_the_figures_it_is_about(find: Find) -> None:
    claims = (
        "readme, line: 1, says: '224,600', of: params()",
        "readme, line: 2, says: '20,000', of: params(attention)",
    )
    (finding,) = find(*claims, "readme, line: 3, says: 5.1%, of: params(attention) / params()")
    assert figures(finding) == ["5.1%"]
    assert finding.computed == Span(Fraction(20_000, 224_600), Fraction(20_000, 224_600))
    assert finding.side == "as printed: 5.1%"
    assert not find(*claims, "readme, line: 3, says: 8.9%, of: params(attention) / params()")


def test_each_document_is_held_against_itself_alone(find: Find) -> None:
    assert not find(
        "paper, says: '224,600', of: params()",
        "readme, says: '20,000', of: params(attention)",
        "readme, says: 5.1%, of: params(attention) / params()",
    )


def test_a_comparison_uses_the_other_variants_figures_in_the_same_document(find: Find) -> None:
    (finding,) = find(
        "readme, says: 256K, of: params()",
        "readme, says: 47.2%, of: 1 - params() / params(two)",
        two=["readme, says: 500K, of: params()"],
    )
    assert figures(finding) == ["47.2%"]
    assert finding.side == "neither"


def test_figures_that_exclude_each_other_are_found_without_a_third(find: Find) -> None:
    (finding,) = find(
        "readme, says: '72', of: count(CBAM)",
        "readme, says: '6', of: count(CBAM)",
        "readme, says: ≤ 72, of: count(CBAM)",
    )
    assert figures(finding) == ["72", "6", "≤ 72"]
    assert finding.side == "as printed: ≤ 72"


def test_a_statement_can_be_ruled_out(find: Find) -> None:
    claims = ("readme, says: 20K, of: params(backbone)", "readme, says: 30K, of: params(attention)")
    (finding,) = find(*claims, "readme, says: the largest part, of: params(backbone) > params(attention)")
    assert (figures(finding), finding.measured) == (["the largest part"], True)
    assert not find(*claims, "readme, says: smaller, of: params(backbone) <= params(attention)")


def test_shares_must_add_up_to_everything(find: Find) -> None:
    shares = "readme, says: 94.9%, of: params(backbone) / params()"
    assert not find(shares, "readme, says: 5.1%, of: params(attention) / params()")
    (finding,) = find(shares, "readme, says: 12.4%, of: params(attention) / params()")
    assert finding.computed == Span(Fraction("1.072"), Fraction("1.074"))


def test_a_ratio_of_different_things_is_no_share(find: Find) -> None:
    assert not find(
        "readme, says: 5x, of: params(backbone) / macs()",
        "readme, says: 9x, of: params(attention) / macs()",
        "readme, says: 4x, of: params() / count(CBAM)",
    )


def test_what_no_model_shows_is_still_arithmetic(find: Find) -> None:
    need = "needs: a trained model"
    before, after = (
        f"readme, says: {v}, of: reported({w}), {need}" for v, w in (("77.2%", "v1.hard"), ("88.0%", "v2.hard"))
    )
    assert not find(before, after, f"readme, says: +10.8%, of: reported(v2.hard) - reported(v1.hard), {need}")
    (finding,) = find(before, after, f"readme, says: +11.8%, of: reported(v2.hard) - reported(v1.hard), {need}")
    assert finding.measured is None
    assert finding.side == ""


def test_a_contradicted_claim_is_inconsistent_unless_the_model_bears_it_out(find: Find, tmp_path: Path) -> None:
    find(
        "readme, says: '224,600', of: params()",
        "readme, says: '213,072', of: params(backbone)",
        "readme, says: '12,000', of: params(attention)",
        "readme, says: 6%, of: params(attention) / params()",
        "readme, says: +8 points, of: reported(a) - reported(b), needs: a trained model",
        "readme, says: 50%, of: reported(a), needs: a trained model",
        "readme, says: 40%, of: reported(b), needs: a trained model",
    )
    verdicts = [judgement.verdict for judgement in audit(tmp_path / "one.yaml").judgements]
    assert verdicts == [
        Verdict.VERIFIED,
        Verdict.VERIFIED,
        Verdict.REFUTED,
        Verdict.INCONSISTENT,
        Verdict.INCONSISTENT,
        Verdict.UNVERIFIABLE,
        Verdict.UNVERIFIABLE,
    ]


def test_bounds_are_arithmetic_too(find: Find) -> None:
    need = "needs: a trained model"
    before, after = f"readme, says: ~87%, of: reported(v1), {need}", f"readme, says: 92%+, of: reported(v2), {need}"
    assert not find(before, after, f"readme, says: +5%, of: reported(v2) - reported(v1), {need}")
    (finding,) = find(before, after, f"readme, says: +2%, of: reported(v2) - reported(v1), {need}")
    assert finding.computed == Span(Fraction("0.915") - Fraction("0.8787"), None)
    (finding,) = find(before, after, f"readme, says: worse, of: reported(v2) < reported(v1), {need}")
    assert figures(finding) == ["worse"]


NEED = "needs: a phone"
MEMORY = (f"readme, says: 245MB, of: reported(v1), {NEED}", f"readme, says: 248MB, of: reported(v2), {NEED}")


@pytest.mark.parametrize(("growth", "holds"), [("+1.2%", True), ("+1%", True), ("+6.2%", False), ("-3.5%", False)])
def test_all_sizes_of_a_comparison_are_read_as_decimal_or_all_as_binary(find: Find, growth: str, holds: bool) -> None:
    found = find(*MEMORY, f"readme, says: {growth}, of: reported(v2) / reported(v1) - 1, {NEED}")
    assert [figures(finding) for finding in found] == ([] if holds else [[growth]])


def test_a_size_may_follow_in_either_reading_but_not_in_none(find: Find) -> None:
    total = "readme, says: '224,600', of: params()"  # 898,400 bytes: 0.898 MB, 0.857 MiB
    assert not find(total, "readme, says: 0.90MB, of: 4 * params()")
    assert not find(total, "readme, says: 0.86MB, of: 4 * params()")
    (finding,) = find(total, "readme, says: 0.88MB, of: 4 * params()")
    assert finding.computed == Span(Fraction(898_400), Fraction(898_400))


def test_two_sizes_for_one_quantity_are_not_both_right_in_readings_of_their_own(find: Find) -> None:
    sizes = ("readme, says: 0.90MB, of: 4 * params()", "readme, says: 0.86MB, of: 4 * params()")
    (finding,) = find(*sizes)
    assert figures(finding) == ["0.90MB", "0.86MB"]
    (finding,) = find("readme, says: '224,600', of: params()", *sizes)  # one is right in MB, the other in MiB
    assert figures(finding) == ["0.90MB", "0.86MB"]
    (finding,) = find("readme, says: '224,600', of: params()", sizes[0], "readme, says: 0.7MB, of: 4 * params()")
    assert figures(finding) == ["0.7MB"]


def test_a_statement_about_sizes_holds_in_one_reading_or_not_at_all(find: Find) -> None:
    (finding,) = find(*MEMORY, f"readme, says: less, of: reported(v2) < reported(v1), {NEED}")
    assert figures(finding) == ["less"]
    assert not find(*MEMORY, f"readme, says: more, of: reported(v2) > reported(v1), {NEED}")


def test_a_size_in_binary_units_has_one_reading(find: Find) -> None:
    sizes = (f"readme, says: 244MiB, of: reported(v1), {NEED}", MEMORY[1])
    assert not find(*sizes, f"readme, says: +1.6%, of: reported(v2) / reported(v1) - 1, {NEED}")
    assert not find(*sizes, f"readme, says: -3.1%, of: reported(v2) / reported(v1) - 1, {NEED}")
    assert find(*sizes, f"readme, says: +6.6%, of: reported(v2) / reported(v1) - 1, {NEED}")


SIZES = ("readme, says: '20,000', of: params(backbone)", "readme, says: '30,000', of: params(attention)")


def test_a_rank_must_follow_from_the_sizes_of_the_components(find: Find) -> None:
    (finding,) = find(*SIZES, "readme, says: the largest, of: rank(backbone) = 1")
    assert (figures(finding), finding.side) == (["the largest"], "as printed")
    assert [claim.says.figure for claim in finding.sources] == ["20,000", "30,000"]
    (finding,) = find(*SIZES, "readme, says: the largest, of: rank(attention) <= 1 and rank(backbone) = 1")
    assert [claim.says.figure for claim in finding.sources] == ["30,000", "20,000"]
    assert not find(*SIZES, "readme, says: the second, of: rank(backbone) = 2 and rank(attention) < 2")


def test_a_component_ranked_wrong_by_model_and_document_is_inconsistent(find: Find, tmp_path: Path) -> None:
    find(
        "readme, says: '213,072', of: params(backbone)",
        "readme, says: '11,528', of: params(attention)",
        "readme, says: the largest, of: rank(attention) = 1",
        "readme, says: the first, of: rank(attention) * params(backbone) = params(backbone)",
    )
    verdicts = [judgement.verdict for judgement in audit(tmp_path / "one.yaml").judgements]
    assert verdicts == [Verdict.VERIFIED, Verdict.VERIFIED, Verdict.INCONSISTENT, Verdict.INCONSISTENT]


def test_a_rank_printed_as_a_number_must_follow_too(find: Find) -> None:
    (finding,) = find(*SIZES, "readme, says: '1', of: rank(backbone)", "readme, says: '2', of: rank(backbone)")
    assert (figures(finding), finding.computed) == (["1"], Span(Fraction(2), Fraction(2)))
    (finding,) = find("readme, says: '1', of: rank(backbone)", "readme, says: '2', of: rank(backbone)")
    assert figures(finding) == ["1", "2"]


@pytest.mark.parametrize(
    "sizes",
    [
        SIZES[:1],  # the other may be larger or smaller
        SIZES[1:],
        ("readme, says: ~30K, of: params(backbone)", SIZES[1]),
        ("paper, says: '20,000', of: params(backbone)", SIZES[1]),
        ("readme, says: '20,000', of: trainable(backbone)", SIZES[1]),
    ],
)
def test_a_rank_that_the_sizes_leave_open_is_not_ruled_out(find: Find, sizes: tuple[str, ...]) -> None:
    assert not find(*sizes, "readme, says: the largest, of: rank(backbone) = 1")
    assert not find(*sizes, "readme, says: the second, of: rank(backbone) = 2")


def test_a_rank_of_another_variant_follows_from_the_sizes_printed_there(find: Find) -> None:
    (finding,) = find("readme, says: the largest, of: rank(two.backbone) = 1", two=list(SIZES))
    assert len(finding.sources) == 2


TOTAL = "readme, line: 1, says: '224,600', of: params()"
RIGHT = "readme, line: 2, says: '213,072', of: params(backbone)"
WRONG = "readme, line: 3, says: '12,000', of: params(attention)"


def test_a_single_part_that_keeps_the_sum_from_closing_is_named(find: Find) -> None:
    (finding,) = find(TOTAL, RIGHT, WRONG, "readme, line: 4, says: 12K, of: params(attention)")
    assert [claim.line for claim in finding.wrong_part] == [3]
    _, finding = find(TOTAL, RIGHT, WRONG, "readme, line: 4, says: 13K, of: params(attention)")
    assert [claim.line for claim in finding.wrong_part] == [3, 4]


@pytest.mark.parametrize(
    "claims",
    [
        (TOTAL.replace("224,600", "224,000"), RIGHT, WRONG),  # the whole is wrong, too
        (TOTAL, RIGHT.replace("213,072", "213,000"), WRONG),  # both parts are
    ],
)
def test_no_part_is_named_where_more_is_wrong(find: Find, claims: tuple[str, ...]) -> None:
    (finding,) = find(*claims)
    assert finding.wrong_part == ()


def test_a_single_wrong_share_is_named(find: Find) -> None:
    (finding,) = find(
        "readme, line: 1, says: 94.9%, of: params(backbone) / params()",
        "readme, line: 2, says: 12.4%, of: params(attention) / params()",
    )
    assert [claim.line for claim in finding.wrong_part] == [2]


def test_the_wrong_part_is_shown_in_reports_and_data(find: Find, tmp_path: Path) -> None:
    find(TOTAL, RIGHT, WRONG)
    judged = audit(tmp_path / "one.yaml")
    assert "224,600, as printed: 224,600; the wrong part is 12,000 (readme:3) |" in markdown(report(judged))
    (finding,) = as_data([judged])["audits"][0]["inconsistencies"]
    assert finding["wrong_part"] == [{"doc": "readme", "line": 3, "says": "12,000"}]


NUMBERS = st.fractions(-50, 50)
SPANS = (
    st.tuples(NUMBERS, NUMBERS).map(sorted).map(lambda ends: Span(*ends))
    | NUMBERS.map(lambda low: Span(low, None))
    | NUMBERS.map(lambda high: Span(None, high))
    | st.just(Span(None, None))
)


@st.composite
def in_span(draw: st.DrawFn) -> tuple[Span, Fraction]:
    span = draw(SPANS)
    return span, draw(st.fractions(span.low, span.high))


@given(in_span(), in_span())
def test_span_arithmetic_keeps_every_possible_value(one: tuple[Span, Fraction], two: tuple[Span, Fraction]) -> None:
    (a, x), (b, y) = one, two
    assert x + y in a + b
    assert x - y in a - b
    assert x * y in a * b
    assert x in a | b
    assert y in a | b
    if Fraction(0) not in b:
        assert x / y in a / b


@given(SPANS, SPANS)
def test_spans_overlap_where_they_share_a_number(one: Span, two: Span) -> None:
    assert one.overlaps(two) is two.overlaps(one)
    shared = one & two
    assert one.overlaps(two) is (not shared.is_bounded or shared.low <= shared.high)  # type: ignore[operator]


@given(in_span(), st.sampled_from(["=", "<", "<=", ">", ">="]), in_span())
def test_a_comparison_of_spans_is_decided_only_as_every_value_decides_it(
    one: tuple[Span, Fraction], sign: str, two: tuple[Span, Fraction]
) -> None:
    (a, x), (b, y) = one, two
    so = {"=": x == y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[sign]
    assert compare(a, sign, b) in (so, None)
    assert compare(Span(x, x), sign, Span(y, y)) is so
