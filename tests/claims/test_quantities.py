"""What an expression can ask of a model's structure, on a model whose structure is known."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from auditor.auditing import measure
from auditor.claims import Scope
from auditor.claims.evaluate import evaluate
from auditor.errors import Mark, SpecError
from auditor.spec import load
from auditor.spec.expression import Expression

SPEC = """\
name: one
title: One
input: [3, 64, 96]
model:
  backbone:  {block: mobilenet_v1, width: 0.25}
  attention: {block: cbam, reduction: 16}
  fpn:       {block: bifpn, channels: 32, repeats: 2}
  context:   {block: ssh_grouped, groups: 4}
  heads:     {block: anchor_heads, anchors: 2}
"""


@pytest.fixture(scope="module")
def scope(tmp_path_factory: pytest.TempPathFactory) -> Scope:
    path: Path = tmp_path_factory.mktemp("specs") / "one.yaml"
    path.write_text(SPEC, encoding="utf-8")
    find = cache(lambda other: measure(load(other)))
    return Scope(find(path), find)


def value(text: str, scope: Scope) -> Fraction | bool:
    return evaluate(Expression.parse(text, Mark("claims.yaml", 1, 1)), scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(CBAM)", 3),
        ("count(CBAM, fpn)", 0),
        ("count(Repetition, fpn)", 2),
        ("count(Conv2d, heads)", 9),
        ("count(SSHGrouped)", 3),
        ("attr(context.0.see_3.0, groups)", 4),
        ("attr(context.*.see_3.0, out_channels)", 16),
        ("attr(attention.0.spatial_gate.conv.0, kernel_size)", 7),
        ("attr(backbone.stem.0, stride, 1)", 2),
        ("attr(attention.0.channel_gate.mlp.0, in_features) / attr(attention.0.channel_gate.mlp.0, out_features)", 16),
        ("size(input, 0)", 3),
        ("size(input, 2)", 96),
        ("size(backbone, 0, 0)", 64),
        ("size(backbone, 2, 1)", 2),
        ("size(fpn, 1, 2)", 6),
        ("size(attention.1, 0)", 128),
        ("size(heads, 1, 0)", 2 * (8 * 12 + 4 * 6 + 2 * 3)),
        ("size(heads, 1, 1)", 2),
        ("attr(context.0.see_3.1, momentum) * 10", 1),
        ("levels(backbone)", 3),
        ("calls(relu, context)", 3),
        ("calls(leaky_relu, context.0)", 2),
        ("calls(softmax)", 0),
        ("rank(backbone)", 1),
        ("rank(heads) - rank(backbone)", 4),
        ("order(backbone, attention, fpn, heads)", 1),
        ("order(fpn, backbone)", 0),
    ],
)
def test_a_models_structure_can_be_asked_for(scope: Scope, text: str, expected: int) -> None:
    assert value(text, scope) == expected


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("count(CBAM) = 3", True),
        ("params(fpn) > params(backbone)", False),
        ("size(input, 0) = 3 and size(input, 1) = 64 and size(input, 2) = 96", True),
        ("size(input, 0) = 3 and size(input, 1) = 65", False),
        ("rank(backbone) <= 1", True),
        ("params() >= params()", True),
        ("params() < params()", False),
    ],
)
def test_a_statement_holds_or_does_not(scope: Scope, text: str, holds: bool) -> None:
    assert value(text, scope) is holds


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("count(CABM)", 7, "unknown class 'CABM' (did you mean 'CBAM'?)"),
        ("count()", 1, "count: lacks the class to count"),
        ("attr(fpn.reducers.0.0, padding_size)", 24, "'fpn.reducers.0.0' has no setting 'padding_size'"),
        ("attr(fpn.reducers.*.0, in_channels)", 24, "'in_channels' is no single number here, but 128, 256, 64"),
        ("attr(fpn.reducers.0.0, padding_mode)", 24, "'padding_mode' is no single number here, but zeros"),
        ("attr(fpn)", 1, "attr: lacks the setting's name"),
        ("attr(fpn.reducers.0.0.weight, x)", 1, "attr: 'fpn.reducers.0.0.weight' is no module"),
        ("size(backbone, 3, 0)", 1, "size: 'backbone' gives 64×8×12, 128×4×6, 256×2×3"),
        ("size(backbone)", 1, "size: 'backbone' gives"),
        ("size(input, 0.5)", 1, "size: takes the number of the result and of the dimension here"),
        ("levels(context.*)", 1, "levels: 'context.*' is 3 modules; name one of them"),
        ("size(context.*, 0)", 1, "size: 'context.*' is 3 modules; name one of them"),
        ("macs(context.0.see_3.0.weight)", 1, "macs: 'context.0.see_3.0.weight' is a parameter"),
        ("params(fpn, 1)", 1, "params: takes names here, not numbers"),
        ("reported(map)", 1, "reported: only documents give this figure"),
    ],
)
def test_a_wrong_question_is_answered_at_its_place(scope: Scope, text: str, column: int, message: str) -> None:
    with pytest.raises(SpecError) as error:
        value(text, scope)
    assert error.value.message.startswith(message)
    assert error.value.mark.column == column
