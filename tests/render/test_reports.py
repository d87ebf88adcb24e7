"""The committed reports and data: up to date, complete, and adding up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor.auditing import Audit
from auditor.cli import main
from auditor.render.data import as_data
from auditor.render.report import report


@pytest.fixture(scope="module")
def data(audits: dict[str, Audit]) -> dict[str, Any]:
    return as_data(list(audits.values()))


def test_the_committed_reports_say_what_the_models_say(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "specs"]) == 0, capsys.readouterr().err


def test_a_report_opens_with_the_answer(audits: dict[str, Audit]) -> None:
    for audit in audits.values():
        titles = [section.title for section in report(audit).sections]
        assert titles[0] == "Answer"
        assert titles.index("Components") < titles.index("Largest modules") < titles.index("Operations")


def test_data_has_the_documented_form(data: dict[str, Any]) -> None:
    assert set(data) == {"version", "audits", "contradictions"}
    for audit in data["audits"]:
        assert set(audit) == {
            *("spec", "path", "model", "profile", "documents", "claims", "inconsistencies", "budgets", "pass")
        }
        profile = audit["profile"]
        assert set(profile) == {
            *("params", "macs", "flops", "components", "modules", "operations", "uncounted", "unused", "remarks")
        }
        assert set(profile["params"]) == {"total", "trainable", "buffers"}
        for component in profile["components"]:
            assert set(component) == {"name", "params", "share", "macs", "flops"}
        for claim in audit["claims"]:
            assert set(claim) == {
                *("id", "doc", "file", "line", "says", "of", "measured", "low", "high", "unit"),
                *("verdict", "known", "reason", "needs", "explanations"),
            }
        for budget in audit["budgets"]:
            assert set(budget) == {"of", "limit", "measured", "pass"}


def test_claim_ids_are_unique_within_an_audit(data: dict[str, Any]) -> None:
    for audit in data["audits"]:
        ids = [claim["id"] for claim in audit["claims"]]
        assert len(ids) == len(set(ids))


def test_components_kinds_and_modules_add_up_to_the_total(data: dict[str, Any]) -> None:
    for audit in data["audits"]:
        profile = audit["profile"]
        components, kinds, modules = profile["components"], profile["operations"].values(), profile["modules"]
        assert sum(component["params"] for component in components) == profile["params"]["total"]
        assert sum(module["own_params"] for module in modules) == profile["params"]["total"]
        assert sum(component["share"] for component in components) == pytest.approx(1)
        for work in ("macs", "flops"):
            assert sum(component[work] for component in components) == profile[work]
            assert sum(kind[work] for kind in kinds) == profile[work]
            assert modules[0][work] == profile[work]


def test_every_documented_variant_is_audited_with_claims_and_budgets(audits: dict[str, Audit]) -> None:
    assert set(audits) == {
        *("baseline", "v1", "v1_paper", "v2_light", "v2_coord", "v2_eca", "v2_target", "released_v1")
    }
    assert all(audit.judgements and audit.budgets and audit.passed for audit in audits.values())
