"""Models of several families, each drawn anew: sizes, depths and widths come from a random generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn

from auditor.models import build
from auditor.spec import load
from auditor.spec.overrides import changed
from auditor.spec.settings import Setting


@dataclass(frozen=True)
class Drawn:
    """A model with an input to run it on."""

    family: str
    module: nn.Module
    inputs: tuple[Tensor, ...]


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(out)))


class ResNet(nn.Module):
    def __init__(self, draw: Random) -> None:
        super().__init__()
        width, depth = draw.choice([12, 16, 24, 28]), draw.choice([1, 2, 3])
        self.stem = nn.Sequential(nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.layer1 = nn.Sequential(*(Residual(width) for _ in range(depth)))
        self.down = nn.Conv2d(width, 2 * width, 1, 2)
        self.layer2 = nn.Sequential(*(Residual(2 * width) for _ in range(depth + 1)))
        self.head = nn.Linear(2 * width, draw.choice([10, 37, 100]))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.layer2(self.down(self.layer1(self.stem(x)))).mean((2, 3)))
        return out


class UNet(nn.Module):
    def __init__(self, draw: Random) -> None:
        super().__init__()
        base = draw.choice([8, 12, 16, 20])
        self.enc1, self.enc2 = self._block(3, base), self._block(base, 2 * base)
        self.middle = self._block(2 * base, 4 * base)
        self.up2, self.up1 = (nn.ConvTranspose2d(2 * n, n, 2, 2) for n in (2 * base, base))
        self.dec2, self.dec1 = self._block(4 * base, 2 * base), self._block(2 * base, base)
        self.out = nn.Conv2d(base, draw.choice([2, 5, 19]), 1)

    @staticmethod
    def _block(inside: int, out: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(inside, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        one = self.enc1(x)
        two = self.enc2(nn.functional.max_pool2d(one, 2))
        low = self.middle(nn.functional.max_pool2d(two, 2))
        two = self.dec2(torch.cat([self.up2(low), two], 1))
        out: Tensor = self.out(self.dec1(torch.cat([self.up1(two), one], 1)))
        return out


class Encoder(nn.Module):
    """A transformer encoder over image patches, with a class token."""

    def __init__(self, draw: Random) -> None:
        super().__init__()
        width, depth = draw.choice([32, 48, 64, 96]), draw.choice([2, 3, 4])
        self.patches = nn.Conv2d(3, width, 8, 8)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, draw.choice([10, 21, 100]))

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], 1)
        for block in self.blocks:
            tokens = block(tokens)
        out: Tensor = self.head(self.norm(tokens)[:, 0])
        return out


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.qkv(self.norm1(x)).chunk(3, -1)
        scores = (query @ key.transpose(1, 2) / query.shape[-1] ** 0.5).softmax(-1)
        x = x + self.proj(scores @ value)
        out: Tensor = x + self.down(nn.functional.gelu(self.up(self.norm2(x))))
        return out


class TextModel(nn.Module):
    """A recurrent language model whose output matrix is its embedding."""

    def __init__(self, draw: Random) -> None:
        super().__init__()
        words, width = draw.choice([500, 777, 1000]), draw.choice([32, 48, 64])
        self.embedding = nn.Embedding(words, width)
        self.rnn = nn.LSTM(width, 2 * width, draw.choice([1, 2]), batch_first=True)
        self.norm = nn.LayerNorm(2 * width)
        self.project = nn.Linear(2 * width, width)
        self.head = nn.Linear(width, words)
        self.head.weight = self.embedding.weight

    def forward(self, ids: Tensor) -> Tensor:
        out: Tensor = self.head(self.project(self.norm(self.rnn(self.embedding(ids))[0])))
        return out


def _image(size: int) -> tuple[Tensor, ...]:
    return (torch.zeros(1, 3, size, size),)


_SPECS = Path(__file__).parent.parent / "specs"


def _documented(draw: Random) -> nn.Module:
    """One of the project's own variants, with another width of its pyramid."""
    spec = load(_SPECS / draw.choice(["baseline.yaml", "v1.yaml", "v2_coord.yaml", "v2_light.yaml"]))
    return build(changed(spec, [Setting("fpn", "channels", str(draw.choice([32, 48, 64, 80])))]))


FAMILIES: dict[str, Callable[[Random], tuple[nn.Module, tuple[Tensor, ...]]]] = {
    "residual": lambda draw: (ResNet(draw), _image(64)),
    "u-net": lambda draw: (UNet(draw), _image(64)),
    "transformer": lambda draw: (Encoder(draw), _image(64)),
    "documented": lambda draw: (_documented(draw), _image(64)),
    "recurrent": lambda draw: (TextModel(draw), (torch.zeros(1, 12, dtype=torch.long),)),
}


def drawn(family: str, draw: Random) -> Drawn:
    """A model of a family, with its sizes drawn."""
    module, inputs = FAMILIES[family](draw)
    return Drawn(family, module.eval(), inputs)
