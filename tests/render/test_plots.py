"""The plots: what they show, that it can be read, and that it is the same every time."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from auditor import auditing
from auditor.auditing import Audit, Component
from auditor.errors import Mark
from auditor.profiling import Profile
from auditor.profiling.facts import Module, Operation, Parameter
from auditor.profiling.formulas import Kind, Work
from auditor.render.cells import MARKS
from auditor.render.figures import compact, count, percent
from auditor.render.pictures import Picture
from auditor.render.plots import overall, plots
from auditor.spec import Verdict
from auditor.spec.expression import Name
from tests.conftest import ROOT, SMALL_MODEL

SVG = "{http://www.w3.org/2000/svg}"
CLAIMS = """\
components: {gates: [attention.0]}
claims:
- {doc: readme, line: 1, says: '224,600', of: params()}
- {doc: readme, line: 2, says: '224,600', of: params()}
- {doc: other, line: 1, says: under 200K, of: params()}
- {doc: third, line: 1, says: at least 1M, of: params()}
- {doc: readme, line: 4, says: ~12K, of: params(attention)}
- {doc: other, line: 4, says: 100-400K, of: params(backbone)}
- {doc: third, line: 4, says: '0', of: params(gates)}
budgets: {params(): 200K, macs(): 1.5M, params(backbone): 33}
"""


@dataclass(frozen=True)
class Text:
    """A line of text in a picture, with the box it takes up."""

    content: str
    size: float
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: Text) -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)


@cache
def svg(picture: Picture) -> bytes:
    return picture.draw("svg")


def texts(picture: Picture) -> list[Text]:
    return [_text(element) for element in ElementTree.fromstring(svg(picture)).iter(f"{SVG}text")]


def _text(element: ElementTree.Element) -> Text:
    content, style = element.text or "", element.attrib["style"]
    assert re.match(r"rotate\(-?0 ", element.attrib["transform"])
    found = re.search(r"font(?:-size)?: ([\d.]+)px", style)
    assert found
    size, x, y = float(found[1]), float(element.attrib["x"]), float(element.attrib["y"])
    square = re.sub("[^\x00-\u2fff\ufffd]", "\N{EM DASH}", content)  # letters that the font does not have
    width = text_to_path.get_text_width_height_descent(square, FontProperties(size=size), ismath=False)[0]
    left = x - {"start": 0, "middle": width / 2, "end": width}[style.partition("text-anchor: ")[2].partition(";")[0]]
    return Text(content, size, left, y - 0.76 * size, left + width, y + 0.2 * size)


def shown(picture: Picture) -> list[str]:
    return [text.content for text in texts(picture)]


def drawn(audit: Audit) -> dict[str, Picture]:
    """The plots of an audit by what they are about."""
    return {picture.name.removeprefix(f"{audit.spec.name}-"): picture for picture in plots(audit)}


def assert_legible(picture: Picture) -> None:
    lines = texts(picture)
    _, _, width, height = map(float, ElementTree.fromstring(svg(picture)).attrib["viewBox"].split())
    assert width == 3.5 * 72
    for line in lines:
        assert line.size >= 6, line
        assert line.left >= 0, line
        assert line.right <= width, line
        assert line.top >= 0, line
        assert line.bottom <= height, line
    assert not [(one, other) for one, other in combinations(lines, 2) if one.covers(other)]


Documented = list[tuple[Audit, dict[str, Picture]]]


@pytest.fixture(scope="module")
def documented(audits: dict[str, Audit]) -> Documented:
    """The project's own specs with their plots."""
    return [(audit, drawn(audit)) for audit in audits.values()]


@pytest.fixture(scope="module")
def overview(audits: dict[str, Audit]) -> Picture:
    return overall(list(audits.values()))


