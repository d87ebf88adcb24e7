"""Settings as the command line changes them in a spec: how they are written, and what becomes of the spec."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn

from auditor.errors import AuditError
from auditor.models import build
from auditor.spec import Spec, load
from auditor.spec.overrides import changed
from auditor.spec.settings import Setting, parse_setting

MORE = """\
components: {both: [backbone, attention], gate: [attention.0.channel_gate]}
assumptions: {attention.reduction: It is printed nowhere.}
claims: [{doc: readme, line: 3, says: '224,600', of: params()}]
"""


@pytest.fixture
def spec(small: Callable[..., Path]) -> Spec:
    return load(small(MORE))


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def change(spec: Spec, *settings: str) -> Spec:
    return changed(spec, [parse_setting(text, "--set") for text in settings])


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("fpn.channels=32", Setting("fpn", "channels", "32")),
        (" fpn.channels = 32 ", Setting("fpn", "channels", "32")),
        ("fpn.block=bifpn_light", Setting("fpn", "block", "bifpn_light")),
        ("shuffle=off", Setting("shuffle", "", "off")),
        ("fpn.name=a=b", Setting("fpn", "name", "a=b")),
    ],
)
def test_a_setting_is_a_stage_its_argument_and_a_value(text: str, setting: Setting) -> None:
    assert parse_setting(text, "--set") == setting
    assert str(setting) == text.replace(" ", "")


@pytest.mark.parametrize(
    "text", ["", "fpn", "fpn.channels", "fpn.channels=", "fpn.channels= ", "=32", "fpn.=32", ".a=1"]
)
def test_what_is_no_setting_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(AuditError) as error:
        parse_setting(text, "--set")
    assert str(error.value).startswith(f"--set {text}: say a stage's argument and its value, such as fpn.channels=32")


def test_an_argument_is_changed_and_all_else_stays(spec: Spec) -> None:
    """With a ratio of 8 the gates on 64, 128 and 256 channels have twice as many in between."""
    other = change(spec, "attention.reduction=8")
    assert count(build(other)) - count(build(spec)) == sum((2 * c + 1) * (c // 16) for c in (64, 128, 256))
    assert (other.name, other.input, other.claims, list(other.model)) == (
        "small",
        spec.input,
        spec.claims,
        list(spec.model),
    )


def test_the_spec_itself_is_left_as_it_is(spec: Spec) -> None:
    change(spec, "attention.reduction=8", "attention=off")
    assert count(build(spec)) == 224_600
    assert list(spec.components) == ["both", "gate"]


def test_a_stage_that_is_off_is_left_out_with_what_speaks_of_it(spec: Spec) -> None:
    other = change(spec, "attention=off")
    assert count(build(other)) == 213_072
    assert {name: [path.text for path in paths] for name, paths in other.components.items()} == {"both": ["backbone"]}
    assert other.assumptions == {}


def test_a_stage_that_is_on_stays(spec: Spec) -> None:
    assert count(build(change(spec, "attention=on"))) == 224_600


@pytest.mark.parametrize(
    "settings", [("attention=off", "attention.reduction=8"), ("attention.reduction=8", "attention=off")]
)
def test_what_is_off_has_no_arguments_to_change(spec: Spec, settings: tuple[str, ...]) -> None:
    assert list(change(spec, *settings).model) == ["backbone"]


def test_the_last_of_two_settings_for_one_argument_holds(spec: Spec) -> None:
    other = change(spec, "attention.reduction=8", "attention.reduction=16")
    assert count(build(other)) == 224_600


def test_another_block_takes_the_stages_place_with_its_own_arguments(spec: Spec) -> None:
    """An ECA has one kernel for its channel gate: three weights on 64 channels, five on 128 and on 256."""
    other = change(spec, "attention.block=eca")
    assert other.model["attention"].arguments == {}
    assert count(build(other)) == 213_072 + 3 + 5 + 5


@pytest.mark.parametrize(
    "settings",
    [
        ("attention.block=coordinate_attention", "attention.reduction=8"),
        ("attention.reduction=8", "attention.block=coordinate_attention"),
    ],
)
def test_another_block_and_its_arguments_come_in_any_order(spec: Spec, settings: tuple[str, ...]) -> None:
    stage = change(spec, *settings).model["attention"]
    assert stage.block == "coordinate_attention"
    assert {name: entry.node.value for name, entry in stage.arguments.items()} == {"reduction": 8}


@pytest.mark.parametrize(
    ("text", "value"), [("8", 8), ("0.5", 0.5), ("true", True), ("hard_swish", "hard_swish"), ("[1, 2]", (1, 2))]
)
def test_a_value_is_written_as_in_a_spec(spec: Spec, text: str, value: object) -> None:
    assert change(spec, f"attention.reduction={text}").model["attention"].arguments["reduction"].node.value == value


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("attenton=off", "attenton=off: the spec has no such stage (did you mean 'attention'?)"),
        ("attenton.reduction=8", "attenton.reduction=8: the spec has no such stage (did you mean 'attention'?)"),
        ("attention=8", "attention=8: a stage is on or off"),
        ("attention.reduction=[8", "attention.reduction=[8"),
        ("attention.reduction={", "attention.reduction={"),
    ],
)
def test_what_cannot_be_changed_is_refused_by_its_own_words(spec: Spec, setting: str, message: str) -> None:
    with pytest.raises(AuditError) as error:
        change(spec, setting)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("attention.reducton=8", "block 'cbam' has no argument 'reducton' (did you mean 'reduction'?)"),
        ("attention.block=cbma", "unknown block 'cbma' (did you mean 'cbam'?)"),
        ("attention.reduction=many", "'reduction' must be a whole number, not 'many'"),
    ],
)
def test_what_no_block_takes_is_said_at_the_setting(spec: Spec, setting: str, message: str) -> None:
    with pytest.raises(AuditError) as error:
        build(change(spec, setting))
    assert message in str(error.value)
    assert str(error.value).startswith(f"--set {setting}")


def test_what_cannot_be_built_is_said_of_the_stage(spec: Spec) -> None:
    with pytest.raises(AuditError, match="'attention' cannot be built: reduction 100 leaves no channel of 64"):
        build(change(spec, "attention.reduction=100"))
