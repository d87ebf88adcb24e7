"""Pictures as files: each one sealed with what it was drawn from, and not drawn again while that is the same.

Another version of Graphviz or of a font draws the same picture with other bytes. So what makes a
picture stale is not that this machine would draw it otherwise, but that its source has changed or
that someone has changed the file.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auditor.errors import AuditError

FORMATS = ("svg", "png", "pdf")
"""What pictures can be drawn as."""

DPI = 300
"""Dots to the inch that print asks for."""


@dataclass(frozen=True)
class Picture:
    """A figure to be drawn: its file's name without ending, and the text that decides all of it.

    `source` holds everything that the picture follows from, so that two pictures of one source are
    the same; `draw` gives the file of a format, such as "svg"; `dpi` are the dots to the inch of a
    format that has dots.
    """

    name: str
    caption: str
    source: str
    draw: Callable[[str], bytes]
    dpi: int = DPI


def drawn(pictures: Iterable[Picture], formats: Sequence[str], into: Path) -> dict[Path, bytes]:
    """The files of all pictures; one that is there and was drawn from the same source is taken as it is."""
    files = {}
    for picture in pictures:
        for format in formats:
            path = into / f"{picture.name}.{format}"
            kept = content(path) or b""
            files[path] = kept if is_drawn(picture, format, kept) else _draw(picture, format)
    return files


def is_drawn(picture: Picture, format: str, file: bytes) -> bool:
    """Whether a file is, to the byte, what was once drawn of this picture."""
    end = len(file) - _TAILS.get(format, 0)
    start = end - len(_seal(picture, format, b""))
    return start > 0 and file[start:end] == _seal(picture, format, file[:start] + file[end:])


def _draw(picture: Picture, format: str) -> bytes:
    content = picture.draw(format)
    end = len(content) - _TAILS.get(format, 0)
    return content[:end] + _seal(picture, format, content) + content[end:]


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
    chunk = b"tEXt" + SEALED + b"\0" + text
    return (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")


def content(path: Path) -> bytes | None:
    """What a file holds; None if there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise AuditError(f"{path.as_posix()}: cannot be read: {error.strerror}") from None
