"""Measuring an expression: what its names stand for, exact arithmetic, and what cannot be measured."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from auditor import audit, load, profile
from auditor.auditing import measure
from auditor.claims import Scope, Variant
from auditor.claims.evaluate import evaluate_number
from auditor.errors import Mark, SpecError
from auditor.spec.expression import Expression

# One level of 4 channels and 8 × 8 positions, on which everything can be counted by hand.
KERNELS = 3 * 3 * 4 * 4  # a 3×3 convolution from 4 to 4 channels
CONTEXT = KERNELS + 2 * 4  # and a norm's scale and shift
GATE = (4 * 2 + 2) + (2 * 4 + 4)  # an MLP 4 → 2 → 4 with biases
SPATIAL = 7 * 7 * 2 + 2  # a 7×7 convolution of two maps, and a norm of one
ATTENTION = GATE + SPATIAL

FILES = {
    "one": """\
extends: elsewhere/origin.yaml
model: {context: {}, attention: {block: cbam, reduction: 2}}
components:
  gates: ["attention.*.channel_gate", "attention.*.spatial_gate", "attention.0"]
  mlps: ["*.*.channel_gate.mlp"]
""",
    "two": "input: [4, 8, 8]\nmodel: {context: {block: conv_context}, more: {block: conv_context}}\n",
    "attention": "input: [4, 8, 8]\nmodel: {context: {block: conv_context}}\n",
    "broken": "input: [4, 8, 8]\nmodel: {context: {block: conv_contxt}}\n",
    "elsewhere/origin": "extends: first.yaml\nmodel: {more: ~}\n",
    "elsewhere/first": "input: [4, 8, 8]\nmodel: {context: {block: conv_context}, more: {block: conv_context}}\n",
    "elsewhere/hidden": "input: [4, 8, 8]\nmodel: {context: {block: conv_context}}\n",
}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"name: {path.stem}\ntitle: A tiny model\n{text}", encoding="utf-8")
    return path


def scope_of(path: Path) -> Scope:
    """Where the names of a spec's expressions are looked up; every variant is built once."""
    find = cache(lambda other: measure(load(other)))
    return Scope(find(path), find)


@pytest.fixture(scope="module")
def scope(tmp_path_factory: pytest.TempPathFactory) -> Scope:
    folder = tmp_path_factory.mktemp("specs")
    for name, text in FILES.items():
        write(folder, name, text)
    return scope_of(folder / "one.yaml")


def value(text: str, scope: Scope) -> Fraction:
    return evaluate_number(Expression.parse(text, Mark("claims.yaml", 1, 1)), scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The model, its stages (also where a variant is called the same), paths, single parameters.
        ("params()", CONTEXT + ATTENTION),
        ("params(attention)", ATTENTION),
        ("params(attention.0)", ATTENTION),
        ("params(attention.0.channel_gate)", GATE),
        ("params(attention.0.spatial_gate)", SPATIAL),
        ("params(attention.0.channel_gate.mlp.0.bias)", 2),
        ("params(attention.*.channel_gate)", GATE),
        ("params(attention.*.*)", ATTENTION),
        ("buffers(context)", 4 + 4 + 1),
        ("trainable(context)", CONTEXT),
        ("macs(context)", KERNELS * 8 * 8),
        ("macs(context.0.conv.0)", KERNELS * 8 * 8),
        # Declared components are sets of paths.
        ("params(gates)", ATTENTION),
        ("params(mlps)", GATE),
        # Parts together: what several of them hold counts once.
        ("params(context, attention)", CONTEXT + ATTENTION),
        ("params(attention, attention)", ATTENTION),
        ("params(attention.0, attention, gates)", ATTENTION),
        ("macs(context, context.0)", KERNELS * 8 * 8),
        ("params(mlps, context)", GATE + CONTEXT),
        # Specs beside this one, by file name, and what it extends, by name.
        ("params(two)", 2 * CONTEXT),
        ("params(two.more)", CONTEXT),
        ("params(two.more.0.conv.0)", KERNELS),
        ("params(two.*.0.conv.0)", 2 * KERNELS),
        ("params(two.context, two.more)", 2 * CONTEXT),
        ("params(two, two.more)", 2 * CONTEXT),
        ("params(origin)", CONTEXT),
        ("params(first)", 2 * CONTEXT),
        ("params(first.more)", CONTEXT),
        # Arithmetic over several of these.
        ("params() - params(origin)", ATTENTION),
        ("1 - params(two) / params()", 1 - Fraction(2 * CONTEXT, CONTEXT + ATTENTION)),
        ("params() / 3 * 3", CONTEXT + ATTENTION),
        ("-params(attention) * 2", -2 * ATTENTION),
        ("0.1 + 0.2", Fraction(3, 10)),
    ],
)
def test_an_expression_is_measured(scope: Scope, text: str, expected: int | Fraction) -> None:
    assert value(text, scope) == expected


