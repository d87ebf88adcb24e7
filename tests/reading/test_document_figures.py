"""Every number a document prints is a figure: what it takes in, what it stands for, or why it claims nothing."""

from __future__ import annotations

import time
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.reading.asides import RULES
from auditor.reading.figures import Figure, figures
from auditor.reading.structure import read


def figures_in(document: str) -> tuple[Figure, ...]:
    return figures(read(document.encode(), "README.md"))


def told(document: str) -> list[str]:
    """The figures that are not set aside, as printed."""
    return [figure.text for figure in figures_in(document) if not figure.aside]


PROSE = {
    "": [],
    "No figure at all.": [],
    # With what qualifies it, a figure is one.
    "It has 489,015 parameters.": ["489,015"],
    "It has **489K** parameters": ["489K"],
    "~489K, about 1.9 MB": ["~489K", "about 1.9 MB"],
    "≤ 500K, up to 500K, at least 10, 92%+, > 5M": ["≤ 500K", "up to 500K", "at least 10", "92%+", "> 5M"],
    "40-45% or 3 to 5": ["40-45%", "3 to 5"],
    "1.5–1.8 GB": ["1.5–1.8 GB"],
    "−27.2% and +0.7 pp": ["−27.2%", "+0.7 pp"],
    "1.013 GFLOPs, 2.5× faster, 12 ms, 30 FPS": ["1.013 GFLOPs", "2.5×", "12 ms", "30 FPS"],
    "7.67 million": ["7.67 million"],
    "lr 1e-3": ["1e-3"],
    # Thousands are set apart in several ways.
    "1,024 and 1,234,567": ["1,024", "1,234,567"],
    # Numbers in a row are as many figures.
    "640×640×3": ["640", "640", "3"],
    "640x640x3": ["640", "640", "3"],
    "a 3x3 convolution": ["3", "3"],
    "[64,128,256]": ["64", "128", "256"],
    "[64, 128, 256]": ["64", "128", "256"],
    "(64,128,256)": ["64", "128", "256"],
    "64-128-256": ["64", "128", "256"],
    "2-2-6-2": ["2", "2", "6", "2"],
    "8/4": ["8", "4"],
    "5 → 32": ["5", "32"],
    "0.95, 0.99": ["0.95", "0.99"],
    # A number beside a name or a unit that is not known is a figure by itself.
    "MobileNet-0.25": ["0.25"],
    "V1 (487K)": ["487K"],
    "conv3×3": ["3", "3"],
    "1000-way": ["1000"],
    "36,864 tokens": ["36,864"],
    # So is one that is spelled, apart from those that are mostly no number.
    "three heads and Two stages": ["three", "Two"],
    "one of them": [],
    "often weighted, at tension": [],
    "a five-fold gain": ["five"],
    "zero-shot": ["zero"],
    # Digits of other scripts are digits.
    "３ layers": ["３"],
}


@pytest.mark.parametrize("text", PROSE, ids=repr)
def test_prose_prints_these_figures(text: str) -> None:
    assert told(text) == PROSE[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nodes at P3:64ch and P4:128ch", ["64ch", "128ch"]),
        ("(12x) or 5xl", ["12x", "5xl"]),
        ("Tested in 3D", ["3D"]),
    ],
)
def test_a_number_takes_the_letters_that_stick_to_it(text: str, expected: list[str]) -> None:
    assert told(text) == expected


def test_figures_are_found_in_every_kind_of_line() -> None:
    document = """\
## A model of 3M parameters

- 4 stages
  of 5 blocks each

| Part | 6 inputs |
|------|----------|
| stem | 7        |

> The 8 heads

```
stem 9 --> head 10
```

<p>11</p>
"""
    assert told(document) == ["3M", "4", "5", "6", "7", "8", "9", "10", "11"]


def test_the_sign_of_a_quote_is_no_bound() -> None:
    (figure,) = figures_in("> 489K parameters\n")
    assert figure.text == "489K"
    assert figure.printed
    assert figure.printed.value == 489_000


