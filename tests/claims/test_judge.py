"""Judging: figures held against what is measured, verdicts against those on record, budgets against their limit."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from auditor import load
from auditor.auditing import measure
from auditor.claims import Judgement, Scope, Variant, check_budgets, judge_claims
from auditor.errors import SpecError
from auditor.profiling import Profile
from auditor.spec import Verdict

HEAD = """\
name: tiny
title: A tiny model
input: [4, 8, 8]
model: {context: {block: conv_context}}
documents: {doc: {title: A document}, other: {title: Another}}
"""
PARAMS = Fraction(3 * 3 * 4 * 4 + 2 * 4)

Read = Callable[[str], Scope]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    path = tmp_path_factory.mktemp("tiny") / "tiny.yaml"
    path.write_text(HEAD, encoding="utf-8")
    return measure(load(path)).profile


@pytest.fixture
def read(tmp_path: Path, profile: Profile) -> Read:
    """Read the tiny model's spec with claims or budgets added."""

    def read(more: str) -> Scope:
        path = tmp_path / "tiny.yaml"
        path.write_text(HEAD + more, encoding="utf-8")
        variant = Variant(load(path), profile)
        return Scope(variant, lambda _: variant)

    return read


def judged(scope: Scope) -> Judgement:
    (judgement,) = judge_claims(scope)
    return judgement


VERIFIED, REFUTED, UNVERIFIABLE = Verdict.VERIFIED, Verdict.REFUTED, Verdict.UNVERIFIABLE


@pytest.mark.parametrize(
    ("says", "of", "verdict"),
    [
        # A count holds to the unit.
        (f"{PARAMS}", "params()", VERIFIED),
        (f"{PARAMS + 1}", "params()", REFUTED),
        ("592,371", "592371", VERIFIED),
        ("592,371", "592371.001", REFUTED),
        # A rounded figure holds from its lower edge up to, but without, its upper edge.
        ("489K", "488500", VERIFIED),
        ("489K", "489499.999", VERIFIED),
        ("489K", "489500", REFUTED),
        ("489K", "488499.999", REFUTED),
        ("47.2%", "0.4715", VERIFIED),
        ("47.2%", "0.4725", REFUTED),
        ("47.2%", "1 - 0.528", VERIFIED),
        ("-3K", "-2500", VERIFIED),
        ("-3K", "-3500", REFUTED),
        ("2x", "3 / 2", VERIFIED),
        ("2x", "5 / 2", REFUTED),
        ("33.3%", "1 / 3", VERIFIED),
        # An approximate one holds up to both of its edges.
        ("~77,655", "77655 * 0.99", VERIFIED),
        ("~77,655", "77655 * 1.01", VERIFIED),
        ("~77,655", "77655 * 1.01 + 0.001", REFUTED),
        # Bounds.
        ("up to 152", "params()", VERIFIED),
        ("up to 151", "params()", REFUTED),
        ("at least 152", "params()", VERIFIED),
        ("at least 153", "params()", REFUTED),
        ("152+", "params()", VERIFIED),
        ("< 152", "params()", REFUTED),
        ("> 152", "params()", REFUTED),
        ("> 151", "params()", VERIFIED),
        ("40-45%", "0.395", VERIFIED),
        ("40-45%", "0.455", REFUTED),
    ],
)
def test_a_claim_holds_where_the_printed_digits_allow_it(read: Read, says: str, of: str, verdict: Verdict) -> None:
    judgement = judged(read(f'claims: [{{doc: doc, says: "{says}", of: "0 * params() + {of}"}}]'))
    assert judgement.verdict is verdict


@pytest.mark.parametrize(
    ("within", "verdict"), [("1%", REFUTED), ("1.333%", REFUTED), ("1.334%", VERIFIED), ("5%", VERIFIED)]
)
def test_the_claims_own_tolerance_replaces_the_usual_one(read: Read, within: str, verdict: Verdict) -> None:
    judgement = judged(read(f"claims: [{{doc: doc, says: ~150, of: params(), within: {within}}}]"))
    assert (judgement.measured, judgement.verdict) == (PARAMS, verdict)


@pytest.mark.parametrize(
    ("bytes_measured", "verdict", "unit"),
    [
        (1_900_000, VERIFIED, "MB"),
        (1_945_000, VERIFIED, "MB"),
        (1_950_000, VERIFIED, "MiB"),
        (2_000_000, VERIFIED, "MiB"),
        (2_050_000, REFUTED, "MB"),
        (1_800_000, REFUTED, "MB"),
    ],
)
def test_the_reading_of_a_size_that_holds_is_named(
    read: Read, bytes_measured: int, verdict: Verdict, unit: str
) -> None:
    judgement = judged(read(f"claims: [{{doc: doc, says: 1.9 MB, of: 0 * params() + {bytes_measured}}}]"))
    assert (judgement.verdict, judgement.interval.unit) == (verdict, unit)