class Tied(nn.Module):
    """A layer that is part of two stages, and one that is not trained."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Sequential(self.first, nn.Linear(4, 2).requires_grad_(False))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.second(self.first(x))
        return out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("params(first)", 20),
        ("params(second)", 30),
        ("params(first, second)", 30),
        ("params(first) + params(second)", 50),
        ("params()", 30),
        ("trainable()", 20),
        ("trainable(second.1)", 0),
    ],
)
def test_what_two_parts_share_counts_once_within_a_quantity(tmp_path: Path, text: str, expected: int) -> None:
    stages = "input: [4]\nmodel: {first: {block: conv_context}, second: {block: conv_context}}\n"
    tied = Variant(load(write(tmp_path, "tied", stages)), profile(Tied(), torch.zeros(1, 4)))
    assert value(text, Scope(tied, lambda _: tied)) == expected


def test_only_variants_that_are_named_are_asked_for(scope: Scope) -> None:
    asked: list[Path] = []

    def find(path: Path) -> Variant:
        asked.append(path)
        return scope.find(path)

    value("params(context) + params(two) + params(two.more)", Scope(scope.variant, find))
    assert {path.name for path in asked} == {"two.yaml"}


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("param()", 1, "unknown quantity 'param' (did you mean 'params'?)"),
        ("1 - latency()", 5, "unknown quantity 'latency' (quantities: attr, buffers, "),
        ("open(context)", 1, "unknown quantity 'open'"),
        ("two.params()", 1, "unknown quantity 'two.params'"),
        ("1 + params(atention)", 12, "unknown component or variant 'atention' (did you mean 'attention'?)"),
        ("params(context, mpls)", 17, "unknown component or variant 'mpls' (did you mean 'mlps'?)"),
        ("params(orign)", 8, "unknown component or variant 'orign' (did you mean 'origin'?)"),
        ("params(hidden)", 8, "unknown component or variant 'hidden'"),
        ("params(one)", 8, "unknown component or variant 'one'"),
        ("params(context.7)", 8, "unknown component or variant 'context.7' (did you mean 'context.0'?)"),
        ("params(context.*.mlp)", 8, "unknown component or variant 'context.*.mlp'"),
        ("params(two.mroe)", 8, "variant 'two' has no 'mroe' (did you mean 'more'?)"),
        ("params(context, two)", 1, "one quantity cannot be taken over two variants; add two quantities instead"),
        ("1 - macs(two, first)", 5, "one quantity cannot be taken over two variants; add two quantities instead"),
        ("1 / 0", 3, "division by zero: what stands below it measures 0"),
        ("2 * (1 / (params() - params()))", 8, "division by zero: what stands below it measures 0"),
    ],
)
def test_what_cannot_be_measured_is_shown_at_its_column(scope: Scope, text: str, column: int, message: str) -> None:
    with pytest.raises(SpecError) as error:
        value(text, scope)
    assert error.value.mark == Mark("claims.yaml", 1, column)
    assert error.value.message.startswith(message)


def test_a_mistake_in_another_variant_is_shown_there(scope: Scope) -> None:
    with pytest.raises(SpecError, match=r"broken\.yaml:4:26: unknown block 'conv_contxt'"):
        value("params(broken)", scope)


PLAIN = """\
input: [4, 8, 8]
model: {context: {block: conv_context}}
documents: {doc: {title: A document}}
"""


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "claims:\n  - doc: doc\n    says: 47%\n    of: '1 - params(contxt) / params()'\n",
            "9:21: unknown component or variant 'contxt' (did you mean 'context'?)",
        ),
        ("budgets: {params() / 0: 5K}\n", "6:20: division by zero"),
        ("components: {kernels: [context.*, kernel.*]}\n", "6:35: no module path matches 'kernel.*'"),
        ("components: {kernels: []}\nbudgets: {params(kernels): 5K}\n", "6:"),
    ],
    ids=["claim", "budget", "component without a match", "component of nothing"],
)
def test_an_audit_shows_the_place_in_the_file(tmp_path: Path, more: str, expected: str) -> None:
    path = write(tmp_path, "spec", PLAIN + more)
    with pytest.raises(SpecError) as error:
        audit(path)
    assert str(error.value).startswith(f"{path.as_posix()}:{expected}")


NUMBERS = st.integers(0, 999).map(str) | st.decimals(0, 99, places=2).map(str)


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/"), inner)
        | inner.map("-{}".format)
        | inner.map("({})".format)
    )


@given(text=st.recursive(NUMBERS, combined, max_leaves=15))
def test_arithmetic_is_that_of_fractions(scope: Scope, text: str) -> None:
    exact = re.sub(r"[\d.]+", r"Fraction('\g<0>')", text)
    try:
        expected = eval(exact)
    except ZeroDivisionError:
        with pytest.raises(SpecError, match="division by zero"):
            value(text, scope)
    else:
        assert value(text, scope) == expected