def test_a_figure_is_where_it_is_printed() -> None:
    for figure in figures_in("Up to 500K (47.2%), `width=0.25`,\nbut three 3×3 convolutions.\n"):
        assert figure.line.text[figure.start : figure.end] == figure.text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("489K", Fraction(489_000)),
        ("1,024", Fraction(1024)),
        ("47.2%", Fraction("0.472")),
        ("64ch", Fraction(64)),
        ("three", None),
    ],
)
def test_a_figure_has_a_value_unless_it_is_a_word(text: str, value: Fraction | None) -> None:
    (figure,) = figures_in(text)
    assert (figure.printed.value if figure.printed else None) == value


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u202f"], ids=ascii)
def test_a_space_that_does_not_break_sets_thousands_apart(space: str) -> None:
    (figure,) = figures_in(f"Le modèle a 592{space}371 paramètres.")
    assert figure.printed
    assert figure.printed.value == 592_371


def test_a_german_figure_has_the_value_that_is_meant() -> None:
    found = figures_in("Es hat 7.763.716 Parameter, das sind 31,1 MB oder 8,5 %.")
    assert [figure.text for figure in found] == ["7.763.716", "31,1 MB", "8,5 %"]
    values = [figure.printed.value for figure in found if figure.printed]
    assert values == [7_763_716, 31_100_000, Fraction("0.085")]


CODE = {
    # Arguments are figures of their own, also where a comma stands between them.
    "nn.Conv2d(64,128)": ["64", "128"],
    "nn.Conv2d(64, 128, kernel_size=3, bias=False)": ["64", "128", "3", "bias=False"],
    "sizes = [64,128,256]": ["64", "128", "256"],
    "{'width': 0.25, 'fused': True}": ["0.25", "'fused': True"],
    "assert parameters == 489_015": ["489_015"],
    "total = 592,371": ["592,371"],
    "lr = 4.0e-3": ["4.0e-3"],
    "x = 2**20": ["2", "20"],
    "x = 3 * 4": ["3", "4"],
    # Words are just that.
    "for ten in tens: two(three)": [],
    "activation = relu": [],
}


@pytest.mark.parametrize("code", CODE, ids=repr)
def test_code_prints_these_figures(code: str) -> None:
    assert told(f"```python\n{code}\n```\n") == CODE[code]


CONFIGURATION = {
    "width: 0.25": ["0.25"],
    "activation: hard_swish": ["activation: hard_swish"],
    'norm: "batch"': ['norm: "batch"'],
    "bias: false": ["bias: false"],
    "betas: [0.9, 0.999]": ["0.9", "0.999"],
    "backbone:": [],
    "optimizer: {name: adamw, lr: 4.0e-3}": ["4.0e-3"],
    "schedule: cosine-25": ["schedule: cosine-25"],
}


@pytest.mark.parametrize("code", CONFIGURATION, ids=repr)
def test_a_configuration_prints_words_that_are_figures_too(code: str) -> None:
    assert told(f"```yaml\n{code}\n```\n") == CONFIGURATION[code]


def test_the_settings_of_a_site_are_no_configuration_of_a_model() -> None:
    assert told("---\nlicense: mit\nlanguage: en\nwidth: 0.25\n---\n") == ["0.25"]


@pytest.mark.parametrize("flag", ["bias=False", "bias = true", "'bias': True"])
def test_a_switch_is_a_figure_in_code_alone(flag: str) -> None:
    assert told(flag) == []
    assert told(f"```python\n{flag}\n```\n") == [flag]


