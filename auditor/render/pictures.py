"""Pictures as files: each one sealed with what it was drawn from, and not drawn again while that is the same.

Another version of Graphviz or of a font draws the same picture with other bytes. So what makes a
picture stale is not that this machine would draw it otherwise, but that its source has changed or
that someone has changed the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from auditor.errors import AuditError
from auditor.later import Later
from auditor.render.png import written
from auditor.watching import unwatched
from auditor.workers import Begin, at_once

FORMATS = ("svg", "png", "pdf")
"""What pictures can be drawn as."""

DPI = 300
"""Dots to the inch that print asks for."""


Draw = Callable[[str], bytes]
"""Gives the file of a format, such as "svg"; it can be pickled, and so draw in another process."""


@dataclass(frozen=True)
class Picture:
    """A figure to be drawn: its file's name without ending, and the text that decides all of it.

    `source` holds everything that the picture follows from, so that two pictures of one source are
    the same; `dpi` are the dots to the inch of a format that has dots.
    """

    name: str
    caption: str
    source: str
    draw: Draw
    dpi: int = DPI


Job = tuple[Draw, Sequence[str]]
"""All that it takes to draw the files of one picture: by what, and in which formats."""

Wanted = Iterable[tuple[Picture, Sequence[str]]]
"""Pictures, each with the formats that it is wanted in."""


def drawn(wanted: Wanted, into: Path) -> dict[Path, bytes]:
    """The files of pictures in some formats; one that was drawn from the same source is taken as it is."""
    return {path: file.value for path, file in begun(wanted, into, at_once).items()}


def begun(wanted: Wanted, into: Path, begin: Begin) -> dict[Path, Later[bytes]]:
    """The same files, each for later: what has to be drawn is begun while further pictures are still asked for."""
    files: dict[Path, Later[bytes]] = {}
    for picture, formats in wanted:
        missing = []
        for format in formats:
            path = into / f"{picture.name}.{format}"
            with unwatched():  # whether it is written again changes nothing
                file = content(path) or b""
            files[path] = Later(partial(bytes, file))
            if not is_drawn(picture, format, file):
                missing.append((path, format))
        if missing:
            drawings = begin(_work, (picture.draw, tuple(format for _, format in missing)))
            files |= {path: Later(partial(_finished, picture, format, drawings)) for path, format in missing}
    return files


def _work(job: Job) -> dict[str, bytes]:
    draw, formats = job
    return {format: draw(format) for format in formats}


def _finished(picture: Picture, format: str, drawings: Callable[[], Mapping[str, bytes]]) -> bytes:
    return _sealed(picture, format, drawings()[format])


def is_drawn(picture: Picture, format: str, file: bytes) -> bool:
    """Whether a file is, to the byte, what was once drawn of this picture."""
    end = len(file) - _TAILS.get(format, 0)
    start = end - len(_seal(picture, format, b""))
    return start > 0 and file[start:end] == _seal(picture, format, file[:start] + file[end:])


def _sealed(picture: Picture, format: str, drawing: bytes) -> bytes:
    end = len(drawing) - _TAILS.get(format, 0)
    return drawing[:end] + _seal(picture, format, drawing) + drawing[end:]


_TAILS = {"png": 12}
"""How many bytes at the end must stay there: a PNG ends with its chunk IEND."""


SEALED = b"sha256 of source and picture"
"""What every seal says."""


def _seal(picture: Picture, format: str, content: bytes) -> bytes:
    """A comment, in the way of the format, with the checksum of source and content."""
    dots = f" {picture.dpi} dpi" if format == "png" else ""
    source = picture.source.encode()
    text = sha256(f"{format}{dots} {len(source)} ".encode() + source + content).hexdigest().encode()
    if format == "svg":
        return b"<!-- " + SEALED + b": " + text + b" -->\n"
    if format == "pdf":
        return b"% " + SEALED + b": " + text + b"\n"
    return written((b"tEXt", SEALED + b"\0" + text))


def content(path: Path) -> bytes | None:
    """What a file holds; None if there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise AuditError(f"{path.as_posix()}: cannot be read: {error.strerror}") from None
