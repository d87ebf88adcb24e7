"""Graphviz at work: an installed `dot` where there is one, else the one that pygraphviz brings along."""

from __future__ import annotations

import os
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
from auditor.render.raster import png


def draw(source: str, format: str, dpi: int) -> bytes:
    """Lay out a DOT text and draw it in a format such as 'svg' or 'png'; `dpi` matters to the latter alone."""
    if format == "png":
        return png(draw(source, "pdf", dpi), dpi)
    with _fonts() as fonts:
        return _installed(source, format, fonts) or _bundled(source, format, fonts)


def engine() -> str:
    """Which Graphviz is there to draw with, in words."""
    return shutil.which("dot") or "the one that pygraphviz brings along"


def _installed(source: str, format: str, fonts: Path) -> bytes:
    """What an installed `dot` draws; nothing if there is none, or none that works."""
    program = shutil.which("dot")
    if program is None:
        return b""
    command = [program, f"-T{format}", "-Gmargin=0"]
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


def _bundled(source: str, format: str, fonts: Path) -> bytes:
    try:
        from pygraphviz import AGraph, DotError, graphviz
    except ImportError as error:
        raise AuditError(f"there is no Graphviz to draw with: no `dot` on the path, and {error}") from None

    file = fonts.with_name("drawn")
    drawn = b""
    with _finding(fonts), _hearing() as complaints:
        try:
            graph = AGraph(string=source)
            graph.graph_attr["margin"] = "0"
            context = graphviz.gvContextWithBuiltins()
            failed = graphviz.gvLayout(context, graph.handle, b"dot") or graphviz.gvRenderFilename(
                context, graph.handle, format.encode(), os.fsencode(file)
            )
            drawn = b"" if failed else file.read_bytes()
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
