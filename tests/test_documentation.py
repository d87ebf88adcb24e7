"""The documentation shows what the program does, not what it once did."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import auditor
from auditor.claims.quantities import QUANTITIES
from auditor.cli import main
from auditor.spec.bind import spec_fields
from auditor.spec.types import Claim, Spec
from tests.conftest import ROOT


def test_the_readme_prints_what_the_first_command_prints(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["specs/v2_coord.yaml", "--reports", f"{tmp_path}/reports"]) == 0
    (shown,) = re.findall(r"```text\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert shown == capsys.readouterr().out.replace(f"{tmp_path.as_posix()}/", "")


def test_the_documentation_says_what_drew_the_committed_pictures(root: Path) -> None:
    drawn_by = {
        re.findall(r"graphviz version ([\d.]+)", path.with_suffix(".svg").read_text(encoding="utf-8"))[0]
        for path in root.glob("diagrams/*.dot")
    }
    (version,) = drawn_by
    assert f"Graphviz {version}" in " ".join((root / "docs" / "pictures.md").read_text(encoding="utf-8").split())


def test_the_readmes_python_lines_are_true(root: Path) -> None:
    audit = auditor.audit("specs/baseline.yaml")
    assert (audit.passed, audit.profile.total.params) == (True, 592_371)


@pytest.mark.parametrize("page", [ROOT / "README.md", *(ROOT / "docs").glob("*.md")], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_key_of_a_spec_and_every_quantity_is_documented() -> None:
    text = (ROOT / "docs" / "spec.md").read_text(encoding="utf-8")
    keys = [field.name for kind in (Spec, Claim) for field in spec_fields(kind)]
    assert [word for word in (*keys, *QUANTITIES) if f"`{word}`" not in text] == []


def test_the_list_of_blocks_is_the_one_generated(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks"]) == 0
    assert capsys.readouterr().out == (root / "docs" / "blocks.md").read_text(encoding="utf-8")
