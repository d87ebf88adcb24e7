"""What files and folders a run looks at."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import source_from_cache
from pathlib import Path
from threading import local

from auditor.states import SETTLED, UNKNOWN, Digests, Entry, State, absolute

_IDLE = frozenset({os.devnull, "/proc/self/maps"})
"""Places that PyTorch looks at, from which nothing follows."""

Notes = tuple[dict[str, State], dict[str, State]]
"""States of what was looked at, and of what was only written to."""


class Watch:
    """Notes the state of everything that is looked at, as it is before that."""

    def __init__(self) -> None:
        self._seen: dict[str, State] = {}
        self._overwritten: dict[str, State] = {}
        self._here = local()
        self.is_told = False

    def note(self, place: str, *, is_read: bool = True) -> None:
        """Note the state of a file or folder, once; of what is only written to, in case that it is read later."""
        if place in self._seen or place in _IDLE or hasattr(self._here, "is_noting"):
            return
        self._here.is_noting = True  # looking at a file opens it
        try:
            state = self._overwritten.get(place) or State.of(place)
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
        if any(state.digest == UNKNOWN or State.of(place) != state for place, state in expected.items()):
            return None
        return {**{place: state.digest for place, state in expected.items()}, **written}


def _with_made(seen: Mapping[str, State], written: Iterable[str]) -> dict[str, State]:
    """The state of what was seen when some files were written in it; folders made for these count as seen."""
    made: dict[str, set[Entry]] = {}
    for file in map(Path, map(os.path.realpath, written)):
        for path in (file, *file.parents):
            made.setdefault(str(path.parent), set()).add((path.name, path != file, ""))
    states = dict(seen)
    listed = [(place, state.listed) for place, state in seen.items() if state.listed is not None]
    for place, before in listed:
        new = made.get(os.path.realpath(place), set()) - set(before)
        states[place] = State.of_folder(place, {*before, *new})
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
    if event == "os.listdir" and place.startswith(SETTLED):
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
