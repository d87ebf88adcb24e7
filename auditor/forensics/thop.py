"""What thop counts, from what was measured: which modules it knows, and what it makes of each."""

from __future__ import annotations

from math import prod

from auditor.profiling.facts import Module

LAYERS = ("Conv1d", "Conv2d", "Conv3d", "Linear", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
"""Layers whose multiply-accumulates counters by classes see."""

_NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm", "SyncBatchNorm")
_INSTANCE_NORMS = ("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d")
_AVERAGES = ("AvgPool1d", "AvgPool2d", "AvgPool3d")
_UPSAMPLING = ("Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d")
_PER_RESULT = {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 259}

RULES = frozenset(
    (
        *(*LAYERS, *_NORMS, *_INSTANCE_NORMS, *_AVERAGES, *_UPSAMPLING),
        *(
            "AdaptiveAvgPool1d",
            "AdaptiveAvgPool2d",
            "AdaptiveAvgPool3d",
            "ZeroPad2d",
            "PReLU",
            "Softmax",
            "ReLU",
            "ReLU6",
        ),
        *("LeakyReLU", "MaxPool1d", "MaxPool2d", "MaxPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d"),
        *(
            "AdaptiveMaxPool3d",
            "Dropout",
            "RNNCell",
            "GRUCell",
            "LSTMCell",
            "RNN",
            "GRU",
            "LSTM",
            "Sequential",
            "PixelShuffle",
        ),
    )
)
"""The classes that thop has a rule for."""


def extra_operations(module: Module) -> int:
    """What thop counts for a module that multiplies no matrices."""
    values = prod(module.outputs[0]) * module.calls if module.outputs else 0
    if module.type in (*_NORMS, *_INSTANCE_NORMS):
        affine = module.settings.get("affine", module.settings.get("elementwise_affine", False))
        return values * (4 if affine else 2)
    if module.type in _AVERAGES:
        return values
    if module.type in _UPSAMPLING:
        return values * _PER_RESULT.get(str(module.settings.get("mode", "nearest")), 0)
    return 0


def keeps_counters(module: Module) -> bool:
    """Whether thop leaves its two counters in a module: it takes them back from those it has a rule for."""
    return module.type not in RULES
