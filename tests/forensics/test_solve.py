"""The search for settings: what can be varied, and that it finds what building every combination finds."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import auditor
from auditor.auditing import measure
from auditor.claims import Scope
from auditor.cli import main
from auditor.errors import AuditError, Mark, SpecError
from auditor.forensics.search import Choice, Search, parse_choice
from auditor.forensics.solve import Outcome, solve
from auditor.models import build
from auditor.solving import solve_claims
from auditor.spec import Claim, Spec
from auditor.spec.expression import Expression
from auditor.spec.printed import Printed

MARK = Mark("a test", 1, 1)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("fpn.channels=32..40:4", ("32", "36", "40")),
        ("fpn.channels=32..39:4", ("32", "36")),
        ("fpn.channels=3..5", ("3", "4", "5")),
        ("fpn.channels=7..7", ("7",)),
        ("fpn.channels=40..32:-4", ("40", "36", "32")),
        ("fpn.channels=8, 16,32", ("8", "16", "32")),
        ("fpn.channels=8,2..4,3,8", ("8", "2", "3", "4")),
        ("fpn.channels=0.25,0.5", ("0.25", "0.5")),
        ("fpn.channels = 8", ("8",)),
    ],
)
def test_what_is_to_vary_is_a_range_or_a_list(text: str, values: tuple[str, ...]) -> None:
    assert parse_choice(text) == Choice("fpn", "channels", values)


def test_a_stage_as_such_can_be_on_or_off() -> None:
    assert parse_choice("shuffle=on,off") == Choice("shuffle", "", ("on", "off"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fpn.channels", "--vary fpn.channels: say a stage's argument and its value, such as fpn.channels=32"),
        ("fpn.channels=", "--vary fpn.channels=: say a stage's argument"),
        ("=8", "--vary =8: say a stage's argument"),
        ("fpn.=8", "--vary fpn.=8: say a stage's argument"),
        ("fpn.channels=8..", "a range is written as 32..96 or 32..96:4, in whole numbers"),
        ("fpn.channels=0.25..1", "a range is written as 32..96 or 32..96:4, in whole numbers"),
        ("fpn.channels=8..16:0", "a range is written as 32..96 or 32..96:4, in whole numbers"),
        ("fpn.channels=96..32", "the range 96..32 is empty"),
    ],
)
def test_what_cannot_be_read_is_refused_as_it_was_typed(text: str, message: str) -> None:
    with pytest.raises(AuditError) as error:
        parse_choice(text)
    assert message in str(error.value)


SPEC = """\
name: one
title: One
input: [3, 32, 32]
model:
  backbone: {{block: mobilenet_v1, width: 0.25}}
  attention: {{block: cbam, reduction: {reduction}}}
  fpn: {{block: bifpn, channels: {channels}, repeats: {repeats}}}
  {shuffle}
  context: {{block: {context}}}
  heads: {{block: anchor_heads}}
