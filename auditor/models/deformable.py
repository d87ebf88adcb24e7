"""Modulated deformable convolution (DCNv2) in plain PyTorch.

Shape letters: B batch, C input channels, O output channels, H and W input size, Y and X output
size, K positions of the kernel, J its rows and I its columns.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def deform_conv2d(
    x_BCHW: Tensor, offset_BKYX: Tensor, mask_BKYX: Tensor, weight_OCkk: Tensor, *, stride: int = 1, padding: int = 0
) -> Tensor:
    """Convolve with every kernel position moved by its offset and weighted by its mask.

    `offset_BKYX` holds two maps per kernel position, its shift down and its shift to the right in
    pixels. Positions between pixels are interpolated; beyond the border everything is zero.
    """
    batch, channels, height, width = x_BCHW.shape
    kernel = weight_OCkk.shape[2]
    positions = kernel * kernel
    out_height, out_width = offset_BKYX.shape[2:]

    # 1. Where each output looks at the input: the regular lattice plus the offsets, in pixels.
    taps = torch.arange(kernel, device=x_BCHW.device)[:, None]
    rows_JY = taps + torch.arange(-padding, out_height * stride - padding, stride, device=x_BCHW.device)
    columns_IX = taps + torch.arange(-padding, out_width * stride - padding, stride, device=x_BCHW.device)
    offset_BJI2YX = offset_BKYX.reshape(batch, kernel, kernel, 2, out_height, out_width)
    y_BJIYX = rows_JY.view(kernel, 1, out_height, 1) + offset_BJI2YX[:, :, :, 0]
    x_BJIYX = columns_IX.view(kernel, 1, out_width) + offset_BJI2YX[:, :, :, 1]

    # 2. Pixel p lies at (2p + 1) / size - 1 in the coordinates of grid_sample.
    grid_BJIYX2 = torch.stack(((2 * x_BJIYX + 1) / width - 1, (2 * y_BJIYX + 1) / height - 1), dim=-1)
    grid_BYX2 = grid_BJIYX2.reshape(batch, positions * out_height, out_width, 2)
    sampled_BCYX = F.grid_sample(x_BCHW, grid_BYX2, mode="bilinear", padding_mode="zeros", align_corners=False)

    # 3. What is left is a 1×1 convolution over channels × kernel positions.
    sampled_BCKYX = sampled_BCYX.reshape(batch, channels, positions, out_height, out_width) * mask_BKYX[:, None]
    columns_BPYX = sampled_BCKYX.reshape(batch, channels * positions, out_height, out_width)
    return F.conv2d(columns_BPYX, weight_OCkk.reshape(weight_OCkk.shape[0], -1, 1, 1))


class DeformableConv2d(nn.Module):
    """A 3×3 deformable convolution that predicts its own offsets and mask from its input.

    Both predictors start at zero, where it equals an ordinary convolution.
    """

    KERNEL = 3

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        positions = self.KERNEL**2
        self.offset = nn.Conv2d(inputs, 2 * positions, self.KERNEL, padding=1)
        self.mask = nn.Conv2d(inputs, positions, self.KERNEL, padding=1)
        for predictor in (self.offset, self.mask):
            nn.init.zeros_(predictor.weight)
            assert predictor.bias is not None
            nn.init.zeros_(predictor.bias)
        self.weight = nn.Parameter(torch.empty(outputs, inputs, self.KERNEL, self.KERNEL))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        mask_BKYX = 2 * torch.sigmoid(self.mask(x_BCHW))
        return deform_conv2d(x_BCHW, self.offset(x_BCHW), mask_BKYX, self.weight, padding=1)
