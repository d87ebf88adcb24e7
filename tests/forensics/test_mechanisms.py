"""Every mistaken way of counting, made with PyTorch itself, is found out: by name, to the unit, term by term."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import prod
from pathlib import Path

import pytest
import thop
import torch
from fvcore.nn import FlopCountAnalysis
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from auditor.auditing import audit
from auditor.claims import Variant
from auditor.forensics import Explanation
from auditor.forensics.candidate import MECHANISMS
from benchmarks.forensics import told, variant
from benchmarks.zoo import Drawn


def layer(channels: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.GELU())


class Detector(nn.Module):
    """Layers with norms, a neck with biases, and three heads that are alike."""

    def __init__(self, width: int = 44) -> None:
        super().__init__()
        self.stem = layer(3, 20)
        self.body = nn.Sequential(layer(20, width), layer(width, width))
        self.neck = nn.Conv2d(width, 36, 1)
        self.heads = nn.ModuleList(nn.Conv2d(36, 10, 3, padding=1) for _ in range(3))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = self.neck(self.body(self.stem(x)))
        return tuple(head(x) for head in self.heads)


class Mixer(nn.Module):
    """Partly frozen patches, embedded, shifted by a parameter of no layer, and mixed by products of none."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 24, 4, 4)
        self.patches.weight.requires_grad_(False)
        self.embed = nn.Sequential(nn.Sequential(nn.Conv2d(24, 40, 1), nn.BatchNorm2d(40)))
        self.shift = nn.Parameter(torch.zeros(40, 1))
        self.classes = nn.Linear(40, 70)
        self.classes.bias.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.embed(self.patches(x)).flatten(2) + self.shift
        mixed = tokens @ tokens.transpose(1, 2) @ tokens
        out: Tensor = self.classes(mixed.mean(2))
        return out


class Speller(nn.Module):
    """Words in and words out, by one and the same matrix."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(310, 24)
        self.mix = nn.Linear(24, 24)
        self.head = nn.Linear(24, 310)
        self.head.weight = self.embedding.weight

    def forward(self, ids: Tensor) -> Tensor:
        out: Tensor = self.head(self.mix(self.embedding(ids)))
        return out


class Echo(nn.Module):
    """One layer in two places."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 60, 5, padding=2))
        self.back = nn.Conv2d(60, 3, 5, padding=2)
        self.again = nn.Sequential(self.first[0])

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.again(self.back(self.first(x)))
        return out


class Unit(nn.Module):
    """One of many, with three modules inside."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.three = nn.ReLU(), nn.Identity(), nn.Tanh()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.three(self.two(self.one(x)))
        return out


detector, older, mixer, speller = Detector().eval(), Detector(52).eval(), Mixer().eval(), Speller().eval()
echo, tower = Echo().eval(), nn.Sequential(*(Unit() for _ in range(37))).eval()
IMAGE = torch.zeros(1, 3, 48, 48)
INPUTS = {speller: torch.zeros(1, 12, dtype=torch.long), tower: torch.zeros(1, 5)}


def size(*modules: nn.Module) -> int:
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


def trainable(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters() if p.requires_grad)


def named(module: nn.Module, ending: str) -> int:
    """The size of the parameters whose name ends so."""
    return sum(p.numel() for name, p in module.named_parameters() if name.endswith(ending))


def norms(module: nn.Module) -> int:
    return size(*(one for one in module.modules() if isinstance(one, nn.BatchNorm2d)))


def macs(module: nn.Module, x: Tensor = IMAGE, part: str = "", operator: str = "") -> int:
    """The multiply-accumulates by PyTorch's own counter, which counts two operations for each."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(x)
    found = counter.get_flop_counts()[f"{type(module).__name__}.{part}" if part else "Global"]
    return sum(int(operations) for name, operations in found.items() if operator in str(name)) // 2


def as_thop_counts(module: nn.Module) -> tuple[int, int]:
    """The operations and the parameters that thop reports."""
    operations, parameters = thop.profile(deepcopy(module), (IMAGE,), verbose=False)
    return int(operations), int(parameters)


def checkpoint(module: nn.Module) -> int:
    return sum(tensor.numel() for tensor in module.state_dict().values())


def as_fvcore_counts(module: nn.Module) -> int:
    analysis = FlopCountAnalysis(module, (IMAGE,))
    return int(analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).total())


def after_thop(module: nn.Module) -> nn.Module:
    """The model as thop leaves it."""
    counted = deepcopy(module)
    thop.profile(counted, (IMAGE,), verbose=False)
    return counted


def results(module: nn.Module) -> int:
    """How many values the layers with a bias give."""
    given: list[int] = []
    layers = [one for one in module.modules() if isinstance(one, nn.Conv2d | nn.Linear) and one.bias is not None]
    hooks = [one.register_forward_hook(lambda *seen: given.append(prod(seen[-1].shape))) for one in layers]
    module(IMAGE)
    for hook in hooks:
        hook.remove()
    return sum(given)


