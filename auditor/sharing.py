"""Work that copies of this process help with: each has all that there is, and hands over what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from auditor.watching import hand_over, take_over, watch_anew
from auditor.workers import depend_on_main

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")
R = TypeVar("R")


class Share(Protocol):
    """What goes through things and works on each: the built-in map, or one that has help."""

    def __call__(self, work: Callable[[T], R], things: Sequence[T], /) -> Iterator[R]: ...


def alone(work: Callable[[T], R], things: Sequence[T], /) -> Iterator[R]:
    """Work without help."""
    return map(work, things)


def shared_by(processes: int) -> Share:
    """Share work among so many processes, this one among them, on a system where a process can be copied."""

    def share(work: Callable[[T], R], things: Sequence[T], /) -> Iterator[R]:
        copies = min(processes, len(things)) - 1
        return _Crew(copies, work, things).results() if copies > 0 else alone(work, things)

    return share if sys.platform == "linux" else alone


class _Crew(Generic[T, R]):
    """This process and copies of it, each of which takes the next thing that none has taken yet."""

    def __init__(self, copies: int, work: Callable[[T], R], things: Sequence[T]) -> None:
        from multiprocessing import get_context

        self._work = work
        self._things = things
        self._tried: set[int] = set()
        self._done: dict[int, R] = {}
        self._lines: list[Connection] = []
        context = get_context("fork")
        self._turn = context.Value("q", 0)
        self._helpers = []
        for _ in range(copies):
            line, other_end = context.Pipe(duplex=False)
            _widen(other_end)
            self._helpers.append(context.Process(target=self._help, args=(other_end,), daemon=True))
            self._helpers[-1].start()
            other_end.close()
            self._lines.append(line)

    def results(self) -> Iterator[R]:
        """What comes of the things, in their order.

        What a copy fails in, or cannot hand over, this process does when its turn has come, and raises the error.
        """
        try:
            for place, thing in enumerate(self._things):
                while place not in self._tried and self._lines:
                    self._hear(patience=0) or self._do_next() or self._hear(patience=None)
                yield self._done.pop(place) if place in self._done else self._work(thing)
        finally:
            for helper in self._helpers:
                helper.terminate()
                helper.join()

    def _do_next(self) -> bool:
        """Work on the next thing, if there is one."""
        place = self._next()
        if place is None:
            return False
        with suppress(Exception):
            self._done[place] = self._work(self._things[place])
        self._tried.add(place)
        return True

    def _hear(self, patience: float | None) -> bool:
        """Take over what a copy hands over, if one does before patience ends."""
        from multiprocessing.connection import wait

        ready = wait(self._lines, patience)
        for line in [line for line in self._lines if line in ready]:
            try:
                place, came, notes = line.recv()
            except Exception:  # the copy has ended, or what it tells cannot be understood here
                line.close()
                self._lines.remove(line)
            else:
                self._tried.add(place)
                self._done.update((place, one) for one in came)
                take_over(notes)
        return bool(ready)

    def _next(self) -> int | None:
        """The place of the next thing, which is then taken; None if all are."""
        with self._turn.get_lock():
            place: int = self._turn.value
            self._turn.value += 1
        return place if place < len(self._things) else None

    def _help(self, line: Connection) -> None:
        """What a copy does: work, and hand over what comes of it, or nothing if it fails."""
        depend_on_main()
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)  # the threads that there were have not been copied
        watch_anew()
        while (place := self._next()) is not None:
            came: list[R] = []
            with suppress(Exception):
                came.append(self._work(self._things[place]))
            notes = hand_over()
            try:
                line.send((place, came, notes))
            except OSError:  # nobody listens
                return
            except Exception:  # it cannot be pickled
                line.send((place, [], notes))


def _widen(line: Connection) -> None:
    """Give a line room for what is handed over while nobody listens."""
    from fcntl import F_SETPIPE_SZ, fcntl

    with suppress(OSError):
        fcntl(line.fileno(), F_SETPIPE_SZ, _ROOM)


_ROOM = 1 << 20
"""As many bytes as a system grants."""
