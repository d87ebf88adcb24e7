"""What files and folders a run looks at, and whether they are still as it saw them."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from importlib.util import source_from_cache
from pathlib import Path
from threading import local

AnyPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]

Digests = Mapping[str, str]
"""What is known of files and folders, by their places."""

Entry = tuple[str, bool, str]
"""Something in a folder: its name, whether it is a folder, and where it leads if it is a link."""

ABSENT, UNKNOWN = "", "?"
"""In place of a checksum: what is not there, and what cannot be looked at twice, such as a pipe."""

_STREAMS = ("/dev/std", "/dev/fd/")
"""How places begin that stand for what each process was given."""

_IDLE = frozenset({os.devnull, "/proc/self/maps"})
"""Places that PyTorch looks at, from which nothing follows."""

_SETTLED = tuple(
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
        if place.startswith(_SETTLED):
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
class _State:
    """What is known of a file or folder for the time of a run: also when a file changed, and what a folder lists."""

    digest: str
    changed: str = ""
    listed: tuple[Entry, ...] | None = None

    @staticmethod
    def of(place: str) -> _State:
        try:
            found = os.stat(place)
            is_settled = place.startswith(_SETTLED)
            if is_settled and stat.S_ISREG(found.st_mode):
                return _State(_stamp(found), _stamp(found))
            if not stat.S_ISDIR(found.st_mode):
                return _State(digest(place), _stamp(found))
            if not is_settled:
                return _State.of_folder(place, _listed(place))
        except (OSError, ValueError):
            pass
        return _State(digest(place))

    @staticmethod
    def of_folder(place: str, listed: Iterable[Entry]) -> _State:
        entries = sorted(listed)
        return _State(digest_of(place, repr(entries)), listed=tuple(entries))


Notes = tuple[dict[str, _State], dict[str, _State]]
"""States of what was looked at, and of what was only written to."""


class Watch:
    """Notes the state of everything that is looked at, as it is before that."""

    def __init__(self) -> None:
        self._seen: dict[str, _State] = {}
        self._overwritten: dict[str, _State] = {}
        self._here = local()
        self.is_told = False

    def note(self, place: str, *, is_read: bool = True) -> None:
        """Note the state of a file or folder, once; of what is only written to, in case that it is read later."""
        if place in self._seen or place in _IDLE or hasattr(self._here, "is_noting"):
            return
        self._here.is_noting = True  # looking at a file opens it
        try:
            state = self._overwritten.get(place) or _State.of(place)
        finally:
            del self._here.is_noting
        (self._seen if is_read else self._overwritten)[place] = state

    def hand_over(self) -> Notes:
        """What was noted so far, which is then forgotten."""
        notes = self._seen, self._overwritten
        self._seen, self._overwritten = {}, {}
        return notes

    def take_over(self, notes: Notes) -> None:
        """Note what was noted elsewhere, too."""
        seen, overwritten = notes
        self._seen = seen | self._seen
        self._overwritten = overwritten | self._overwritten

    def note_code(self) -> None:
        """Note the files of all modules that are imported."""
        for module in [*sys.modules.values()]:
            file = getattr(module, "__dict__", {}).get("__file__")
            if isinstance(file, str):
                self.note(absolute(file))

    def seen(self, written: Digests, carried: Iterable[str]) -> Digests | None:
        """What was seen, and what the run wrote itself when it had seen it all.

        None if some of it cannot be seen at all or twice, or has changed since it was first looked at, even if it was
        changed back. Of files that were written, those that are carried on may have been looked at before.
        """
        if not self.is_told:
            return None
        expected = _with_made(self._seen, written)
        for place in written.keys() & set(carried):
            expected.pop(place, None)
        if any(state.digest == UNKNOWN or _State.of(place) != state for place, state in expected.items()):
            return None
        return {**{place: state.digest for place, state in expected.items()}, **written}


def _with_made(seen: Mapping[str, _State], written: Iterable[str]) -> dict[str, _State]:
    """The state of what was seen when some files were written in it; folders made for these count as seen."""
    made: dict[str, set[Entry]] = {}
    for file in map(Path, map(os.path.realpath, written)):
        for path in (file, *file.parents):
            made.setdefault(str(path.parent), set()).add((path.name, path != file, ""))
    states = dict(seen)
    listed = [(place, state.listed) for place, state in seen.items() if state.listed is not None]
    for place, before in listed:
        new = made.get(os.path.realpath(place), set()) - set(before)
        states[place] = _State.of_folder(place, {*before, *new})
        listed += [(os.path.join(place, name), ()) for name, is_folder, _ in new if is_folder]
    return states


_watch: Watch | None = None


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch what this process opens, lists and imports."""
    global _watch
    _hook()
    _watch = watch = Watch()
    try:
        sys.audit(_START)
        watch.note_code()
        yield watch
        watch.note_code()
    finally:
        _watch = None


@contextmanager
def unwatched() -> Iterator[None]:
    """Watch nothing for a while."""
    global _watch
    before, _watch = _watch, None
    try:
        yield
    finally:
        _watch = before


def watch_anew() -> None:
    """Watch with nothing noted yet, as a copy of the process does that watches."""
    global _watch
    _watch = _watch and Watch()


def hand_over() -> Notes | None:
    """What was noted here since it was last handed over, for the process that this is a copy of."""
    return _watch.hand_over() if _watch else None


def take_over(notes: Notes | None) -> None:
    """Note what a copy of this process has noted."""
    if _watch and notes:
        _watch.take_over(notes)


def look(path: Path) -> Path:
    """A path that is asked only what kind of thing it leads to, which Python tells nobody."""
    if _watch is not None:
        _watch.note(absolute(path))
    return path


@cache
def _hook() -> None:
    """Have Python tell of files, once: it cannot be asked to stop. Others that are told of everything may refuse it."""
    sys.addaudithook(_told)


_START = "auditor.watching"
_TOLD = frozenset({_START, "open", "os.listdir", "os.scandir", "import"})
"""What Python tells of: also of modules in machine code, which it does not open itself, by their files."""


def _told(event: str, arguments: tuple[object, ...]) -> None:
    watch = _watch
    if watch is None or event not in _TOLD:
        return
    if event == _START:
        watch.is_told = True
        return
    path = arguments[1] if event == "import" else os.curdir if arguments[0] is None else arguments[0]
    if not isinstance(path, (str, bytes, os.PathLike)):
        return
    place = _source(absolute(path))
    if event == "os.listdir" and place.startswith(_SETTLED):
        return  # every import lists folders; which packages there are is part of a run's name
    watch.note(place, is_read=event != "open" or not _is_only_written(arguments[2]))


def _source(place: str) -> str:
    """What a compiled module was made from, which alone matters."""
    try:
        return source_from_cache(place) if place.endswith(".pyc") else place
    except ValueError:
        return place


def _is_only_written(flags: object) -> bool:
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_EXCL) == os.O_WRONLY
