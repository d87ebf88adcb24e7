"""A decoder of language, as large ones are built today, to be measured without the memory it would take."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Letters in names of shapes: B batch, L positions, E width, H heads, D width of a head, W words.


class Attention(nn.Module):
    """Attention to what came before, in which several heads of queries share one of keys and values."""

    def __init__(self, width: int, heads: int, shared: int) -> None:
        super().__init__()
        self.heads, self.shared, self.head_width = heads, shared, width // heads
        self.queries = nn.Linear(width, width, bias=False)
        self.keys = nn.Linear(width, shared * self.head_width, bias=False)
        self.values = nn.Linear(width, shared * self.head_width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x_BLE: Tensor, turns_LD: Tensor) -> Tensor:
        q_BHLD = turned(self._split(self.queries(x_BLE), self.heads), turns_LD)
        k_BHLD = turned(self._split(self.keys(x_BLE), self.shared), turns_LD)
        v_BHLD = self._split(self.values(x_BLE), self.shared)
        seen_BHLD = F.scaled_dot_product_attention(q_BHLD, k_BHLD, v_BHLD, is_causal=True, enable_gqa=True)
        out_BLE: Tensor = self.out(seen_BHLD.transpose(1, 2).flatten(2))
        return out_BLE

    def _split(self, x_BLE: Tensor, heads: int) -> Tensor:
        return x_BLE.view(*x_BLE.shape[:2], heads, self.head_width).transpose(1, 2)


def turned(x_BHLD: Tensor, turns_LD: Tensor) -> Tensor:
    """Each pair of values turned by an angle that grows with the position."""
    one, other = x_BHLD.chunk(2, dim=-1)
    return x_BHLD * turns_LD.cos() + torch.cat([-other, one], dim=-1) * turns_LD.sin()


class Layer(nn.Module):
    """Attention, then a gated network, each added to what it was given."""

    def __init__(self, width: int, heads: int, shared: int, hidden: int) -> None:
        super().__init__()
        self.attention_norm, self.network_norm = nn.RMSNorm(width), nn.RMSNorm(width)
        self.attention = Attention(width, heads, shared)
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x_BLE: Tensor, turns_LD: Tensor) -> Tensor:
        x_BLE = x_BLE + self.attention(self.attention_norm(x_BLE), turns_LD)
        y_BLE = self.network_norm(x_BLE)
        new_BLE: Tensor = self.down(F.silu(self.gate(y_BLE)) * self.up(y_BLE))
        return x_BLE + new_BLE


class Decoder(nn.Module):
    """Words in, for each position the odds of the next one out."""

    def __init__(self, words: int, width: int, layers: int, heads: int, shared: int, hidden: int) -> None:
        super().__init__()
        self.head_width = width // heads
        self.words = nn.Embedding(words, width)
        self.layers = nn.ModuleList(Layer(width, heads, shared, hidden) for _ in range(layers))
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, words, bias=False)

    def forward(self, ids_BL: Tensor) -> Tensor:
        positions_L = torch.arange(ids_BL.shape[1], dtype=torch.float32)
        speeds_D = 5e5 ** -(torch.arange(0, self.head_width, 2) / self.head_width)
        turns_LD = torch.outer(positions_L, speeds_D).repeat(1, 2)
        x_BLE = self.words(ids_BL)
        for layer in self.layers:
            x_BLE = layer(x_BLE, turns_LD)
        odds_BLW: Tensor = self.head(self.norm(x_BLE))
        return odds_BLW


def parameters(words: int, width: int, layers: int, heads: int, shared: int, hidden: int) -> int:
    """The parameters of a decoder, by formula."""
    of_attention = 2 * width * width + 2 * width * shared * (width // heads)
    return 2 * words * width + layers * (of_attention + 3 * width * hidden + 2 * width) + width


def macs(length: int, words: int, width: int, layers: int, heads: int, shared: int, hidden: int) -> int:
    """Its multiply-accumulates on so many positions, by formula; what a mask hides is computed all the same."""
    of_weights = layers * (2 * width * width + 2 * width * shared * (width // heads) + 3 * width * hidden)
    return length * (of_weights + words * width) + layers * 2 * length * length * width