"""
OWN = {"reduction": "16", "channels": "32", "repeats": "2", "shuffle": "shuffle: {block: shuffle_unit}"}
VARIED: dict[str, tuple[str, tuple[str, ...]]] = {
    "attention.reduction": ("reduction", ("16", "8", "100")),  # 100 leaves no channel of 64
    "fpn.channels": ("channels", ("32", "16", "25")),  # 25 cannot be shuffled in two groups
    "fpn.repeats": ("repeats", ("2", "1")),
    "shuffle": ("shuffle", ("on", "off")),
    "context.block": ("context", ("conv_context", "ssh_grouped")),
}
CLAIMED = {
    "params()": ("",),
    "params(attention)": ("attention.",),
    "params(fpn, heads)": ("fpn.", "heads."),
    "params(shuffle)": ("shuffle.",),
}

Sizes = dict[str, int] | None
"""What each of the claimed expressions comes to; None where the model cannot be built."""


@pytest.fixture(scope="module")
def spec_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Spec]:
    path = tmp_path_factory.mktemp("specs") / "one.yaml"

    def write(**values: str) -> Spec:
        path.write_text(SPEC.format(**OWN | {"context": "conv_context"} | values), encoding="utf-8")
        return auditor.load(path)

    return write


@pytest.fixture(scope="module")
def scope(spec_of: Callable[..., Spec]) -> Scope:
    variant = measure(spec_of())
    return Scope(variant, lambda path: variant)


@pytest.fixture(scope="module")
def by_building(spec_of: Callable[..., Spec]) -> dict[tuple[str, ...], Sizes]:
    """Every combination written down as a spec of its own, built, and its parameters counted."""

    def sizes(way: tuple[str, ...]) -> Sizes:
        values = dict(zip((key for key, _ in VARIED.values()), way, strict=True))
        values["shuffle"] = OWN["shuffle"] if values["shuffle"] == "on" else ""
        try:
            model = build(spec_of(**values))
        except SpecError:
            return None
        named = [(name, parameter.numel()) for name, parameter in model.named_parameters()]
        return {of: sum(size for name, size in named if name.startswith(stages)) for of, stages in CLAIMED.items()}

    return {way: sizes(way) for way in product(*(values for _, values in VARIED.values()))}


def claim(says: str, of: str = "params()") -> Claim:
    return Claim("readme", Printed.parse(says), MARK, of=Expression.parse(of, MARK))


def ways(found: Outcome) -> list[tuple[str, ...]]:
    return [tuple(setting.value for setting in solution.settings) for solution in found.best]


Drawn = tuple[tuple[Choice, ...], tuple[str, ...], list[str], str]


@st.composite
def searches(draw: st.DrawFn) -> Drawn:
    """Some values of every setting; a combination of them, which expressions to claim of it, and to what precision."""
    values = [draw(st.lists(st.sampled_from(known), min_size=1, unique=True)) for _, known in VARIED.values()]
    choices = tuple(Choice(*named(name), tuple(some)) for name, some in zip(VARIED, values, strict=True))
    aim = tuple(draw(st.sampled_from(some)) for some in values)
    of = draw(st.lists(st.sampled_from(sorted(CLAIMED)), min_size=1, unique=True))
    return choices, aim, of, draw(st.sampled_from(["{0:,}", "{1:.0f}K", "{2:.2f}M"]))


def named(name: str) -> tuple[str, str]:
    stage, _, argument = name.partition(".")
    return stage, argument


@settings(max_examples=30)
@given(drawn=searches())
def test_a_search_finds_what_building_every_combination_finds(
    scope: Scope, by_building: dict[tuple[str, ...], Sizes], drawn: Drawn
) -> None:
    choices, aim, of, form = drawn
    tried = {way: by_building[way] for way in product(*(choice.values for choice in choices))}
    sizes = tried[aim] or dict.fromkeys(of, 77_777)
    claims = tuple(claim(form.format(sizes[one], sizes[one] / 10**3, sizes[one] / 10**6), one) for one in of)

    def holds(found: Sizes) -> bool:
        claimed = zip(of, claims, strict=True)
        return found is not None and all(any(Fraction(found[one]) in i for i in c.says.intervals) for one, c in claimed)

    found = solve(Search(scope, claims, choices))
    holding = {way for way, found in tried.items() if holds(found)}
    assert found.tried == len(tried)
    assert found.possible == sum(sizes is not None for sizes in tried.values())
    assert found.holding == len(holding)
    assert len(set(ways(found))) == min(len(holding), 10)
    assert set(ways(found)) <= holding


def test_some_combinations_of_that_search_cannot_be_built(by_building: dict[tuple[str, ...], Sizes]) -> None:
    impossible = [way for way, sizes in by_building.items() if sizes is None]
    assert any("100" in way for way in impossible)
    assert any("25" in way for way in impossible)
    assert len(impossible) < len(by_building)


def search(scope: Scope, claims: tuple[Claim, ...], *vary: str) -> Outcome:
    return solve(Search(scope, claims, tuple(map(parse_choice, vary))))


def test_the_specs_own_settings_come_first(scope: Scope) -> None:
    found = search(
        scope, (claim("under 10M"),), "fpn.channels=24,32,40", "fpn.repeats=1..3", "attention.reduction=8,16"
    )
    assert found.holding == 3 * 3 * 2
    assert ways(found)[0] == ("32", "2", "16")
    changes = [sum(one != own for one, own in zip(way, ("32", "2", "16"), strict=True)) for way in ways(found)]
    assert changes == sorted(changes)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ("128,16,40,32", ["32", "40", "16", "128"]),  # by the least factor
        ("49,48", ["48", "49"]),  # to a round value
        ("31,24", ["24", "31"]),
    ],
)
def test_a_smaller_change_to_a_rounder_value_is_nearer(scope: Scope, values: str, order: list[str]) -> None:
    found = search(scope, (claim("under 10M"),), "context.block=conv_context", "shuffle=off", f"fpn.channels={values}")
    assert [way[2] for way in ways(found)] == order


def test_a_stage_left_out_and_another_block_count_as_changes(scope: Scope) -> None:
    found = search(scope, (claim("under 10M"),), "shuffle=off,on", "context.block=ssh_grouped,conv_context")
    assert ways(found)[0] == ("on", "conv_context")
    assert ways(found)[-1] == ("off", "ssh_grouped")


def test_the_specs_own_block_keeps_its_arguments(spec_of: Callable[..., Spec]) -> None:
    variant = measure(spec_of(reduction="8"))
    own = Search(
        Scope(variant, lambda path: variant), (claim("under 10M"),), (parse_choice("attention.block=cbam,eca"),)
    )
    best, *_ = solve(own).best
    assert str(best.settings[0]) == "attention.block=cbam"
    assert list(best.values) == [Fraction(variant.profile.total.params)]


def test_a_block_and_its_arguments_vary_in_any_order(scope: Scope) -> None:
    vary = ["fpn.block=bifpn,bifpn_light", "fpn.channels=16,24", "fpn.repeats=1,2"]
    one = search(scope, (claim("under 10M"),), *vary)
    other = search(scope, (claim("under 10M"),), *reversed(vary))
    assert {frozenset(map(str, solution.settings)) for solution in one.best} == {
        frozenset(map(str, solution.settings)) for solution in other.best
    }
    assert sorted(solution.values for solution in one.best) == sorted(solution.values for solution in other.best)


def test_an_argument_that_another_block_does_not_take_makes_only_that_one_impossible(scope: Scope) -> None:
    found = search(scope, (claim("under 10M"),), "attention.block=cbam,eca", "attention.reduction=8,16")
    assert (found.tried, found.possible) == (4, 2)


def test_a_block_that_ends_the_pipeline_early_is_impossible(scope: Scope) -> None:
    found = search(scope, (claim("under 10M"),), "attention.block=cbam,anchor_heads")
    assert (found.tried, found.possible) == (2, 1)


def test_what_comes_nearest_is_told_where_nothing_holds(
    scope: Scope, by_building: dict[tuple[str, ...], Sizes]
) -> None:
    found = search(scope, (claim("250,000"),), "fpn.channels=32,16", "fpn.repeats=2,1")
    tried = {
        (channels, repeats): sizes["params()"]
        for (reduction, channels, repeats, shuffle, context), sizes in by_building.items()
        if sizes and (reduction, shuffle, context) == ("16", "on", "conv_context") and channels != "25"
    }
    assert found.holding == 0
    assert found.nearest is not None
    nearest = tuple(setting.value for setting in found.nearest.settings)
    assert nearest == min(tried, key=lambda way: abs(tried[way] - 250_000))
    assert list(found.nearest.values) == [Fraction(tried[nearest])]


def test_nothing_is_nearest_where_nothing_can_be_built(scope: Scope) -> None:
    found = search(scope, (claim("250,000"),), "attention.reduction=100,200")
    assert (found.tried, found.possible, found.nearest) == (2, 0, None)


def test_a_share_of_what_may_be_left_out_is_no_stumbling_block(scope: Scope) -> None:
    """Without either stage, it is the share of nothing in nothing."""
    share = claim("99%", "params(shuffle) / (params(shuffle) + params(attention))")
    found = search(scope, (share,), "shuffle=on,off", "attention=on,off")
    assert found.holding == 0
    assert found.nearest is not None
    assert [setting.value for setting in found.nearest.settings] == ["on", "off"]  # where it is 100%


def test_what_is_told_was_built_and_holds(scope: Scope) -> None:
    """Also where an expression names a stage that may be left out."""
    size = scope.variant.profile.total.params - scope.variant.profile.under(["attention"]).params
    choices = (parse_choice("attention=on,off"),)
    solved = solve_claims(scope.variant.spec, (claim(f"{size:,}", "params() - params(attention)"),), choices, None)
    assert solved.built
    assert all(built.holds for built in solved.built)


Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """What the command prints, given that it ends as expected."""

    def command(spec: Path, *words: str, code: int = 0) -> str:
        assert main(["solve", str(spec), *words]) == code
        captured = capsys.readouterr()
        return captured.err if code == 2 else captured.out

    return command


def test_reductions_from_43_to_51_close_the_total_of_the_paper(tiny: Path, run: Run) -> None:
    """They leave 1, 2 and 5 of 64, 128 and 256 channels; after the pyramid, 38 to 74 leave 1 of 74."""
    variant = measure(auditor.load(tiny / "v1_paper.yaml"))
    scope, total = Scope(variant, lambda path: variant), claim("487,103")
    equal = [r for r in range(41, 54) if search(scope, (total,), *(f"{s}.reduction={r}" for s in STAGES)).holding]
    assert equal == list(range(43, 52))
    shown = run(tiny / "v1_paper.yaml", "--claim", "total", "--vary", *(f"{s}.reduction=8..64" for s in STAGES))
    assert f"{len(range(43, 52)) * len(range(38, 65))} of {57 * 57:,} combinations give 487,103" in shown
    first = next(line for line in shown.splitlines() if "487,103   " in line)
    assert first.split() == ["48", "(own)", "48", "(own)", "487,103", "✓"]


STAGES = ("attention", "fpn_attention")


def test_no_documented_setting_gives_v1_its_total_but_leaving_the_cbam_out_does(tiny: Path, run: Run) -> None:
    vary = ["attention.reduction=8,16,32", "fpn_attention.reduction=8,16,32", "fpn.repeats=1..3"]
    shown = run(tiny / "v1.yaml", "--claim", "489K", "--vary", *vary, code=1)
    assert "0 of 27 combinations give 489K for params()" in shown
    assert "Without attention and fpn_attention: 489,015" in shown


def test_a_claim_may_compare_with_another_variant(tiny: Path, run: Run) -> None:
    """With r channels in between, coordinate attention on 3 × 56 holds 513·r + 336; V1's CBAM there held 1,485."""
    more = {r: 513 * r + 336 - 1_485 for r in range(8, 17)}
    shown = run(tiny / "v2_coord.yaml", "--claim", "+4K", "--vary", "fpn_attention.floor=8..16")
    assert "2 of 9 combinations give +4K for params() - params(v1)." in shown
    for r in (10, 11):
        assert 3_500 <= more[r] < 4_500
        assert [str(r), f"{more[r]:,}", "✓"] in [line.split() for line in shown.splitlines()]