@pytest.fixture(scope="module")
def pictures(documented: Documented, overview: Picture) -> list[Picture]:
    return [overview, *(picture for _, found in documented for picture in found.values())]


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model's spec with every kind of claim."""
    path = tmp_path_factory.mktemp("specs") / "small.yaml"
    documents = "  other: {title: Another}\n  third: {title: A third}\n"
    path.write_text(SMALL_MODEL.format(name="small") + documents + CLAIMS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def small(spec: Path) -> Audit:
    return auditing.audit(spec)


@dataclass(frozen=True)
class Holds:
    """What an invented module holds and does itself."""

    params: int = 0
    macs: int = 0
    type: str = "Linear"


def invented(like: Audit, modules: Mapping[str, Holds], components: Mapping[str, str] | None = None) -> Audit:
    """An audit of a model that was never built, without claims and budgets; its stages are what stands outermost."""
    outermost = dict.fromkeys(path.partition(".")[0] for path in modules)
    modules = {path: Holds() for path in outermost} | dict(modules)
    stage = next(iter(like.spec.model.values()))
    profile = Profile(
        tuple(Parameter((f"{path}.weight",), one.params, True, True) for path, one in modules.items() if one.params),
        (),
        tuple(Module(path, one.type, number, 1) for number, (path, one) in enumerate(modules.items())),
        tuple(Operation(path, "mm", Kind.MATRIX, 1, Work(one.macs)) for path, one in modules.items() if one.macs),
        (),
    )
    stages = {path: stage for path in outermost if path != "outside"}
    named = {name: (Name(path, Mark("", 1, 1)),) for name, path in (components or {}).items()}
    variant = replace(like.scope.variant, spec=replace(like.spec, model=stages, components=named), profile=profile)
    inside = profile.under([path for paths in variant.listed.values() for path in paths])
    return replace(
        like,
        scope=replace(like.scope, variant=variant),
        components=tuple(Component(name, profile.under(paths)) for name, paths in variant.listed.items()),
        outside=replace(like.outside, totals=profile.total - inside),
        total=Component("total", profile.total),
        judgements=(),
        inconsistencies=(),
        budgets=(),
    )


def test_every_documented_variant_has_four_plots(documented: Documented) -> None:
    for audit, pictures in documented:
        assert list(pictures) == ["parameters", "claims", "intensity", "largest"]
        assert all(
            picture.caption.endswith(".") and audit.spec.name in picture.caption for picture in pictures.values()
        )


def test_all_plots_of_the_documented_variants_can_be_read(pictures: list[Picture]) -> None:
    for picture in pictures:
        assert_legible(picture)


def test_the_bars_are_the_components_and_add_up_to_the_total(documented: Documented) -> None:
    for audit, pictures in documented:
        found = shown(pictures["parameters"])
        for component in audit.components:
            params = component.totals.params
            assert {component.name, f"{count(params)} ({percent(audit.share(params))})"} <= set(found)
        figures = [re.fullmatch(r"([\d,]+) \([\d.]+%\)", text) for text in found]
        bars = [int(figure[1].replace(",", "")) for figure in figures if figure]
        assert bars == sorted(bars, reverse=True)
        assert sum(bars) == audit.total.totals.params


def test_bars_are_as_long_as_their_figures_are_large(small: Audit) -> None:
    for picture in (drawn(small)["parameters"], drawn(small)["largest"]):
        paths = re.findall(r'<path d="M (\S+) \S+ \nL (\S+)[^"]*"[^>]*fill: #0072b2', svg(picture).decode())
        lengths = [float(right) - float(left) for left, right in paths]
        figures = [int(text.partition(" ")[0].replace(",", "")) for text in shown(picture) if "%)" in text]
        assert len(lengths) == len(figures)
        for length, figure in zip(lengths, figures, strict=True):
            assert length / lengths[0] == pytest.approx(figure / figures[0], abs=1e-3)


def test_parameters_of_several_components_are_told_of(small: Audit) -> None:
    found = shown(drawn(small)["parameters"])
    assert "gates" in found
    assert "Parameters that belong to more than one bar: 680." in found


def test_what_lies_outside_the_components_has_a_bar_of_its_own(small: Audit) -> None:
    audit = invented(small, {"a": Holds(30, 3), "outside": Holds(70, 7)})
    assert {"a", "30 (30.0%)", "outside of these", "70 (70.0%)"} <= set(shown(drawn(audit)["parameters"]))
    assert "outside of these" in shown(drawn(audit)["intensity"])


def test_every_claimed_size_is_shown_with_its_verdict(documented: Documented) -> None:
    for audit, pictures in documented:
        found = " ".join(shown(pictures["claims"]))
        claimed = [component for component in (*audit.components, audit.total) if component.claims]
        for component in claimed:
            assert f"{component.name} {count(component.totals.params)}" in found
            for judgement in component.claims:
                assert f"{judgement.claim.says.figure} {MARKS[judgement.verdict]}" in found
        verdicts = {judgement.verdict for component in claimed for judgement in component.claims}
        assert {verdict for verdict in Verdict if verdict.value in found} == verdicts


def test_a_figure_that_is_printed_often_is_shown_once(small: Audit) -> None:
    found = shown(drawn(small)["claims"])
    assert "224,600 ✓ (2×)" in found
    assert sum("224,600 ✓" in text for text in found) == 1


def test_bounds_and_approximations_are_shown_as_printed(small: Audit) -> None:
    assert {"under 200K ✗", "at least 1M ✗", "~12K ✓", "100-400K ✓", "0 ✗"} <= set(shown(drawn(small)["claims"]))
    assert_legible(drawn(small)["claims"])


def test_a_refuted_figure_has_another_mark_than_a_verified_one(small: Audit) -> None:
    def marks(verdict: Verdict) -> set[str]:
        one = replace(small.total.claims[0], verdict=verdict)
        alone = replace(small, components=(), total=replace(small.total, claims=(one,)))
        paths = re.findall(r'<path id="m\w+" d="([^"]*)"', svg(drawn(alone)["claims"]).decode())
        return set(paths)

    shapes = [marks(verdict) for verdict in Verdict]
    assert all(one - other for one in shapes for other in shapes if one is not other)


def test_the_largest_modules_are_named_with_type_size_and_share(documented: Documented) -> None:
    for audit, pictures in documented:
        own, found = audit.profile.own_params, shown(pictures["largest"])
        largest = sorted(audit.profile.modules, key=lambda module: (-own[module.path], module.path))[:10]
        for module in largest:
            share = percent(audit.share(own[module.path]))
            assert {module.path, module.type, f"{count(own[module.path])} ({share})"} <= set(found)


def test_modules_are_marked_by_component_and_the_ones_that_stand_out_are_named(small: Audit) -> None:
    audit = invented(
        small,
        {
            "stem.conv": Holds(100, 10**9),
            "body.conv": Holds(10_000, 10**8),
            "body.norm": Holds(100),
            "head.linear": Holds(10**7, 10**7),
            "head.attend": Holds(0, 10**6),
        },
    )
    found = shown(drawn(audit)["intensity"])
    assert {"stem", "body", "head", "stem.conv", "head.linear", "Parameters", "MACs"} <= set(found)
    assert found.count("0") == 2, "modules without parameters, and those without MACs, have a place on the axes"


def test_modules_that_are_alike_share_a_mark(small: Audit) -> None:
    audit = invented(small, {f"layers.{number}": Holds(4096, 4096) for number in range(3000)})
    picture = drawn(audit)["intensity"]
    assert {"layers.0 and 2,999 more", "A larger mark stands for several modules that are alike."} <= set(
        shown(picture)
    )
    assert len(svg(picture)) < 20_000


def test_the_overview_shows_every_spec_and_budget(audits: dict[str, Audit], overview: Picture) -> None:
    found = shown(overview)
    for audit in audits.values():
        assert found.count(audit.spec.name) == 2, "once at its mark, once in the table"
        assert count(audit.total.totals.params) in found
        assert compact(audit.total.totals.macs) in found
        for budget in audit.budgets:
            assert found.count(budget.limit.text) >= 2, "once at its line, once for each spec in the table"


def test_the_overview_marks_what_is_exceeded_and_leaves_out_budgets_of_parts(small: Audit) -> None:
    found = shown(overall([small]))
    assert {"200K ✗", "1.5M"} <= set(found)
    assert not any("33" in text for text in found)


def test_without_budgets_the_overview_does_not_speak_of_them(small: Audit) -> None:
    picture = overall([replace(small, budgets=())])
    assert "Budget" not in shown(picture)
    assert "budget" not in picture.caption


ODD = ("$x_1$", "a<b>&amp;\"'", "line\nbreak\x1b[31m\u202e\ud800", "名前" * 40, "W" * 300, "\\frac{1}{0}$")


def edge_cases(small: Audit) -> Iterable[Audit]:
    yield invented(small, {"a": Holds()})
    yield invented(small, {"outside": Holds(10)})
    yield invented(small, {"a": Holds(0, 5), "b": Holds()})
    yield invented(small, {"a": Holds(7), "b": Holds(9)})
    yield invented(small, {"a.b": Holds(500, 5), "a.c": Holds(700, 7)}, {"part": "a.b"})
    yield invented(small, {name: Holds(5**number, 7**number, name) for number, name in enumerate(ODD, 1)})
    yield invented(small, {f"s{i}.{j}": Holds(i * j + 1, 97 * i * i * j) for i in range(40) for j in range(30)})
    yield invented(small, {"vast": Holds(10**12, 10**19), "tiny": Holds(1, 1)})


def test_any_model_can_be_drawn(small: Audit) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for audit in edge_cases(small):
            for picture in plots(audit):
                assert_legible(picture)
    assert_legible(overall(list(edge_cases(small))))
    assert_legible(overall([]))


def test_a_model_without_parameters_and_work_has_nothing_to_show(small: Audit) -> None:
    assert plots(invented(small, {"a": Holds()})) == ()


def test_without_claimed_sizes_there_is_no_plot_of_them(small: Audit) -> None:
    assert set(drawn(invented(small, {"a": Holds(5, 6)}))) == {"parameters", "intensity", "largest"}


def test_any_name_is_shown_as_it_is_and_does_nothing(small: Audit) -> None:
    audit = invented(small, {name: Holds(100 + number, 1, name) for number, name in enumerate(ODD)})
    found = shown(drawn(audit)["largest"])
    assert {"$x_1$", "a<b>&amp;\"'", "\\frac{1}{0}$"} <= set(found)
    assert any(re.fullmatch("line break\ufffd.*", text) for text in found)
    assert any(re.fullmatch("W+…W+", text) for text in found)
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\ud800]", "".join(found))


