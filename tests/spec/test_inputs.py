"""`input`: one shape, or inputs at length, by place and by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.errors import SpecError
from auditor.spec import load
from auditor.spec.inputs import Input

Read = Callable[[str], Input]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str) -> Input:
        path = tmp_path / "spec.yaml"
        path.write_text(f"name: a\ntitle: A\ninput: {text}\nmodel: {{a: {{block: eca}}}}\n", encoding="utf-8")
        return load(path).input

    return read


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[3, 640, 640]", "3×640×640"),
        ("{shape: [3, 640, 640]}", "3×640×640"),
        ("{shape: [128], dtype: int64, high: 32000}", "128 (int64)"),
        ("{shape: []}", "one number"),
        ("[[3, 8, 8], {shape: [7], dtype: bool}]", "3×8×8, 7 (bool)"),
        ("{ids: {shape: [7], dtype: int64}, image: [3, 8, 8]}", "ids: 7 (int64), image: 3×8×8"),
        ("{state: [[4], {deep: [5]}], batch: [2]}", "state: [4, {deep: 5}], batch: 2"),
        ("{batch: {shape: [2], dtype: int64}, x: [9]}", "batch: 2 (int64), x: 9"),
    ],
)
def test_an_input_is_read_and_shown(read: Read, text: str, shown: str) -> None:
    assert str(read(text)) == shown


def test_tensors_are_listed_in_order(read: Read) -> None:
    found = read("{a: [[4], {shape: [5], batch: false}], b: {shape: [6], dtype: int32, high: 3}}").tensors
    assert [(t.shape, t.dtype, t.high, t.batch) for t in found] == [
        ((4,), "float32", None, True),
        ((5,), "float32", None, False),
        ((6,), "int32", 3, True),
    ]


SHAPE = "must be a shape of positive numbers, such as [3, 640, 640], or a list or mapping of inputs"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("^3", f"'input' {SHAPE}"),
        ("^[]", f"'input' {SHAPE}"),
        ("^{}", f"'input' {SHAPE}"),
        ("^[3, 0]", f"'input' {SHAPE}"),
        ("^[3, [4]]", f"'input' {SHAPE}"),
        ("[[4], ^[true]]", f"'input' {SHAPE}"),
        ("{ids: ^7}", f"'ids' {SHAPE}"),
        ("{ids: [[3], ^[]]}", f"'ids' {SHAPE}"),
        ("{^shap: [3], dtype: int64}", "unknown key 'shap' in 'input' (did you mean 'shape'?)"),
        ("^{dtype: int64}", "'input' lacks the key 'shape'"),
        ("{ids: {shape: [7], ^high_: 3}}", "unknown key 'high_' in 'ids' (did you mean 'high'?)"),
        ("{shape: [3], dtype: ^in64}", "'dtype' cannot be 'in64' (did you mean 'int64'?)"),
        ("{shape: [3], dtype: ^torch.int64}", "'dtype' cannot be 'torch.int64' (did you mean 'int64'?)"),
        ("{shape: [3, ^0]}", "a size must be positive, not 0"),
        ("{shape: ^3}", "'shape' must be a list, not '3'"),
        ("{shape: [^big]}", "'shape' must be a whole number, not 'big'"),
        ("{shape: [3], high: ^5}", "'high' is for whole numbers, such as int64, not for float32"),
        ("{shape: [3], dtype: bool, high: ^2}", "'high' is for whole numbers, such as int64, not for bool"),
        ("{shape: [3], dtype: int8, high: ^200}", "'high' must be from 1 to 128 for int8, not 200"),
        ("{shape: [3], dtype: int64, high: ^0}", "'high' must be from 1 to 9,223,372,036,854,775,807 for int64, not 0"),
        ("{shape: [3], batch: ^2}", "'batch' must be true or false, not '2'"),
    ],
)
def test_a_mistake_is_named_at_its_place(read: Read, text: str, message: str) -> None:
    with pytest.raises(SpecError) as error:
        read(text.replace("^", ""))
    assert error.value.message == message
    assert (error.value.mark.line, error.value.mark.column) == (3, f"input: {text}".index("^") + 1)
