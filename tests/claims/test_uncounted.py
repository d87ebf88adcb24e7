"""Work that could not be counted: what is counted is a lower bound, and no more is said than it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from auditor.auditing import Audit, audit
from auditor.claims import Judgement
from auditor.models import block, blocks, registry
from auditor.render.data import as_data
from auditor.render.markdown import markdown
from auditor.render.report import report, summary
from auditor.spec import Verdict

HEAD = """\
name: tiny
title: A tiny model
input: [4, 8, 8]
model: {context: {block: conv_context}, mixing: {block: exponential}}
documents: {doc: {title: A document}}
claims:
"""
MACS = 3 * 3 * 4 * 4 * 8 * 8  # of the convolution; the exponential after it has no formula
OPERATOR = "aten.linalg_matrix_exp"

VERIFIED, REFUTED, UNVERIFIABLE = Verdict.VERIFIED, Verdict.REFUTED, Verdict.UNVERIFIABLE

AuditOf = Callable[..., Audit]


@pytest.fixture
def audit_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AuditOf:
    """Audit a model of two stages, the second of which cannot be counted, with the claims given."""
    monkeypatch.setattr(registry, "_BLOCKS", dict(blocks()))

    @block("exponential")
    class Exponential(nn.Module):
        """The exponential of every map as a matrix."""

        def __init__(self, inputs: int) -> None:
            super().__init__()

        def forward(self, x_BCHW: Tensor) -> Tensor:
            out: Tensor = torch.linalg.matrix_exp(x_BCHW).abs()
            return out

    def audit_of(*claims: str) -> Audit:
        path = tmp_path / "tiny.yaml"
        path.write_text(HEAD + "".join(f"  - {{doc: doc, {claim}}}\n" for claim in claims), encoding="utf-8")
        return audit(path)

    return audit_of


def judged(audit: Audit) -> Judgement:
    (judgement,) = audit.judgements
    return judgement


@pytest.mark.parametrize(
    ("says", "of", "verdict"),
    [
        # A figure above what was counted may be right, one below it is not.
        (MACS + 1, "macs()", UNVERIFIABLE),
        (MACS, "macs()", UNVERIFIABLE),
        (MACS - 1, "macs()", REFUTED),
        (MACS, "macs(context)", VERIFIED),
        (MACS + 1, "macs(context)", REFUTED),
        (1, "macs(mixing)", UNVERIFIABLE),
        (152, "params()", VERIFIED),
        (153, "params()", REFUTED),
        ("1G", "flops()", UNVERIFIABLE),
        ("1K", "flops()", REFUTED),
        # Bounds.
        (f"at least {MACS}", "macs()", VERIFIED),
        (f"more than {MACS}", "macs()", UNVERIFIABLE),
        (f"at most {MACS}", "macs()", UNVERIFIABLE),
        (f"under {MACS}", "macs()", REFUTED),
        (f"{MACS - 10}-{MACS + 10}", "macs()", UNVERIFIABLE),
        # Arithmetic.
        ("-10K", "-macs()", UNVERIFIABLE),
        ("-8K", "-macs()", REFUTED),
        ("50%", "macs(context) / macs()", UNVERIFIABLE),
        ("101%", "macs(context) / macs()", REFUTED),
        ("50%", "macs(mixing) / macs()", UNVERIFIABLE),
        ("50%", "1 - macs(context) / macs()", UNVERIFIABLE),
        ("-1%", "1 - macs(context) / macs()", REFUTED),
        ("2x", "macs(context) / macs(mixing)", UNVERIFIABLE),
        ("2x", "macs() / macs(context)", UNVERIFIABLE),
        ("0.5x", "macs() / macs(context)", REFUTED),
        (0, "macs() - macs()", UNVERIFIABLE),
        # Statements.
        ("more", f"macs() >= {MACS}", VERIFIED),
        ("more", f"macs() > {MACS}", UNVERIFIABLE),
        ("less", f"macs() < {MACS}", REFUTED),
        ("less", f"macs() <= {MACS}", UNVERIFIABLE),
        ("the same", "macs() = macs(context)", UNVERIFIABLE),
        ("not the same", "macs() = 5", REFUTED),
        ("both", f"macs() > {MACS} and params() = 152", UNVERIFIABLE),
        ("not both", f"macs() > {MACS} and params() = 153", REFUTED),
    ],
)
def test_a_lower_bound_decides_what_it_can(audit_of: AuditOf, says: object, of: str, verdict: Verdict) -> None:
    judgement = judged(audit_of(f"says: '{says}', of: '{of}'"))
    assert judgement.verdict is verdict
    assert (judgement.measured is None) is (verdict is UNVERIFIABLE)


def test_it_says_what_it_would_take(audit_of: AuditOf) -> None:
    audit = audit_of("line: 7, says: 1G, of: macs()")
    assert judged(audit).needs == f"a formula for {OPERATOR}"
    for page in (report(audit), summary(audit)):
        assert f"It takes a formula for {OPERATOR}: 1G (doc:7).".replace("_", r"\_") in markdown(page)
    (claim,) = as_data([audit])["audits"][0]["claims"]
    assert (claim["verdict"], claim["needs"]) == ("unverifiable", f"a formula for {OPERATOR}")


def test_what_cannot_be_decided_is_not_held_against_the_document(audit_of: AuditOf) -> None:
    assert audit_of("says: 1G, of: macs()", "says: '152', of: params()").passed
    changed = audit_of("says: 1G, of: macs(), known: refuted, reason: Too much.", "says: '152', of: params()").changed
    assert [judgement.claim.says.figure for judgement in changed] == ["1G"]


def test_its_own_document_can_still_contradict_it(audit_of: AuditOf) -> None:
    audit = audit_of("says: 1G, of: macs()", "says: 2G, of: macs()", "says: '152', of: params()")
    assert [judgement.verdict for judgement in audit.judgements] == [Verdict.INCONSISTENT] * 2 + [VERIFIED]
    (finding,) = audit.inconsistencies
    assert (finding.measured, finding.side) == (None, "")


def test_counted_parts_are_not_taken_for_a_whole_that_was_not(audit_of: AuditOf) -> None:
    claims = ("says: 1G, of: macs()", f"says: '{MACS}', of: macs(context)")
    assert not audit_of(*claims).inconsistencies
    (finding,) = audit_of(*claims, "says: '5', of: macs(mixing)").inconsistencies
    assert finding.what == "by the sum of its parts"
