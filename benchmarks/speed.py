"""How fast the auditor is, beside importing PyTorch and beside other counters, in one interleaved run.

    python -m benchmarks.speed [--repetitions N] [--print]

What comes of it is written to docs/speed.md, or only printed. Figures are medians; what counts are
the ratios, since all that a row compares was measured in turns on the same machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from auditor.render.console import show
from auditor.render.markdown import markdown
from auditor.render.page import Code, Page, Section, Table, columns

if TYPE_CHECKING:
    from torch import Tensor, nn

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "speed.md"

IMPORT = "python -c 'import torch'"


@dataclass(frozen=True)
class Row:
    """What was measured, beside what, and what it may be at most."""

    what: str
    seconds: float
    beside: str
    ratio: float
    target: float | None

    @property
    def cells(self) -> tuple[str, ...]:
        verdict = "" if self.target is None else ("yes" if self.ratio <= self.target else "no")
        target = "" if self.target is None else f"{self.target:g} ×"
        return self.what, f"{self.seconds:.3f} s", f"{self.ratio:.2f} × {self.beside}", target, verdict


def medians(timed: Mapping[str, Callable[[], float]], repetitions: int) -> dict[str, float]:
    """The median seconds of several things that are done in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(repetitions):
        for name, run in timed.items():
            seconds[name].append(run())
    return {name: median(found) for name, found in seconds.items()}


def commands(folder: Path) -> dict[str, Callable[[], float]]:
    """Whole commands, each in a process of its own, in a folder with nothing but the specs in it."""
    audit = [sys.executable, str(ROOT / "audit.py")]
    one, everything = "specs/v2_coord.yaml", "specs"

    def timed(command: list[str], *without: str) -> Callable[[], float]:
        def run() -> float:
            for name in without:
                shutil.rmtree(folder / name, ignore_errors=True)
            environment = {
                **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
                "XDG_CACHE_HOME": str(folder / "cache"),
                "MPLCONFIGDIR": str(folder / "matplotlib"),
            }
            start = time.perf_counter()
            subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
            return time.perf_counter() - start

        return run

    drawn = ("reports", "diagrams", "cache")
    return {
        IMPORT: timed([sys.executable, "-c", "import torch"]),
        "one spec, everything drawn": timed([*audit, one], *drawn),
        "one spec, its pictures still true": timed([*audit, one], "cache"),
        "one spec, nothing changed": timed([*audit, one]),
        "all specs, everything drawn, one process": timed([*audit, "--jobs", "1", everything], *drawn),
        "all specs, everything drawn": timed([*audit, everything], *drawn),
        "all specs, their pictures still true": timed([*audit, everything], "cache"),
        "all specs, nothing changed": timed([*audit, everything]),
    }


TARGETS = {
    "one spec, everything drawn": 1.5,
    "one spec, nothing changed": 0.3,
    "all specs, everything drawn": 2.5,
    "all specs, nothing changed": 0.3,
}


def whole_commands(repetitions: int) -> list[Row]:
    """Whole commands beside importing PyTorch."""
    with TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "specs", Path(folder) / "specs")
        timed = commands(Path(folder))
        for run in timed.values():
            run()  # once for what Python compiles, and Matplotlib finds out about fonts
        found = medians(timed, repetitions)
    unit = found.pop(IMPORT)
    rows = [Row(what, seconds, "import torch", seconds / unit, TARGETS.get(what)) for what, seconds in found.items()]
    return [Row("import torch", unit, "import torch", 1.0, None), *rows]


def counters(repetitions: int) -> list[Row]:
    """Profiling the baseline in a process that has everything imported, beside other counters."""
    import torch

    import auditor

    model = auditor.build(auditor.load(ROOT / "specs" / "baseline.yaml")).eval()
    image = torch.zeros(1, 3, 640, 640)

    def timed(count: Callable[[nn.Module, Tensor], object]) -> Callable[[], float]:
        def run() -> float:
            own = deepcopy(model)  # some counters leave things behind
            start = time.perf_counter()
            with torch.no_grad():
                count(own, image)
            return time.perf_counter() - start

        return run

    timers = {name: timed(count) for name, count in {OURS: auditor.profile, **OTHERS}.items()}
    for run in timers.values():
        run()
    found = medians(timers, repetitions)
    targets = {"thop": 0.5, "fvcore": 0.2}
    rows = [Row(name, found[name], name, found[OURS] / found[name], targets.get(name)) for name in OTHERS]
    return [Row(OURS, found[OURS], OURS, 1.0, None), *rows]


