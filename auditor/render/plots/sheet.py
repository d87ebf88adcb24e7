"""The paper that plots are drawn on: as wide as a column, placed in points, the same bytes every time."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache, partial
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from auditor.render.pictures import Picture
from auditor.render.plots.lettering import GREY, INK, SMALL, TEXT

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from matplotlib.figure import Figure

WIDTH = 252.0
"""Three and a half inches: one column of a paper."""

EDGE = 4.0
"""What stays free at each edge of the paper."""

_POINTS_PER_INCH = 72
_DOTS_PER_INCH = 300

_SETTINGS: Any = {  # which type Matplotlib wants for the names hangs on its version
    "figure.dpi": _POINTS_PER_INCH,
    "savefig.dpi": _DOTS_PER_INCH,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
    "font.size": TEXT,
    "text.color": INK,
    "text.parse_math": False,
    "axes.linewidth": 0.5,
    "axes.edgecolor": GREY,
    "axes.labelsize": TEXT,
    "axes.labelpad": 2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2,
    "ytick.major.size": 2,
    "xtick.major.pad": 2,
    "ytick.major.pad": 2,
    "svg.fonttype": "none",
    "svg.hashsalt": "auditor",
    "pdf.fonttype": 42,
}

_WINDOWS = "backend"
"""What Matplotlib opens windows with; merely to set it imports a lot."""

_UNDATED: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""What else a file would tell of when and by what it was made."""

Side = Literal["left", "center", "right"]

D = TypeVar("D", bound="DataclassInstance")


def picture(name: str, caption: str, data: D, draw: Callable[[D], Figure]) -> Picture:
    """A plot of some data, a dataclass that holds all that the plot shows of a model."""
    return Picture(name, caption, _source(caption, data), partial(_encoded, draw, data, caption))


def _encoded(draw: Callable[[D], Figure], data: D, caption: str, format: str) -> bytes:
    file = BytesIO()
    with _settings():
        draw(data).savefig(file, format=format, metadata={"Title": caption, **_UNDATED[format]})
    return file.getvalue()


def sheet(height: float) -> Figure:
    """An empty sheet, so many points high."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH / _POINTS_PER_INCH, height / _POINTS_PER_INCH))


def line(figure: Figure, xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:
    """Draw a line from point to point of a sheet, or a mark at each."""
    from matplotlib.lines import Line2D

    across, up = figure.bbox.width, figure.bbox.height
    figure.add_artist(Line2D([x / across for x in xs], [y / up for y in ys], **style))


def fill(figure: Figure, x: float, y: float, length: float, height: float, **style: Any) -> None:
    """Fill a rectangle, given by its lower left."""
    from matplotlib.patches import Rectangle

    across, up = figure.bbox.width, figure.bbox.height
    figure.add_artist(Rectangle((x / across, y / up), length / across, height / up, **style))


def write(
    figure: Figure, x: float, y: float, text: str, size: float = TEXT, color: str = INK, side: Side = "left"
) -> None:
    """Set a line of text, with its left, middle or right at a point of the sheet."""
    from auditor.render.plots.letters import Letters

    figure.add_artist(Letters(x, y, text, size, color, side))


def _source(caption: str, data: DataclassInstance) -> str:
    """All that a plot follows from: what it shows, and the code that draws it."""
    shown = json.dumps({"caption": caption, "data": asdict(data)}, sort_keys=True, indent=1)
    return f"{shown}\n{_code()}"


@cache
def _code() -> str:
    """The text of the modules that draw, and of the one that writes the numbers of an axis."""
    render = files("auditor.render")
    own = {file.name: file for file in render.joinpath("plots").iterdir() if file.name.endswith(".py")}
    drawing = [own[name] for name in sorted(own)]
    return "".join(file.read_text(encoding="utf-8") for file in (*drawing, render.joinpath("figures.py")))


@contextmanager
def _settings() -> Iterator[None]:
    """Matplotlib as these plots want it, whatever its user's own settings are.

    Letters that its font lacks are boxes in a PNG, and no reason to warn.
    """
    import matplotlib

    defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if name != _WINDOWS}
    with matplotlib.rc_context(defaults | _SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield
