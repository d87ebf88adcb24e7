"""What if: a model with some settings changed is the model of a spec written so, and stands beside the original."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from auditor.auditing import measure
from auditor.cli import main
from auditor.comparing import Comparison, compare_variants
from auditor.spec import Verdict, load
from auditor.spec.overrides import changed
from auditor.spec.settings import parse_setting

SPEC = """\
name: {name}
title: A model
input: [3, 32, 32]
model:
  backbone: {{block: mobilenet_v1, width: 0.25}}
  attention: {{block: cbam, reduction: 16}}
  fpn: {{block: bifpn, channels: 32, repeats: 2}}
  context: {{block: conv_context}}
  heads: {{block: anchor_heads, anchors: 2}}
documents: {{readme: {{title: A README}}}}
"""


def compare(path: Path, *texts: str) -> Comparison:
    settings = [parse_setting(text, "--set") for text in texts]
    return compare_variants(load(path), changed(load(path), settings), settings)


@pytest.mark.parametrize(
    ("settings", "written"),
    [
        (["attention.reduction=8"], [("reduction: 16", "reduction: 8")]),
        (["fpn.channels=24", "fpn.repeats=3"], [("channels: 32, repeats: 2", "channels: 24, repeats: 3")]),
        (["backbone.width=0.5"], [("width: 0.25", "width: 0.5")]),
        (["attention=off"], [("  attention: {{block: cbam, reduction: 16}}\n", "")]),
        (["attention.block=eca"], [("{{block: cbam, reduction: 16}}", "{{block: eca}}")]),
        (["context.block=ssh_grouped", "context.groups=2"], [("conv_context", "ssh_grouped, groups: 2")]),
        (
            ["fpn=off", "context=off"],
            [("  fpn: {{block: bifpn, channels: 32, repeats: 2}}\n", ""), ("  context: {{block: conv_context}}\n", "")],
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value[0], str) else "",
)
def test_it_measures_what_a_spec_with_these_settings_measures(
    tmp_path: Path, settings: list[str], written: list[tuple[str, str]]
) -> None:
    text = SPEC
    for old, new in written:
        assert old in text
        text = text.replace(old, new)
    for name, lines in {"one": SPEC, "two": text}.items():
        (tmp_path / f"{name}.yaml").write_text(lines.format(name=name), encoding="utf-8")
    found = compare(tmp_path / "one.yaml", *settings)
    one, two = (measure(load(tmp_path / f"{name}.yaml")) for name in ("one", "two"))
    assert found.before.profile.total == one.profile.total
    assert found.after.profile.total == two.profile.total != one.profile.total
    assert {name: found.after.profile.under(paths) for name, paths in found.after.components.items()} == {
        name: two.profile.under(paths) for name, paths in two.components.items()
    }


def test_a_claim_is_judged_of_both_and_gone_where_its_subject_is(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(
        SPEC.format(name="one")
        + "claims:\n"
        + "  - {doc: readme, says: '213,072', of: params(backbone)}\n"
        + "  - {doc: readme, says: '11,528', of: params(attention)}\n"
        + "  - {doc: readme, says: three, of: count(CBAM) = 3}\n"
        + "  - {doc: readme, says: 90%, needs: the images.}\n"
        + "  - {doc: readme, says: '3', of: count(CBAM)}\n",
        encoding="utf-8",
    )
    found = compare(path, "attention=off")
    verdicts = [(one.before.verdict, one.after and one.after.verdict) for one in found.claims]
    assert verdicts == [
        (Verdict.VERIFIED, Verdict.VERIFIED),
        (Verdict.VERIFIED, None),
        (Verdict.VERIFIED, Verdict.REFUTED),
    ]


@pytest.mark.parametrize("setting", ["attention.block=eca", "attention=off"])
def test_a_component_that_the_change_takes_away_is_no_mistake(tmp_path: Path, setting: str) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(SPEC.format(name="one") + "components: {gate: [attention.0.channel_gate]}\n", encoding="utf-8")
    assert "gate" not in compare(path, setting).after.components


Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """What the command prints, given that it ends as expected."""
    monkeypatch.setenv("COLUMNS", "250")

    def command(spec: Path, *settings: str, code: int = 0) -> str:
        words = [word for text in settings for word in ("--set", text)]
        assert main(["what-if", str(spec), *words]) == code
        captured = capsys.readouterr()
        return captured.err if code == 2 else captured.out

    return command


@pytest.fixture
def proposal(tiny: Path, tmp_path: Path) -> Path:
    """A folder with the baseline, and the spec of what a document proposes in its place."""
    for name in ("baseline", "v2_target"):
        shutil.copy(tiny / f"{name}.yaml", tmp_path)
    return tmp_path


def section(shown: str, heading: str) -> dict[str, list[str]]:
    """The rows of a section's table, by their first cell that is no verdict."""
    _, _, rest = f"\n{shown}".partition(f"\n{heading}\n")
    assert rest, f"no section '{heading}'"
    rows = [re.split(r"\s{2,}", line.strip(" ✓✗?")) for line in rest.partition("\n\n")[0].splitlines()]
    return {row[0]: row[1:] for row in rows}


