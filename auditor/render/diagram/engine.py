"""Graphviz at work: an installed `dot` where there is one, else the one that pygraphviz brings along."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from auditor.errors import AuditError
from auditor.render.raster import png


def draw(source: str, format: str, dpi: int) -> bytes:
    """Lay out a DOT text and draw it in a format such as 'svg' or 'png'; `dpi` matters to the latter alone."""
    drawn = pages(source, "svg", "pdf")  # in one go, since it is often wanted in two
    return png(drawn["pdf"], dpi) if format == "png" else drawn[format]


def pages(source: str, *formats: str) -> Mapping[str, bytes]:
    """Lay out a DOT text once and draw it in formats of Graphviz's own that have no dots."""
    return _pages(source, formats, shutil.which("dot"))


@lru_cache(maxsize=1)
def _pages(source: str, formats: tuple[str, ...], program: str | None) -> Mapping[str, bytes]:
    with _fonts() as fonts:
        files = {format: fonts.with_name(f"page.{format}") for format in formats}
        if not (program and _is_drawn_by(program, source, files, fonts)):
            _draw_as_bundled(source, files, fonts)
        return {format: file.read_bytes() for format, file in files.items()}


def engine() -> str:
    """Which Graphviz is there to draw with, in words."""
    return shutil.which("dot") or "the one that pygraphviz brings along"


def _is_drawn_by(program: str, source: str, files: Mapping[str, Path], fonts: Path) -> bool:
    """Whether an installed `dot` has drawn the files."""
    wanted = [word for format, file in files.items() for word in (f"-T{format}", f"-o{file}")]
    environment = os.environ | {_FONTS: str(fonts)}
    try:
        done = subprocess.run(
            [program, "-Gmargin=0", *wanted],
            input=source.encode(),
            capture_output=True,
            env=environment,
            check=False,
            timeout=_PATIENCE,
        )
        if done.returncode == 0 and _are_there(files):
            return True
        trouble = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
    except (OSError, subprocess.TimeoutExpired) as error:
        trouble = str(error)
    print(f"{program} does not work ({trouble}); pygraphviz draws instead", file=sys.stderr)
    return False


def _are_there(files: Mapping[str, Path]) -> bool:
    return all(file.exists() and file.stat().st_size for file in files.values())


_PATIENCE = 120
"""Seconds that one drawing may take."""


def _draw_as_bundled(source: str, files: Mapping[str, Path], fonts: Path) -> None:
    """Draw the files by what pygraphviz brings along."""
    try:
        from pygraphviz import AGraph, DotError, graphviz
    except ImportError as error:
        raise AuditError(f"there is no Graphviz to draw with: no `dot` on the path, and {error}") from None

    with _finding(fonts), _hearing() as complaints:
        try:
            graph = AGraph(string=source)
            graph.graph_attr["margin"] = "0"
            context = graphviz.gvContextWithBuiltins()
            if not graphviz.gvLayout(context, graph.handle, b"dot"):
                for format, file in files.items():
                    graphviz.gvRenderFilename(context, graph.handle, format.encode(), os.fsencode(file))
            graphviz.gvFreeLayout(context, graph.handle)
            graphviz.gvFreeContext(context)
            graph.close()
        except (DotError, ValueError) as error:
            raise AuditError(f"Graphviz cannot draw: {error}") from None
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip()
    if not _are_there(files) or any(line.startswith("Error") for line in said.splitlines()):
        raise AuditError(f"Graphviz cannot draw: {said}")


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
