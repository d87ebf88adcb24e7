"""Every layer of torch.nn is counted, or known to move values only, or known to be listed; alike on every path."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from kernels import on_meta
from specimens import Does
from torch import Tensor, nn

from auditor import profile
from auditor.profiling import Profile

LINE, IMAGE, VOLUME = torch.rand(2, 4, 6), torch.rand(2, 4, 6, 6), torch.rand(2, 4, 6, 6, 6)
X, Y, SIGNS, CLASSES = torch.rand(3, 4), torch.rand(3, 4), torch.tensor([1.0, -1.0, 1.0]), torch.tensor([0, 1, 2])
INDICES, STEPS = torch.tensor([[1, 2], [3, 0]]), torch.rand(5, 2, 4)

Case = tuple[Callable[[], nn.Module], tuple[Any, ...]]


def of_each(name: str, make: Callable[[Any], nn.Module], *inputs: tuple[Tensor, ...]) -> dict[str, Case]:
    """The cases of a layer that there is for lines, images and volumes."""
    classes = [getattr(nn, f"{name}{dimensions}d") for dimensions in (1, 2, 3)]
    given = inputs or ((LINE,), (IMAGE,), (VOLUME,))
    return {kind.__name__: (partial(make, kind), xs) for kind, xs in zip(classes, given, strict=True)}


def of(*names: str, inputs: tuple[Any, ...] = (X,), settings: tuple[Any, ...] = ()) -> dict[str, Case]:
    """The cases of layers that are made alike."""
    return {name: (partial(getattr(nn, name), *settings), inputs) for name in names if hasattr(nn, name)}


COUNTED: dict[str, Case] = {
    **of_each("Conv", lambda kind: kind(4, 6, 3)),
    **of_each("ConvTranspose", lambda kind: kind(4, 6, 3)),
    **of_each("BatchNorm", lambda kind: kind(4)),
    **of_each("InstanceNorm", lambda kind: kind(4)),
    **of_each("AvgPool", lambda kind: kind(2)),
    **of_each("MaxPool", lambda kind: kind(2)),
    **of_each("LPPool", lambda kind: kind(2, 2)),
    **of_each("AdaptiveAvgPool", lambda kind: kind(3)),
    **of_each("AdaptiveMaxPool", lambda kind: kind(3)),
    "FractionalMaxPool2d": (lambda: nn.FractionalMaxPool2d(2, output_size=2), (IMAGE,)),
    "FractionalMaxPool3d": (lambda: nn.FractionalMaxPool3d(2, output_size=2), (VOLUME,)),
    "SyncBatchNorm": (lambda: nn.SyncBatchNorm(4), (IMAGE,)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), (IMAGE,)),
    "LayerNorm": (lambda: nn.LayerNorm(6), (IMAGE,)),
    "RMSNorm": (lambda: nn.RMSNorm(6), (IMAGE,)),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3), (IMAGE,)),
    "CrossMapLRN2d": (lambda: nn.CrossMapLRN2d(3), (IMAGE,)),
    "Linear": (lambda: nn.Linear(4, 5), (X,)),
    "Bilinear": (lambda: nn.Bilinear(4, 4, 5), (X, Y)),
    "EmbeddingBag": (lambda: nn.EmbeddingBag(10, 3), (INDICES,)),
    **of("RNN", "LSTM", "GRU", settings=(4, 3), inputs=(STEPS,)),
    **of("RNNCell", "LSTMCell", "GRUCell", settings=(4, 3)),
    "MultiheadAttention": (lambda: nn.MultiheadAttention(4, 2), (STEPS, STEPS, STEPS)),
    "Transformer": (lambda: nn.Transformer(4, 2, 1, 1, 8, batch_first=True), (STEPS, STEPS)),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(4, 2, 8), (STEPS,)),
    "TransformerDecoderLayer": (lambda: nn.TransformerDecoderLayer(4, 2, 8), (STEPS, STEPS)),
    "TransformerEncoder": (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 1),
        (STEPS,),
    ),
    "TransformerDecoder": (lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8), 1), (STEPS, STEPS)),
    **of("CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid"),
    **of("Mish", "PReLU", "RReLU", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softplus", "Softshrink", "Softsign"),
    **of("Tanh", "Tanhshrink"),
    **of("LogSoftmax", "Softmax", "Softmin", settings=(1,)),
    **of("Threshold", settings=(0.1, 0.0)),
    **of("Softmax2d", inputs=(IMAGE,)),
    "Upsample": (lambda: nn.Upsample(scale_factor=2, mode="bicubic"), (IMAGE,)),
    "UpsamplingBilinear2d": (lambda: nn.UpsamplingBilinear2d(scale_factor=2), (IMAGE,)),
    "Fold": (lambda: nn.Fold((4, 4), 2), (torch.rand(1, 8, 9),)),
    **of("CosineSimilarity", "PairwiseDistance", "L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss", inputs=(X, Y)),
    **of("BCELoss", "BCEWithLogitsLoss", "SoftMarginLoss", "PoissonNLLLoss", inputs=(X, Y)),
    "KLDivLoss": (lambda: nn.KLDivLoss(reduction="batchmean"), (X, Y)),
    **of("HingeEmbeddingLoss", "MultiLabelSoftMarginLoss", inputs=(X, Y)),
    **of("CrossEntropyLoss", "NLLLoss", inputs=(X, CLASSES)),
    **of("LinearCrossEntropyLoss", settings=(4, 5), inputs=(X, CLASSES)),
    **of("GaussianNLLLoss", inputs=(X, Y, torch.ones(3, 4))),
    **of("MarginRankingLoss", inputs=(SIGNS, -SIGNS, SIGNS)),
    **of("CosineEmbeddingLoss", inputs=(X, Y, SIGNS)),
    **of("TripletMarginLoss", "TripletMarginWithDistanceLoss", inputs=(X, Y, -X)),
    "AdaptiveLogSoftmaxWithLoss": (lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4], div_value=1), (X, CLASSES)),
}

MOVING: dict[str, Case] = {
    **of_each("CircularPad", lambda kind: kind(1)),
    **of_each("ConstantPad", lambda kind: kind(1, 0.5)),
    **of_each("ReflectionPad", lambda kind: kind(1)),
    **of_each("ReplicationPad", lambda kind: kind(1)),
    **of_each("ZeroPad", lambda kind: kind(1)),
    **of_each("Dropout", lambda kind: kind()),
    **of_each(
        "MaxUnpool",
        lambda kind: kind(2),
        *((x, torch.zeros(x.shape, dtype=torch.int64)) for x in (LINE, IMAGE, VOLUME)),
    ),
    **of("AlphaDropout", "Dropout", "FeatureAlphaDropout", "Flatten", "Identity"),
    **of("ChannelShuffle", "PixelShuffle", "PixelUnshuffle", settings=(2,), inputs=(IMAGE,)),
    "Unflatten": (lambda: nn.Unflatten(1, (2, 2)), (X,)),
    "Unfold": (lambda: nn.Unfold(2), (IMAGE,)),
    "Embedding": (lambda: nn.Embedding(10, 3), (INDICES,)),
    "UpsamplingNearest2d": (lambda: nn.UpsamplingNearest2d(scale_factor=2), (IMAGE,)),
}

LISTED: dict[str, Case] = {
    **of("MultiMarginLoss", inputs=(X, CLASSES)),
    **of("MultiLabelMarginLoss", inputs=(X, torch.tensor([[1, 0, -1, 0]] * 3))),
    "CTCLoss": (nn.CTCLoss, (STEPS.log_softmax(2), INDICES + 1, torch.tensor([5, 5]), torch.tensor([2, 2]))),
}

NO_LAYERS = {"Module", "Container", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
NO_LAYERS |= {"DataParallel", "RNNBase", "RNNCellBase", "NLLLoss2d"}

BY_VALUE = {"AdaptiveLogSoftmaxWithLoss", "CTCLoss", "GaussianNLLLoss"}
"""What looks at values, and so cannot run on the meta device, which has none."""

ALL = {**COUNTED, **MOVING, **LISTED}


def measured_alike(name: str) -> Profile:
    """A layer measured in every mode, which must make no difference."""
    make, inputs = ALL[name]
    layer = make()
    measured = profile(layer, *inputs)
    with torch.inference_mode():
        around = profile(layer, *inputs)
    assert (around.total, around.uncounted) == (measured.total, measured.uncounted)
    if name not in BY_VALUE:
        nowhere = on_meta(make(), *inputs)
        assert (nowhere.total, nowhere.uncounted) == (measured.total, measured.uncounted)
    return measured


def test_every_layer_of_torch_is_known() -> None:
    layers = {name for name, kind in vars(nn).items() if isinstance(kind, type) and issubclass(kind, nn.Module)}
    assert {name for name in layers if not name.startswith("Lazy")} == {*ALL, *NO_LAYERS} & layers


@pytest.mark.parametrize("name", COUNTED)
def test_a_layer_that_computes_is_counted(name: str) -> None:
    measured = measured_alike(name)
    assert measured.total.flops > 0
    assert not measured.uncounted


@pytest.mark.parametrize("name", MOVING)
def test_a_layer_that_moves_values_counts_nothing(name: str) -> None:
    measured = measured_alike(name)
    assert measured.total.flops == 0
    assert not measured.uncounted


@pytest.mark.parametrize("name", LISTED)
def test_a_layer_without_a_formula_is_listed(name: str) -> None:
    assert measured_alike(name).uncounted


@pytest.mark.parametrize("name", ["ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "SiLU", "Mish", "Hardswish"])
def test_an_activation_counts_the_same_in_place(name: str) -> None:
    kind = getattr(nn, name)
    assert profile(kind(inplace=True), X.clone()).total == profile(kind(), X).total


def test_a_layer_that_makes_itself_when_it_first_runs_counts_like_any_other() -> None:
    assert profile(Does(lambda _, x: nn.LazyLinear(5)(x)), X).total.macs == profile(nn.Linear(4, 5), X).total.macs
