"""Small models of many kinds, written as such models mostly are, each with what it is called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from specimens import Does
from torch import Tensor, nn
from torch.nn import functional as F

from auditor.models.deformable import DeformableConv2d


class Called(NamedTuple):
    """A model, and what it is called with by place and by name."""

    model: nn.Module
    inputs: Sequence[Any]
    keywords: Mapping[str, Any]


Make = Callable[[], Called]

ARCHITECTURES: dict[str, Make] = {}
"""By the kind of model."""


def kind(name: str) -> Callable[[Callable[[], tuple[Any, ...]]], Make]:
    """Register a function that gives a model and its inputs, the last of which may be a mapping: those by name."""

    def register(function: Callable[[], tuple[Any, ...]]) -> Make:
        def make() -> Called:
            model, *inputs = function()
            keywords = inputs.pop() if isinstance(inputs[-1], dict) else {}
            return Called(model, inputs, keywords)

        ARCHITECTURES[name] = make
        return make

    return register


@kind("convolutions of every sort")
def convolutional() -> tuple[Any, ...]:
    squeezed = Does(lambda self, x: x * self.gate(x.mean((2, 3), keepdim=True)), gate=nn.Conv2d(8, 8, 1))
    shuffled = Does(lambda _, x: x.view(2, 2, 4, *x.shape[2:]).transpose(1, 2).flatten(1, 2))
    layers = [
        *(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.Dropout()),
        *(nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=8), nn.GroupNorm(2, 8), nn.ReLU6(inplace=True), squeezed),
        *(nn.Conv2d(8, 8, 1), nn.InstanceNorm2d(8), nn.LeakyReLU(0.1), shuffled, nn.Hardswish(), nn.PReLU(8)),
        *(nn.ConvTranspose2d(8, 4, 3, 2, 1, 1), nn.SiLU(), nn.MaxPool2d(3, 2, 1), nn.Hardsigmoid(), nn.ELU()),
        *(nn.ReflectionPad2d(1), nn.AvgPool2d(2, ceil_mode=True), nn.Upsample(scale_factor=2, mode="bilinear")),
        *(nn.Upsample(scale_factor=2), nn.PixelUnshuffle(2), nn.Mish(), nn.GELU("tanh"), nn.AdaptiveAvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(64, 5), nn.LogSoftmax(1)),
    ]
    return nn.Sequential(*layers), torch.randn(2, 3, 17, 17)


class Attention(nn.Module):
    """Attention product by product."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Any:
        B, L, C = x.shape
        q, k, v = self.qkv(x).reshape(B, L, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        scores = (q * self.scale) @ k.transpose(-2, -1)
        scores = scores if bias is None else scores + bias
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(B, L, C))


