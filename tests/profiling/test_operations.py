"""The count is the same in every mode and on every device, and what other counters find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from specimens import Does, macs_by_torch, small_net
from torch import nn
from torch.nn import functional as F

from auditor import profile


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (small_net(), (2, 3, 12, 12)),
        (nn.Sequential(nn.Conv1d(3, 4, 3), nn.AvgPool1d(3), nn.PReLU()), (2, 3, 9)),
        (nn.TransformerEncoderLayer(8, 2, 16), (5, 2, 8)),
        (nn.Upsample(scale_factor=2, mode="bicubic"), (2, 3, 4, 4)),
    ],
    ids=["classifier", "lines", "transformer", "resampling"],
)
def test_inference_mode_around_or_inside_a_model_does_not_change_the_count(
    model: nn.Module, shape: tuple[int, ...]
) -> None:
    x = torch.randn(shape)
    inside = Does(torch.inference_mode()(lambda self, x: self.model(x)), model=model)
    with torch.inference_mode():
        around = profile(model, x)
    without = profile(model, x)
    assert around.total == profile(inside, x).total == without.total
    assert around.uncounted == without.uncounted


def test_a_model_on_the_meta_device_is_counted_without_any_memory() -> None:
    with torch.device("meta"):
        measured = profile(small_net(), torch.randn(1, 3, 12, 12))
    assert measured.total == profile(small_net(), torch.randn(1, 3, 12, 12)).total


FUSED: dict[str, tuple[Callable[[], nn.Module], list[tuple[int, ...]]]] = {
    "attention": (lambda: Does(lambda _, *qkv: F.scaled_dot_product_attention(*qkv)), [(2, 3, 4, 5)] * 3),
    "attention of other values": (
        lambda: Does(lambda _, *qkv: F.scaled_dot_product_attention(*qkv)),
        [(2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7)],
    ),
    "cross-attention": (lambda: nn.MultiheadAttention(8, 2, batch_first=True), [(2, 5, 8), (2, 3, 8), (2, 3, 8)]),
    "transformer layer": (lambda: nn.TransformerEncoderLayer(8, 2, 16), [(5, 2, 8)]),
    "gru": (lambda: nn.GRU(3, 4, 2, bidirectional=True), [(5, 2, 3)]),
    "classifier": (small_net, [(2, 3, 12, 12)]),
}


@pytest.mark.parametrize(("make", "shapes"), FUSED.values(), ids=FUSED)
def test_the_count_agrees_with_torchs_own_where_that_sees_every_product(
    make: Callable[[], nn.Module], shapes: list[tuple[int, ...]]
) -> None:
    # On the meta device PyTorch takes no fused kernels, which its counter would be blind to.
    with torch.device("meta"):
        by_torch = macs_by_torch(make(), *(torch.randn(shape) for shape in shapes))
    assert profile(make(), *(torch.randn(shape) for shape in shapes)).total.macs == by_torch > 0


def test_fvcore_finds_the_same_in_every_convolution_and_linear_layer() -> None:
    fvcore: Any = pytest.importorskip("fvcore.nn")
    model, x = small_net().eval(), torch.randn(2, 3, 12, 12)
    analysis = fvcore.FlopCountAnalysis(model, x).unsupported_ops_warnings(False)
    measured = profile(model, x)
    for path, flops in analysis.by_module_and_operator().items():
        assert measured.under([path]).macs == flops["conv"] + flops["linear"], path