OURS = "auditor.profile"


def by_thop(model: nn.Module, image: Tensor) -> object:
    import thop

    return thop.profile(model, inputs=(image,), verbose=False)


def by_fvcore(model: nn.Module, image: Tensor) -> object:
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(model, image)
    analysis.unsupported_ops_warnings(False)
    analysis.uncalled_modules_warnings(False)
    return analysis.by_module(), analysis.by_operator()


def by_torch(model: nn.Module, image: Tensor) -> object:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        model(image)
    return counter.get_flop_counts()


def by_ptflops(model: nn.Module, image: Tensor) -> object:
    from ptflops import get_model_complexity_info

    shape = tuple(image.shape[1:])
    return get_model_complexity_info(model, shape, print_per_layer_stat=False, as_strings=False, backend="aten")


def by_torchinfo(model: nn.Module, image: Tensor) -> object:
    from torchinfo import summary

    return summary(model, input_data=image, verbose=0)


OTHERS: dict[str, Callable[[nn.Module, Tensor], object]] = {
    "thop": by_thop,
    "fvcore": by_fvcore,
    "torch": by_torch,
    "ptflops": by_ptflops,
    "torchinfo": by_torchinfo,
}


_DECODER = """
import time
import torch

def most() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

before, start = most(), time.perf_counter()
from auditor import audit
total = audit("benchmarks/decoder.yaml").profile.total
print(time.perf_counter() - start, most() - before, total.params)
"""


def decoder() -> tuple[float, float, int]:
    """Seconds and bytes beyond PyTorch's own that auditing a decoder of 70 billion parameters takes, and these."""
    done = subprocess.run([sys.executable, "-c", _DECODER], cwd=ROOT, check=True, capture_output=True, text=True)
    seconds, kilobytes, params = done.stdout.split()
    return float(seconds), float(kilobytes) * 1024, int(params)


_PHASES = """
import gc
import time
from pathlib import Path

gc.set_threshold(500_000)  # as the command does
start, spent = time.perf_counter(), {}

def lap(name, *others):
    global start
    now = time.perf_counter()
    spent[name], start = now - start - sum(spent[other] for other in others), now

def timed(name, function):
    spent[name] = 0.0

    def run(*arguments):
        before = time.perf_counter()
        found = function(*arguments)
        spent[name] += time.perf_counter() - before
        return found

    return run

from auditor.spec import load_all
specs = load_all(sorted(Path("specs").glob("**/*.yaml")), given=())
lap("reading specs")
import torch
lap("importing PyTorch")
from auditor import auditing
from auditor.render import console, reports
from auditor.render.report import summary
from auditor.workers import at_once
lap("importing the auditor")
auditing.measure = timed("building and measuring models", auditing.measure)
audits = auditing.audit_all(specs.values())
lap("judging claims", "building and measuring models")
auditing.explain_all(audits)
lap("explaining wrong figures")
diagrams, plots = timed("drawing diagrams, as SVG and as PNG of 300 dpi", at_once), timed("drawing plots", at_once)
folders = reports.Folders(Path("nowhere"), Path("nowhere"))
coming = reports.report_files(
    audits, lambda: reports.Folder(audits), folders, lambda work, job: (plots, diagrams)["png" in job[1]](work, job)
)
coming.value
lap("describing pictures, and writing pages", "drawing diagrams, as SVG and as PNG of 300 dpi", "drawing plots")
with open("/dev/null", "w") as nowhere:
    console.show(list(map(summary, audits)), nowhere)
lap("writing to the console")
for name, seconds in spent.items():
    print(f"{seconds:.2f} {name}")
"""

_FIRST = ("reading specs", "importing PyTorch", "importing the auditor")
"""What comes before anything that processes can share."""


def phases() -> dict[str, float]:
    """Where the time goes that one process takes for all specs, in seconds."""
    done = subprocess.run([sys.executable, "-c", _PHASES], cwd=ROOT, check=True, capture_output=True, text=True)
    lines = [line.partition(" ") for line in done.stdout.splitlines()]
    return {name: float(seconds) for seconds, _, name in sorted(lines, key=lambda line: -float(line[0]))}


def many_modules(repetitions: int) -> dict[str, float]:
    """Seconds of one core for models of more and more modules."""
    import torch
    from torch import nn

    import auditor

    def timed(number: int) -> Callable[[], float]:
        model, x = nn.Sequential(*(nn.Linear(4, 4) for _ in range(number))), torch.zeros(1, 4)

        def run() -> float:
            start = time.process_time()
            auditor.profile(model, x)
            return time.process_time() - start

        return run

    return medians({str(number): timed(number) for number in (2_500, 5_000, 10_000, 20_000)}, repetitions)


