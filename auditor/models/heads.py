"""Detection heads: from pyramid levels to boxes, classes and landmarks of every anchor.

Shape letters: B batch, C channels, H height, W width, N anchors over all levels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from auditor.models.layers import conv_bn
from auditor.models.registry import Role, block

BOX, CLASSES, LANDMARKS = 4, 2, 10
"""Values per anchor: box corners, face or not, five landmark points."""


class Detections(NamedTuple):
    """What a detector says of every anchor; in evaluation mode the classes are probabilities."""

    boxes: Tensor
    classes: Tensor
    landmarks: Tensor


class Predictors(nn.Module):
    """Three 1×1 convolutions on one level: boxes, classes and landmarks for each of its anchors."""

    def __init__(self, inputs: int, anchors: int) -> None:
        super().__init__()
        if anchors < 1:
            raise ValueError(f"anchors must be at least 1, not {anchors}")
        self.boxes = nn.Conv2d(inputs, anchors * BOX, 1)
        self.classes = nn.Conv2d(inputs, anchors * CLASSES, 1)
        self.landmarks = nn.Conv2d(inputs, anchors * LANDMARKS, 1)

    def forward(self, x_BCHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return (
            _per_anchor(self.boxes(x_BCHW), BOX),
            _per_anchor(self.classes(x_BCHW), CLASSES),
            _per_anchor(self.landmarks(x_BCHW), LANDMARKS),
        )


def _per_anchor(x_BCHW: Tensor, values: int) -> Tensor:
    return x_BCHW.permute(0, 2, 3, 1).reshape(x_BCHW.shape[0], -1, values)


def _detections(levels: list[tuple[Tensor, Tensor, Tensor]], training: bool) -> Detections:
    boxes, classes, landmarks = (torch.cat(parts, dim=1) for parts in zip(*levels, strict=True))
    return Detections(boxes, classes if training else F.softmax(classes, dim=-1), landmarks)


@block("anchor_heads", Role.HEAD)
class AnchorHeads(nn.Module):
    """Three heads per level, each a 1×1 convolution."""

    out_channels = None

    def __init__(self, inputs: tuple[int, ...], *, anchors: int = 2) -> None:
        super().__init__()
        self.levels = nn.ModuleList(Predictors(width, anchors) for width in inputs)

    def forward(self, levels: list[Tensor]) -> Detections:
        predicted = [head(x_BCHW) for head, x_BCHW in zip(self.levels, levels, strict=True)]
        return _detections(predicted, self.training)


class SharedTrunk(nn.Module):
    """A 3×3 convolution to half the channels that the predictors of all three tasks share."""

    def __init__(self, inputs: int, anchors: int) -> None:
        super().__init__()
        if inputs < 2:
            raise ValueError("the trunk halves the channels, and there is only one")
        self.trunk = conv_bn(inputs, inputs // 2)
        self.predictors = Predictors(inputs // 2, anchors)

    def forward(self, x_BCHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        predicted: tuple[Tensor, Tensor, Tensor] = self.predictors(F.relu(self.trunk(x_BCHW)))
        return predicted


@block("shared_multi_head", Role.HEAD)
class SharedMultiHead(nn.Module):
    """Heads whose three tasks share a trunk; one such head per level, or a single one for all."""

    out_channels = None

    def __init__(self, inputs: tuple[int, ...], *, anchors: int = 2, single: bool = False) -> None:
        super().__init__()
        if single and len(set(inputs)) > 1:
            raise ValueError(f"a single head needs levels of one width, not {', '.join(map(str, inputs))}")
        widths = inputs[:1] if single else inputs
        self.heads = nn.ModuleList(SharedTrunk(width, anchors) for width in widths)

    def forward(self, levels: list[Tensor]) -> Detections:
        heads = list(self.heads) * (len(levels) // len(self.heads))
        predicted = [head(x_BCHW) for head, x_BCHW in zip(heads, levels, strict=True)]
        return _detections(predicted, self.training)