# For every reason: what is set aside, with the words that are; and what looks much like it, with its figures.
SET_ASIDE: dict[str, list[tuple[str, str]]] = {
    "markup": [
        ('<img src="a.png" width="640">', '<img src="a.png" width="640">'),
        ("text <sup>2</sup> <h1>", "<h1>"),
        ("<!-- 487K -->", "<!-- 487K -->"),
        ("~~~python {1,3-5}\nx\n~~~", "~~~python {1,3-5}"),
    ],
    "web address": [
        ("see https://example.org/v2/487K?p=3", "https://example.org/v2/487K?p=3"),
        ("(http://example.org/1)", "http://example.org/1"),
    ],
    "link target": [
        ("[the paper](docs/paper2.html#s3)", "docs/paper2.html#s3"),
        ("[1]: docs/paper2", "[1]: docs/paper2"),
    ],
    "footnote": [("as shown[^12]", "[^12]")],
    "reference": [
        ("arXiv:2301.00808", "arXiv:2301.00808"),
        ("doi 10.1109/5.771073", "10.1109/5.771073"),
    ],
    "list number": [
        ("1. stem", "1."),
        ("12) stem", "12)"),
        ("## 3. Results", "3."),
        ("## 3.2 Results", "3.2"),
        ("```\n1. stem\n```", "1."),
        ("```python\n# 2. run it\n```", "2."),
    ],
    "label": [
        ("Table 2 shows", "2"),
        ("see Figure 3a", "3a"),
        ("Section 4.1", "4.1"),
        ("stage 3", "3"),
        ("Layer 12", "12"),
        ("In Schritt 2", "2"),
    ],
    "colour code": [("drawn in #2b7489", "#2b7489"), ("a #0af line", "#0af")],
    "issue number": [("fixed in #112", "#112")],
    "file name": [
        ("kestrel_s_224.onnx", "kestrel_s_224.onnx"),
        ("`weights/v2_0.25.pth`", "weights/v2_0.25.pth"),
    ],
    "checksum": [("revision a3f9c21", "a3f9c21")],
    "date": [
        ("on 2024-11-18", "2024-11-18"),
        ("am 18.11.2024", "18.11.2024"),
        ("January 9, 2025", "January 9, 2025"),
        ("Stand: 14. März 2025", "14. März 2025"),
        ("March 2024", "March 2024"),
        ("at 12:30:05", "12:30:05"),
    ],
    "year": [
        ("Woo et al. 2018", "2018"),
        ("v1 (2023)", "2023"),
        ("CVPR 2023", "2023"),
        ("© 2024", "2024"),
        ("year = {2025}", "2025"),
    ],
    "version": [
        ("version 2.1", "2.1"),
        ("v1.2.0", "v1.2.0"),
        ("PyTorch 2.1", "2.1"),
        ("torch>=2.1", "2.1"),
        ("Python 3.10+", "3.10"),
        ("Apache 2.0", "2.0"),
        ("CC BY 4.0", "4.0"),
        ("release 0.9.3", "0.9.3"),
    ],
    "device": [("RTX 3090", "RTX 3090"), ("Raspberry Pi 5", "Pi 5"), ("iPhone 12", "iPhone 12")],
    "part of a name": [
        ("ResNet-50", "ResNet-50"),
        ("lorikeet-1.1b", "lorikeet-1.1b"),
        ("V2 and conv1", "conv1"),
        ("at P3", "P3"),
        ("top-5", "top-5"),
        ("in fp16", "fp16"),
        ("YOLOv8n", "YOLOv8n"),
    ],
}

