"""From a spec's stages to a model: how a block is registered, found, given its arguments and put in a row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
import torch
from by_hand import count
from torch import Tensor, nn

from auditor.errors import SpecError
from auditor.models import block, blocks, build, registry
from auditor.spec import Spec, load

BACKBONE = "backbone: {block: mobilenet_v1, width: 0.25}"

Write = Callable[..., Path]
Refused = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a spec of the given stages."""

    def write(*stages: str) -> Path:
        path = tmp_path / "sample.yaml"
        model = "".join(f"  {stage}\n" for stage in stages)
        path.write_text(f"name: sample\ntitle: Sample\ninput: [3, 64, 64]\nmodel:\n{model}", encoding="utf-8")
        return path

    return write


@pytest.fixture
def spec(write: Write) -> Callable[..., Spec]:
    """Load a spec of the given stages."""
    return lambda *stages: load(write(*stages))


@pytest.fixture
def refused(write: Write) -> Refused:
    """Build stages that cannot be built and return the reason; ^ marks the place that must be named."""

    def refused(*stages: str) -> str:
        lines = write(*stages).read_text(encoding="utf-8").splitlines()
        line, column = next((at + 1, text.index("^") + 1) for at, text in enumerate(lines) if "^" in text)
        path = write(*(stage.replace("^", "") for stage in stages))
        with pytest.raises(SpecError) as caught:
            build(load(path))
        place, _, reason = str(caught.value).partition(": ")
        assert place == f"{path.as_posix()}:{line}:{column}"
        return reason

    return refused