@dataclass(frozen=True)
class Slip:
    """A mistake: what its telling must name, what it is about, its figure, and whether that is told as a sum."""

    mechanism: str
    names: str
    of: str
    model: nn.Module
    figure: Callable[[], int]
    is_sum: bool = True

    def __str__(self) -> str:
        return f"{self.mechanism}: {self.of}, {self.names}".rstrip(", ")


SLIPS = (
    Slip("left out", "neck", "params()", detector, lambda: size(detector) - size(detector.neck)),
    Slip("left out", "neck and heads", "params()", detector, lambda: size(detector.stem, detector.body)),
    Slip("left out", "body.1", "params(body)", detector, lambda: size(detector.body[0])),
    Slip("left out", "body", "macs()", detector, lambda: macs(detector) - macs(detector, part="body")),
    Slip("counted twice", "heads", "params()", detector, lambda: size(detector, detector.heads)),
    Slip("counted twice", "stem", "macs()", detector, lambda: macs(detector) + macs(detector, part="stem")),
    Slip("another part", "body", "params(heads)", detector, lambda: size(detector.body), is_sum=False),
    Slip("another part", "stem and neck", "params(heads)", detector, lambda: size(detector.stem, detector.neck)),
    Slip("one for all", "3", "params(heads)", detector, lambda: size(detector.heads[0]), is_sum=False),
    Slip("one for all", "3", "params(heads.1)", detector, lambda: size(detector.heads), is_sum=False),
    Slip("another variant", "older", "params()", detector, lambda: size(older), is_sum=False),
    Slip("another variant", "older", "params(body)", detector, lambda: size(older.body), is_sum=False),
    Slip("another variant", "older", "macs()", detector, lambda: macs(older), is_sum=False),
    Slip(
        "every nested module",
        "nested",
        "params()",
        detector,
        lambda: sum(size(module) for name, module in detector.named_modules() if name),
    ),
    Slip(
        "every nested module",
        "nested",
        "trainable()",
        mixer,
        lambda: sum(trainable(module) for name, module in mixer.named_modules() if name),
    ),
    Slip("nested modules", "nested", "count(Unit)", tower, lambda: len(list(tower.modules())) - 1, is_sum=False),
    Slip("which parameters", "biases", "params()", mixer, lambda: size(mixer) - named(mixer, "bias")),
    Slip("which parameters", "norms", "params()", detector, lambda: size(detector) - norms(detector)),
    Slip(
        "which parameters",
        "biases and norms",
        "params()",
        detector,
        lambda: size(detector) - norms(detector) - size(detector.neck, detector.heads) + weights(),
    ),
    Slip("which parameters", "frozen", "params()", mixer, lambda: trainable(mixer)),
    Slip("which parameters", "frozen", "trainable()", mixer, lambda: size(mixer)),
    Slip(
        "which parameters",
        "biases",
        "trainable()",
        mixer,
        lambda: (
            trainable(mixer) - sum(p.numel() for n, p in mixer.named_parameters() if "bias" in n and p.requires_grad)
        ),
    ),
    Slip("which parameters", "buffers", "params()", detector, lambda: checkpoint(detector)),
    Slip(
        "which parameters",
        "running statistics",
        "params()",
        detector,
        lambda: checkpoint(detector) - 3,  # the batches that each of three norms has seen
    ),
    Slip("which parameters", "thop", "params()", detector, lambda: checkpoint(after_thop(detector))),
    Slip("which parameters", "tied", "params()", speller, lambda: checkpoint(speller)),
    Slip("multiply-accumulates or operations", "two", "macs()", detector, lambda: 2 * macs(detector), is_sum=False),
    Slip("multiply-accumulates or operations", "MACs", "flops()", detector, lambda: macs(detector), is_sum=False),
    Slip("which operations", "convolution", "macs()", mixer, lambda: macs(mixer, operator="convolution")),
    Slip("which operations", "biases", "macs()", mixer, lambda: macs(mixer) + results(mixer)),
    Slip("another counter", "thop", "macs()", mixer, lambda: as_thop_counts(mixer)[0]),
    Slip("another counter's parameters", "thop", "params()", mixer, lambda: as_thop_counts(mixer)[1]),
    Slip("another counter's parameters", "thop", "params()", echo, lambda: as_thop_counts(echo)[1]),
    Slip("another counter of another variant", "thop", "macs()", detector, lambda: as_thop_counts(older)[0]),
    Slip("another counter: fvcore", "fvcore", "macs()", mixer, lambda: as_fvcore_counts(mixer)),
    Slip("another counter", "functions", "macs()", mixer, lambda: macs(mixer) - macs(mixer, operator="bmm")),
    Slip("another batch", "8", "macs()", detector, lambda: macs(detector, IMAGE.repeat(8, 1, 1, 1)), is_sum=False),
    Slip("another input size", "128", "macs()", detector, lambda: macs(detector, torch.zeros(1, 3, 128, 128)), False),
)