NEAR_MISSES: dict[str, list[tuple[str, list[str]]]] = {
    "markup": [
        ("x<3 and y>2", ["3", "2"]),
        ("<b>487K</b>", ["487K"]),
        ("<td>25.6M</td>", ["25.6M"]),
    ],
    "web address": [("https://example.org has 487K parameters", ["487K"])],
    "link target": [
        ("[487K](a2.md)", ["487K"]),
        ("[Params]: 487K parameters", ["487K"]),
        ("```\n[stem]: 64 channels\n```", ["64"]),
        ("heads [0, 1] (64 channels)", ["0", "1", "64"]),
    ],
    "footnote": [("[^1]: It has 487K parameters.", ["487K"]), ("2^10", ["2", "10"])],
    "reference": [("2301.00808", ["2301.00808"]), ("It gains 0.7 pp. 12 models do.", ["0.7 pp", "12"])],
    "list number": [
        ("12 layers", ["12"]),
        ("It has 12.", ["12"]),
        ("- 3 layers", ["3"]),
        ("1. 3 layers", ["3"]),
        ("## 487K parameters", ["487K"]),
        ("## 92.5% accuracy", ["92.5%"]),
        ("## 1.9 MB of weights", ["1.9 MB"]),
        ("```python\nx = 3.\n```", ["3"]),
    ],
    "label": [
        ("Layer 50%", ["50%"]),
        ("stage 3×3", ["3", "3"]),
        ("The table has 12 rows", ["12"]),
        ("an encoder of 12 layers", ["12"]),
        ("encoder 25.6M, decoder 3.1M", ["25.6M", "3.1M"]),
        ("Encoder 25.6MB", ["25.6MB"]),
        ("decoder 300 ms", ["300 ms"]),
        ("encoder 12 layers, decoder 6 layers", ["12", "6"]),
        ("the last level (64 channels)", ["64"]),
        ("per block: 64", ["64"]),
    ],
    "colour code": [("# 64 channels", ["64"]), ("```python\nx = 3  # 487103\n```", ["3", "487103"])],
    "issue number": [("```python\nx = 3  # 64\n```", ["3", "64"]), ("C#12", ["12"])],
    "file name": [("0.25 pt", ["0.25"]), ("It has 487K. Py is fine", ["487K"]), ("487K/256K", ["487K", "256K"])],
    "checksum": [("487103256 bytes", ["487103256"]), ("1.5e3", ["1.5e3"])],
    "date": [
        ("2048/64/32 channels", ["2048", "64", "32"]),
        ("1024-64-10", ["1024", "64", "10"]),
        ("16/32/1024", ["16", "32", "1024"]),
        ("enc 1024, dec 2048", ["1024", "2048"]),
        ("May 9 layers be enough?", ["9"]),
        ("16:9", ["16", "9"]),
    ],
    "year": [
        ("2024 images", ["2024"]),
        ("a hidden size of 512 (2048)", ["512", "2048"]),
        ("(1024)", ["1024"]),
        ("FC 2048", ["2048"]),
        ("the MLP-2048", ["2048"]),
        ("widths of 512, 1024, 2048", ["512", "1024", "2048"]),
        ("2000 FLOPs, 2000K", ["2000", "2000K"]),
    ],
    "version": [
        ("It has 2.1 MB", ["2.1 MB"]),
        ("mAP>=0.92 and IoU>=0.5", ["0.92", "0.5"]),
        ("PyTorch 98%", ["98%"]),
        ("ONNX 1.9MB", ["1.9MB"]),
        ("ONNX: 1.9 MB", ["1.9 MB"]),
        ("TensorRT 3.2ms, PyTorch 45 ms", ["3.2ms", "45 ms"]),
        ("release 3 models", ["3"]),
        ("0.9, 0.3", ["0.9", "0.3"]),
    ],
    "device": [
        ("pixel accuracy 92.3%", ["92.3%"]),
        ("pixel accuracy 92", ["92"]),
        ("pixel shuffle 2", ["2"]),
        ("on a Pixel of 12 MB", ["12 MB"]),
    ],
    "part of a name": [
        ("MobileNet-0.25", ["0.25"]),
        ("Block-64%", ["64%"]),
        ("V1 487K", ["487K"]),
        ("V1,489K", ["489K"]),
        ("P3, 128 channels", ["128"]),
        ("P3,128 channels", ["128"]),
        ("BiFPN x2", ["2"]),
        ("top-5 95.0%", ["95.0%"]),
        ("conv3×3", ["3", "3"]),
        ("64ch", ["64ch"]),
    ],
}


def cases(
    table: dict[str, list[tuple[str, str]]] | dict[str, list[tuple[str, list[str]]]],
) -> list[tuple[str, str, object]]:
    return [(reason, text, expected) for reason, rows in table.items() for text, expected in rows]


