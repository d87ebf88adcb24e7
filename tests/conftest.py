"""What several tests need: the project's own specs, and small ones written for a test."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from auditor.auditing import Audit

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small models gain nothing by threads, and lose on a busy machine

os.environ.pop("COLUMNS", None)  # what is printed must not depend on who runs the tests

settings.register_profile("project", deadline=None)  # a busy machine is no bug
settings.load_profile("project")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def audits() -> dict[str, Audit]:
    """The audits of all the project's own specs, by name."""
    from auditor.auditing import audit_all
    from auditor.spec import load

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        specs = [path.relative_to(ROOT) for path in sorted((ROOT / "specs").glob("**/*.yaml"))]
        return {audit.spec.name: audit for audit in audit_all(map(load, specs))}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for caches beside the test's own, so that no test touches the user's."""
    folder = tmp_path.with_name(f"{tmp_path.name}-cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's folder, as the working directory."""
    monkeypatch.chdir(ROOT)
    return ROOT


SMALL_MODEL = """\
name: {name}
title: A small model
input: [3, 32, 32]
model:
  backbone: {{block: mobilenet_v1, width: 0.25}}
  attention: {{block: cbam, reduction: 16}}
documents:
  readme: {{title: A README, file: README.md}}
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a spec of a small model, with what the test adds to it, into an empty working directory."""
    monkeypatch.chdir(tmp_path)

    def write(more: str = "", name: str = "small") -> Path:
        path = Path("specs") / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SMALL_MODEL.format(name=name) + more, encoding="utf-8")
        return path

    return write