@pytest.fixture
def register_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test register blocks that no other test sees."""
    monkeypatch.setattr(registry, "_BLOCKS", dict(blocks()))


# Registering


@pytest.mark.usefixtures("register_of_its_own")
def test_a_block_is_one_class_and_one_decorator(spec: Callable[..., Spec]) -> None:
    @block("first_channels")
    class FirstChannels(nn.Module):
        """Only the first channels of a level."""

        def __init__(self, inputs: int, *, part: int = 2) -> None:
            super().__init__()
            self.out_channels = inputs // part

        def forward(self, x: Tensor) -> Tensor:
            return x[:, : self.out_channels]

    image = torch.rand(1, 3, 64, 64)
    model = build(spec("first: {block: first_channels, part: 3}", "convolved: {block: conv_context}"))
    assert count(model) == 9 + 2
    (result,) = model(image)
    assert result.shape == (1, 1, 64, 64)


@pytest.mark.usefixtures("register_of_its_own")
def test_two_blocks_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two blocks are called 'cbam'"):
        block("cbam")(nn.Identity)


@pytest.mark.usefixtures("register_of_its_own")
def test_a_signature_says_all_there_is_to_know_of_a_block() -> None:
    @block("described")
    class Described(nn.Module):
        """A sentence.

        And what else there is to say.
        """

        def __init__(self, inputs: int, *, size: int, mode: Literal["soft", "hard"] = "soft") -> None:
            super().__init__()

    described = blocks()["described"]
    assert described.per_level
    assert described.summary == "A sentence."
    assert [(a.name, a.type, a.is_required) for a in described.arguments.values()] == [
        ("size", int, True),
        ("mode", Literal["soft", "hard"], False),
    ]


# Assembly


def test_a_block_that_takes_one_width_is_made_once_per_level(spec: Callable[..., Spec]) -> None:
    model = build(spec(BACKBONE, "attention: {block: cbam, reduction: 16}"))
    gates = [count(module) for module in model.get_submodule("attention").children()]
    assert gates == [2 * c * (c // 16) + c // 16 + c + 100 for c in (64, 128, 256)]


def test_a_block_that_takes_all_widths_is_made_once(spec: Callable[..., Spec]) -> None:
    model = build(spec(BACKBONE, "fpn: {block: bifpn, channels: 56, repeats: 2}"))
    assert count(model.get_submodule("fpn")) == 77_916
    assert [level.shape for level in model.eval()(torch.zeros(1, 3, 64, 96))] == [
        (1, 56, 8, 12),
        (1, 56, 4, 6),
        (1, 56, 2, 3),
    ]


def test_stages_run_in_the_order_written_and_lend_their_names_to_the_parameters(spec: Callable[..., Spec]) -> None:
    stages = (
        BACKBONE,
        "attention: {block: cbam}",
        "fpn: {block: bifpn, channels: 64, repeats: 3}",
        "fpn_attention: {block: cbam}",
        "context: {block: ssh}",
        "shuffle: {block: shuffle_unit}",
        "heads: {block: anchor_heads}",
    )
    model = build(spec(*stages))
    parts = {name: count(stage) for name, stage in model.named_children()}
    assert list(parts.items()) == [
        ("backbone", 213_072),
        ("attention", 680 + 2_284 + 8_564),
        ("fpn", 112_606),
        ("fpn_attention", 3 * 680),
        ("context", 3 * 77_655),
        ("shuffle", 3 * 4_640),
        ("heads", 6_240),
    ]
    assert count(model) == 592_371
    assert {name.partition(".")[0] for name, _ in model.named_parameters()} == set(parts)
    boxes, classes, landmarks = model.eval()(torch.zeros(2, 3, 64, 64))
    assert [boxes.shape, classes.shape, landmarks.shape] == [(2, 168, 4), (2, 168, 2), (2, 168, 10)]


def test_arguments_reach_the_block(spec: Callable[..., Spec]) -> None:
    shuffle = build(spec("shuffle: {block: channel_shuffle, groups: 3}"))
    (level,) = shuffle(torch.rand(1, 3, 2, 2))
    assert level.shape == (1, 3, 2, 2)
    gates = build(spec("gates: {block: coordinate_attention, floor: 5, activation: relu}"))
    assert count(gates) == (3 * 5 + 5) + 10 + 2 * (5 * 3 + 3)
    assert any(isinstance(module, nn.ReLU) for module in gates.modules())


# What cannot be built is refused at its place


def test_an_unknown_block(refused: Refused) -> None:
    assert refused(BACKBONE, "attention: {block: ^cbm}") == "unknown block 'cbm' (did you mean 'cbam'?)"


def test_a_missing_argument(refused: Refused) -> None:
    reason = refused(BACKBONE, "fpn: {block: ^bifpn, channels: 64}")
    assert reason == "'fpn' lacks the argument 'repeats' of block 'bifpn'"


def test_an_unknown_argument(refused: Refused) -> None:
    reason = refused(BACKBONE, "attention: {block: cbam, ^redction: 16}")
    assert reason == "block 'cbam' has no argument 'redction' (did you mean 'reduction'?)"


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        ("a: {block: cbam, reduction: ^4.5}", "'reduction' must be a whole number, not '4.5'"),
        ("a: {block: cbam, reduction: ^true}", "'reduction' must be a whole number, not 'true'"),
        ("a: {block: cbam, reduction: ^null}", "'reduction' must be a whole number, not nothing"),
        ("a: {block: cbam_plus, residual: ^1}", "'residual' must be true or false, not '1'"),
        ("a: {block: mobilenet_v1, width: ^[1]}", "'width' must be a number, not a list"),
        (
            "a: {block: coordinate_attention, activation: ^rely}",
            "'activation' cannot be 'rely' (did you mean 'relu'?)",
        ),
    ],
)
def test_an_argument_of_the_wrong_type(refused: Refused, stage: str, reason: str) -> None:
    assert refused(stage) == reason


@pytest.mark.parametrize(
    "stage",
    [
        "shuffle: {block: ^channel_shuffle, groups: 7}",
        "context: {block: ^ssh_grouped, groups: 3}",
        "heads: {block: ^shared_multi_head, single: true}",
        "fpn: {block: ^bifpn, channels: 64, repeats: 0}",
        "fpn: {block: ^bifpn, channels: -64, repeats: 1}",
        "fpn: {block: ^bifpn_light, channels: 64, repeats: 1, squeeze: 0}",
        "attention: {block: ^cbam, reduction: 512}",
        "attention: {block: ^cbam, reduction: 0}",
        "attention: {block: ^cbam_plus, reduction: 0}",
        "attention: {block: ^coordinate_attention, reduction: 0}",
        "attention: {block: ^eca, gamma: 0}",
        "heads: {block: ^anchor_heads, anchors: -1}",
    ],
)
def test_a_value_no_block_can_be_built_with(refused: Refused, stage: str) -> None:
    assert refused(BACKBONE, stage).startswith(f"'{stage.partition(':')[0]}' cannot be built: ")


@pytest.mark.parametrize("width", ["0", "-0.25", ".nan", ".inf"])
def test_a_width_no_backbone_can_be_built_with(refused: Refused, width: str) -> None:
    assert refused(f"backbone: {{block: ^mobilenet_v1, width: {width}}}").startswith("'backbone' cannot be built: ")


def test_a_stage_after_the_end_of_the_pipeline(refused: Refused) -> None:
    reason = refused(BACKBONE, "heads: {block: anchor_heads}", "context: {block: ^ssh}")
    assert reason == "the stage 'context' comes after 'heads', which ends the pipeline"


@pytest.mark.usefixtures("register_of_its_own")
def test_a_stage_after_a_block_that_ends_the_pipeline_level_by_level(refused: Refused) -> None:
    @block("last")
    class Last(nn.Module):
        """The end of every level."""

        out_channels = None

        def __init__(self, inputs: int) -> None:
            super().__init__()

    reason = refused(BACKBONE, "end: {block: last}", "context: {block: ^ssh}")
    assert reason == "the stage 'context' comes after 'end', which ends the pipeline"


@pytest.mark.parametrize("name", ["training", "forward", "eval", "half", "_modules", "_parameters"])
def test_a_stage_named_like_a_member_of_every_module(refused: Refused, name: str) -> None:
    assert refused(f"{name}: {{block: ^eca}}").startswith(f"'{name}' cannot name a stage: ")
