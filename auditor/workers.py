"""Other processes to work in, so that every core has something to do."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Protocol, TypeVar


def cores() -> int:
    """How many processes can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


T = TypeVar("T")
R = TypeVar("R")


class Begin(Protocol):
    """What has work done, here or elsewhere, and gives a function that waits for what comes of it."""

    def __call__(self, work: Callable[[T], R], thing: T, /) -> Callable[[], R]: ...


def at_once(work: Callable[[T], R], thing: T, /) -> Callable[[], R]:
    """Work here and now."""
    done = work(thing)
    return lambda: done


@contextmanager
def workers(number: int, prepare: Callable[[], object]) -> Iterator[Begin | None]:
    """Have work done by so many other processes, each prepared beforehand; by nothing if there are to be none."""
    if number < 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # To fork is quick, and safe while this process does one thing at a time.
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(number, context, _begin, (prepare,))
    for _ in range(number):
        pool.submit(os.getpid)
    try:
        yield lambda work, thing: pool.submit(work, thing).result
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)  # nobody wants what was begun
        raise
    pool.shutdown()


def _begin(prepare: Callable[[], object]) -> None:
    depend_on_main()
    if hasattr(os, "nice"):
        os.nice(10)  # and the main process that has most to do
    prepare()


def depend_on_main() -> None:
    """Have this process end when, and not before, the main one has, even if that was killed and could tell nobody."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the main process that ends when it is interrupted
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