def weights() -> int:
    return sum(one.weight.numel() for one in (detector.neck, *detector.heads))


@cache
def seen(model: nn.Module, name: str = "model") -> Variant:
    return variant(Drawn("a test's", model, (INPUTS.get(model, IMAGE),)), name)


@cache
def explained(slip: Slip) -> tuple[Explanation, ...]:
    found = told(seen(slip.model), seen(older, "older"), f"{slip.figure():,}", slip.of)
    assert found is not None, "the figure is right"
    return found


@pytest.mark.parametrize("slip", SLIPS, ids=str)
def test_a_mistake_is_named_and_none_is_more_convincing(slip: Slip) -> None:
    found = {explanation.mechanism: explanation for explanation in explained(slip)}
    assert slip.mechanism in found
    mine, (first, *_) = found[slip.mechanism], explained(slip)
    assert mine.reproduces == first.reproduces == slip.figure()
    assert mine.odds == first.odds
    assert slip.names in mine.text


@pytest.mark.parametrize("slip", [slip for slip in SLIPS if slip.is_sum], ids=str)
def test_the_terms_of_an_explanation_add_up_to_the_figure(slip: Slip) -> None:
    (mine,) = [explanation for explanation in explained(slip) if explanation.mechanism == slip.mechanism]
    assert len(mine.evidence) > 1
    assert sum(term.value for term in mine.evidence) == slip.figure()


def test_every_mechanism_that_is_registered_has_its_mistake_here() -> None:
    assert {slip.mechanism for slip in SLIPS} == set(MECHANISMS)


def test_a_figure_that_no_mistake_makes_is_unexplained() -> None:
    assert told(seen(detector), seen(older, "older"), "40,009", "params()") == ()


def test_a_slip_in_one_quantity_explains_a_share() -> None:
    """The neck's share, with the heads forgotten in the total."""
    share = Fraction(size(detector.neck), size(detector) - size(detector.heads))
    found = told(seen(detector), seen(older, "older"), f"{float(100 * share):.3f}%", "params(neck) / params()")
    first, *_ = found or pytest.fail("unexplained")
    assert (first.mechanism, first.reproduces) == ("left out", share)
    assert "params()" in first.text
    assert "heads" in first.text


SPEC = """\
name: {name}
title: A model
input: [3, 32, 32]
model:
  backbone: {{block: mobilenet_v1, width: 0.25}}
  {attention}
documents: {{readme: {{title: A README, decimal: {decimal}}}}}
claims:
"""
BACKBONE, ATTENTION = 213_072, 680 + 2_284 + 8_564  # 224,600 in all, without the attention 213,072
TOTAL = BACKBONE + ATTENTION

Explain = Callable[..., list[tuple[Explanation, ...]]]


@pytest.fixture
def explain(tmp_path: Path) -> Explain:
    """The explanations of a spec's claims; beside it lies 'old', the same model before its attention was taken out."""

    def write(
        *claims: str, attention: str = "attention: {block: cbam, reduction: 16}", decimal: str = "point"
    ) -> list[tuple[Explanation, ...]]:
        lines = "".join(f"  - {{doc: readme, {claim}}}\n" for claim in claims)
        (tmp_path / "new.yaml").write_text(
            SPEC.format(name="new", attention=attention, decimal=decimal) + lines, encoding="utf-8"
        )
        old = SPEC.format(name="old", attention="attention: {block: cbam, reduction: 16}", decimal=decimal)
        (tmp_path / "old.yaml").write_text(old.replace("claims:\n", ""), encoding="utf-8")
        return list(audit(tmp_path / "new.yaml").explanations.values())

    return write


@pytest.mark.parametrize(
    ("figure", "mechanism", "value"),
    [
        ("898,400", "unit or digits", 4 * TOTAL),  # bytes
        ("224.6M", "unit or digits", 1_000 * TOTAL),
        ("219.34K", "unit or digits", Fraction(TOTAL * 1000, 1024)),  # kibi
        ("242,600", "transposed digits", 242_600),
    ],
)
def test_a_slip_of_the_pen_is_told_as_one(explain: Explain, figure: str, mechanism: str, value: Fraction) -> None:
    ((first, *_),) = explain(f"says: '{figure}', of: params()")
    assert (first.mechanism, first.reproduces) == (mechanism, value)


def test_a_figure_that_was_cut_off_instead_of_rounded_is_told_so(explain: Explain) -> None:
    ((first, *_),) = explain("says: 213.0K, of: params(backbone)")  # 213,072 is 213.1K
    assert (first.mechanism, first.reproduces) == ("cut off", Fraction(213_000))


