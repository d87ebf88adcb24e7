"""Graphviz at work: an installed `dot` where there is one, else the one that pygraphviz brings along."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from auditor.errors import AuditError
from auditor.render.png import coloured, sized


def draw(source: str, format: str, dpi: int) -> bytes:
    """Lay out a DOT text and draw it in a format such as 'svg' or 'png'; `dpi` matters to the latter alone."""
    with _fonts() as fonts:
        if format != "png":
            return _installed(source, format, _POINTS, fonts) or _bundled(source, format, _POINTS, fonts)
        dotted = _installed(source, format, dpi, fonts) or _indexed(source, dpi, fonts)
        return sized(dotted or _bundled(source, format, dpi, fonts), dpi)


_POINTS = 72
"""Dots to the inch at which a point is a dot."""


def engine() -> str:
    """Which Graphviz is there to draw with, in words."""
    return shutil.which("dot") or "the one that pygraphviz brings along"


def _installed(source: str, format: str, dpi: int, fonts: Path) -> bytes:
    """What an installed `dot` draws; nothing if there is none, or none that works."""
    program = shutil.which("dot")
    if program is None:
        return b""
    command = [program, f"-T{format}", f"-Gdpi={dpi}"]
    environment = os.environ | {_FONTS: str(fonts)}
    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, env=environment, check=False, timeout=_PATIENCE
        )
        drawn, trouble = done.stdout, done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        if done.returncode == 0 and drawn:
            return drawn
    except (OSError, subprocess.TimeoutExpired) as error:
        trouble = str(error)
    print(f"{program} does not work ({trouble}); pygraphviz draws instead", file=sys.stderr)
    return b""


_PATIENCE = 120
"""Seconds that one drawing may take."""


def _indexed(source: str, dpi: int, fonts: Path) -> bytes:
    """A PNG of 256 colours, made in half the time and a third as large; nothing if that cannot be, or not well."""
    try:
        drawn = _bundled(source, "png:cairo:gd", dpi, fonts)
    except AuditError:
        return b""
    return coloured(drawn, {bytes.fromhex(colour) for colour in ("000000", "ffffff", *_COLOUR.findall(source))})


_COLOUR = re.compile('"#([0-9a-f]{6})"')


def _bundled(source: str, format: str, dpi: int, fonts: Path) -> bytes:
    try:
        from pygraphviz import AGraph, DotError, graphviz
    except ImportError as error:
        raise AuditError(f"there is no Graphviz to draw with: no `dot` on the path, and {error}") from None

    file = fonts.with_name("drawn")

    def rendered(format: str) -> bytes:
        failed = graphviz.gvRenderFilename(context, graph.handle, format.encode(), os.fsencode(file))
        return b"" if failed else file.read_bytes()

    drawn = b""
    with _finding(fonts), _hearing() as complaints:
        try:
            graph = AGraph(string=source)
            graph.graph_attr["dpi"] = str(dpi)
            context = graphviz.gvContextWithBuiltins()
            if not graphviz.gvLayout(context, graph.handle, b"dot"):
                if format.startswith("png"):
                    graph.graph_attr["viewport"] = _whole_dots(rendered("plain"), dpi)
                drawn = rendered(format)
            graphviz.gvFreeLayout(context, graph.handle)
            graphviz.gvFreeContext(context)
            graph.close()
        except (DotError, ValueError) as error:
            raise AuditError(f"Graphviz cannot draw: {error}") from None
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip()
    if not drawn or any(line.startswith("Error") for line in said.splitlines()):
        raise AuditError(f"Graphviz cannot draw '{format}': {said}")
    return drawn


def _whole_dots(plain: bytes, dpi: int) -> str:
    """The size of the page in points, without the part of a dot, which would be half transparent at its edge."""
    inches = map(float, plain.split()[2:4])
    return ",".join(str(round((side + 2 * _PAD) * dpi) / dpi * _POINTS) for side in inches)


_PAD = 4 / _POINTS
"""Inches that Graphviz leaves free at each edge of the page."""

_FONTS = "FONTCONFIG_FILE"
"""The variable by which Graphviz finds its fonts."""


@contextmanager
def _fonts() -> Iterator[Path]:
    """A setting by which only the fonts that come with matplotlib are found, so that text has one width everywhere."""
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    fonts = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    with tempfile.TemporaryDirectory() as folder:
        setting = Path(folder) / "fonts.conf"
        setting.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f'<dir>{escape(str(fonts))}</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>',
            encoding="utf-8",
        )
        yield setting


@contextmanager
def _finding(fonts: Path) -> Iterator[None]:
    """Point the library to the fonts; it looks when it first measures a text."""
    before = os.environ.get(_FONTS)
    os.environ[_FONTS] = str(fonts)
    try:
        yield
    finally:
        os.environ.pop(_FONTS)
        if before is not None:
            os.environ[_FONTS] = before


@contextmanager
def _hearing() -> Iterator[IO[bytes]]:
    """Take down what the library says to standard error, past Python."""
    with tempfile.TemporaryFile() as heard:
        kept = os.dup(2)
        os.dup2(heard.fileno(), 2)
        try:
            yield heard
        finally:
            os.dup2(kept, 2)
            os.close(kept)