SCRIPT = """
import hashlib, sys
from auditor.auditing import audit
from auditor.render.plots import overall, plots
one = audit(sys.argv[1])
pictures = *plots(one), overall([one, one])
assert "matplotlib" not in sys.modules
for picture in pictures:
    parts = picture.source.encode(), *(picture.draw(format) for format in ("svg", "png", "pdf"))
    print(picture.name, *(hashlib.sha256(part).hexdigest() for part in parts))
"""


def test_pictures_are_the_same_byte_for_byte_in_every_process(spec: Path) -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(spec)],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for seed in ("1", "2")
    ]
    (one, errors), (other, _) = (run.communicate() for run in runs)
    assert errors == ""
    assert len(one.splitlines()) == 5
    assert one == other


def test_the_users_own_settings_change_nothing_and_stay(small: Audit) -> None:
    before = {picture.name: picture.draw("svg") for picture in plots(small)}
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "text.usetex": True}):
        settings = dict(matplotlib.rcParams)
        assert {picture.name: picture.draw("svg") for picture in plots(small)} == before
        assert dict(matplotlib.rcParams) == settings


def test_the_source_of_a_picture_follows_what_it_shows(small: Audit) -> None:
    one, same = drawn(small), drawn(replace(small, strict=True))
    assert {name: picture.source for name, picture in one.items()} == {n: p.source for n, p in same.items()}
    assert len({picture.source for picture in one.values()}) == 4
    other = drawn(replace(small, total=replace(small.total, claims=small.total.claims[1:])))
    assert [name for name in one if one[name].source != other[name].source] == ["claims"]


