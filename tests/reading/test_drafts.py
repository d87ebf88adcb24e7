"""Draft claims: for every figure that no spec speaks of, a line of YAML with a guess of what it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.auditing import audit_all
from auditor.reading.drafts import Draft
from auditor.render.scan import scan_page
from auditor.scanning import Scan, scan
from auditor.spec import Spec, load
from tests.conftest import SMALL_MODEL

READMES = Path(__file__).parent / "readmes"

ScanText = Callable[..., Scan]

NO_CLAIM = "aside: [{doc: readme, line: 1, says: none, reason: There is none.}]\n"


def write_spec(folder: Path, more: str, decimal: str = "point") -> Spec:
    text = SMALL_MODEL.format(name="small").replace("README.md}", f"README.md, decimal: {decimal}}}")
    path = folder / "small.yaml"
    path.write_text(text + more, encoding="utf-8")
    return load(path)


@pytest.fixture
def scan_text(tmp_path: Path) -> ScanText:
    """The scan of a text, by a spec of a small model with a backbone and an attention, or by none."""

    def scan_text(document: str, *, with_spec: bool = True) -> Scan:
        path = tmp_path / "README.md"
        path.write_bytes(document.encode())
        return scan(path, [write_spec(tmp_path, "")] if with_spec else [])

    return scan_text


def claims(drafts: Sequence[Draft]) -> list[str]:
    return [re.sub(r"doc: \w+, line: \d+, ", "", draft.claim("readme")) for draft in drafts]


def measured(says: str, of: str) -> str:
    return f'- {{says: "{says}", of: {of}}}'


def reported(says: str, name: str, needs: str) -> str:
    return f'- {{says: "{says}", of: reported({name}), needs: {needs}}}'


def unknown(says: str) -> str:
    return f'# - {{says: "{says}", of: ""}}'


TRAINED = "trained weights and the data they are measured on."
DEVICE = "the device it was measured on."
TRAINING = "the training code."

GUESSES = {
    # What can be measured is of the part that is named, or of the whole.
    "It has 489,015 parameters.": [measured("489,015", "params()")],
    "The backbone has 213K parameters.": [measured("213K", "params(backbone)")],
    "- **Attention**: 11.5K params": [measured("11.5K", "params(attention)")],
    "It takes 1.2 GMACs.": [measured("1.2 GMACs", "macs()")],
    "It takes 1.2 GFLOPs.": [measured("1.2 GFLOPs", "flops()")],
    "489,015 trainable parameters": [measured("489,015", "trainable()")],
    "The model size is 1.9 MB.": [measured("1.9 MB", "4 * params()")],
    "The attention holds 5.1% of the parameters.": [measured("5.1%", "params(attention) / params()")],
    "The attention has 64 channels.": [measured("64", '"size(attention, 0)"')],
    "An image of 640 pixels": [measured("640", '"size(input, 1)"')],
    "The attention has 3 levels": [measured("3", "levels(attention)")],
    # What cannot be is reported, and says what it takes.
    "mAP: 92.3%": [reported("92.3%", "map", TRAINED)],
    "- Latency: 12 ms": [reported("12 ms", "latency", DEVICE)],
    "- Peak memory (GPU): 1.9 GB": [reported("1.9 GB", "peak_memory_gpu", DEVICE)],
    "Epochs: 300": [reported("300", "epochs", TRAINING)],
    "## Speed\n\n30 FPS": [reported("30 FPS", "speed", DEVICE)],
    "30 FPS": [reported("30 FPS", "figure", DEVICE)],
    "3 models in 12 ms": [unknown("3"), reported("12 ms", "figure", DEVICE)],
    # The heading of a column and the name of a row say what a cell is about.
    "| Part | Params | Share (%) |\n|---|---|---|\n| Backbone | 213,072 | 94.9 |\n": [
        measured("213,072", "params(backbone)"),
        measured("94.9", "params(backbone) / params()"),
    ],
    "| Model | Top-1 | Size |\n|---|---|---|\n| small | 80.1 | 0.9 MB |\n": [
        reported("80.1", "small_top_1", TRAINED),
        measured("0.9 MB", "4 * params()"),
    ],
    "Part | Params\n---|---\nAttention | 11,528\n": [measured("11,528", "params(attention)")],
    "```\nPart         Params\nBackbone    213,072\nAttention    11,528\n```\n": [
        measured("213,072", "params(backbone)"),
        measured("11,528", "params(attention)"),
    ],
    # Without a guess, only the place is known.
    "just 12": [unknown("12")],
    "a 3×3 convolution": [unknown("3"), '# - {says: "3", occurrence: 2, of: ""}'],
    "47.2% fewer parameters": [unknown("47.2%")],
    "three stages": [unknown("three")],
}  # fmt: skip


@pytest.mark.parametrize("document", GUESSES, ids=repr)
def test_the_words_around_a_figure_say_what_it_is_about(scan_text: ScanText, document: str) -> None:
    assert claims(scan_text(document).drafts) == GUESSES[document]


def test_without_a_spec_no_part_has_a_name(scan_text: ScanText) -> None:
    document = "The backbone has 213K parameters, its attention 64 channels."
    assert claims(scan_text(document, with_spec=False).drafts) == [measured("213K", "params()"), unknown("64")]


def test_what_is_claimed_or_set_aside_needs_no_draft(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("V2 has 489K parameters, 12 layers and 3 heads.", encoding="utf-8")
    spec = write_spec(
        tmp_path,
        "claims: [{doc: readme, line: 1, says: 489K, of: params()}]\n"
        "aside: [{doc: readme, line: 1, says: 12 layers, reason: Of another.}]\n",
    )
    assert claims(scan(tmp_path / "README.md", [spec]).drafts) == [unknown("3")]


def test_a_reduction_is_held_against_the_variant_that_a_spec_extends(tmp_path: Path) -> None:
    write_spec(tmp_path, "")
    path = tmp_path / "light.yaml"
    path.write_text(
        "name: light\ntitle: A light one\nextends: small.yaml\ndocuments: {readme: {title: R, file: README.md}}\n",
        encoding="utf-8",
    )
    (tmp_path / "README.md").write_text("It has 47.2% fewer parameters.", encoding="utf-8")
    found = scan(tmp_path / "README.md", [load(path)])
    assert claims(found.drafts) == [measured("47.2%", "1 - params() / params(small)")]


@pytest.mark.parametrize(
    ("document", "occurrences"),
    [
        ("489K parameters and 489K parameters", [1, 2]),
        ("1489K parameters and 489K parameters", [1, 1]),
        ("3×3 after 3×3", [1, 2, 3, 4]),
        ("12 of 12.", [1, 2]),
        ("```python\nConv2d(1, 1, bias=False), Linear(bias=False)\n```", [1, 2, 1, 2]),
    ],
)
def test_a_draft_says_which_of_the_same_figures_it_means(
    scan_text: ScanText, document: str, occurrences: list[int]
) -> None:
    assert [draft.occurrence for draft in scan_text(document).drafts] == occurrences


def pasted(drafts: Sequence[Draft]) -> str:
    """The claims as a scan lists them, to be pasted into a spec."""
    return "\n".join(["claims:", *(f"  {draft.claim('readme')}" for draft in drafts)]) + "\n"


def uncommented(drafts: Sequence[Draft]) -> list[dict[str, object]]:
    """Every draft as the claim it will be when someone has filled it in."""
    return [yaml.safe_load(draft.claim("readme").removeprefix("# "))[0] for draft in drafts]


@pytest.mark.parametrize(("name", "decimal"), [("kestrelnet", "point"), ("lorikeet", "point"), ("firnnet", "comma")])
def test_the_drafts_of_a_readme_make_a_spec(tmp_path: Path, name: str, decimal: str) -> None:
    found = scan(READMES / f"{name}.md")
    spec = write_spec(tmp_path, pasted(found.drafts), decimal)
    guessed = [draft for draft in found.drafts if draft.of]
    assert len(guessed) > 20
    assert [(claim.line, claim.says.text, claim.of and claim.of.text) for claim in spec.claims] == [
        (draft.figure.line.number, draft.figure.text, draft.of) for draft in guessed
    ]


@pytest.mark.parametrize("name", ["kestrelnet", "lorikeet"])
def test_what_a_draft_guesses_can_be_measured(tmp_path: Path, name: str) -> None:
    """A guess may be wrong of a model, but it is never one that stops the audit."""
    found = scan(READMES / f"{name}.md", [write_spec(tmp_path, "")])
    (audit,) = audit_all([write_spec(tmp_path, pasted(found.drafts))])
    assert len(audit.judgements) == sum(bool(draft.of) for draft in found.drafts)


@pytest.mark.parametrize("name", ["kestrelnet", "lorikeet", "firnnet"])
def test_drafts_that_are_filled_in_cover_the_document(tmp_path: Path, name: str) -> None:
    (tmp_path / "README.md").write_bytes((READMES / f"{name}.md").read_bytes())
    quotes = [
        {key: draft[key] for key in ("doc", "line", "says", "occurrence") if key in draft} | {"reason": "Filled in."}
        for draft in uncommented(scan(tmp_path / "README.md").drafts)
    ]
    spec = write_spec(tmp_path, yaml.safe_dump({"aside": quotes}, allow_unicode=True))
    found = scan(tmp_path / "README.md", [spec])
    assert [(covered.figure.line.number, covered.figure.text) for covered in found.coverage.open] == []
    assert found.drifted == ()


def test_a_spec_that_lacks_every_claim_takes_drafts_that_are_all_commented_out(
    tmp_path: Path, scan_text: ScanText
) -> None:
    found = scan_text("just 12")
    (listing,) = (section.listing for section in scan_page(found).sections if section.listing)
    assert write_spec(tmp_path, "\n".join(listing) + "\n").claims == ()


FIGURES = ["489K", "1,024", "12", "0.25", "3×3", "64ch", "P3:", "two", "47.2%", "1.9 MB", "12 ms", "~", "up to ", "-"]
WORDS = ["params", "parameters", " channels", " levels", "backbone ", "attention", "mAP", " latency: ", "epochs"]
SIGNS = ["fewer ", " ", ", ", ": ", *"'\"\\#{}[]&*!|%@`+\té\u2028"]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.lists(st.sampled_from(FIGURES + WORDS + SIGNS), max_size=12).map("".join))
def test_whatever_a_document_prints_its_drafts_make_a_spec(tmp_path: Path, document: str) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(document.encode())
    found = scan(path, [write_spec(tmp_path, NO_CLAIM)])
    guessed = [draft for draft in found.drafts if draft.of]
    spec = write_spec(tmp_path, pasted(found.drafts) if guessed else NO_CLAIM)
    assert len(spec.claims) == len(guessed)
    assert [entry["says"] for entry in uncommented(found.drafts)] == [draft.figure.text for draft in found.drafts]