class Block(nn.Module):
    def __init__(self, width: int, drop: float = 0.0) -> None:
        super().__init__()
        self.norm1, self.norm2, self.drop = nn.LayerNorm(width), nn.LayerNorm(width), drop
        self.attention = Attention(width, 2)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Any:
        x = x + F.dropout(self.attention(self.norm1(x), bias), self.drop, self.training)
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """Patches, a class token and learnt positions; the rates of dropping are read from a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.positions = nn.Parameter(torch.randn(1, 10, 8))
        self.blocks = nn.Sequential(*(Block(8, rate) for rate in torch.linspace(0, 0.1, 3).tolist()))
        self.norm, self.head = nn.LayerNorm(8, eps=1e-6), nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Any:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


@kind("vision transformer")
def vision_transformer() -> tuple[Any, ...]:
    return VisionTransformer(), torch.randn(2, 3, 12, 12)


class Windows(nn.Module):
    """Attention within shifted windows, with a bias for each relative position and a mask made once."""

    index: Tensor
    mask: Tensor

    def __init__(self, size: int = 8, window: int = 4, width: int = 6) -> None:
        super().__init__()
        self.size, self.window = size, window
        self.table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, 2))
        places = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        apart = (places[:, :, None] - places[:, None, :]).permute(1, 2, 0) + window - 1
        self.register_buffer("index", apart[..., 0] * (2 * window - 1) + apart[..., 1])
        regions, cuts = torch.zeros(1, size, size, 1), (slice(-window), slice(-window, -2), slice(-2, None))
        for number, (rows, columns) in enumerate((rows, columns) for rows in cuts for columns in cuts):
            regions[:, rows, columns] = number
        regions = self.parted(regions).squeeze(-1)
        differ = regions[:, None] - regions[:, :, None]
        self.register_buffer("mask", differ.masked_fill(differ != 0, -100.0).masked_fill(differ == 0, 0.0))
        self.attention = Attention(width, 2)

    def parted(self, x: Tensor) -> Tensor:
        B, H, W, C = x.shape
        x = x.view(B, H // self.window, self.window, W // self.window, self.window, C)
        return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, self.window**2, C)

    def forward(self, x: Tensor) -> Tensor:
        B, H, W, C = x.shape
        x = self.parted(torch.roll(x, (-2, -2), (1, 2)))
        bias = self.table[self.index.view(-1)].view(self.window**2, self.window**2, -1).permute(2, 0, 1)
        x = self.attention(x, bias[None] + self.mask.repeat(B, 1, 1)[:, None])
        x = x.view(B, H // self.window, W // self.window, self.window, self.window, C)
        return torch.roll(x.permute(0, 1, 3, 2, 4, 5).reshape(B, H, W, C), (2, 2), (1, 2))


@kind("shifted windows")
def shifted_windows() -> tuple[Any, ...]:
    return Windows(), torch.randn(2, 8, 8, 6)


@kind("dense connections")
def dense() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        return F.adaptive_avg_pool2d(torch.cat(features, 1), 1).flatten(1)

    layers = (
        nn.Sequential(nn.BatchNorm2d(n), nn.ReLU(inplace=True), nn.Conv2d(n, 4, 3, padding=1)) for n in (3, 7, 11)
    )
    return Does(forward, layers=nn.ModuleList(layers)), torch.randn(2, 3, 6, 6)


@kind("down and up again")
def u_net() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> Tensor:
        kept = []
        for down in self.down:
            x = down(x)
            kept.append(x)
            x = F.max_pool2d(x, 2)
        for up, beside in zip(self.up, reversed(kept), strict=True):
            x = up(x)
            rows, columns = (beside.shape[at] - x.shape[at] for at in (2, 3))
            x = torch.cat([F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)), beside], 1)
        return torch.sigmoid(self.last(F.interpolate(x, size=(11, 13), mode="bilinear", align_corners=False)))

    down = nn.ModuleList([nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)])
    up = nn.ModuleList([nn.ConvTranspose2d(8, 4, 2, 2), nn.ConvTranspose2d(12, 4, 2, 2)])
    return Does(forward, down=down, up=up, last=nn.Conv2d(8, 2, 1)), torch.randn(1, 3, 11, 13)


@kind("mixing of tokens and channels")
def mixer() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> Any:
        x = self.patches(x).flatten(2).mT
        x = x + self.tokens(self.norm(x).mT).mT
        return (x + self.channels(self.norm(x))).mean(1)

    def mlp(width: int) -> nn.Module:
        return nn.Sequential(nn.Linear(width, 5), nn.GELU(), nn.Linear(5, width))

    parts = {"patches": nn.Conv2d(3, 6, 4, 4), "norm": nn.LayerNorm(6), "tokens": mlp(9), "channels": mlp(6)}
    return Does(forward, **parts), torch.randn(2, 3, 12, 12)


@kind("channels last within")
def channels_last() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> Tensor:
        for _ in range(2):
            inner = self.wide(x).permute(0, 2, 3, 1)
            x = x + (self.scale * self.mlp(self.norm(inner))).permute(0, 3, 1, 2)
        return F.layer_norm(x.mean([-2, -1]), (6,))

    parts = {
        "wide": nn.Conv2d(6, 6, 3, padding=1, groups=6),
        "norm": nn.LayerNorm(6),
        "mlp": nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 6)),
        "scale": nn.Parameter(torch.ones(6)),
    }
    return Does(forward, **parts), torch.randn(2, 6, 5, 5)


@kind("deformable convolutions")
def deformable() -> tuple[Any, ...]:
    return nn.Sequential(DeformableConv2d(3, 4), nn.BatchNorm2d(4), nn.ReLU()), torch.randn(2, 3, 6, 5)


class Detector(nn.Module):
    """A head that makes anchors for the sizes it sees, and keeps them for the next time."""

    def __init__(self) -> None:
        super().__init__()
        self.strides = (2, 4)
        self.seen: torch.Size | None = None
        self.anchors = self.scales = torch.empty(0)
        self.levels = nn.ModuleList([nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 4, 3, 2, 1)])
        self.heads = nn.ModuleList([nn.Conv2d(4, 4 + 3, 1), nn.Conv2d(4, 4 + 3, 1)])

    def made(self, levels: list[Tensor]) -> tuple[Tensor, Tensor]:
        points, scales = [], []
        for level, stride in zip(levels, self.strides, strict=True):
            y, x = (torch.arange(size, device=level.device, dtype=level.dtype) + 0.5 for size in level.shape[2:])
            grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1).view(-1, 2)
            points.append(grid)
            scales.append(torch.full((len(grid), 1), stride, dtype=level.dtype, device=level.device))
        return torch.cat(points), torch.cat(scales)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        levels = []
        for level in self.levels:
            x = level(x)
            levels.append(x)
        if self.seen != x.shape:
            self.anchors, self.scales = self.made(levels)
            self.seen = x.shape
        maps = [head(level) for head, level in zip(self.heads, levels, strict=True)]
        boxes, scores = torch.split(torch.cat([each.flatten(2) for each in maps], 2), [4, 3], 1)
        near, far = boxes.transpose(1, 2).chunk(2, 2)
        corners = torch.cat([self.anchors - near, self.anchors + far], -1) * self.scales
        return torch.cat([corners.transpose(1, 2), scores.sigmoid()], 1), maps


@kind("detection with anchors kept")
def detector() -> tuple[Any, ...]:
    return Detector(), torch.randn(1, 3, 12, 16)


class Decoder(nn.Module):
    """Words with positions in a buffer, that see only words before them; read and written with one weight."""

    waves: Tensor
    before: Tensor

    def __init__(self, longest: int = 16, width: int = 8) -> None:
        super().__init__()
        self.words, self.blocks = nn.Embedding(11, width), nn.ModuleList([Block(width), Block(width)])
        self.head = nn.Linear(width, 11, bias=False)
        self.head.weight = self.words.weight
        place, rate = torch.arange(longest)[:, None], torch.exp(torch.arange(0, width, 2) * -1.0)
        waves = torch.zeros(longest, width)
        waves[:, 0::2], waves[:, 1::2] = torch.sin(place * rate), torch.cos(place * rate)
        self.register_buffer("waves", waves, persistent=False)
        self.register_buffer("before", torch.full((longest, longest), float("-inf")).triu(1))

    def forward(self, ids: Tensor, *, mask: Tensor | None = None) -> dict[str, Any]:
        length = ids.shape[1]
        x = self.words(ids) * 8**0.5 + self.waves[:length]
        bias = self.before[:length, :length]
        if mask is not None:
            bias = bias + (1 - mask[:, None, None].to(x.dtype)) * torch.finfo(x.dtype).min
        states = []
        for block in self.blocks:
            x = block(x, bias)
            states.append(x)
        return {"logits": self.head(x), "states": tuple(states)}


@kind("language, by keywords")
def decoder() -> tuple[Any, ...]:
    return Decoder(), {"ids": torch.randint(11, (2, 7)), "mask": torch.ones(2, 7, dtype=torch.int64)}


@kind("rotated positions")
def rotary() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> Any:
        angles = torch.outer(torch.arange(x.shape[1], device=x.device).float(), self.rates)
        turns = torch.cat((angles, angles), -1)
        one, two = x.chunk(2, -1)
        x = x * turns.cos() + torch.cat((-two, one), -1) * turns.sin()
        return self.out(x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))

    return Does(forward, rates=1.0 / 10 ** torch.arange(3), out=nn.Linear(6, 2)), torch.randn(2, 5, 6)


@kind("a mixture, chosen by where")
def mixture() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> Tensor:
        weights, chosen = self.router(x).softmax(-1).topk(2, dim=-1)
        weights = weights / weights.sum(-1, keepdim=True)
        out = torch.zeros_like(x)
        for number, expert in enumerate(self.experts):
            share = torch.where(chosen == number, weights, torch.zeros_like(weights)).sum(-1, keepdim=True)
            out += expert(x) * share
        return torch.where(out > 0, out, out.exp() - 1).clamp(min=-0.5)

    experts = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
    return Does(forward, router=nn.Linear(4, 3), experts=experts), torch.randn(2, 5, 4)


@kind("scanning of states")
def state_space() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> Tensor:
        x = F.silu(self.near(x.transpose(1, 2))[..., : x.shape[1]]).transpose(1, 2)
        step = F.softplus(self.step(x))
        decay = torch.exp(torch.einsum("bld,dn->bldn", step, -torch.exp(self.rates)))
        state, results = torch.zeros(x.shape[0], 4, 3, device=x.device), []
        for at in range(x.shape[1]):
            state = decay[:, at] * state + (step[:, at] * x[:, at])[..., None]
            results.append(torch.einsum("bdn,dn->bd", state, self.out))
        return torch.stack(results, 1) * torch.sigmoid(x).cumsum(1)

    parts = {
        "near": nn.Conv1d(4, 4, 3, padding=2, groups=4),
        "step": nn.Linear(4, 4),
        "rates": nn.Parameter(torch.zeros(4, 3)),
        "out": nn.Parameter(torch.ones(4, 3)),
    }
    return Does(forward, **parts), torch.randn(2, 5, 4)


@kind("sound, in lines")
def lines() -> tuple[Any, ...]:
    layers = [
        *(nn.Conv1d(1, 4, 10, 5, bias=False), nn.BatchNorm1d(4), nn.GLU(1), nn.AvgPool1d(2), nn.MaxPool1d(2)),
        *(Does(lambda self, x: self.norm(x.mT).mT, norm=nn.LayerNorm(2)), nn.ConvTranspose1d(2, 3, 4), nn.Tanh()),
        *(nn.AdaptiveMaxPool1d(3), nn.Softmax(-1)),
    ]
    return nn.Sequential(*layers), torch.randn(2, 1, 100)


@kind("in three dimensions")
def volumes() -> tuple[Any, ...]:
    layers = [
        *(nn.Conv3d(1, 4, 3, padding=1), nn.BatchNorm3d(4), nn.ReLU(), nn.MaxPool3d(2), nn.Conv3d(4, 2, (1, 2, 2))),
        *(nn.Upsample(scale_factor=2, mode="trilinear"), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(2, 3)),
    ]
    return nn.Sequential(*layers), torch.randn(2, 1, 4, 6, 6)


@kind("cells, step by step")
def cells() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> tuple[Tensor, ...]:
        hidden, (state, memory) = x.new_zeros(x.shape[0], 3), (x.new_zeros(x.shape[0], 3),) * 2
        for step in x.unbind(1):
            hidden = self.gated(step, hidden)
            state, memory = self.long(step, (state, memory))
        return hidden, state

    return Does(forward, gated=nn.GRUCell(4, 3), long=nn.LSTMCell(4, 3)), torch.randn(2, 5, 4)


@kind("recurrence, both ways")
def recurrent() -> tuple[Any, ...]:
    layers = [nn.LSTM(4, 3, 2, batch_first=True, bidirectional=True), nn.GRU(6, 3), nn.RNN(3, 4, nonlinearity="relu")]
    taken = [Does(lambda self, x: self.layer(x)[0], layer=layer) for layer in layers]
    return nn.Sequential(*taken), torch.randn(2, 5, 4)


@kind("encoder and decoder")
def encoder_and_decoder() -> tuple[Any, ...]:
    given = torch.randn(2, 5, 8)
    return nn.Transformer(8, 2, 2, 1, 16, batch_first=True), given, given, {"tgt_is_causal": False}


@kind("attention in one")
def attention_in_one() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> Any:
        B, L, C = x.shape
        q, k, v = self.qkv(x).view(B, L, 3, 2, C // 2).permute(2, 0, 3, 1, 4)
        x = x + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, L, C)
        q, k, v = (part(x).view(B, L, -1, 2).transpose(1, 2) for part in (self.q, self.k, self.v))
        return F.scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2).contiguous().view(B, L, C)

    parts = {"qkv": nn.Linear(8, 24), "q": nn.Linear(8, 8), "k": nn.Linear(8, 4), "v": nn.Linear(8, 4)}
    return Does(forward, **parts), torch.randn(2, 5, 8)


@kind("attention of one to itself")
def self_attention() -> tuple[Any, ...]:
    given = torch.randn(2, 5, 8)
    return nn.MultiheadAttention(8, 2, batch_first=True), given, given, given


@kind("spectra")
def spectral() -> tuple[Any, ...]:
    def forward(self: Any, x: Tensor) -> Any:
        found = torch.fft.rfft2(x, norm="ortho") * torch.view_as_complex(self.weight)
        return x + torch.fft.irfft2(found, s=x.shape[-2:], norm="ortho")

    return Does(forward, weight=nn.Parameter(torch.randn(6, 4, 2))), torch.randn(2, 3, 6, 6)


@kind("several inputs, in lists")
def several_inputs() -> tuple[Any, ...]:
    def forward(self: Any, pair: list[Tensor], given: dict[str, Tensor], *, scale: float, more: Any = None) -> Any:
        image, text = pair
        x = self.image(image.flatten(1)) + self.text(text).sum(1) * scale
        return {"score": F.cosine_similarity(x, given["past"]), "norm": x.norm(dim=-1), "std": x.std(0)}

    pair = [torch.randn(2, 3, 2, 2), torch.randint(9, (2, 5))]
    parts = {"image": nn.Linear(12, 4), "text": nn.Embedding(9, 4)}
    return Does(forward, **parts), pair, {"past": torch.randn(2, 4)}, {"scale": 0.5}
