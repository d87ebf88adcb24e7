"""Backbones: from the image to a pyramid of feature maps."""

from __future__ import annotations

from torch import Tensor, nn

from auditor.models.layers import conv_bn_act, depthwise_separable
from auditor.models.registry import block

# Output channels at width 1 and stride of the depthwise-separable blocks between two taps.
_GROUPS = (
    ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)),
    ((512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1)),
    ((1024, 2), (1024, 1)),
)
_STEM = 32


@block("mobilenet_v1")
class MobileNetV1(nn.Module):
    """MobileNetV1 without its classifier, tapped at strides 8, 16 and 32."""

    def __init__(self, inputs: tuple[int, ...], *, width: float) -> None:
        super().__init__()
        if len(inputs) != 1:
            raise ValueError(f"a backbone starts from one image, not from {len(inputs)} levels")
        (image_channels,) = inputs
        current = _scaled(_STEM, width)
        self.stem = conv_bn_act(image_channels, current, stride=2)
        self.groups = nn.ModuleList()
        for group in _GROUPS:
            layers = nn.Sequential()
            for full, stride in group:
                layers.append(depthwise_separable(current, _scaled(full, width), stride=stride))
                current = _scaled(full, width)
            self.groups.append(layers)
        self.out_channels = tuple(_scaled(group[-1][0], width) for group in _GROUPS)

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        (x_BCHW,) = levels
        x_BCHW = self.stem(x_BCHW)
        taps = []
        for group in self.groups:
            x_BCHW = group(x_BCHW)
            taps.append(x_BCHW)
        return taps


def _scaled(channels: int, width: float) -> int:
    scaled = int(channels * width)
    if scaled < 1:
        raise ValueError(f"width {width} leaves no channel of {channels}")
    return scaled
