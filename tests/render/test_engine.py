"""Drawing: by an installed dot or by what pygraphviz brings along, whatever the text on it."""

from __future__ import annotations

import re
import shutil
from ctypes import POINTER, c_ubyte, cast
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pypdfium2 import PdfDocument, raw

from auditor.auditing import Audit, audit
from auditor.cli import main
from auditor.errors import AuditError
from auditor.render.diagram.drawing import diagram
from auditor.render.diagram.engine import draw
from tests.render.layout import laid_out, svg_of

NASTY = '"]; evil [label="<b>&amp;\\\\n</TABLE>>'


def test_a_title_can_neither_break_a_drawing_nor_get_into_it(small: object, tmp_path: Path) -> None:
    spec = small("budgets: {params(): 1M}\n")  # type: ignore[operator]
    spec.write_text(spec.read_text().replace("A small model", f"'{NASTY}'"))
    picture = diagram(audit(spec))
    drawing = svg_of(picture.source)
    assert NASTY.replace("\\", "∖") in "".join(drawing.itertext())
    assert not any(node.name == "evil" for node in laid_out(picture.source)[0])


def test_an_installed_dot_is_preferred_and_gets_the_same_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "dot"
    program.write_text(
        f'#!/bin/sh\ncat > "{tmp_path}/read"\necho "$@" > "{tmp_path}/asked"\n'
        'for word; do case $word in -o*) printf drawn > "${word#-o}";; esac; done\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert [draw("digraph { a }", format, 300) for format in ("svg", "pdf")] == [b"drawn"] * 2
    assert (tmp_path / "read").read_text() == "digraph { a }"
    assert re.fullmatch(r"-Gmargin=0 -Tsvg -o\S+svg -Tpdf -o\S+pdf\n", (tmp_path / "asked").read_text())


@pytest.mark.parametrize("script", ["exit 0", "echo broken >&2; exit 3", "kill -9 $$"])
def test_an_installed_dot_that_does_not_work_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], script: str
) -> None:
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert b"<svg" in draw("digraph { a }", "svg", 300)
    assert f"{program} does not work" in capsys.readouterr().err


@pytest.mark.skipif(
    shutil.which("dot") is None, reason="no dot is installed; what pygraphviz brings is used throughout"
)
def test_an_installed_dot_draws_the_same_boxes(audits: dict[str, Audit], monkeypatch: pytest.MonkeyPatch) -> None:
    source = diagram(audits["v2_coord"]).source
    installed = {place.name for place in laid_out(source)[0]}
    monkeypatch.setenv("PATH", "")
    assert {place.name for place in laid_out(source)[0]} == installed


def test_a_picture_that_graphviz_cannot_draw_says_so() -> None:
    with pytest.raises(AuditError, match="cannot draw"):
        draw("digraph { a -> ", "svg", 72)


def test_a_png_has_the_dots_that_were_asked_for(audits: dict[str, Audit]) -> None:
    source = diagram(audits["v1"]).source
    drawing = svg_of(source)
    width = float(drawing.attrib["width"].removesuffix("pt"))
    for dpi in (100, 300):
        image = Image.open(BytesIO(draw(source, "png", dpi)))
        assert image.size[0] == pytest.approx(width * dpi / 72, rel=0.01)
        assert image.info["dpi"] == pytest.approx((dpi, dpi), rel=0.001)


@settings(max_examples=25)
@given(st.lists(st.binary(min_size=3, max_size=3), min_size=1, max_size=12, unique=True))
def test_boxes_in_a_png_have_exactly_their_colours(colours: list[bytes]) -> None:
    boxes = "".join(f'b{number} [fillcolor="#{colour.hex()}"]; ' for number, colour in enumerate(colours))
    source = f'digraph {{ bgcolor=white; node [shape=box style=filled penwidth=0 label=""]; {boxes}}}'
    image = Image.open(BytesIO(draw(source, "png", 72))).convert("RGB")
    margin = 4  # points that Graphviz leaves free around a drawing
    for box, colour in zip(laid_out(source)[0], colours, strict=True):
        middle = int(box.x * 72 + margin), int(image.height - box.y * 72 - margin)
        assert image.getpixel(middle) == tuple(colour)


