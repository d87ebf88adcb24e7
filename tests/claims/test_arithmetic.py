"""A document against itself: what cannot all be right, and what rounding leaves open."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.auditing import audit, measure
from auditor.claims import Inconsistency, Scope, inconsistencies
from auditor.claims.spans import Span
from auditor.spec import Verdict, load

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
        variants = cache(lambda path: measure(load(path)))
        return list(inconsistencies(Scope(variants(tmp_path / "one.yaml"), variants)))

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
