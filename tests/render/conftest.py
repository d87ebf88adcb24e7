"""The project's own audits, which several tests show in one way or another."""

from __future__ import annotations

import pytest

from auditor.auditing import Audit, audit_all
from auditor.spec import load
from tests.conftest import ROOT

SPECS = [path.relative_to(ROOT) for path in sorted((ROOT / "specs").glob("**/*.yaml"))]


@pytest.fixture(scope="session")
def audits() -> dict[str, Audit]:
    """Every audit by its spec's name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return {audit.spec.name: audit for audit in audit_all(map(load, SPECS))}
