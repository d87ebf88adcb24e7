"""Small models of all kinds of operators, each with the closed formula of its multiply-accumulates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from auditor.models.deformable import DeformableConv2d

N, B = 2, 3
L, S = 5, 7
I, O, E, M = 6, 10, 8, 16  # noqa: E741
C, D, G, P = 4, 6, 2, 2
Z, Y, X, R, Q, K = 3, 8, 12, 4, 6, 3
U, V = 9, 11

LETTERS = {
    "N": "inputs",
    "B": "batches within an input",
    "L, S": "positions of a sequence, and of another one",
    "I, O": "features in and out",
    "E, M": "width of attention, and of the network behind it",
    "C, D": "channels in and out",
    "G, P": "groups or heads, and channels in each group",
    "Z, Y, X": "depth, height and width",
    "R, Q": "half the height, and half the width",
    "K": "side of a kernel",
    "U": "units of a recurrent layer",
    "V": "words",
}
"""What the letters of formulas stand for."""

SIZES = {letter: globals()[letter] for letters in LETTERS for letter in letters.split(", ")}


@dataclass(frozen=True)
class Row:
    """A small model, the formula of its multiply-accumulates, and the shapes of its inputs."""

    name: str
    formula: str
    model: nn.Module
    shapes: list[tuple[int, ...]]

    @property
    def macs(self) -> int:
        """What the formula comes to: a sum of products of letters and numbers."""
        terms = (term.split("·") for term in self.formula.split(" + "))
        return sum(prod(SIZES[factor] if factor in SIZES else int(factor) for factor in term) for term in terms)

    def inputs(self) -> list[Tensor]:
        """Zeros, which are the numbers of words where words are wanted."""
        dtype = torch.long if any(isinstance(module, nn.Embedding) for module in self.model.modules()) else None
        return [torch.zeros(shape, dtype=dtype) for shape in self.shapes]


class Net(nn.Module):
    """A model that does what a function says with its members and inputs."""

    def __init__(self, function: Callable[..., Any], **members: Any) -> None:
        super().__init__()
        self.function = function
        for name, member in members.items():
            setattr(self, name, member)

    def forward(self, *inputs: Any) -> Any:
        return self.function(self, *inputs)


def function(does: Callable[..., Any], *own: tuple[int, ...]) -> nn.Module:
    """A model that does a function of its inputs and parameters of its own, which belong to no layer."""
    parameters = nn.ParameterList(torch.zeros(shape) for shape in own)
    return Net(lambda net, *inputs: does(*inputs, *net.own), own=parameters)


class OwnConv2d(nn.Conv2d):
    """A convolution under another name."""


class OwnProduct(torch.autograd.Function):
    """A product with a backward pass of its own, which nothing here takes."""

    @staticmethod
    def forward(_: Any, x: Tensor, weight: Tensor) -> Tensor:
        return x @ weight


def linear(inputs: int = I, outputs: int = O) -> nn.Linear:
    return nn.Linear(inputs, outputs, bias=False)


def conv(layer: Callable[..., nn.Module] = nn.Conv2d, outputs: int = D, **settings: Any) -> nn.Module:
    """A layer of 3×3 kernels that keeps the size where it does not stride."""
    return layer(C, outputs, K, padding=1, **{"bias": False, **settings})


def transposed(layer: Callable[..., nn.Module], **settings: Any) -> nn.Module:
    """A layer that doubles the size, in which no two kernels overlap."""
    return layer(C, D, 2, 2, bias=False, **settings)


def attention() -> nn.Module:
    return nn.MultiheadAttention(E, G, batch_first=True)


def tied() -> nn.Module:
    """Words looked up in, and scored by, the same weights."""
    words, scores = nn.Embedding(V, E), linear(E, V)
    scores.weight = words.weight
    return nn.Sequential(words, scores)


def shared() -> nn.Module:
    """One layer that two parents hold."""
    layer = linear(E, E)
    return nn.Sequential(nn.Sequential(layer, nn.ReLU()), nn.Sequential(layer, nn.ReLU()))


FEATURES, TOKENS, SOURCE = (N, I), (N, L, E), (N, S, E)
HEADS, OTHERS = (N, G, L, E), (N, G, S, E)
LINE, IMAGE, VOLUME = (N, C, L), (N, C, Y, X), (N, C, Z, Y, X)

SELF_ATTENTION = "4·N·L·E·E + 2·N·L·L·E"
CROSS_ATTENTION = "2·N·L·E·E + 2·N·S·E·E + 2·N·L·S·E"
FEED_FORWARD = "2·N·L·E·M"

ROWS = {
    "Layers of features": [
        Row("Linear", "N·I·O", linear(), [FEATURES]),
        Row("Linear, with bias", "N·I·O", nn.Linear(I, O), [FEATURES]),
        Row("Linear, input of three dimensions", "N·L·I·O", linear(), [(N, L, I)]),
        Row("Bilinear", "N·O·I·E + N·O·E", nn.Bilinear(I, E, O, bias=False), [(N, I), (N, E)]),
        Row("Embedding", "0", nn.Embedding(V, E), [(N, L)]),
        Row("Linear, tied to an Embedding", "N·L·E·V", tied(), [(N, L)]),
    ],
    "Convolutions": [
        Row("Conv1d", "N·L·C·D·K", conv(nn.Conv1d), [LINE]),
        Row("Conv2d", "N·Y·X·C·D·K·K", conv(), [IMAGE]),
        Row("Conv2d, with bias", "N·Y·X·C·D·K·K", conv(bias=True), [IMAGE]),
        Row("Conv2d, 1×1", "N·Y·X·C·D", nn.Conv2d(C, D, 1, bias=False), [IMAGE]),
        Row("Conv2d, grouped", "N·Y·X·P·D·K·K", conv(groups=G), [IMAGE]),
        Row("Conv2d, depthwise", "N·Y·X·C·K·K", conv(outputs=C, groups=C), [IMAGE]),
        Row("Conv3d", "N·Z·Y·X·C·D·K·K·K", conv(nn.Conv3d), [VOLUME]),
        Row("Conv2d, as a class of one's own", "N·Y·X·C·D·K·K", conv(OwnConv2d), [IMAGE]),
        Row("Conv2d, weight-normalised", "N·Y·X·C·D·K·K", nn.utils.parametrizations.weight_norm(conv()), [IMAGE]),
        Row("ConvTranspose1d", "N·L·C·D·2", transposed(nn.ConvTranspose1d), [LINE]),
        Row("ConvTranspose2d", "N·Y·X·C·D·2·2", transposed(nn.ConvTranspose2d), [IMAGE]),
        Row("ConvTranspose2d, grouped", "N·Y·X·P·D·2·2", transposed(nn.ConvTranspose2d, groups=G), [IMAGE]),
        Row("deformable, in plain PyTorch", "N·Y·X·C·27·K·K + N·Y·X·C·D·K·K", DeformableConv2d(C, D), [IMAGE]),
    ],
    "Functions": [
        Row("F.linear", "N·I·O", function(F.linear, (O, I)), [FEATURES]),
        Row("F.conv2d", "N·R·Q·C·D·2·2", function(lambda x, w: F.conv2d(x, w, stride=2), (D, C, 2, 2)), [IMAGE]),
        Row(
            "F.conv_transpose2d",
            "N·Y·X·C·D·2·2",
            function(lambda x, w: F.conv_transpose2d(x, w, stride=2), (C, D, 2, 2)),
            [IMAGE],
        ),
        Row(
            "F.unfold and @", "N·Y·X·C·D·K·K", function(lambda x, w: w @ F.unfold(x, K, 1, 1), (D, C * K * K)), [IMAGE]
        ),
        Row("@", "N·I·O", function(torch.matmul, (I, O)), [FEATURES]),
        Row("@, batches", "N·B·L·I·O", function(torch.matmul), [(N, B, L, I), (N, B, I, O)]),
        Row("@, broadcast batches", "N·B·L·I·O", function(torch.matmul), [(N, 1, L, I), (B, I, O)]),
        Row("@, matrix and vector", "N·I", function(torch.matmul, (I,)), [FEATURES]),
        Row("torch.dot", "I", function(torch.dot), [(I,), (I,)]),
        Row("torch.bmm", "B·L·I·O", function(torch.bmm), [(B, L, I), (B, I, O)]),
        Row("torch.addmm", "N·I·O", function(torch.addmm), [(N, O), (N, I), (I, O)]),
        Row("torch.baddbmm", "B·L·I·O", function(torch.baddbmm), [(B, L, O), (B, L, I), (B, I, O)]),
        Row("torch.tensordot", "N·L·I·O", function(lambda x, w: torch.tensordot(x, w, 2), (L, I, O)), [(N, L, I)]),
        Row(
            "torch.linalg.multi_dot",
            "N·I·O + N·O·E",
            function(lambda *all: torch.linalg.multi_dot(all)),
            [(N, I), (I, O), (O, E)],
        ),
        Row("torch.einsum", "N·L·I·O", function(lambda x, w: torch.einsum("nli,io->nlo", x, w), (I, O)), [(N, L, I)]),
        Row(
            "torch.einsum, batches",
            "N·G·L·S·E",
            function(lambda q, k: torch.einsum("nhle,nhse->nhls", q, k)),
            [HEADS, OTHERS],
        ),
        Row("a function with its own backward pass", "N·I·O", function(OwnProduct.apply, (I, O)), [FEATURES]),
    ],
    "Attention": [
        Row(
            "scaled_dot_product_attention",
            "2·N·G·L·S·E",
            function(F.scaled_dot_product_attention),
            [HEADS, OTHERS, OTHERS],
        ),
        Row("MultiheadAttention", SELF_ATTENTION, Net(lambda net, x: net.of(x, x, x), of=attention()), [TOKENS]),
        Row(
            "MultiheadAttention, without its weights",
            SELF_ATTENTION,
            Net(lambda net, x: net.of(x, x, x, need_weights=False)[0], of=attention()),
            [TOKENS],
        ),
        Row(
            "TransformerEncoderLayer",
            f"{SELF_ATTENTION} + {FEED_FORWARD}",
            nn.TransformerEncoderLayer(E, G, M, batch_first=True),
            [TOKENS],
        ),
        Row(
            "TransformerDecoderLayer",
            f"{SELF_ATTENTION} + {CROSS_ATTENTION} + {FEED_FORWARD}",
            nn.TransformerDecoderLayer(E, G, M, batch_first=True),
            [TOKENS, SOURCE],
        ),
    ],
    "Recurrent layers": [
        Row("RNN", "N·L·U·I + N·L·U·U", nn.RNN(I, U, batch_first=True), [(N, L, I)]),
        Row("GRU", "3·N·L·U·I + 3·N·L·U·U", nn.GRU(I, U, batch_first=True), [(N, L, I)]),
        Row("LSTM", "4·N·L·U·I + 4·N·L·U·U", nn.LSTM(I, U, batch_first=True), [(N, L, I)]),
        Row(
            "LSTM, two layers, both ways",
            "8·N·L·U·I + 8·N·L·U·U + 16·N·L·U·U + 8·N·L·U·U",
            nn.LSTM(I, U, 2, batch_first=True, bidirectional=True),
            [(N, L, I)],
        ),
        Row("GRUCell", "3·N·U·I + 3·N·U·U", nn.GRUCell(I, U), [FEATURES]),
    ],
    "Ways to use a layer": [
        Row("three times", "3·N·E·E", Net(lambda net, x: net.of(net.of(net.of(x))), of=linear(E, E)), [(N, E)]),
        Row("under two parents", "2·N·E·E", shared(), [(N, E)]),
        Row("its forward called directly", "N·I·O", Net(lambda net, x: net.of.forward(x), of=linear()), [FEATURES]),
        Row("its weights, by a function", "N·I·O", Net(lambda net, x: x @ net.of.weight.T, of=linear()), [FEATURES]),
        Row(
            "with no use of its result",
            "2·N·I·O",
            Net(lambda net, x: (net.a(x), net.b(x))[0], a=linear(), b=linear()),
            [FEATURES],
        ),
        Row("with results by name", "N·I·O", Net(lambda net, x: {"scores": net.of(x)}, of=linear()), [FEATURES]),
    ],
    "Work that is no multiply-accumulate": [
        Row("BatchNorm2d", "0", nn.BatchNorm2d(C), [IMAGE]),
        Row("LayerNorm", "0", nn.LayerNorm(E), [TOKENS]),
        Row("GroupNorm", "0", nn.GroupNorm(G, C), [IMAGE]),
        Row("Softmax", "0", nn.Softmax(1), [IMAGE]),
        Row("AvgPool2d", "0", nn.AvgPool2d(2), [IMAGE]),
        Row("AdaptiveAvgPool2d", "0", nn.AdaptiveAvgPool2d(1), [IMAGE]),
        Row("Upsample, bilinear", "0", nn.Upsample(scale_factor=2, mode="bilinear"), [IMAGE]),
        Row(
            "grid_sample", "0", function(lambda x, at: F.grid_sample(x, at, align_corners=False)), [IMAGE, (N, R, Q, 2)]
        ),
    ],
}
"""By family: what is counted."""