def test_several_claims_must_hold_together(small: Callable[..., Path], run: Run) -> None:
    """A ratio of 15 has the same total in thousands, but leaves 17 of 256 channels in place of 16."""
    spec = small(
        "claims:\n"
        "  - {doc: readme, line: 1, says: 225K, of: params()}\n"
        "  - {doc: readme, line: 2, says: '8,564', of: params(attention.2)}\n"
    )
    vary = ("--vary", "attention.reduction=13..17")
    assert "2 of 5 combinations give 225K for params()." in run(spec, "--claim", "225K", *vary)
    both = run(spec, "--claim", "225K", "--claim", "8,564", *vary)
    assert "1 of 5 combinations give 225K for params() and 8,564 for params(attention.2)." in both


CLAIMS = """\
claims:
  - {doc: readme, line: 1, says: '224,601', of: params()}
  - {doc: readme, line: 2, says: 1G, of: macs()}
  - {doc: readme, line: 3, says: three of them, of: count(CBAM) = 3}
  - {doc: readme, line: 4, says: small, of: params(attention) < params(backbone)}
  - {doc: readme, line: 5, says: 90% mAP, needs: the images.}
"""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--claim", "1G"], "'macs' in macs(): only parameters are searched"),
        (["--claim", "three of them"], "'count' in count(CBAM) = 3: only parameters are searched"),
        (["--claim", "small"], "'small': only figures can be searched, not statements"),
        (["--claim", "224,602"], "--claim 224,602: no claim of small is called so (did you mean '224,601'?)"),
        (["--claim", "90% mAP"], "--claim 90% mAP: no claim of small is called so"),
        (
            ["--claim", "total", "--vary", "attenton.reduction=8"],
            "--vary attenton.reduction: the spec has no such stage (did you mean 'attention'?)",
        ),
        (
            ["--claim", "total", "--vary", "attention.reducton=8"],
            "--vary attention.reducton: the block 'cbam' has no such argument (did you mean 'reduction'?)",
        ),
        (["--claim", "total", "--vary", "attention=8"], "--vary attention=8: a stage is on or off"),
        (
            ["--claim", "total", "--vary", "attention.reduction=1..5000", "backbone.width=1..5000"],
            "25,000,000 combinations are too many; at most 20,000,000 are searched",
        ),
        (["--claim", "total", "--vary", "attention.reduction=[8"], "attention.reduction=[8"),
        (["--claim", "total", "--vary", "attention.reduction=many"], "'reduction' must be a whole number, not 'many'"),
        (["--claim", "total", "--vary", "attention.block=cbam,cbma"], "unknown block 'cbma' (did you mean 'cbam'?)"),
        (
            ["--claim", "total", "--vary", "attention.reduction=8", "attention.reduction=16"],
            "--vary attention.reduction",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused_with_the_reason(
    small: Callable[..., Path], run: Run, words: list[str], message: str
) -> None:
    shown = run(small(CLAIMS), *words, code=2)
    assert message in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("name", ["224,601", "params()", "readme:1:224,601", "total"])
def test_a_claim_is_called_by_its_figure_its_expression_its_id_or_as_the_total(
    small: Callable[..., Path], run: Run, name: str
) -> None:
    assert "0 of 1 combinations give 224,601 for params()" in run(small(CLAIMS), "--claim", name, code=1)


@pytest.mark.slow
def test_a_million_combinations_take_seconds(tiny: Path) -> None:
    variant = measure(auditor.load(tiny / "v1.yaml"))
    vary = ("attention.reduction=1..32", "fpn.channels=16..136:8", "fpn.repeats=1..8", "fpn_attention.reduction=1..16",
            "heads.anchors=1..16")  # fmt: skip
    start = time.perf_counter()
    found = search(Scope(variant, lambda path: variant), (claim("489K"),), *vary)
    assert time.perf_counter() - start < 20
    assert found.tried == 2**20
    assert found.holding > 0