def test_a_png_of_few_colours_looks_like_one_of_all(audits: dict[str, Audit]) -> None:
    source = diagram(audits["v2_coord"]).source
    seen, true = pixels(draw(source, "png", 300)), all_colours(draw(source, "pdf", 300), 300)
    off = abs(seen - true).max(axis=2)
    assert off.max() <= 32, "only shades at the edges of letters and lines are others"
    filled = {"ffffff", *re.findall(r'(?:fillcolor|bgcolor)="#([0-9a-f]{6})"', source, re.IGNORECASE)}
    for named in filled | {"000000", *re.findall(r'"#([0-9a-f]{6})"', source)}:
        flat = (true == list(bytes.fromhex(named))).all(axis=2)
        assert flat.any(), named
        assert off[flat].max() <= (1 if named in filled else 8), f"{named} but for what is rounded where bands meet"


@pytest.mark.parametrize("number", [30, 200, 700])
def test_a_png_of_many_colours_has_the_nearest_of_those_it_has_room_for(number: int) -> None:
    shades = ((number * 37 % 256, number * 91 % 256, number * 151 % 256) for number in range(number))
    boxes = "".join(f'b{i} [fillcolor="#{bytes(shade).hex()}"]; ' for i, shade in enumerate(shades))
    source = f'digraph {{ node [shape=box style=filled penwidth=0 label=""]; {boxes}}}'
    drawn = draw(source, "png", 72)
    off = abs(pixels(drawn) - all_colours(draw(source, "pdf", 72), 72)).max(axis=2)
    assert len(Image.open(BytesIO(drawn)).getcolors() or ()) <= 256
    assert off.max() <= {30: 0, 200: 15, 700: 64}[number]


def test_colours_that_hardly_differ_are_told_apart() -> None:
    source = 'digraph { node [shape=box style=filled penwidth=0 label=""]; a [fillcolor="#fefefe"]; b }'
    image = Image.open(BytesIO(draw(source.replace("; b", '; b [fillcolor="#fdfefe"]'), "png", 72))).convert("RGB")
    assert {colour for _, colour in image.getcolors() or ()} == {(254, 254, 254), (253, 254, 254), (255, 255, 255)}


def test_a_page_of_any_height_is_drawn_without_a_seam() -> None:
    source = 'digraph { rankdir=TB; a [label="" width=0.2 height=9 shape=box style=filled fillcolor="#123456"] }'
    for dpi in (20, 71, 72, 301):
        drawn, pdf = draw(source, "png", dpi), draw(source, "pdf", dpi)
        assert (abs(pixels(drawn) - all_colours(pdf, dpi)) <= 15).all()


def pixels(png: bytes) -> NDArray[np.int16]:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(np.int16)


def all_colours(pdf: bytes, dpi: int) -> NDArray[np.int16]:
    """A page as it is drawn at once and in all colours."""
    page = PdfDocument(pdf)[0]
    width, height = (max(1, round(side * dpi / 72)) for side in page.get_size())
    bitmap = raw.FPDFBitmap_Create(width, height, 0)
    raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, 0)
    stride = raw.FPDFBitmap_GetStride(bitmap)
    dots = np.ctypeslib.as_array(cast(raw.FPDFBitmap_GetBuffer(bitmap), POINTER(c_ubyte)), (height, stride))
    return dots[:, : 4 * width].reshape(height, width, 4)[..., 2::-1].astype(np.int16)


def test_the_command_writes_the_formats_and_levels_asked_for(small: object, capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(small("budgets: {params(): 1M}\n"))  # type: ignore[operator]
    assert main(["diagram", spec, "--format", "svg,pdf,dot", "--level", "block"]) == 0
    assert {path.name for path in Path("diagrams").iterdir()} == {f"small-block.{end}" for end in ("svg", "pdf", "dot")}
    assert Path("diagrams/small-block.pdf").read_bytes().startswith(b"%PDF")
    assert "Graphviz is" in capsys.readouterr().out
