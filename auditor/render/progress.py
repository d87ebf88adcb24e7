"""A bar for what takes long, on a terminal; nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function to report with: how much is done, of how much."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def tracked(what: str, things: Iterable[T], total: int) -> Iterator[T]:
    """Things that take long to come, with a bar that shows how many are there."""
    with progress(what) as report:
        for done, thing in enumerate(things, 1):
            if report:
                report(done, total)
            yield thing
