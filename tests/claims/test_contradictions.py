"""Documents against each other, within a variant and over the parts that variants share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from auditor.auditing import measure
from auditor.claims import Contradiction, Scope, contradictions
from auditor.spec import load

SPEC = """\
name: {name}
title: A model
input: [3, 32, 32]
model:
  backbone: {{block: mobilenet_v1, width: 0.25}}
  attention: {attention}
documents:
  readme: {{title: A README}}
  paper: {{title: A paper}}
"""
CBAM, ECA = "{block: cbam}", "{block: eca}"

Find = Callable[..., list[Contradiction]]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """The contradictions over two specs that share a backbone, with the claims given for each."""

    def write(one: list[str], two: list[str]) -> list[Contradiction]:
        for name, attention, claims in (("one", CBAM, one), ("two", ECA, two)):
            lines = "claims:\n" * bool(claims) + "".join(f"  - {{doc: {claim}}}\n" for claim in claims)
            (tmp_path / f"{name}.yaml").write_text(
                SPEC.format(name=name, attention=attention) + lines, encoding="utf-8"
            )
        variants = cache(lambda path: measure(load(path)))
        return list(contradictions(Scope(variants(tmp_path / f"{name}.yaml"), variants) for name in ("one", "two")))

    return write


def test_documents_that_exclude_each_other_are_found_with_what_is_measured(find: Find) -> None:
    (found,) = find(["readme, says: 460K, of: params(backbone)", "paper, says: '213,072', of: params(backbone)"], [])
    assert [claim.says.figure for claim in found.claims] == ["460K", "213,072"]
    assert (found.of, found.variants, found.measured) == ("params(backbone)", ("one",), 213_072)


def test_each_document_reads_its_sizes_in_its_own_way(find: Find) -> None:
    size = "of: reported(memory), needs: a phone"
    assert not find([f"readme, says: 245MB, {size}", f"paper, says: 257MB, {size}"], [])  # 245 MiB are 256.9 MB
    assert find([f"readme, says: 245MB, {size}", f"paper, says: 250MB, {size}"], [])


def test_a_part_that_variants_share_is_one_subject(find: Find) -> None:
    (found,) = find(["readme, says: 460K, of: params(backbone)"], ["paper, says: 213K, of: params(backbone)"])
    assert found.variants == ("one", "two")


def test_parts_of_one_name_that_differ_are_two_subjects(find: Find) -> None:
    assert not find(["readme, says: 3K, of: params(attention)"], ["paper, says: '13', of: params(attention)"])


def test_one_document_is_never_against_itself_here(find: Find) -> None:
    assert not find(["readme, says: 460K, of: params(backbone)"], ["readme, says: 213K, of: params(backbone)"])


def test_rounding_and_bounds_are_no_contradiction(find: Find) -> None:
    claims = ["readme, says: 213K, of: params(backbone)", "paper, says: '213,072', of: params(backbone)"]
    assert not find([*claims, "paper, says: up to 1M, of: params(backbone)"], [])


def test_what_no_model_shows_can_be_contradicted_too(find: Find) -> None:
    need = "needs: a trained model"
    (found,) = find(
        [f"readme, says: 77%, of: reported(map), {need}", f"paper, says: 79%, of: reported(map), {need}"], []
    )
    assert found.measured is None