def test_a_setting_that_was_changed_since_is_told(explain: Explain) -> None:
    """With a ratio of 8, the two layers of each gate are twice as wide in between; the 7×7 kernels stay."""
    gates = [size(nn.Linear(c, c // 8), nn.Linear(c // 8, c)) for c in (64, 128, 256)]
    kernels = size(nn.Conv2d(2, 1, 7, bias=False), nn.BatchNorm2d(1))
    ((first, *_),) = explain(f"says: '{BACKBONE + sum(gates) + 3 * kernels:,}', of: params()")
    assert (first.mechanism, first.reproduces) == ("another setting", Fraction(BACKBONE + sum(gates) + 3 * kernels))
    assert "attention.reduction = 8" in first.text


def test_a_share_of_wrong_figures_follows_from_them(explain: Explain) -> None:
    _, (first, *_) = explain(
        "says: '225,300', of: params()",
        "says: '213,072', of: params(backbone)",
        "says: 94.573%, of: params(backbone) / params()",
    )
    assert (first.mechanism, first.reproduces) == ("the document's own figures", Fraction(213_072, 225_300))
    assert [term.value for term in first.evidence] == [213_072, 225_300]


def test_a_total_of_wrong_parts_is_their_sum(explain: Explain) -> None:
    (first, *_), _ = explain(
        "says: '225,300', of: params()",
        "says: '213,072', of: params(backbone)",
        "says: '12,228', of: params(attention)",
    )
    assert (first.mechanism, first.reproduces) == ("the document's own figures", Fraction(213_072 + 12_228))
    assert sorted(term.value for term in first.evidence) == [12_228, 213_072]


@pytest.mark.parametrize(
    ("decimal", "aim", "base"), [("point", "~117,190", "213,072"), ("comma", "~117.190", "213.072")]
)
def test_a_target_follows_from_what_there_is_and_what_is_to_be_saved(
    explain: Explain, decimal: str, aim: str, base: str
) -> None:
    """Though it is meant approximately, it was reckoned to the unit: 45% off the 213,072 of before."""
    (first, *_), *_ = explain(
        f"says: '{aim}', of: params(backbone)",
        "says: 45%, of: 1 - params(backbone) / params(old.backbone)",
        f"says: '{base}', of: params(old.backbone)",
        decimal=decimal,
    )
    assert (first.mechanism, first.reproduces) == ("the document's own figures", Fraction(213_072 * 55, 100))
    assert [term.value for term in first.evidence] == [213_072, Fraction(45, 100)]
    assert first.odds < 0.001


def test_a_sign_counts_in_approximate_figures_too(explain: Explain) -> None:
    ((first, *_),) = explain("says: 'about -11,528', of: params(old) - params()", attention="# no attention")
    assert (first.mechanism, first.reproduces) == ("the wrong sign", Fraction(-ATTENTION))


POINTS = Fraction(TOTAL, BACKBONE) - Fraction(BACKBONE, TOTAL)


@pytest.mark.parametrize(
    ("mechanism", "of", "figure", "value"),
    [
        ("the wrong base", "1 - params() / params(old)", "5.4104%", Fraction(TOTAL, BACKBONE) - 1),
        ("the rest for the share", "1 - params() / params(old)", "94.867%", Fraction(BACKBONE, TOTAL)),
        ("a factor for a percentage", "1 - params() / params(old)", "105.41%", Fraction(TOTAL, BACKBONE)),
        ("the wrong base", "params(old) / params() - 1", "5.1327%", 1 - Fraction(BACKBONE, TOTAL)),
        ("a factor for a percentage", "params(old) / params() - 1", "105.41%", Fraction(TOTAL, BACKBONE)),
        ("upside down", "params() / params(old)", "105.41%", Fraction(TOTAL, BACKBONE)),
        ("the rest for the share", "params() / params(old)", "5.1327%", 1 - Fraction(BACKBONE, TOTAL)),
        ("one side of a difference", "params(old) - params()", "224,600", TOTAL),
        ("one side of a difference", "params(old) - params()", "213,072", BACKBONE),
        (
            "points for percent",
            "1 - (params() / params(old)) / (params(old) / params())",
            f"{float(POINTS * 100):.3f}%",
            POINTS,
        ),
        ("the wrong sign", "params(old) - params()", "-11,528", -ATTENTION),
    ],
)
def test_right_figures_put_together_wrongly_are_told(
    explain: Explain, mechanism: str, of: str, figure: str, value: Fraction
) -> None:
    ((first, *_),) = explain(f"says: '{figure}', of: '{of}'", attention="# no attention")
    assert (first.mechanism, first.reproduces) == (mechanism, value)