def page(repetitions: int) -> Page:
    """The whole page, from a run of everything."""
    return Page("How fast it is", (_machine(repetitions), *_tables(repetitions)))


def _machine(repetitions: int) -> Section:
    lead = (
        f"Medians of {repetitions} repetitions, in which everything that a table compares was done in turns. On another"
        " machine the seconds are others; the ratios say more."
    )
    versions = ", ".join(
        f"{name} {version(name).partition('+')[0]}" for name in ("torch", "thop", "fvcore", "torchinfo")
    )
    points = (
        (f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()}",),
        (f"Python {platform.python_version()}, {versions}, ptflops {version('ptflops')}",),
        ("written by ", Code("make bench")),
    )
    return Section("Measured", lead, points=points)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))


def _tables(repetitions: int) -> Iterator[Section]:
    headings = columns("Command", "#Takes", "#Ratio", "#At most", "Met")
    lead = "Each command in a process of its own, with the time that it takes to start Python and to import PyTorch."
    yield Section(
        "Whole commands", lead, table=Table(headings, tuple(row.cells for row in whole_commands(repetitions)))
    )
    yield _shares()
    yield Section("What was tried for all specs", points=tuple((point,) for point in _TRIED))
    lead = (
        "The baseline of specs/ on an image of 640×640, in a process that has imported everything. The ratio is what"
        " auditor.profile takes of the other's time, for a count by module and operator."
    )
    headings = columns("Counter", "#Takes", "#Ratio", "#At most", "Met")
    yield Section("Profiling", lead, table=Table(headings, tuple(row.cells for row in counters(repetitions))))
    seconds, memory, params = decoder()
    rows = (
        ("Time", f"{seconds:.1f} s", "10 s", "yes" if seconds <= 10 else "no"),
        ("Memory beyond PyTorch's own", f"{memory / 1e6:.0f} MB", "1000 MB", "yes" if memory <= 1e9 else "no"),
    )
    lead = f"A decoder of {params:,} parameters, audited from a spec with a factory (benchmarks/decoder.yaml)."
    yield Section("Size", lead, table=Table(columns("", "#Takes", "#At most", "Met"), rows))
    found = many_modules(min(repetitions, 3))
    per_module = {number: seconds / int(number) for number, seconds in found.items()}
    cells = tuple((f"{int(n):,}", f"{found[n]:.2f} s", f"{per_module[n] * 1e6:.0f} µs") for n in found)
    table = Table(columns("#Modules", "#Takes", "#For each"), cells)
    yield Section("Many modules", "A row of small layers, profiled; in seconds of one core.", table=table)


_TRIED = (
    "Kept: processes that draw get ready while PyTorch is imported; copies of the main process help to measure and to"
    " explain; pages are written while pictures are drawn; a PNG is drawn in bands that a processor's cache has room"
    " for, in half of the time that Graphviz takes; a diagram is laid out once for all of its files, and letters in"
    " plots not at all; each spec is read once; stages that are built only for their sizes get no values.",
    "Given up, since it took as long or longer: loading PyTorch's libraries while specs are read (they are loaded one"
    " at a time); one process that draws in place of two; measuring without help; other priorities.",
)


def _shares() -> Section:
    """Where the time of all specs goes, and what could become of it."""
    spent = phases()
    first = sum(spent[name] for name in _FIRST)
    best = first + (sum(spent.values()) - first) / 2
    lead = (
        f"In one process. What comes first, up to importing the auditor, takes {first:.2f} s, and nothing else can"
        " begin before that. If two processes shared the rest without any loss, all of it would take"
        f" {best:.2f} s. They do not: those that draw have to import what they draw with, those that measure and"
        " explain are copied and hand over what they find, and they slow each other down."
    )
    rows = tuple((name, f"{seconds:.2f} s") for name, seconds in spent.items())
    return Section("Where the time of all specs goes", lead, table=Table(columns("What", "#Takes"), rows))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=7, help="how often everything is done (7)")
    parser.add_argument("--print", action="store_true", help="print the figures and write nothing")
    options = parser.parse_args()
    found = page(options.repetitions)
    if options.print:
        show([found], sys.stdout)
    else:
        PAGE.write_text(markdown(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
