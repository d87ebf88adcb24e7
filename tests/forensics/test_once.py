"""What several claims ask for is worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from torch import nn

from auditor.auditing import audit
from auditor.forensics import combinations
from auditor.forensics.candidate import MECHANISMS, Candidate, Case
from auditor.models.assembly import build_stage
from auditor.spec import Stage

CLAIMS = """\
claims:
  - {doc: readme, line: 1, says: '217,013', of: params()}
  - {doc: readme, line: 2, says: '219,017', of: params() + 0 * params(attention)}
  - {doc: readme, line: 3, says: '7,019', of: params(attention)}
  - {doc: readme, line: 4, says: '7,027', of: params(attention)}
  - {doc: readme, line: 5, says: 3.1416%, of: params(attention) / params()}
"""


def test_a_quantity_is_searched_once_wherever_it_is_written(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: Counter[tuple[str, ...]] = Counter()

    def note(case: Case) -> Iterator[Candidate]:
        searched[case.part.paths] += 1
        return iter(())

    monkeypatch.setitem(MECHANISMS, "noted", (("params",), note))
    assert not any(audit(small(CLAIMS)).explanations.values())
    assert searched == {("",): 1, ("attention",): 1}


def test_a_stage_is_built_once_with_the_same_settings(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    built: Counter[tuple[str, str, tuple[int, ...]]] = Counter()

    def note(name: str, stage: Stage, channels: tuple[int, ...]) -> tuple[nn.Module, tuple[int, ...] | None]:
        built[name, str({key: entry.node.text for key, entry in stage.arguments.items()}), channels] += 1
        return build_stage(name, stage, channels)

    monkeypatch.setattr(combinations, "build_stage", note)
    assert not any(audit(small(CLAIMS)).explanations.values())
    assert {name for name, _, _ in built} == {"backbone", "attention"}
    assert set(built.values()) == {1}