def test_the_source_of_a_picture_holds_the_code_that_draws_it(small: Audit) -> None:
    code = (ROOT / "auditor/render/plots/bars.py").read_text(encoding="utf-8")
    assert all(code in picture.source for picture in (*plots(small), overall([small])))


def test_a_png_is_for_printing_and_a_pdf_has_no_date(small: Audit) -> None:
    for picture in plots(small):
        png, pdf = picture.draw("png"), picture.draw("pdf")
        assert png.startswith(b"\x89PNG")
        assert struct.unpack(">I", png[16:20])[0] == 3.5 * 300
        assert pdf.startswith(b"%PDF")
        assert b"Date" not in pdf


def test_a_picture_tells_those_who_cannot_see_it_what_it_shows(small: Audit) -> None:
    for picture in plots(small):
        title = ElementTree.fromstring(svg(picture)).find(f"{SVG}title")
        assert title is not None
        assert title.text == picture.caption


def test_every_colour_can_be_told_from_the_paper(pictures: list[Picture]) -> None:
    colors = {color for picture in pictures for color in re.findall(r"#[0-9a-f]{6}", svg(picture).decode())}
    paper, band = "#ffffff", "#efefef"
    assert all(contrast(color) >= 3 for color in colors - {paper, band})


def contrast(color: str) -> float:
    """The contrast of a colour to white, as the Web Content Accessibility Guidelines reckon it."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    red, green, blue = linear
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
