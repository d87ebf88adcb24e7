"""The documented variants as built: their sizes, their work, and that they run and train."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import auditor
from auditor.auditing import Audit
from auditor.profiling import Profile
from tests.conftest import ROOT

SPECS = sorted((ROOT / "specs").glob("**/*.yaml"))
NAMES = [path.relative_to(ROOT / "specs").with_suffix("").as_posix() for path in SPECS]

SIZES: Mapping[str, Mapping[str, int]] = {
    "baseline": {
        "": 592_371,
        "backbone": 213_072,
        "fpn": 112_606,
        "context shuffle": 246_885,
        "context.0": 77_655,
        "context.1": 77_655,
        "context.2": 77_655,
        "shuffle.0": 4_640,
        "shuffle.1": 4_640,
        "shuffle.2": 4_640,
        "heads": 6_240,
        "attention fpn_attention": 13_568,
        "attention.2": 8_564,
    },
    "v1_paper": {"": 487_103, "fpn": 113_610, "context": 148_296, "heads": 7_200},
    "released/v1": {
        "": 489_015,
        "backbone": 213_072,
        "fpn": 77_916,
        "context.0": 64_185,
        "context.1": 64_185,
        "context.2": 64_185,
        "shuffle": 0,
        "heads": 684 + 1_368 + 3_420,
    },
}
"""What documents and the published checkpoint say, and the architecture must give to the unit."""


@pytest.fixture
def profiles(audits: dict[str, Audit]) -> dict[str, Profile]:
    return dict(zip(NAMES, (audit.profile for audit in audits.values()), strict=True))


@pytest.mark.parametrize(
    ("name", "paths", "size"), [(name, paths, size) for name, parts in SIZES.items() for paths, size in parts.items()]
)
def test_the_documented_sizes_come_out_to_the_unit(
    profiles: dict[str, Profile], name: str, paths: str, size: int
) -> None:
    assert profiles[name].under(paths.split() or [""]).params == size


def test_coordinate_attention_replaces_exactly_the_second_cbam(profiles: dict[str, Profile]) -> None:
    channels, levels = 56, 3
    cbam_hidden, coordinate_hidden = 56 // 16, 8
    cbam = 2 * channels * cbam_hidden + cbam_hidden + channels + (2 * 7 * 7 + 2)
    coordinate = (channels + 1 + 2) * coordinate_hidden + 2 * (coordinate_hidden + 1) * channels
    difference = profiles["v2_coord"].total.params - profiles["v1"].total.params
    assert difference == levels * (coordinate - cbam) == 2_955


@pytest.mark.parametrize("name", NAMES)
def test_multiply_accumulates_agree_with_pytorchs_own_counter(profiles: dict[str, Profile], name: str) -> None:
    model = auditor.build(auditor.load(ROOT / "specs" / f"{name}.yaml")).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 3, 640, 640))
    assert 2 * profiles[name].total.macs == counter.get_total_flops()


@pytest.mark.parametrize("name", ["baseline", "v1", "released/v1"])
def test_deformable_context_agrees_with_a_formula_by_hand(profiles: dict[str, Profile], name: str) -> None:
    channels = {"baseline": 64}.get(name, 56)
    half, quarter = channels // 2, channels // 4
    steps = [(channels, half), (channels, quarter), *[(quarter, quarter)] * 3]
    offsets_and_mask = 18 + 9
    per_position = sum(inputs * 9 * (outputs + offsets_and_mask) for inputs, outputs in steps)
    positions = sum((640 // stride) ** 2 for stride in (8, 16, 32))
    assert profiles[name].under(["context"]).macs == positions * per_position


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_variant_runs_and_learns_at_full_size(name: str) -> None:
    model = auditor.build(auditor.load(ROOT / "specs" / f"{name}.yaml")).train()
    boxes, classes, landmarks = model(torch.rand(1, 3, 640, 640))
    assert boxes.shape == (1, 16_800, 4)
    assert classes.shape == (1, 16_800, 2)
    assert landmarks.shape == (1, 16_800, 10)
    (boxes.sum() + classes.square().sum() + landmarks.sum()).backward()
    assert [n for n, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_has_a_say_in_the_output(name: str) -> None:
    spec = auditor.load(ROOT / "specs" / f"{name}.yaml")
    idle: set[str] | None = None
    for seed in range(8):  # a rectifier can be silent under one initialisation, not under all
        torch.manual_seed(seed)
        model = auditor.build(spec).eval()
        boxes, classes, landmarks = model(torch.rand(1, 3, 64, 64))
        (boxes.square().sum() + classes.square().sum() + landmarks.square().sum()).backward()
        silent = {n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()}
        idle = silent if idle is None else idle & silent
    assert not idle


def test_class_scores_are_probabilities_only_in_evaluation() -> None:
    model = auditor.build(auditor.load(ROOT / "specs" / "baseline.yaml"))
    image = torch.rand(1, 3, 64, 64)
    ones = torch.ones(1, 2 * (8 * 8 + 4 * 4 + 2 * 2))
    torch.testing.assert_close(model.eval()(image).classes.sum(-1), ones)
    assert not torch.allclose(model.train()(image).classes.sum(-1), ones)


def test_nothing_runs_uncounted_and_no_parameter_idles(profiles: dict[str, Profile]) -> None:
    for profile in profiles.values():
        assert not profile.uncounted
        assert not profile.unused
