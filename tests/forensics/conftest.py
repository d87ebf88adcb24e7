"""What the tests of forensics share: the project's specs on an image that is measured in a moment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the project's specs, each with an input of 64×64; no parameter depends on that."""
    folder = tmp_path_factory.mktemp("tiny") / "specs"
    folder.mkdir()
    for name in ("baseline", "v1", "v1_paper", "v2_coord", "v2_light", "v2_target"):
        path = ROOT / "specs" / f"{name}.yaml"
        text = re.sub(r"^input: .*$", "input: [3, 64, 64]", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder
