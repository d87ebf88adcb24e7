"""Drawing: by an installed dot or by what pygraphviz brings along, whatever the text on it."""

from __future__ import annotations

import re
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from auditor.auditing import Audit, audit
from auditor.cli import main
from auditor.errors import AuditError
from auditor.render.diagram import engine
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
    program.write_text(f'#!/bin/sh\ncat > "{tmp_path}/read"\necho "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert draw("digraph { a }", "svg", 300) == b"-Tsvg -Gdpi=72\n"
    assert (tmp_path / "read").read_text() == "digraph { a }"


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


def test_a_png_of_few_colours_looks_like_one_of_all(audits: dict[str, Audit], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    source = diagram(audits["v2_coord"]).source
    drawn = draw(source, "png", 300)
    without_gd(monkeypatch)
    exact = draw(source, "png", 300)
    few, all_of_them = (Image.open(BytesIO(png)) for png in (drawn, exact))
    assert (few.mode, all_of_them.mode) == ("P", "RGB"), "none of them is transparent anywhere"
    seen, true = (np.asarray(image.convert("RGB")).astype(np.int16) for image in (few, all_of_them))
    off = abs(seen - true).max(axis=2)
    assert off.max() <= 32, "only shades at the edges of letters and lines are others"
    whole = np.asarray(all_of_them.convert("RGBA")).view("<u4")[..., 0]
    for named in {"000000", "ffffff", *re.findall(r'"#([0-9a-f]{6})"', source)}:
        flat = whole == int.from_bytes(bytes.fromhex(f"{named}ff"), "little")
        assert flat.any(), named
        assert not off[flat].any(), named
    assert len(drawn) < len(exact) / 2


def without_gd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make as if Graphviz came without the library that draws with few colours."""
    bundled = engine._bundled

    def lacking(source: str, format: str, dpi: int, fonts: Path) -> bytes:
        if "gd" in format:
            raise AuditError("there is no such renderer")
        return bundled(source, format, dpi, fonts)

    monkeypatch.setattr(engine, "_bundled", lacking)


def test_a_png_has_all_its_colours_where_few_would_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    source = 'digraph { node [shape=box style=filled penwidth=0 label=""]; a [fillcolor="#fefefe"] }'
    image = Image.open(BytesIO(draw(source, "png", 72)))
    assert image.mode == "RGB"
    assert {color for _, color in image.getcolors() or ()} == {(254, 254, 254), (255, 255, 255)}


def test_the_command_writes_the_formats_and_levels_asked_for(small: object, capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(small("budgets: {params(): 1M}\n"))  # type: ignore[operator]
    assert main(["diagram", spec, "--format", "svg,pdf,dot", "--level", "block"]) == 0
    assert {path.name for path in Path("diagrams").iterdir()} == {f"small-block.{end}" for end in ("svg", "pdf", "dot")}
    assert Path("diagrams/small-block.pdf").read_bytes().startswith(b"%PDF")
    assert "Graphviz is" in capsys.readouterr().out
