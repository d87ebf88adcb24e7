"""A document against itself: what its figures come to, and what it prints instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.reading.arithmetic import Slip, slips
from auditor.reading.structure import read

READMES = Path(__file__).parent / "readmes"
KNOWN: Mapping[str, Any] = yaml.safe_load((READMES / "slips.yaml").read_text(encoding="utf-8"))


@cache
def slips_of(name: str) -> tuple[Slip, ...]:
    return slips(read((READMES / name).read_bytes(), name))


def entries(kind: str) -> list[Any]:
    return [
        pytest.param(name, entry, id=f"{name}:{entry['line']}")
        for name, known in KNOWN.items()
        for entry in known[kind]
    ]


@pytest.mark.parametrize(("name", "entry"), entries("slips"))
def test_what_is_wrong_in_a_readme_is_found_in_its_line(name: str, entry: Mapping[str, Any]) -> None:
    says = entry["says"]
    found = [slip.says for slip in slips_of(name) if slip.line == entry["line"]]
    assert any(says.startswith(one) or one.startswith(says) for one in found), found


@pytest.mark.parametrize(("name", "entry"), entries("decoys"))
def test_what_only_looks_wrong_in_a_readme_is_let_be(name: str, entry: Mapping[str, Any]) -> None:
    assert [slip for slip in slips_of(name) if slip.line == entry["line"]] == [], entry["why"]


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_is_found_in_any_other_line_of_a_readme(name: str) -> None:
    assert {slip.line for slip in slips_of(name)} <= {entry["line"] for entry in KNOWN[name]["slips"]}


@dataclass(frozen=True)
class Case:
    """A document with a gap: figures that are wrong in it, with what is right; and figures that are not wrong."""

    document: str
    wrong: Mapping[str, str | tuple[str, str]]
    right: Sequence[str] = field(default=())

    def found(self, figure: str) -> list[Slip]:
        return list(slips(read(self.document.replace("{}", figure).encode(), "README.md")))


def table(*rows: str) -> str:
    """A table from rows whose cells are set apart by bars."""
    first, *others = rows
    rule = "|".join("---" for _ in first.split("|"))
    return "".join(f"| {row} |\n" for row in (first, rule, *others))


PARTS = table("Part | Params", "stem | 1,000", "body | 2,000", "Total | {}")
SHARES = ("stem | 1,000 | 10.0%", "body | 2,000 | 20.0%", "neck | 3,000 | 30.0%")
CHANGES = ("Layers | 40 | 20 | −50.0%", "Params | 1,000 | 900 | −10.0%", "Latency | 10.0 ms | 8.0 ms | −20.0%")

CASES: dict[str, Case] = {
    # Totals
    "a total is the sum of its column": Case(
        PARTS,
        {"3,100": "3000", "2,999": "3000", "~3,100": "3000", "**3,100**": "3000", "3.1K": "3000"},
        ["3,000", "~3,020", "3.0K", "3K", "< 4,000", "≥ 2,900", "2,900 to 3,100", "–", "", "many", "3,000 (3.0K)"],
    ),
    "a total of rounded parts is rounded": Case(
        table("Part | Params", "stem | 1.4K", "body | 2.4K", "Total | {}"),
        {"4.0K": ("3700", "3900"), "3.6K": ("3700", "3900")},
        ["3.7K", "3.8K", "3.9K", "4K"],
    ),
    "a total of approximate parts is approximate": Case(
        table("Part | Params", "stem | ~1,000", "body | ~2,000", "Total | {}"),
        {"3,100": ("2970", "3030")},
        ["3,000", "2,980", "3,030"],
    ),
    "a unit in the heading is that of its figures": Case(
        table("Part | Params (M)", "stem | 1.0", "body | 2.0", "Total | {}"),
        {"3.5": ("2900000", "3100000")},
        ["3.0", "3.1", "2.9"],
    ),
    "a row below another is part of it": Case(
        table("Part | Params", "stem | 1,000", "↳ conv | 400", "↳ norm | 600", "body | 2,000", "Total | {}"),
        {"3,400": "3000"},
        ["3,000", "4,000"],
    ),
    "a row whose parts follow is not added twice": Case(
        table("Part | Params", "stem | 1,000", "conv | 400", "norm | 600", "body | 2,000", "Total | {}"),
        {"3,400": "3000"},
        ["3,000", "4,000"],
    ),
    "a subtotal is not added again": Case(
        table("Part | Params", "stem | 1,000", "body | 2,000", "Subtotal | 3,000", "head | 500", "Total | {}"),
        {"4,500": "3500"},
        ["3,500"],
    ),
    "a total of everything takes in the total above it": Case(
        table("Part | Params", "a | 1,000", "b | 2,000", "Total | 3,000", "c | 5", "d | 6", "Grand total | {}"),
        {},
        ["3,011"],
    ),
    "sizes are added in units of 1,000 or of 1,024": Case(
        table("Part | Size", "stem | 10.0 MiB", "body | 10.0 MiB", "Total | {}"),
        {"25.0 MB": ("20866662.4", "21076377.6"), "25.0 MiB": ("20866662.4", "21076377.6")},
        ["20.0 MiB", "21.0 MB", "20.0 MB"],
    ),
    "a total may be drawn": Case(
        "```\nPart    Params\nstem     1,000\nbody     2,000\nTotal    {}\n```\n",
        {"3,100": "3000"},
        ["3,000"],
    ),
    # Means
    "a mean is the mean of its column": Case(
        table("Model | Dice", "small | 80.1", "base | 82.0", "Mean | {}"),
        {"81.2": ("81", "81.1"), "80.8": ("81", "81.1")},
        ["81.0", "81.1", "81", "~81.5", "–"],
    ),
    "a mean leaves no row out": Case(
        table("Model | Dice", "small | 80.0", "base | –", "large | 82.0", "Mean | {}"), {}, ["81.0", "85.0"]
    ),
    # Shares
    "a share fits the part beside it": Case(
        table("Part | Params | Share", *SHARES, "head | 4,000 | {}"),
        {"45.0%": ("0.399334", "0.400666")},
        ["40.0%", "40%", "~40%", "> 30%", "–"],
    ),
    "a share of a list fits the part beside it": Case(
        "- stem: 1,000 (10.0%)\n- body: 2,000 (20.0%)\n- neck: 3,000 (30.0%)\n- head: 4,000 ({})\n",
        {"45.0%": ("0.399334", "0.400666")},
        ["40.0%", "40%", "5% less"],
    ),
    "shares of one whole are not more than it": Case(
        table("Source | Share", "web | 50%", "code | 30%", "books | {}"),
        {"30%": ("1.085", "1.115")},
        ["20%", "21%", "10%", "~20%", "–"],
    ),
    "shares in a list are not more than one whole": Case(
        "The training data consists of:\n\n- web: 50%\n- code: 30%\n- books: {}\n",
        {"30%": ("1.085", "1.115")},
        ["20%", "21%", "10%"],
    ),
    "shares that round up come to a little more than a whole": Case(
        table("Source | Share", "web | 33.4%", "code | 33.4%", "books | {}"), {"33.6%": ("1.0025", "1.0055")}, ["33.3%"]
    ),
    # Lists
    "a total of a list is the sum of all its parts": Case(
        "- stem: 1,000 (25.0%)\n- body: 3,000 (75.0%)\n- Total: {}\n",
        {"4,100": "4000"},
        ["4,000", "4.0K", "~4,020", "< 5,000"],
    ),
    "a breakdown comes to its total": Case(
        "- Total modules: {}\n- Breakdown:\n  - 3 modules here\n  - 3 modules there\n",
        {"7": "6"},
        ["6", "~6", "at most 8"],
    ),
    # Changes
    "a change is that between the two columns before it": Case(
        table("Metric | v1 | v2 | Change", *CHANGES, "MACs | 2.00G | 1.58G | {}"),
        {"−27.2%": ("-0.214462", "-0.205528"), "+0.5G": ("410000000", "430000000")},
        ["−21.0%", "−21%", "21.0% less", "-0.42G", "~−20.9%", "up to −30%", "–"],
    ),
    "a change of shares is in points, or relative": Case(
        table("Metric | v1 | v2 | Change", *CHANGES, "Top-1 | 80.0% | 82.0% | {}"),
        {"+2.5 pp": ("0.019", "0.021"), "+3.5%": ("0.023736", "0.026266")},
        ["+2.0 pp", "+2.0 points", "+2.0%", "+2.0", "+2.5%"],
    ),
    "a change may be a factor either way": Case(
        table("Metric | v1 | v2 | Change", *CHANGES, "Speed | 10 FPS | 30 FPS | {}"),
        {"2.0×": ("2.8095", "3.2105")},
        ["3.0×", "×3", "+200%", "+20 FPS"],
    ),
    "a change is told behind an arrow": Case(
        "The latency went from 14.2 ms → 11.3 ms ({}).\n",
        {"−25.7%": ("-0.210527", "-0.197879"), "−5.0 ms": ("-3.0", "-2.8")},
        ["−20.4%", "−2.9 ms", "−20%", "20.4% less", "25.7% faster", "about a fifth", "median of 5"],
    ),
    # Reckonings
    "a product is what it says": Case(
        "It has 3 heads × 3 scales = {} modules.",
        {"8": "9", "10": "9"},
        ["9", "~9", "at least 8"],
    ),
    "a sum is what it says": Case("S stacks 2 + 2 + 8 + 2 = {} blocks.", {"16": "14"}, ["14"]),
    "a difference is what it says": Case("That leaves 10 - 2 = {} blocks.", {"7": "8"}, ["8"]),
    "a difference with a minus is what it says": Case("That leaves 10 − 2 = {} blocks.", {"7": "8"}, ["8"]),
    "an asterisk multiplies": Case("It has 3 * 3 = {} modules.", {"8": "9"}, ["9"]),
    "products go before sums": Case("4 stages × 2 sides × 2 + 2 = {} convolutions", {"20": "18"}, ["18"]),
    "a square multiplies": Case("It takes 16² × 3 = {} values.", {"588": "768"}, ["768"]),
    "what is rounded comes to what is rounded": Case(
        "It takes 1.6K × 3 = {} steps.", {"5.1K": ("4650", "4950")}, ["4.8K", "4.7K", "4.9K", "5K", "~4.8K"]
    ),
    "what is about equal is equal within a hundredth": Case(
        "It takes 100 × 3 ≈ {} steps.", {"310": "300", "290": "300"}, ["300", "302"]
    ),
    "both sides of an equation are reckoned": Case(
        "12 × 64 = 3 × {} = 768", {"255": "768"}, ["256"]
    ),
    # The same figure twice
    "a figure and its rounded twin agree": Case(
        "It has 25,557,032 ({}) parameters.",
        {"25.8M": "25557032", "25.5M": "25557032", "26.6M": "25557032"},
        ["25.6M", "26M", "~25.8M", "< 26M", "4.1G", "50", "25.56M", "+1.2M"],
    ),
    # Sizes
    "a size is that of its parameters": Case(
        table("Model | Params | Model size", "small | 1,000,000 | {}"),
        {"5.0 MB": "4000000", "3.5 MB": "4000000", "4.5 MiB": "4000000"},
        ["4.0 MB", "3.8 MB", "3.8 MiB", "4.1 MB", "2.0 MB", "1.0 MB", "0.5 MB", "8.0 MB", "~4.0 MB", "< 5 MB"],
    ),
    "a size is that of its type": Case(
        table("Model | Params | Model size (fp16)", "small | 1,000,000 | {}"),
        {"4.0 MB": "2000000"},
        ["2.0 MB", "1.9 MiB"],
    ),
    "models may stand in columns": Case(
        table("Metric | small | base", "Parameters | 1,000,000 | 2,000,000", "Model size | 4.0 MB | {}"),
        {"9.0 MB": "8000000"},
        ["8.0 MB", "7.6 MiB", "4.0 MB"],
    ),
    "a size in a list is that of its parameters": Case(
        "- Parameters: 1,000,000\n- Model size: {}\n", {"5.0 MB": "4000000"}, ["4.0 MB", "3.8 MB", "~4.0 MB"]
    ),
    "types of the same weights are as large as their widths": Case(
        table("Checkpoint | fp32 | fp16 | int8", "small | 40.0 MB | {} | 10.0 MB"),
        {"25.0 MB": ("19975000", "20025000")},
        ["20.0 MB", "20.5 MB", "19.1 MiB"],
    ),
    # Numbers of things
    "a list has as many items as are announced": Case(
        "It has {} parts:\n\n- stem\n- body\n", {"three": "2", "3": "2"}, ["two", "2", "the", "some", "12.5K"]
    ),
    "a heading announces what follows": Case(
        "## {} confusions\n\n- cat\n- dog\n", {"Top 5": "2", "Three": "2"}, ["Top 2", "Two", "Top", "v1.2.3"]
    ),
    "a table has as many rows as are announced": Case(
        "{} models are listed:\n\n" + table("Model | Params", "small | 1,000", "base | 2,000"),
        {"Three": "2"},
        ["Two", "Some"],
    ),
    "names are as many as is said": Case(
        "It comes in {} sizes, Nano, Tiny, Small and Base, all trained alike.",
        {"three": "4", "5": "4"},
        ["four", "4", "many"],
    ),
    "names behind a colon are as many as is said": Case(
        "There are {} sizes: Nano, Tiny, Small and Base.", {"three": "4"}, ["four", "4"]
    ),
    # Ratios
    "a share in prose is the one figure's of the other": Case(
        "Of these, 2.0B of 8.0B, or {}, are text.", {"29%": ("0.242236", "0.257862")}, ["25%", "24.5%", "~25%"]
    ),
    "a factor is the ratio of the two figures behind it": Case(
        "It is {} faster (10 ms vs 40 ms).", {"3.0×": ("3.7619", "4.2632")}, ["4.0×", "4×", "~4×"]
    ),
}  # fmt: skip
WRONG = [pytest.param(case, figure, id=f"{name}-{figure}") for name, case in CASES.items() for figure in case.wrong]
RIGHT = [pytest.param(case, figure, id=f"{name}-{figure}") for name, case in CASES.items() for figure in case.right]


@pytest.mark.parametrize(("case", "figure"), WRONG)
def test_a_wrong_figure_is_found_with_what_it_should_be(case: Case, figure: str) -> None:
    (found,) = case.found(figure)
    printed = figure.strip("*").removeprefix("Top ")
    assert any(one.endswith(printed) for one in found.says.split(", "))
    expected = case.wrong[figure]
    low, high = (expected, expected) if isinstance(expected, str) else expected
    computed = found.computed[0]
    assert computed.low is not None
    assert computed.high is not None
    assert float(computed.low) == pytest.approx(float(Fraction(low)), rel=1e-3)
    assert float(computed.high) == pytest.approx(float(Fraction(high)), rel=1e-3)


@pytest.mark.parametrize(("case", "figure"), RIGHT)
def test_a_figure_that_may_be_right_is_let_be(case: Case, figure: str) -> None:
    assert case.found(figure) == []


def test_a_slip_says_where_and_of_what_it_is_reckoned() -> None:
    (found,) = CASES["a total is the sum of its column"].found("3,100")
    assert (found.line, found.says, found.what) == (5, "3,100", "the sum of its column")
    assert [(source.line, source.text) for source in found.sources] == [(3, "1,000"), (4, "2,000")]


INNOCENT = {
    # Columns that no one adds up
    "accuracies are no parts": table("Model | Accuracy", "a | 91.0", "b | 92.0", "Total | 91.5"),
    "an overall score is a mean": table("Subject | Kestrel", "Law | 60.0", "Physics | 50.0", "Overall | 55.0"),
    "all classes together are no sum": table("Class | AP50", "car | 60.1", "person | 70.2", "All | 65.2"),
    "metrics of several kinds": table("Metric | v1", "Layers | 12", "Heads | 8", "Total params | 1,000"),
    "a total time": table("Setting | Value", "Epochs | 12", "Batch | 8", "Total time (h) | 30"),
    "a column with gaps": table("Part | Claimed", "stem | 1,000", "body | ", "head | 500", "Total | 4,000"),
    "a peak is no sum": table("Phase | Time (ms)", "load | 6.4", "run | 48.0", "Total (pipelined) | 51.2"),
    "years": table("Model | Year", "a | 2017", "b | 2019", "Total | 2"),
    # Shares of different wholes
    "accuracies of a list": "- Easy: 92.1%\n- Medium: 90.2%\n- Hard: 82.3%\n",
    "several scores": "- Accuracy: 92%\n- Recall: 90%\n- F1: 88%\n",
    "several settings": "- dropout 50%\n- label smoothing 10%\n- mixup 80%\n",
    "accuracies of a column": table("Model | ImageNet (%)", "a | 80.1", "b | 82.0", "c | 83.1"),
    "accuracies with their sign": table("Model | Top-1", "a | 80.1%", "b | 82.0%", "c | 83.1%"),
    # Changes of something else
    "a gain by a larger input": "Going from 224 → 384 (+1.2% accuracy) helps.",
    "a change from the first column": table(
        "Metric | v1 | v2 | v3 | Change", "Params | 1,000 | 900 | 800 | −20.0%", "Layers | 40 | 30 | 20 | −50.0%"
    ),
    "channels behind arrows": "| Stage | Channels |\n|---|---|\n| 1 | 5 → 32 (3 blocks) |\n",
    # Reckonings that only look like ones
    "another unit": "640 × 640 = 0.41 megapixels",
    "a definition": "width = 0.25 × 4",
    "a part of a reckoning": "(2 + 3) × 4 = 20",
    "a shape": "The input is 3×640×640 = RGB.",
    "a power": "2^10 = 1,024",
    "sizes of types": "16 × 8 bits = 16 bytes",
    "code": "```python\nx = 3 * 3 == 8\n```",
    # Sizes of more than the weights
    "memory": table("Model | Params | Memory", "small | 1,000,000 | 50.0 MB"),
    "a checkpoint with its optimizer": table("Model | Params | Checkpoint size", "small | 1,000,000 | 12.0 MB"),
    "a dataset": table("Model | Params | Dataset size", "small | 1,000,000 | 50.0 GB"),
    "an input": table("Model | Params | Input size", "small | 1,000,000 | 640"),
    # Numbers of other things
    "epochs before a list": "Results after 5 epochs:\n\n- loss: 0.1\n- accuracy: 90%\n",
    "devices before a list": "Trained on 8 GPUs:\n\n- AdamW\n- cosine schedule\n",
    "classes before names": "For all 10 classes, ResNet, VGG and DenseNet perform equally.",
    "a list that goes on": "There are three ways:\n\n- by pip\n- by conda\n\nor from source.\n",
    "two numbers": "It has 3 stages of 2 blocks:\n\n- stem\n- body\n",
    "a year": "## 2 years of results\n\n1. first\n2. second\n",
}


@pytest.mark.parametrize("document", INNOCENT.values(), ids=INNOCENT)
def test_what_only_looks_wrong_is_let_be(document: str) -> None:
    assert slips(read(document.encode(), "README.md")) == ()


def test_slips_are_told_in_the_order_of_the_document_and_each_of_them_once() -> None:
    document = (
        f"It has 3 × 3 = 8 modules.\n\n{PARTS.replace('{}', '3,100')}\nIt has 2 + 2 = 5 blocks, and 2 + 2 = 5 again.\n"
    )
    found = slips(read(document.encode(), "README.md"))
    assert [(slip.line, slip.says) for slip in found] == [(1, "8"), (7, "3,100"), (9, "5"), (9, "5")]
