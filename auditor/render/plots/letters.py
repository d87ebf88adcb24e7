"""A line of text as Matplotlib draws it, without the layout that it makes of every text."""

from __future__ import annotations

from typing import Any

from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

from auditor.render.plots.lettering import width

_BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0}
"""Which part of a text stands before its place, by the side that is there."""


class Letters(Text):
    """Text with its left, middle or right on its foot at a place of a sheet, in points.

    An SVG is told that place; what shows it sets the letters itself.
    """

    def __init__(self, x: float, y: float, text: str, size: float, color: str, side: str) -> None:
        super().__init__(x, y, text, size=size, color=color, ha=side, transform=IdentityTransform())

    def draw(self, renderer: Any) -> None:
        """Draw it; Matplotlib calls this."""
        x, y = self.get_unitless_position()
        left = x - _BEFORE[self.get_horizontalalignment()] * width(self.get_text(), self.get_fontsize())
        dots = renderer.points_to_pixels(1.0)
        _, height = renderer.get_canvas_width_height()
        foot = height - y * dots if renderer.flipy() else y * dots
        context = renderer.new_gc()
        context.set_foreground(self.get_color())
        font = self.get_fontproperties()
        renderer.draw_text(context, left * dots, foot, self.get_text(), font, 0, ismath=False, mtext=self)
        context.restore()
