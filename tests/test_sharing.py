"""Work that copies of the process help with: what comes of it is what comes of doing it alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.sharing import shared_by
from auditor.watching import watching
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a process is not copied")


def is_copy() -> bool:
    """Whether this runs in a copy of the process that tests run in."""
    return multiprocessing.parent_process() is not None


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(), max_size=12), st.integers(0, 5), st.sampled_from([0.0, 0.002]))
def test_what_comes_of_things_comes_in_their_order(things: list[int], processes: int, rest: float) -> None:
    def work(thing: int) -> tuple[int, str]:
        time.sleep(rest)
        return thing * thing, f"{offset + thing}"

    offset = 7
    assert list(shared_by(processes)(work, things)) == [(thing * thing, f"{7 + thing}") for thing in things]


def test_each_process_does_a_part_of_the_work() -> None:
    def work(_: int) -> int:
        time.sleep(0.02)
        return os.getpid()

    assert len(set(shared_by(3)(work, range(20)))) == 3
    assert set(shared_by(1)(work, range(3))) == {os.getpid()}


def test_one_thing_needs_no_help() -> None:
    assert list(shared_by(4)(lambda _: os.getpid(), [0])) == [os.getpid()]


def test_errors_are_raised_where_the_work_was_wanted() -> None:
    def work(thing: int) -> int:
        time.sleep(0.01)
        if thing in (3, 5):
            raise ValueError(f"not {thing}")
        return thing

    found: list[int] = []
    with pytest.raises(ValueError, match="not 3"):
        found.extend(shared_by(3)(work, range(8)))
    assert found == [0, 1, 2]


@pytest.mark.parametrize("fails", ["raise", "pickle", "exit", "kill", "unpickle"])
def test_what_a_copy_cannot_do_is_done_here(fails: str) -> None:
    def work(thing: int) -> object:
        time.sleep(0.01)
        if not is_copy():
            return thing
        match fails:
            case "raise":
                raise OSError("no room")
            case "pickle":
                return lambda: thing
            case "exit":
                sys.exit(3)
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
        return Treacherous()

    assert list(shared_by(3)(work, range(6))) == list(range(6))


class Treacherous:
    """What can be handed over, but not be put together again."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return int, ("no number",)


def test_copies_end_when_nobody_wants_more_of_them() -> None:
    results = iter(shared_by(3)(lambda thing: time.sleep(60 * (thing > 0 and is_copy())), range(9)))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_results_larger_than_a_pipe_are_handed_over() -> None:
    found = list(shared_by(2)(lambda thing: bytes([thing]) * 5_000_000, range(6)))
    assert [(content[0], len(content)) for content in found] == [(thing, 5_000_000) for thing in range(6)]


def test_what_copies_look_at_is_watched(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.txt" for number in range(6)]
    for file in files:
        file.write_text("read")

    def work(file: Path) -> bool:
        time.sleep(0.02)
        return bool(file.read_text()) and is_copy()

    with watching() as watch:
        assert True in list(shared_by(2)(work, files))
    seen = watch.seen({}, ())
    assert seen is not None
    assert {str(file) for file in files} <= seen.keys()


THREADS = """
import torch
from auditor.sharing import shared_by
torch.set_num_threads(2)
x = torch.rand(600, 600, dtype=torch.float64)
expected = (x @ x).sum()
assert torch.get_num_threads() == 2
assert all(abs(found - expected) < 1 for found in shared_by(3)(lambda _: (x @ x).sum().item(), range(6)))
"""


def test_copies_of_a_process_with_threads_do_without_these() -> None:
    subprocess.run([sys.executable, "-c", THREADS], cwd=ROOT, check=True, timeout=120)