def lines(shown: str, heading: str) -> list[str]:
    return f"\n{shown}".partition(f"\n{heading}\n")[2].partition("\n\n")[0].splitlines()


def test_the_baselines_proposal_stands_beside_what_the_document_promises(proposal: Path, run: Run) -> None:
    """The pyramid at 32 channels and 2 repetitions, as v2_target's document proposes, and nothing else."""
    shown = run(proposal / "baseline.yaml", "fpn.channels=32", "fpn.repeats=2")
    assert shown.startswith("FeatherFace baseline, with fpn.channels=32, fpn.repeats=2\n")
    target = measure(load(proposal / "v2_target.yaml"))
    assert section(shown, "Components")["fpn"][:2] == ["112,606", f"{target.profile.under(['fpn']).params:,}"]
    assert section(shown, "Components")["backbone"][:3] == ["213,072", "213,072", "0"]
    assert section(shown, "Components")["total"][0] == "592,371"
    promised = lines(shown, "What documents promise of it")
    saved = 1 - target.profile.under(["fpn"]).params / 112_606
    for figure, of, measured in [
        ("45%", "1 - params(fpn) / params(baseline.fpn)", f"{100 * saved:.4f}%"),
        ("~50,672", "params(baseline.fpn) - params(fpn)", f"{112_606 - target.profile.under(['fpn']).params:,}"),
        ("60%", "1 - params(heads) / params(baseline.heads)", f"{100 * (1 - (32 + 1) / (64 + 1)):.4f}%"),
    ]:
        (row,) = [line for line in promised if figure in line and of in line and "40-45%" not in line]
        assert row.startswith("✗")
        assert measured in row
    (kept,) = [line for line in promised if "params(backbone) / params(baseline.backbone)" in line]
    assert kept.startswith("✓")
    moved = lines(shown, "Claims that it moves")
    (total,) = [line for line in moved if re.match(r"✓ +592,371 +params\(\)", line)]
    assert "✗" in total
    assert not any("213,072" in line for line in moved)


def test_the_whole_proposal_is_judged_as_its_own_spec_is(proposal: Path) -> None:
    """Every setting of v2_target, set in the baseline's place."""
    everything = [
        "attention.block=cbam_plus",
        "attention.residual=false",
        "fpn_attention.block=cbam_plus",
        "fpn_attention.residual=false",
        "fpn.channels=32",
        "fpn.repeats=2",
        "context.block=ssh_grouped",
        "heads.block=shared_multi_head",
        "heads.single=true",
    ]
    found = compare(proposal / "baseline.yaml", *everything)
    target = measure(load(proposal / "v2_target.yaml"))
    assert found.after.profile.total == target.profile.total
    (saving,) = [one for one in found.promised if one.claim.says.figure == "57.8%"]
    assert saving.measured == 1 - Fraction(target.profile.total.params, 592_371)


def test_a_model_of_which_nothing_is_promised_has_no_such_section(small: Callable[..., Path], run: Run) -> None:
    spec = small("claims: [{doc: readme, line: 1, says: '224,600', of: params()}]\n")
    shown = run(spec, "attention=off")
    assert "promise" not in shown
    assert "224,600 parameters become 213,072: −11,528 (−5.1%)." in shown
    assert section(shown, "Components")["attention"][:3] == ["11,528", "0", "−11,528 (−100.0%)"]


def test_settings_that_change_nothing_are_said_to_change_nothing(small: Callable[..., Path], run: Run) -> None:
    shown = run(small("claims: [{doc: readme, says: '224,600', of: params()}]\n"), "attention.reduction=16")
    assert "224,600 parameters become 224,600: 0." in shown
    assert "Claims that it moves" not in shown


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["attenton=off"], "attenton=off: the spec has no such stage (did you mean 'attention'?)"),
        (["attention.reducton=8"], "block 'cbam' has no argument 'reducton' (did you mean 'reduction'?)"),
        (["attention.block=cbma"], "unknown block 'cbma' (did you mean 'cbam'?)"),
        (["attention.reduction"], "--set attention.reduction: say a stage's argument and its value"),
        (["attention.reduction=[8"], "attention.reduction=[8"),
        (["attention.reduction=100"], "reduction 100 leaves no channel of 64"),
        (["backbone=off"], "'attention' cannot be built: reduction 16 leaves no channel of 3"),
    ],
)
def test_what_cannot_be_built_is_wrong_input(
    small: Callable[..., Path], run: Run, settings: list[str], message: str
) -> None:
    shown = run(small(), *settings, code=2)
    assert message in shown
    assert shown.count("\n") == 1


def test_without_a_setting_there_is_nothing_to_ask(small: Callable[..., Path]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["what-if", str(small())])
    assert exit_.value.code == 2