@pytest.mark.parametrize(("reason", "text", "aside"), cases(SET_ASIDE))
def test_a_number_that_claims_nothing_is_set_aside(reason: str, text: str, aside: str) -> None:
    assert (aside, reason) in [(figure.text, figure.aside) for figure in figures_in(text)]


@pytest.mark.parametrize(("reason", "text", "figures"), cases(NEAR_MISSES))
def test_what_only_looks_like_it_is_a_figure(reason: str, text: str, figures: list[str]) -> None:
    assert told(text) == figures, f"taken for a {reason}?"


def test_every_reason_has_examples_of_both() -> None:
    reasons = {rule.reason for rule in RULES}
    assert set(SET_ASIDE) == reasons
    assert set(NEAR_MISSES) == reasons


@pytest.mark.parametrize("fence", ["```python {1,3-5}", "```yaml linenums=1", "~~~text width=80", "```"])
def test_what_stands_behind_a_fence_is_for_programs_alone(fence: str) -> None:
    assert told(f"{fence}\nx\n{fence[:3]}\n") == []


@pytest.mark.parametrize("number", ["12", "2048", "0.25", "487K", "1.9 MB", "92.3%", "1,024"])
@pytest.mark.parametrize(
    "sentence",
    [
        "{}",
        "It has {} of them.",
        "({})",
        "**{}**",
        "Params: {}",
        "| stem | {} |",
        "- stem: {}",
        "of {} and {}",
        "the model ({} in all)",
        "an encoder ({} of them)",
        "PyTorch model: {}",
    ],
)
def test_no_rule_swallows_a_figure_that_stands_by_itself(sentence: str, number: str) -> None:
    printed = sentence.format(*[number] * sentence.count("{}"))
    assert told(printed) == [number] * sentence.count("{}")


SIGNS = [*".,-–−+×x*/:=%~<>()[]{}#@_|`'\"^! \n"]
NUMBERS = ["0", "1", "3", "12", "64", "489", "2024", "2048", "0.25", "1,024", "1_000", "1e-3", "²", "٣"]
NAMES = ["V", "P", "K", "M", "MB", "ms", "a", "f", "conv", "stage", "Table ", "ONNX ", "torch", "RTX ", "March ", "two"]
NAMES += ["https://", "](", "arXiv:", ".py", "v1", "CVPR ", "Pixel ", "True", "to", "only ", "params", "top-", "e"]
pieces = st.lists(st.sampled_from(SIGNS + NUMBERS + NAMES), max_size=15).map("".join)
wholes = st.sampled_from(
    ["{}", "- {}", "## {}", "| a | {} |", "```python\n{}\n```", "```yaml\nkey: {}\n```", "```\n{}\n```"]
)


@given(wholes, pieces | st.text(max_size=40))
def test_every_digit_is_part_of_one_figure(whole: str, text: str) -> None:
    reading = read(whole.replace("{}", text).encode(), "README.md")
    places = [(figure.line.number, place) for figure in figures(reading) for place in range(figure.start, figure.end)]
    digits = [
        (line.number, place) for line in reading.lines for place, sign in enumerate(line.text) if sign.isdecimal()
    ]
    counted = Counter(places)
    assert [counted[digit] for digit in digits] == [1] * len(digits)


@given(pieces)
@example("0only 0")
def test_figures_stand_in_the_order_of_the_text_and_do_not_overlap(text: str) -> None:
    found = figures_in(text)
    assert all(before.end <= after.start for before, after in pairwise(found) if before.line == after.line)


@pytest.mark.parametrize(
    "line",
    ["1" * 4000, "a" * 4000, "1." * 2000, "1," * 2000, "a/" * 2000, "a-" * 2000, "(" * 4000, "[1" * 2000, "<a " * 1300],
    ids=lambda line: f"{line[:6]}...",
)
def test_no_line_takes_long_to_read(line: str) -> None:
    started = time.process_time()
    assert all(figure.line.number == 1 for figure in figures_in(line))
    assert time.process_time() - started < 2
