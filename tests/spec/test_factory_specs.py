"""Factories in specs, before any is imported: how they are written, extended, changed, and trusted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.errors import AuditError, SpecError
from auditor.spec import Spec, load
from auditor.spec.factory import plain
from auditor.spec.overrides import changed
from auditor.spec.settings import parse_setting

BASE = """\
name: base
title: The base
input: [3, 32, 32]
model: {factory: "nets:Net", args: {width: 8, block: plain}}
assumptions: {args.width: a, args.block: b, args.depth: c, body: d, input: e}
"""
STAGES = """\
name: stages
title: Stages
input: [3, 32, 32]
model: {args: {block: eca}}
assumptions: {args: a, input: e}
"""
CHILD = "name: child\ntitle: The child\nextends: {}.yaml\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files of a folder and return the path of the last one."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            path = tmp_path / f"{name}.yaml"
            path.write_text(text, encoding="utf-8")
        return path

    return write


def shown(spec: Spec) -> str:
    """The model on one line."""
    if spec.factory is None:
        return " ".join(f"{name}({stage.block})" for name, stage in spec.model.items())
    arguments = (f"{name}={plain(entry.node)}" for name, entry in spec.factory.arguments.items())
    return f"{spec.factory.name}({', '.join(arguments)})"


ALL = {"args.width", "args.block", "args.depth", "input"}


@pytest.mark.parametrize(
    ("base", "model", "expected", "assumptions"),
    [
        pytest.param("base", "", "nets:Net(width=8, block=plain)", ALL, id="as it is"),
        pytest.param("base", "model: {}", "nets:Net(width=8, block=plain)", ALL, id="nothing"),
        pytest.param(
            "base",
            "model: {args: {width: 16, depth: 3}}",
            "nets:Net(width=16, block=plain, depth=3)",
            {"args.block", "input"},
            id="single arguments",
        ),
        pytest.param(
            "base",
            "model: {args: {block: dense}}",
            "nets:Net(width=8, block=dense)",
            {"args.width", "args.depth", "input"},
            id="an argument called block",
        ),
        pytest.param("base", "model: {factory: 'nets:Net'}", "nets:Net()", {"input"}, id="the factory anew"),
        pytest.param("base", "model: {a: {block: eca}}", "a(eca)", {"input"}, id="stages for a factory"),
        pytest.param("stages", "model: {factory: 'nets:Net'}", "nets:Net()", {"input"}, id="a factory for stages"),
        pytest.param("stages", "", "args(eca)", {"args", "input"}, id="a stage called args"),
    ],
)
def test_a_child_changes_arguments_or_has_a_model_of_its_own(
    write: Write, base: str, model: str, expected: str, assumptions: set[str]
) -> None:
    child = load(write(base=BASE, stages=STAGES, child=f"{CHILD.format(base)}{model}\n"))
    assert shown(child) == expected
    assert {subject.text for subject in child.assumptions} == assumptions


MISTAKES = {
    "dots only": (
        "{factory: ^torchvision.models.resnet50}",
        "'factory' must be written as package.module:callable, not 'torchvision.models.resnet50'"
        " (did you mean 'torchvision.models:resnet50'?)",
    ),
    "a file": (
        '{factory: "^nets/small.py:Net"}',
        "'factory' must be written as package.module:callable, not 'nets/small.py:Net'",
    ),
    "no text": ("{factory: ^5}", "'factory' must be written as package.module:callable, not '5'"),
    "a stage": ("{factory: ^{block: eca}}", "'factory' must be written as package.module:callable, not a mapping"),
    "a stage beside it": (
        "{factory: 'a:b', ^arg: {x: 1}}",
        "unknown key 'arg' beside 'factory' (did you mean 'args'?)",
    ),
    "args in a list": ("{factory: 'a:b', args: ^[1]}", "'args' must be a mapping of arguments, not a list"),
    "no args": ("{factory: 'a:b', args: ^~}", "'args' must be a mapping of arguments, not nothing"),
}


@pytest.mark.parametrize(("model", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_at_its_place(write: Write, model: str, message: str) -> None:
    text = f"name: a\ntitle: A\ninput: [3]\nmodel: {model}\n"
    with pytest.raises(SpecError) as error:
        load(write(a=text.replace("^", "")))
    assert error.value.message == message
    assert (error.value.mark.line, error.value.mark.column) == (4, f"model: {model}".index("^") + 1)


def test_arguments_outside_of_args_are_said_to_belong_there(write: Write) -> None:
    with pytest.raises(SpecError, match="4:9: the base has a factory; change its arguments in 'args', or give stages"):
        load(write(base=BASE, child=CHILD.format("base") + "model: {width: 16}\n"))


# Whose factories may be imported


def test_a_factory_in_a_spec_that_was_given_may_be_imported(write: Write) -> None:
    assert load(write(base=BASE)).refusal == ""


@pytest.mark.parametrize("model", ["", "model: {args: {width: 16}}\n"])
def test_a_factory_that_is_taken_over_may_be_imported_if_its_spec_was_given_too(write: Write, model: str) -> None:
    child, base = write(base=BASE, child=CHILD.format("base") + model), write(base=BASE)
    assert "base.yaml was not named; to allow it, name that spec" in load(child).refusal
    assert load(child, given=[child, base]).refusal == ""


def test_arguments_from_a_file_that_was_not_given_are_refused_like_its_factory(write: Write) -> None:
    base = write(base=BASE)
    child = write(middle=CHILD.format("base") + "model: {args: {width: 16}}\n", child=CHILD.format("middle"))
    assert "middle.yaml was not named" in load(child, given=[child, base]).refusal


def test_none_may_be_imported_if_none_was_given(write: Write) -> None:
    assert load(write(base=BASE), given=[]).refusal == "the factory 'nets:Net' is not imported (--no-import)"


def test_a_spec_of_stages_may_always_be_built(write: Write) -> None:
    child = load(write(base=BASE, child=CHILD.format("base") + "model: {a: {block: eca}}\n"), given=[])
    assert child.refusal == ""
    assert child.base is not None
    assert child.base.refusal


# Settings


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["args.width=32"], "nets:Net(width=32, block=plain)"),
        (["args.block=dense", "args.sizes=[1, [2]]"], "nets:Net(width=8, block=dense, sizes=[1, [2]])"),
        (["args.width=4", "args.width={a: 1.5, b: null}"], "nets:Net(width={'a': 1.5, 'b': None}, block=plain)"),
    ],
)
def test_arguments_are_set_as_they_are_written_in_a_spec(write: Write, settings: list[str], expected: str) -> None:
    other = changed(load(write(base=BASE)), [parse_setting(text, "--set") for text in settings])
    assert shown(other) == expected
    assert (other.refusal, other.assumptions) == ("", {})


@pytest.mark.parametrize("setting", ["args=off", "width=3", "nets.width=3"])
def test_a_factory_has_no_stages_to_set(write: Write, setting: str) -> None:
    with pytest.raises(AuditError, match=f"{setting}: the model has no stages, but a factory; set its arguments: args"):
        changed(load(write(base=BASE)), [parse_setting(setting, "--set")])
