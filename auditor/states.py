"""Files and folders as they are at some time, and whether they still are so."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

AnyPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]

Digests = Mapping[str, str]
"""What is known of files and folders, by their places."""

Entry = tuple[str, bool, str]
"""Something in a folder: its name, whether it is a folder, and where it leads if it is a link."""

ABSENT, UNKNOWN = "", "?"
"""In place of a checksum: what is not there, and what cannot be looked at twice, such as a pipe."""

_STREAMS = ("/dev/std", "/dev/fd/")
"""How places begin that stand for what each process was given."""

SETTLED = tuple(
    os.path.join(folder, "")
    for folder in (
        os.path.dirname(os.__file__),
        os.path.dirname(__file__),
        *(folder for folder in sys.path if os.path.basename(folder) in ("site-packages", "dist-packages")),
    )
)
"""Folders of much code that seldom changes: Python's own, the auditor's, and those that packages are installed in."""


def is_still(seen: Digests) -> bool:
    """Whether all files and folders are as they were seen."""
    return all(found != UNKNOWN and digest(place) == found for place, found in seen.items())


def digest(place: str) -> str:
    """What is known of a file or folder: of settled ones the size and the times, by which Python goes as well."""
    try:
        found = os.stat(place)
        is_folder = stat.S_ISDIR(found.st_mode)
        if place.startswith(_STREAMS) or not (is_folder or stat.S_ISREG(found.st_mode)):
            return UNKNOWN
        if place.startswith(SETTLED):
            return _stamp(found)
        if is_folder:
            return digest_of(place, repr(_listed(place)))
        with open(place, "rb") as file:
            return _digest(place, iter(partial(file.read, _PIECE), b""))
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except (OSError, ValueError):
        return UNKNOWN


def digest_of(place: str, content: str | bytes) -> str:
    """What is known of a place that holds something."""
    return _digest(place, [content.encode() if isinstance(content, str) else content])


def _digest(place: str, pieces: Iterable[bytes]) -> str:
    """A checksum of what a place holds and of where links lead from there, since two may lead to one file."""
    whole = sha256(f"{os.path.realpath(place)}\0".encode(errors="surrogateescape"))
    for piece in pieces:
        whole.update(piece)
    return whole.hexdigest()


_PIECE = 1 << 20
"""So many bytes of a file are in memory at once."""


def absolute(path: AnyPath) -> str:
    """The place that a path leads to from here, with every step of it: after a link, '..' leads elsewhere."""
    place = os.fsdecode(path)
    return place if os.path.isabs(place) else os.path.join(os.getcwd(), place)


def _listed(folder: str) -> list[Entry]:
    """What is in a folder, except what Python leaves there for itself."""
    with os.scandir(folder) as entries:
        return sorted(
            (entry.name, entry.is_dir(), os.path.realpath(entry.path) if entry.is_symlink() else "")
            for entry in entries
            if not (entry.name == "__pycache__" and entry.is_dir() and _is_compiled(entry.path))
        )


def _is_compiled(folder: str) -> bool:
    """Whether a folder holds nothing but compiled modules."""
    return all(".pyc" in name for name in os.listdir(folder))


def _stamp(found: os.stat_result) -> str:
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


@dataclass(frozen=True)
class State:
    """What is known of a file or folder for the time of a run: also when a file changed, and what a folder lists."""

    digest: str
    changed: str = ""
    listed: tuple[Entry, ...] | None = None

    @staticmethod
    def of(place: str) -> State:
        try:
            found = os.stat(place)
            is_settled = place.startswith(SETTLED)
            if is_settled and stat.S_ISREG(found.st_mode):
                return State(_stamp(found), _stamp(found))
            if not stat.S_ISDIR(found.st_mode):
                return State(digest(place), _stamp(found))
            if not is_settled:
                return State.of_folder(place, _listed(place))
        except (OSError, ValueError):
            pass
        return State(digest(place))

    @staticmethod
    def of_folder(place: str, listed: Iterable[Entry]) -> State:
        entries = sorted(listed)
        return State(digest_of(place, repr(entries)), listed=tuple(entries))