def test_what_is_measured_is_kept_exactly(read: Read) -> None:
    assert judged(read("claims: [{doc: doc, says: 33%, of: params() / 456}]")).measured == Fraction(1, 3)


def test_what_needs_more_than_the_model_is_unverifiable(read: Read) -> None:
    judgement = judged(read("claims: [{doc: doc, says: 92%+, needs: a trained model}]"))
    assert (judgement.verdict, judgement.measured) == (UNVERIFIABLE, None)
    assert judgement.interval.low == Fraction("0.915")


@pytest.mark.parametrize(
    ("claim", "expected", "as_expected"),
    [
        pytest.param("says: 152, of: params()", VERIFIED, True, id="right"),
        pytest.param("says: 153, of: params()", VERIFIED, False, id="wrong"),
        pytest.param("says: 153, of: params(), known: refuted, reason: a slip", REFUTED, True, id="known to be wrong"),
        pytest.param("says: 152, of: params(), known: refuted, reason: a slip", REFUTED, False, id="put right since"),
        pytest.param(
            "says: 152, of: params(), known: verified, reason: checked", VERIFIED, True, id="known to be right"
        ),
        pytest.param("says: 5 ms, needs: a clock", UNVERIFIABLE, True, id="not measurable"),
        pytest.param(
            "says: 5 ms, needs: a clock, known: unverifiable, reason: no clock", UNVERIFIABLE, True, id="known to be so"
        ),
    ],
)
def test_a_verdict_is_held_against_the_one_on_record(
    read: Read, claim: str, expected: Verdict, as_expected: bool
) -> None:
    judgement = judged(read(f"claims: [{{doc: doc, {claim}}}]"))
    assert (judgement.expected, judgement.as_expected) == (expected, as_expected)


CLAIMS = """\
  - {doc: doc, line: 5, says: "152 in all", of: params()}
  - {doc: doc, line: 5, says: 0.152K, of: params()}
  - {doc: doc, line: 5, says: "152", of: params(context)}
  - {doc: doc, line: 6, says: 152, of: params()}
  - {doc: other, says: 152, of: params()}
  - {doc: doc, line: 5, says: only 152, of: params()}
  - {doc: doc, line: 5, says: 152, needs: the weights}
  - {doc: other, says: 152, of: params(context)}
"""
IDS = [
    "doc:5:152",
    "doc:5:0.152K",
    "doc:5:152#2",
    "doc:6:152",
    "other:152",
    "doc:5:only 152",
    "doc:5:152#3",
    "other:152#2",
]


def ids(scope: Scope) -> list[str]:
    return [judgement.id for judgement in judge_claims(scope)]


def test_every_claim_has_an_id_of_its_own_made_of_its_place_and_figure(read: Read) -> None:
    assert ids(read("claims:\n" + CLAIMS)) == IDS


def test_an_id_outlasts_other_claims_added_and_verdicts_changed(read: Read) -> None:
    added = "  - {doc: doc, line: 1, says: 7, of: params()}\n"
    changed = CLAIMS.replace("of: params(context)}", "of: macs(), known: refuted, reason: a slip}")
    assert ids(read(f"claims:\n{added}{changed}{added.replace('7', '8')}")) == ["doc:1:7", *IDS, "doc:1:8"]


def test_claims_are_judged_in_the_order_they_are_written_in(read: Read) -> None:
    scope = read("claims:\n" + CLAIMS)
    assert [judgement.claim for judgement in judge_claims(scope)] == list(scope.variant.spec.claims)


@pytest.mark.parametrize(
    ("limit", "passed"),
    [("152", True), ("151", False), ("153", True), ("0.152K", True), ("0.15K", False), ("1M", True)],
)
def test_a_budget_is_a_limit_to_the_unit_however_it_is_printed(read: Read, limit: str, passed: bool) -> None:
    (check,) = check_budgets(read(f"budgets: {{params(): {limit}}}"))
    assert (check.of.text, check.limit.text, check.measured, check.passed) == ("params()", limit, PARAMS, passed)


def test_budgets_can_be_set_for_any_expression(read: Read) -> None:
    checks = check_budgets(read("budgets: {params(context): 100, macs(): 10K, params() / 304: 50%}"))
    assert [(check.of.text, check.passed) for check in checks] == [
        ("params(context)", False),
        ("macs()", True),
        ("params() / 304", True),
    ]


@pytest.mark.parametrize(
    ("more", "check"),
    [("claims: [{doc: doc, says: 5, of: parms()}]", judge_claims), ("budgets: {parms(): 5}", check_budgets)],
    ids=["claims", "budgets"],
)
def test_what_cannot_be_measured_is_never_passed_over(read: Read, more: str, check: Callable[[Scope], object]) -> None:
    scope = read(more)
    with pytest.raises(SpecError, match="unknown quantity 'parms'"):
        check(scope)
