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

RECURRENT = ("RNNCell", "GRUCell", "LSTMCell", "RNN", "GRU", "LSTM")
"""Layers for which thop has rules of its own, which are not followed here."""

_OTHERS = (
    *("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d"),
    *("AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "ZeroPad2d", "PixelShuffle", "Dropout"),
    *("PReLU", "ReLU", "ReLU6", "LeakyReLU", "Softmax", "Sequential"),
)

RULES = frozenset([*LAYERS, *RECURRENT, *_NORMS, *_INSTANCE_NORMS, *_AVERAGES, *_UPSAMPLING, *_OTHERS])
"""The classes that thop has a rule for."""


def extra_operations(module: Module, other: int) -> int:
    """What thop counts for a module beside its multiply-accumulates; `other` is the arithmetic measured there."""
    values = prod(module.outputs[0]) * module.calls if module.outputs else 0
    settings = module.settings
    if module.type in _NORMS:
        is_layer_norm = module.type == "LayerNorm"
        affine = bool(settings.get("elementwise_affine" if is_layer_norm else "affine", False))
        per_value = 5 + 2 * affine if is_layer_norm else 2
        return other // per_value * (4 if affine else 2)
    if module.type in _INSTANCE_NORMS:
        return values * (4 if settings.get("affine", False) else 2)
    if module.type in (*_AVERAGES, "PReLU"):
        return values
    if module.type.startswith("AdaptiveAvgPool"):
        return other + values
    if module.type == "Softmax" and module.outputs and isinstance(settings.get("dim"), int):
        return 3 * values - values // module.outputs[0][int(str(settings["dim"]))]
    if module.type in _UPSAMPLING:
        return values * _PER_RESULT.get(str(settings.get("mode", "nearest")), 0)
    return 0


def layer_macs(module: Module, macs: int) -> int:
    """What thop counts for a layer: of a transposed convolution, one filter for each value of the result."""
    channels, groups, kernel = (module.settings.get(name) for name in ("in_channels", "groups", "kernel_size"))
    if not module.type.startswith("ConvTranspose") or not isinstance(kernel, tuple) or not module.outputs:
        return macs
    per_value = int(str(channels)) // int(str(groups)) * prod(kernel)
    return prod(module.outputs[0]) * module.calls * per_value


def keeps_counters(module: Module) -> bool:
    """Whether thop leaves its two counters in a module: it takes them back from those it has a rule for."""
    return module.type not in RULES
