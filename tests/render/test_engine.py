"""Drawing: by an installed dot or by what pygraphviz brings along, whatever the text on it."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

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


def test_the_command_writes_the_formats_and_levels_asked_for(small: object, capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(small("budgets: {params(): 1M}\n"))  # type: ignore[operator]
    assert main(["diagram", spec, "--format", "svg,pdf,dot", "--level", "block"]) == 0
    assert {path.name for path in Path("diagrams").iterdir()} == {f"small-block.{end}" for end in ("svg", "pdf", "dot")}
    assert Path("diagrams/small-block.pdf").read_bytes().startswith(b"%PDF")
    assert "Graphviz is" in capsys.readouterr().out
