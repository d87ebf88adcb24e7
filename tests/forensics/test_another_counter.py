"""What the mechanism 'another counter' says thop and fvcore report is what the real ones report."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction

import pytest
import thop
import torch
from fvcore.nn import FlopCountAnalysis
from torch import Tensor, nn
from torch.nn import functional as F

import auditor
from auditor.auditing import measure
from auditor.claims import Variant
from auditor.forensics import Explanation
from auditor.models import build
from benchmarks.forensics import told, variant
from benchmarks.zoo import Drawn
from tests.conftest import ROOT

IMAGE, TOKENS, SOUND = torch.zeros(1, 3, 24, 24), torch.zeros(1, 30, 16), torch.zeros(1, 3, 64)
UNRELATED = variant(Drawn("a test's", nn.Linear(3, 7), (torch.zeros(1, 3),)), "unrelated")


def layer(channels: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU())


def between(*modules: nn.Module) -> nn.Module:
    """A layer with a norm, what is given, and a convolution."""
    return nn.Sequential(layer(3, 12), *modules, nn.Conv2d(12, 5, 1))


def classifier(*pool: nn.Module) -> nn.Module:
    return nn.Sequential(layer(3, 12), layer(12, 20), *pool, nn.Flatten(), nn.LazyLinear(10))


class Functional(nn.Module):
    """Much of whose work no layer of a known class does: thop misses it."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = layer(3, 12)
        self.weight = nn.Parameter(torch.zeros(8, 12, 3, 3))
        self.out = nn.Conv2d(8, 5, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv2d(self.layer(x), self.weight)
        values = x.flatten(2)
        mixed = values @ values.transpose(1, 2) @ values
        out: Tensor = self.out(mixed.view_as(x))
        return out


class Twice(nn.Module):
    """One layer for two sizes of image."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.out = layer(3, 12), nn.Conv2d(12, 5, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.out(self.layer(x)), self.out(self.layer(F.max_pool2d(x, 2)))


class Own(nn.Conv2d):
    """A class of one's own, which thop does not know although it is a convolution."""


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.norm, self.out = nn.Linear(16, 32), nn.LayerNorm(32), nn.Linear(32, 10)
        self.attention = nn.MultiheadAttention(32, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.embed(x))
        out: Tensor = self.out(self.attention(x, x, x, need_weights=False)[0])
        return out


MODELS: dict[str, tuple[Callable[[], nn.Module], Tensor]] = {
    "convolutions and norms": (lambda: nn.Sequential(layer(3, 12), layer(12, 20)), IMAGE),
    "several images": (lambda: nn.Sequential(layer(3, 12), layer(12, 20)), IMAGE.repeat(4, 1, 1, 1)),
    "grouped convolutions": (lambda: between(nn.Conv2d(12, 12, 3, groups=4, bias=False)), IMAGE),
    "a linear layer": (classifier, IMAGE),
    "average pooling": (lambda: classifier(nn.AvgPool2d(2)), IMAGE),
    "global average pooling": (lambda: classifier(nn.AdaptiveAvgPool2d(1)), IMAGE),
    "maximum pooling": (lambda: classifier(nn.MaxPool2d(2)), IMAGE),
    "upsampling, nearest": (lambda: between(nn.Upsample(scale_factor=2)), IMAGE),
    "upsampling, bilinear": (lambda: between(nn.Upsample(scale_factor=2, mode="bilinear")), IMAGE),
    "upsampling, bicubic": (lambda: between(nn.Upsample(scale_factor=2, mode="bicubic")), IMAGE),
    "upsampling by its old class": (lambda: between(nn.UpsamplingBilinear2d(scale_factor=2)), IMAGE),
    "a softmax": (lambda: between(nn.Softmax(1)), IMAGE),
    "a learned rectifier": (lambda: between(nn.PReLU()), IMAGE),
    "norms of single images": (lambda: between(nn.InstanceNorm2d(12)), IMAGE),
    "norms of tokens": (lambda: nn.Sequential(nn.Linear(16, 64), nn.LayerNorm(64), nn.Linear(64, 10)), TOKENS),
    "norms in groups": (lambda: between(nn.GroupNorm(3, 12)), IMAGE),
    "sound": (lambda: nn.Sequential(nn.Conv1d(3, 12, 3), nn.BatchNorm1d(12), nn.AvgPool1d(2)), SOUND),
    "transposed convolutions": (lambda: between(nn.ConvTranspose2d(12, 12, 2, 2)), IMAGE),
    "functions": (Functional, IMAGE),
    "a class of one's own": (lambda: between(Own(12, 12, 3)), IMAGE),
    "one layer for two sizes": (Twice, IMAGE),
    "attention": (Attending, TOKENS),
}


def as_thop_counts(module: nn.Module, x: Tensor) -> int:
    return int(thop.profile(deepcopy(module), (x,), verbose=False)[0])


def as_fvcore_counts(module: nn.Module, x: Tensor) -> int:
    analysis = FlopCountAnalysis(module, (x,))
    return int(analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).total())


@pytest.mark.parametrize("name", MODELS)
def test_what_fvcore_reports_is_reproduced(name: str) -> None:
    make, x = MODELS[name]
    module = make().eval()
    module(x)  # lazy layers take their size now
    reported = as_fvcore_counts(module, x)
    found = told(variant(Drawn("a test's", module, (x,)), "model"), UNRELATED, f"{reported:,}", "macs()")
    assert reported in [e.reproduces for e in found or () if e.mechanism == "another counter: fvcore"]


def named(found: tuple[Explanation, ...] | None) -> list[Fraction]:
    return [explanation.reproduces for explanation in found or () if explanation.mechanism == "another counter"]


@pytest.mark.parametrize("name", MODELS)
def test_what_thop_reports_is_reproduced(name: str) -> None:
    make, x = MODELS[name]
    module = make().eval()
    module(x)  # lazy layers take their size now
    reported = as_thop_counts(module, x)
    found = told(variant(Drawn("a test's", module, (x,)), "model"), UNRELATED, f"{reported:,}", "macs()")
    assert named(found) == [reported]


@pytest.fixture(scope="module")
def baseline() -> Variant:
    return measure(auditor.load(ROOT / "specs" / "baseline.yaml"))


def test_thop_reports_the_figure_of_the_baselines_document(baseline: Variant) -> None:
    """1.013G, for it sees no deformable convolution, and four operations for each value of a norm."""
    reported = as_thop_counts(build(baseline.spec).eval(), torch.zeros(1, 3, 640, 640))
    assert reported == 1_012_598_976
    found = told(baseline, UNRELATED, "1.013G", "macs()")
    assert named(found) == [reported]


def test_what_thop_misses_is_told_by_operator_and_class(baseline: Variant) -> None:
    """15 deformable convolutions, of 9 weights for each pair of channels at each place."""
    places = [(640 // stride) ** 2 for stride in (8, 16, 32)]
    pairs = 64 * 32 + 64 * 16 + 3 * 16 * 16  # to half the channels, to a quarter, and thrice among that quarter
    (first, *_) = told(baseline, UNRELATED, "1,012,598,976", "macs()") or ()
    (missed,) = [term for term in first.evidence if "DeformableConv2d" in term.what]
    assert missed.value == -9 * pairs * sum(places)
    assert sum(term.value for term in first.evidence) == first.reproduces
