"""The JSON Schema: editors refuse with it what the auditor refuses, and accept every spec there is."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from auditor.cli import main
from auditor.errors import SpecError
from auditor.models import blocks, build
from auditor.spec import load

SPECS = Path(__file__).parents[2] / "specs"


@cache
def printed_schema() -> str:
    """What the command `schema` prints."""
    with redirect_stdout(io.StringIO()) as out:
        assert main(["schema"]) == 0
    return out.getvalue()


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(printed_schema()))


def test_the_schema_is_a_valid_schema(validator: Draft202012Validator) -> None:
    Draft202012Validator.check_schema(validator.schema)


def test_the_committed_schema_is_the_one_the_command_prints() -> None:
    assert (SPECS / "schema.json").read_text(encoding="utf-8") == printed_schema()


@pytest.mark.parametrize("path", sorted(SPECS.rglob("*.yaml")), ids=lambda path: path.relative_to(SPECS).as_posix())
def test_every_spec_is_valid(validator: Draft202012Validator, path: Path) -> None:
    validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_every_block_can_be_named() -> None:
    stages = json.loads(printed_schema())["properties"]["model"]["else"]["additionalProperties"]["oneOf"]
    named = [stage["properties"]["block"]["const"] for stage in stages if "properties" in stage]
    assert named == sorted(blocks())


GOOD = """\
name: tiny
title: Tiny
input: [3, 32, 32]
model:
  backbone: {block: mobilenet_v1, width: 0.25}
  attention: {block: coordinate_attention, floor: 4, activation: relu}
  fpn: {block: bifpn, channels: 16, repeats: 1}
  refine: {block: cbam_plus, reduction: 4, residual: true}
  heads: {block: anchor_heads}
components: {gates: [attention.*]}
assumptions: {attention.floor: nobody says}
documents: {doc: {title: A document}}
claims:
  - {doc: doc, line: 1, says: "~5", within: 2%, of: params(), known: refuted, reason: why}
  - {doc: doc, says: 92%+, needs: a trained model}
budgets: {params(): 600000}
"""

FACTORY = """\
name: layer
title: A layer
extends: base.yaml
model: {factory: torch.nn:Linear, args: {in_features: 3, out_features: 4, bias: false, device: ~}}
assumptions: {args.bias: nobody says}
"""

CHILD = "name: child\ntitle: Child\nextends: base.yaml\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD, id="a whole spec"),
        pytest.param(GOOD.replace('"~5"', "~ 5"), id="a figure in plain text"),
        pytest.param(GOOD.replace('"~5", within: 2%', "4.0"), id="a figure as a number"),
        pytest.param(GOOD.replace("width: 0.25", "width: 1"), id="a whole number for any number"),
        pytest.param(CHILD, id="a child without changes"),
        pytest.param(CHILD + "model: {attention: ~}", id="a stage left out"),
        pytest.param(CHILD + "model: {attention: {reduction: 4}}", id="arguments changed"),
        pytest.param(CHILD + "model: {attention: {block: eca}}", id="a stage replaced"),
        pytest.param(FACTORY, id="a factory"),
        pytest.param(CHILD + "model: {factory: torch.nn:Flatten}", id="a factory for the base's stages"),
        pytest.param(FACTORY + "input: {shape: [7], dtype: int64, high: 9, batch: false}\n", id="an input at length"),
        pytest.param(FACTORY + "input: {x: [3], y: {shape: []}, z: [[4], {a: [5]}]}\n", id="inputs by name"),
        pytest.param(FACTORY + "input: [[3], {shape: [7]}, [[4], [5]]]\n", id="inputs by place"),
    ],
)
def test_what_loads_is_valid(validator: Draft202012Validator, tmp_path: Path, text: str) -> None:
    (tmp_path / "base.yaml").write_text(GOOD, encoding="utf-8")
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    build(load(path))
    validator.validate(yaml.safe_load(text))


MISTAKES = {
    "unknown key": ("claims:", "claim:"),
    "unknown key of a claim": ("needs:", "need:"),
    "unknown key of a document": ("{title:", "{titel:"),
    "missing key": ("title: Tiny\n", ""),
    "missing input": ("input: [3, 32, 32]\n", ""),
    "claim without a figure": ("says: 92%+, ", ""),
    "list as a name": ("name: tiny", "name: [tiny]"),
    "text as input": ("[3, 32, 32]", "3 by 32"),
    "empty input": ("[3, 32, 32]", "[]"),
    "size of zero": ("[3, 32, 32]", "[3, 0, 32]"),
    "list as budgets": ("{params(): 600000}", "[600000]"),
    "line in words": ("line: 1", "line: one"),
    "line between lines": ("line: 1", "line: 1.5"),
    "list as a figure": ("92%+", "[92%+]"),
    "list as a budget": ("600000", "[600000]"),
    "unknown verdict": ("known: refuted", "known: wrong"),
    "text as a component": ("[attention.*]", "attention.*"),
    "text as a stage": ("{block: mobilenet_v1, width: 0.25}", "mobilenet_v1"),
    "unknown block": ("block: bifpn", "block: bifpm"),
    "block argument missing": (", repeats: 1", ""),
    "block argument unknown": ("repeats: 1", "repeats: 1, repeat: 2"),
    "block argument in words": ("repeats: 1", "repeats: once"),
    "block argument not whole": ("repeats: 1", "repeats: 1.5"),
    "block argument of no choice": ("activation: relu", "activation: gelu"),
    "block argument yes or no": ("residual: true", "residual: 1"),
    "factory without a module": ("backbone: {block: mobilenet_v1, width: 0.25}", "factory: Net"),
    "stage beside a factory": ("backbone: {block: mobilenet_v1, width: 0.25}", "factory: torch.nn:Flatten"),
    "type of no input": ("[3, 32, 32]", "{shape: [3, 32, 32], dtype: in64}"),
    "input in words": ("[3, 32, 32]", "{x: three}"),
    "unknown key of an input": ("[3, 32, 32]", "{shape: [3, 32, 32], hi: 5}"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_what_the_schema_refuses_the_auditor_refuses(
    validator: Draft202012Validator, tmp_path: Path, case: str
) -> None:
    right, wrong = MISTAKES[case]
    assert right in GOOD
    text = GOOD.replace(right, wrong, 1)
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    assert not validator.is_valid(yaml.safe_load(text))
    with pytest.raises(SpecError):
        build(load(path))
