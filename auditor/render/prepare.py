"""Getting ready to draw, in a process that has nothing to do before the first picture is wanted."""

from __future__ import annotations


def prepare() -> None:
    """Import all that draws, and draw something small with it: the first time takes longest."""
    from io import BytesIO

    from auditor.render.diagram.engine import draw
    from auditor.render.pictures import DPI
    from auditor.render.plots import sheet

    draw('digraph {"-" [fontname="DejaVu Sans"]}', "png", DPI)
    blank = sheet.sheet(sheet.WIDTH)
    sheet.write(blank, 0, 0, "-")
    blank.savefig(BytesIO(), format="svg")
