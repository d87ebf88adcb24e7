"""How diagrams look: the colours and shapes that the documents' own table of them gives."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from auditor.models.registry import Role
from auditor.profiling.flow import Step
from auditor.profiling.formulas import Kind


class Colour(Enum):
    """What a box is filled with, and what that says."""

    PROCESSING = ("#3498db", "processing")
    TENSOR = ("#e74c3c", "feature tensor")
    ATTENTION = ("#e67e22", "attention")
    PYRAMID = ("#27ae60", "pyramid")
    CONTEXT = ("#9b59b6", "multi-scale features")
    HEAD = ("#1abc9c", "detection outputs")
    RESULT = ("#34495e", "final output")

    def __init__(self, fill: str, meaning: str) -> None:
        self.fill = fill
        self.meaning = meaning

    @property
    def text(self) -> str:
        """Black or white, whichever is read more easily on it."""
        luminance = _luminance(self.fill)
        return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"


class Form(Enum):
    """The shape of a box, as Graphviz calls it, and what that says."""

    MODULE = ("box", "module")
    OPERATION = ("ellipse", "operation")
    ACTIVATION = ("diamond", "activation")
    FUSION = ("hexagon", "fusion")
    NOTE = ("note", "annotation")

    def __init__(self, shape: str, meaning: str) -> None:
        self.shape = shape
        self.meaning = meaning


COLOURS: Mapping[Role, Colour] = {role: Colour[role.name] for role in Role}

FONT = "DejaVu Sans,Verdana,sans-serif"
SIZE, HEADING = 8.0, 9.0
"""Points, of a box's text and of a panel's heading."""

WRONG, FAINT, LINE, PAPER = "#a31515", "#555555", "#34495e", "#fff8dc"
"""The colours of what is refuted, of side remarks, of lines, and of notes.

Paper is just far enough from white to be told from it in a picture of 256 colours.
"""


_WORDS = {
    "amax": "max",
    "amin": "min",
    "cat": "concat",
    "mul": "product",
    "_softmax": "softmax",
    "split_with_sizes": "split",
    "convolution": "conv",
    "max_pool2d_with_indices": "max pool",
}


def operator_name(operator: str) -> str:
    """What an operator is called in a picture: aten.leaky_relu is 'leaky relu'."""
    name = operator.removeprefix("aten.")
    if name.startswith("_scaled_dot_product"):
        return "attention"
    return _WORDS.get(name, name.strip("_").replace("_", " "))


def operator_form(step: Step) -> Form:
    """The shape of a single operator: what brings several values together is a fusion."""
    if step.kind in (Kind.ACTIVATION, Kind.SOFTMAX):
        return Form.ACTIVATION
    if len(step.reads) > 1 and (step.kind in (None, Kind.ELEMENTWISE)):
        return Form.FUSION
    return Form.OPERATION


def _luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
