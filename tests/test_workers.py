"""Other processes to work in: as many as wanted, prepared beforehand, and gone with the main one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.cli import main
from auditor.workers import workers
from tests.conftest import ROOT

Capture = pytest.CaptureFixture[str]

PREPARED: list[int] = []


def prepare() -> None:
    PREPARED.append(os.getpid())


def where(number: int) -> tuple[int, int, list[int]]:
    return number, os.getpid(), PREPARED


@pytest.mark.parametrize("number", [1, 2])
def test_work_is_done_elsewhere_in_order_by_prepared_processes(number: int) -> None:
    with workers(number, prepare) as begin:
        assert begin
        found = [wait() for wait in [begin(where, place) for place in range(20)]]
    assert [place for place, _, _ in found] == list(range(20))
    assert all(prepared == [process] for _, process, prepared in found)
    assert os.getpid() not in {process for _, process, _ in found}
    assert not PREPARED


def test_no_workers_begin_nothing() -> None:
    with workers(0, prepare) as begin:
        assert begin is None


def failing(_: int) -> None:
    raise ValueError("not here")


def test_an_error_of_a_worker_is_raised_here() -> None:
    with workers(1, prepare) as begin:
        assert begin
        wait = begin(failing, 1)
        with pytest.raises(ValueError, match="not here"):
            wait()


KILLED = """
import os, signal
from tests.test_workers import where, workers
with workers(2, int) as begin:
    print(*{wait()[1] for wait in [begin(where, place) for place in range(8)]}, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2]


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system for its processes")
def test_workers_end_when_the_main_process_is_killed() -> None:
    ran = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL
    processes = list(map(int, ran.stdout.split()))
    assert processes
    deadline = time.monotonic() + 20
    while any(map(runs, processes)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(runs, processes))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks the system for its processes")
def test_who_interrupts_a_run_need_not_wait(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "audit.py"), "specs", "--jobs", "3", "--cache", "off"]
    run = subprocess.Popen(
        [*command, "--reports", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    deadline = time.monotonic() + 60
    while len(begun := children.read_text().split()) < 4 and time.monotonic() < deadline:  # copies measure by now
        time.sleep(0.01)
    start = time.monotonic()
    while run.poll() is None and time.monotonic() < start + 10:
        run.send_signal(signal.SIGINT)  # more than once, since Python overlooks one while it makes a copy
        time.sleep(0.2)
    _, told = run.communicate(timeout=10)
    assert told.endswith("interrupted\n")
    assert run.returncode == 130
    time.sleep(1.5)
    assert not any(map(runs, map(int, begun)))
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_what_is_no_number_of_processes_is_said(small: Callable[..., Path], jobs: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["--jobs", jobs, str(small())])
    assert f"'{jobs}' is no number of processes" in capsys.readouterr().err


@pytest.mark.slow
def test_as_many_processes_as_wanted_write_the_same_files(small: Callable[..., Path]) -> None:
    for name in ("one", "two"):
        small("budgets: {params(): 1M}\n", name=name)
    written = []
    for jobs in ("1", "2"):
        command = [sys.executable, str(ROOT / "audit.py"), "--cache", "off", "--jobs", jobs, "specs"]
        told = subprocess.run(command, capture_output=True, check=True).stdout
        files = [path for folder in ("reports", "diagrams") for path in sorted(Path(folder).iterdir())]
        written.append((told, {path.name: path.read_bytes() for path in files}))
        for path in files:
            path.unlink()
    assert written[0] == written[1]
