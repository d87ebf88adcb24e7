"""Runs that are told again: the same to the byte where nothing has changed, and never where anything has."""

from __future__ import annotations

import json
import os
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import auditor.auditing
from auditor.cli import main
from auditor.recall import Outcome, recalled
from tests.conftest import ROOT


def gate(wide: int) -> int:
    """The parameters of a CBAM on 3 channels, so wide within: two layers with biases, a 7×7 convolution and a norm."""
    return 2 * 3 * wide + wide + 3 + 2 * 7 * 7 + 2


PARAMS, WIDER = gate(1), gate(3)
BASE = """\
name: {name}
title: A gate
input: [3, 8, 8]
model: {{gate: {{block: cbam, reduction: 3}}}}
budgets: {{params(): 1K}}
"""
SMALL = f"""\
name: small
title: A small model
extends: base.yaml
documents:
  readme: {{title: A README, file: README.md}}
claims:
  - {{doc: readme, line: 3, says: '{PARAMS:,}', of: params()}}
  - {{doc: readme, line: 4, says: '{PARAMS:,}', of: params(other)}}
"""
README = f"# A model\n\nIt has {PARAMS:,} parameters,\nand so has the other one: {PARAMS:,}.\n"
ONE = "specs/small.yaml"


@dataclass(frozen=True)
class Told:
    """What a run printed, and how it ended; whether it was told again or done anew."""

    out: str
    code: int
    again: bool


class NotKnownError(Exception):
    """There is nothing to tell again."""


class Command:
    """The command, as if in a process of its own; `meanwhile` is done after the specs were read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.meanwhile: Callable[[], object] = list
        self._capsys = capsys
        self._may_run = True
        self._again = False
        self._audit_each = auditor.auditing.audit_each
        monkeypatch.setattr("auditor.commands.audit.is_alone", lambda: True)
        monkeypatch.setattr("auditor.commands.audit.recalled", self._recalled)
        monkeypatch.setattr(auditor.auditing, "audit_each", self._audited)

    def __call__(self, *arguments: str) -> Told:
        """Run it."""
        self._again = False
        code = main(arguments)
        return Told(self._capsys.readouterr().out, code, self._again)

    def knows(self, *arguments: str) -> bool:
        """Whether a run would be told again; if not, it is not done either."""
        self._may_run = False
        try:
            return self(*arguments).again
        except NotKnownError:
            return False
        finally:
            self._may_run = True

    def _recalled(self, name: str) -> Outcome | None:
        known = recalled(name)
        self._again = known is not None
        if not (known or self._may_run):
            raise NotKnownError
        return known

    def _audited(self, *arguments: object, **options: object) -> object:
        self.meanwhile()
        return self._audit_each(*arguments, **options)  # type: ignore[arg-type]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of three specs, of which one extends and one compares itself with another, drawn up to date."""
    folder = tmp_path_factory.mktemp("drawn")
    specs = folder / "specs"
    specs.mkdir()
    (folder / "docs").mkdir()
    for name in ("base", "other"):
        (specs / f"{name}.yaml").write_text(BASE.format(name=name), encoding="utf-8")
    (specs / "small.yaml").write_text(SMALL, encoding="utf-8")
    (specs / "README.md").write_text(README, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["specs", "--cache", "off"]) == 0
    return folder


@pytest.fixture
def project(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project, as the working directory."""
    folder = tmp_path / "project"
    shutil.copytree(drawn, folder)
    monkeypatch.chdir(folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def replaced(file: str, old: str, new: str) -> Callable[[], object]:
    """Replace some text of a file."""

    def replace() -> None:
        path = Path(file)
        assert old in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return replace


WRONG = replaced(ONE, "of: params()", "of: 2 * params()")


# What is told again


@pytest.mark.parametrize(
    "arguments",
    [
        [ONE],
        ["specs"],
        ["specs", "--check"],
        [ONE, "--json", "-"],
        [ONE, "--json", "audit.json"],
        [ONE, "--reports", "out/reports", "--diagrams", "out/pictures"],
    ],
    ids=" ".join,
)
def test_a_run_is_told_again_to_the_byte(project: Path, command: Command, arguments: list[str]) -> None:
    first = command(*arguments)
    written = contents(project)
    second = command(*arguments)
    assert (first.again, second.again) == (False, True)
    assert (second.out, second.code) == (first.out, first.code)
    anew = command(*arguments, "--cache", "off")
    assert (anew.out, anew.code, contents(project)) == (first.out, first.code, written)


def test_findings_are_told_again_with_their_exit_code(project: Path, command: Command) -> None:
    WRONG()
    assert [command(ONE).code, command(ONE).code] == [1, 1]
    assert command.knows(ONE)


def test_specs_are_told_again_right_beside_what_was_made_of_them(
    project: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("specs")
    command("small.yaml", "--json", "audit.json")
    assert command.knows("small.yaml", "--json", "audit.json")
    Path("reports/more.yaml").write_text(BASE.format(name="more"), encoding="utf-8")
    assert not command.knows("small.yaml", "--json", "audit.json")


# What is told anew


@pytest.mark.parametrize(
    ("arguments", "change", "shown"),
    [
        pytest.param([ONE], WRONG, f"measured {2 * PARAMS}", id="a claim"),
        pytest.param([ONE], replaced("specs/base.yaml", "3}", "1}"), f"measured {WIDER:,}", id="the spec it extends"),
        pytest.param([ONE], replaced("specs/other.yaml", "3}", "1}"), f"measured {WIDER:,}", id="one it refers to"),
        pytest.param([ONE], Path("specs/README.md").unlink, "Not at hand", id="a document is gone"),
        pytest.param(
            [ONE, "--documents", "docs"],
            lambda: shutil.copy("specs/README.md", "docs"),
            "Read again, and as claimed: readme",
            id="a document has come",
        ),
        pytest.param(
            ["specs"],
            lambda: Path("specs/more.yaml").write_text(BASE.format(name="more")),
            "4 of 4 specs pass",
            id="a further spec",
        ),
    ],
)
def test_what_has_changed_is_told_anew(
    project: Path, command: Command, arguments: list[str], change: Callable[[], object], shown: str
) -> None:
    assert shown not in command(*arguments).out
    change()
    second = command(*arguments)
    assert not second.again
    assert shown in second.out
    assert command(*arguments) == Told(second.out, second.code, again=True)


@pytest.mark.parametrize(
    ("arguments", "change"),
    [
        ([ONE], Path("specs/more.yaml").touch),
        ([ONE], Path("specs/further").mkdir),
        ([ONE, "--documents", "docs"], Path("docs").rmdir),
        ([ONE, "--import", "specs/other.yaml", "--cache", "all"], Path("specs/other.yaml").unlink),
        ([ONE], Path("reports/small.md").unlink),
        ([ONE], Path("diagrams/small-claims.svg").unlink),
        (["specs"], Path("reports/coverage.json").unlink),
        (["specs"], Path("reports/README.md").unlink),
        ([ONE, "--check"], Path("diagrams/small.png").unlink),
        (["specs", "--check"], Path("reports/more.md").touch),
        ([ONE, "--json", "audit.json"], Path("audit.json").unlink),
    ],
)
def test_what_has_come_or_gone_is_noticed(
    project: Path, command: Command, arguments: list[str], change: Callable[[], object]
) -> None:
    command(*arguments)
    assert command.knows(*arguments)
    change()
    assert not command.knows(*arguments)


def test_every_byte_of_every_file_matters(project: Path, command: Command) -> None:
    arguments = ("specs", "--json", "audit.json")
    command(*arguments)
    files = sorted(path for path in project.rglob("*") if path.is_file())

    @settings(max_examples=30)
    @given(st.sampled_from(files), st.integers(0), st.integers(1, 255))
    def flip(path: Path, place: int, bits: int) -> None:
        before = path.read_bytes()
        place %= len(before)
        path.write_bytes(before[:place] + bytes([before[place] ^ bits]) + before[place + 1 :])
        assert not command.knows(*arguments)
        path.write_bytes(before)
        assert command.knows(*arguments)

    flip()


@pytest.mark.parametrize(
    "more",
    [["--strict"], ["--check"], ["--documents", "docs"], ["--reports", "r"], ["--json", "-"], ["specs/base.yaml"]],
)
def test_other_options_are_another_run(project: Path, command: Command, more: list[str]) -> None:
    command(ONE)
    assert not command.knows(ONE, *more)


def test_what_is_around_a_run_matters(
    project: Path, command: Command, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = str(project / ONE)
    command(spec)
    for name, value in (("COLUMNS", "60"), ("NO_COLOR", "1"), ("FORCE_COLOR", "1"), ("ANY_OTHER", "")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert not command.knows(spec)
    with monkeypatch.context() as patch:
        patch.chdir(project / "docs")
        assert not command.knows(spec)
    monkeypatch.setenv("SHLVL", "7")
    assert command.knows(spec)


@pytest.mark.parametrize("name", ["a_package-2.0.dist-info/METADATA", "a_package/__init__.py", "yaml.py", "a.pth"])
def test_what_can_be_imported_matters(
    project: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    monkeypatch.syspath_prepend(packages)
    command(ONE)
    assert command.knows(ONE)
    (packages / name).parent.mkdir(exist_ok=True)
    (packages / name).touch()
    assert not command.knows(ONE)


def saved_and_restored() -> None:
    path = Path("specs/base.yaml")
    before = path.read_bytes()
    path.write_bytes(before.replace(b"3}", b"1}"))
    path.write_bytes(before)


@pytest.mark.parametrize(
    "change", [WRONG, replaced("specs/base.yaml", "3}", "1}"), saved_and_restored, Path("specs/more.yaml").touch]
)
def test_a_run_during_which_something_changes_is_not_told_again(
    project: Path, command: Command, change: Callable[[], object]
) -> None:
    command.meanwhile = change
    command(ONE)
    assert not command.knows(ONE)


def test_data_that_is_written_among_the_specs_is_one_more(project: Path, command: Command) -> None:
    assert [command("specs", "--json", "specs/more.yaml").code for _ in range(2)] == [0, 2]


def test_a_report_that_is_a_document_of_its_own_spec_is_not_mistaken_for_the_one_that_was_read(
    project: Path, command: Command
) -> None:
    replaced(ONE, "file: README.md", "file: ../reports/small.md")()
    for reports in ("reports", "specs/../reports"):
        shutil.rmtree("reports", ignore_errors=True)
        assert "Not at hand" in command(ONE, "--reports", reports).out
        assert not command.knows(ONE, "--reports", reports)


# Pipes, links and names


def test_what_comes_through_a_pipe_is_never_told_again(project: Path, command: Command) -> None:
    pipe = -1
    for title in ("One", "Another"):
        read, write = os.pipe()
        os.write(write, BASE.replace("A gate", title).format(name="piped").encode())
        os.close(write)
        pipe = read if pipe < 0 else os.dup2(read, pipe)
        assert command(f"/dev/fd/{pipe}").out.startswith(title)
    os.close(read)
    os.close(pipe)


def test_data_goes_through_a_pipe_each_time(project: Path, command: Command) -> None:
    os.mkfifo("pipe")
    for _ in range(2):
        reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE)
        assert not command(ONE, "--json", "pipe").again
        assert json.loads(reader.communicate()[0])["audits"][0]["spec"] == "small"


def test_a_pipe_in_a_documents_place_is_passed_over(project: Path, command: Command) -> None:
    os.mkfifo("docs/README.md")
    for _ in range(2):
        assert "Not at hand" in command(ONE, "--documents", "docs").out
    Path("docs/README.md").unlink()
    shutil.copy("specs/README.md", "docs")
    assert "Read again" in command(ONE, "--documents", "docs").out


def test_steps_up_after_a_link_lead_where_the_link_leads(project: Path, command: Command) -> None:
    replaced(ONE, "file: README.md", "file: ../docs/README.md")()
    Path("real").mkdir()
    Path("specs").rename("real/specs")
    Path("linked").symlink_to("real/specs")
    assert "Not at hand" in command("linked/small.yaml").out
    assert command.knows("linked/small.yaml")
    Path("real/docs").mkdir()
    shutil.copy("real/specs/README.md", "real/docs")
    assert "Read again" in command("linked/small.yaml").out


def test_where_links_lead_matters(project: Path, command: Command) -> None:
    shutil.copytree("specs", "same")
    Path("linked").symlink_to("specs")
    command("linked/small.yaml")
    assert command.knows("linked/small.yaml")
    Path("linked").unlink()
    Path("linked").symlink_to("same")
    assert not command.knows("linked/small.yaml")


def test_links_that_are_not_followed_matter(project: Path, command: Command) -> None:
    Path("specs/alias.yaml").symlink_to("other.yaml")
    Path("docs/alias.yaml").symlink_to(project / ONE)
    for run in ((ONE,), (ONE, "docs/alias.yaml")):
        command(*run)
        assert command.knows(*run)
    Path("docs/alias.yaml").unlink()
    shutil.copy(ONE, "docs/alias.yaml")
    assert not command.knows(ONE, "docs/alias.yaml")
    Path("specs/alias.yaml").unlink()
    Path("specs/alias.yaml").symlink_to("base.yaml")
    assert not command.knows(ONE)


def test_names_that_are_no_text_are_no_obstacle(project: Path, command: Command) -> None:
    spec = os.fsdecode(b"specs/\xff.yaml")
    Path(ONE).rename(spec)
    assert command(spec).out == command(spec).out
    assert command.knows(spec)
    replaced(spec, "A small", "Another")()
    assert command(spec).out.startswith("Another")


# Anybody's code


NETS = """\
from pathlib import Path
from torch import nn
import helper

class Net(nn.Linear):
    def __init__(self):
        super().__init__(8, int(Path(__file__).with_name("width.txt").read_text()) * helper.TIMES)
"""
NET = """\
name: net
title: A net
input: [8]
model: {factory: "nets:Net"}
budgets: {params(): 1K}
"""
ALL = ("net.yaml", "--cache", "all")


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A spec with a factory, the modules it is made of, and a file that these read, as the working directory."""
    texts = {"net.yaml": NET, "nets.py": NETS, "helper.py": "TIMES = 2\n", "width.txt": "3"}
    monkeypatch.chdir(tmp_path)
    for name, text in texts.items():
        Path(name).write_text(text, encoding="utf-8")
    return {name: tmp_path / name for name in texts}


def test_a_run_of_anybodys_code_is_told_again_only_on_demand(nets: dict[str, Path], command: Command) -> None:
    command("net.yaml")
    assert not command.knows("net.yaml")
    assert not command.knows(*ALL)
    assert f"The model has {8 * 6 + 6} parameters" in command(*ALL).out
    py_compile.compile("nets.py")
    assert command.knows(*ALL)
    assert not command.knows("net.yaml")


@pytest.mark.parametrize("is_compiled", [False, True])
def test_anybodys_code_and_what_it_reads_are_part_of_a_run(
    nets: dict[str, Path], command: Command, is_compiled: bool
) -> None:
    for path in nets.values():
        if is_compiled and path.suffix == ".py":
            py_compile.compile(str(path))
    command(*ALL)
    for path in nets.values():
        before = path.read_bytes()
        assert command.knows(*ALL)
        path.write_bytes(before + b" ")
        assert not command.knows(*ALL)
        path.write_bytes(before)
    (nets["nets.py"].parent / "torch.py").touch()
    assert not command.knows(*ALL)


def test_what_a_copy_of_the_process_reads_is_part_of_a_run(
    nets: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in ("other", "third"):
        Path(f"{name}.yaml").write_text(NET.replace("name: net", f"name: {name}"), encoding="utf-8")
    command = [sys.executable, str(ROOT / "audit.py"), "net.yaml", "other.yaml", "third.yaml", *ALL[1:], "--jobs", "3"]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")), "PYTEST_CURRENT_TEST": ""}

    def run() -> tuple[str, bool]:
        told = subprocess.run([*command[:1], "-X", "importtime", *command[1:]], env=environment, capture_output=True)
        return told.stdout.decode(), b" torch\n" not in told.stderr

    first, was_told_again = run()
    assert first.count(f"The model has {8 * 6 + 6} parameters") == 3
    assert not was_told_again
    assert run() == (first, True)
    nets["width.txt"].write_text("4")
    changed, was_told_again = run()
    assert changed.count(f"The model has {8 * 8 + 8} parameters") == 3
    assert not was_told_again


WRITE_THEN_READ = """
        with count.open("a") as file:
            file.write(".")
        super().__init__(8, len(count.read_text()))
"""
READ_THEN_WRITE = """
        times = len(count.read_text()) if count.exists() else 1
        count.write_text("." * (times + 1))
        super().__init__(8, times)
"""


@pytest.mark.parametrize("body", [WRITE_THEN_READ, READ_THEN_WRITE])
def test_code_that_follows_from_what_it_wrote_before_is_run_each_time(
    nets: dict[str, Path], command: Command, body: str
) -> None:
    count = '        count = Path(__file__).with_name("count.txt")'
    nets["nets.py"].write_text(NETS[: NETS.index("        super")] + count + body, encoding="utf-8")
    for times in (1, 2, 3):
        assert f"The model has {8 * times + times} parameters" in command(*ALL).out


def test_what_code_only_writes_is_no_part_of_a_run(nets: dict[str, Path], command: Command) -> None:
    log = nets["nets.py"].parent / "logs/log.txt"
    log.parent.mkdir()
    log.touch()
    with nets["nets.py"].open("a", encoding="utf-8") as file:
        file.write(f"        with open({str(log)!r}, 'a') as log:\n            log.write('.')\n")
    command(*ALL)
    times = len(log.read_text(encoding="utf-8"))
    assert command(*ALL).again
    assert times == len(log.read_text(encoding="utf-8")) > 0


def test_code_that_changes_its_spec_is_run_again(nets: dict[str, Path], command: Command) -> None:
    with nets["nets.py"].open("a", encoding="utf-8") as file:
        file.write("        spec = Path(__file__).with_name('net.yaml')\n")
        file.write("        spec.write_text(spec.read_text().replace('A net', 'The net'))\n")
    assert command(*ALL).out.startswith("A net")
    assert command(*ALL).out.startswith("The net")


# Where runs are kept


def entries(cache: Path) -> list[Path]:
    folder = cache / "model-auditor"
    return list(folder.iterdir()) if folder.exists() else []


def test_without_a_cache_nothing_is_read_or_kept(project: Path, command: Command, cache: Path) -> None:
    command(ONE, "--cache", "off")
    assert not entries(cache)
    command(ONE)
    (entry,) = entries(cache)
    before = entry.stat()
    assert not command(ONE, "--cache", "off").again
    assert entries(cache) == [entry]
    assert entry.stat() == before


def test_a_process_that_has_pytorch_neither_tells_again_nor_keeps(project: Path, cache: Path) -> None:
    main([ONE])
    assert not entries(cache)


def test_wrong_input_and_complaints_are_never_kept(project: Path, command: Command, cache: Path) -> None:
    Path("reports/small.md").unlink()
    assert command(ONE, "--check").code == 1
    replaced(ONE, "title", "tilte")()
    assert command(ONE).code == 2
    assert not entries(cache)


def test_what_was_damaged_is_passed_over(project: Path, command: Command, cache: Path) -> None:
    command(ONE)
    (first,) = entries(cache)
    command(ONE, "--strict")
    (second,) = {*entries(cache)} - {first}
    kept = first.read_bytes()
    foreign = json.dumps({"text": 5, "code": "", "seen": []}).encode()
    flipped = kept[:100] + bytes([kept[100] ^ 1]) + kept[101:]
    for content in (b"", kept[:20], kept[:-1], kept + b"0", flipped, foreign, second.read_bytes()):
        first.write_bytes(content)
        assert not command.knows(ONE)
    first.unlink()
    first.mkdir()
    assert command(ONE).code == 0


@pytest.mark.parametrize("place", ["/proc/nowhere", "{file}", "relative"])
def test_where_nothing_can_be_kept_nothing_is_lost(
    project: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", place.format(file=tmp_path / "file"))
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as for a user that has no home
    before = contents(project)
    assert command(ONE).code == 0
    assert not command.knows(ONE)
    assert contents(project) == before


def test_a_relative_place_for_caches_is_none(
    project: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    command(ONE)
    assert command.knows(ONE)
    assert len(entries(tmp_path / ".cache")) == 1


def test_a_hundred_runs_are_kept(project: Path, command: Command, cache: Path) -> None:
    folder = cache / "model-auditor"
    folder.mkdir(parents=True)
    for number in range(120):
        (folder / str(number)).touch()
        os.utime(folder / str(number), (number, number))
    command(ONE)
    assert command.knows(ONE)
    assert {path.name for path in entries(cache) if path.name.isdecimal()} >= {str(n) for n in range(21, 120)}
    assert len(entries(cache)) == 100


# In processes of their own


@dataclass(frozen=True)
class Program:
    """A copy of the auditor, run in a copy of the project."""

    folder: Path
    project: Path
    cache: Path

    def start(self, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
        """Run it; standard error says what it imports."""
        return subprocess.Popen(
            [sys.executable, "-X", "importtime", str(self.folder / "audit.py"), ONE],
            cwd=self.project,
            env=os.environ | {"XDG_CACHE_HOME": str(self.cache), "PYTEST_CURRENT_TEST": ""},
            stdout=stdout,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


@pytest.fixture(scope="module")
def program(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program of which two runs were started at once, and told the same."""
    program = Program(*map(tmp_path_factory.mktemp, ("program", "project", "cache")))
    shutil.copytree(ROOT / "auditor", program.folder / "auditor")
    shutil.copy(ROOT / "audit.py", program.folder)
    shutil.copytree(drawn, program.project, dirs_exist_ok=True)
    runs = [program.start(), program.start()]
    assert len({run.communicate()[0] for run in runs}) == 1
    assert [run.returncode for run in runs] == [0, 0]
    return program


def test_what_two_runs_kept_at_once_is_told_again_without_pytorch(program: Program) -> None:
    run = program.start()
    out, imported = run.communicate()
    assert run.returncode == 0
    assert out.startswith("A small model")
    assert "auditor.recall" in imported
    assert not any(name in imported for name in ("torch", "numpy", "yaml", "auditor.spec"))


def test_nobody_listening_is_no_trouble(program: Program) -> None:
    read, write = os.pipe()
    os.close(read)
    run = program.start(stdout=write)
    os.close(write)
    assert "Error" not in run.communicate()[1]
    assert run.returncode == 1


def test_the_auditors_own_code_is_part_of_a_run(program: Program) -> None:
    file = program.folder / "auditor/render/html/page.css"
    before = file.read_bytes()
    file.write_bytes(before + b" ")
    try:
        with program.start() as run:
            assert any("torch" in line for line in run.stderr or ())
            run.kill()
    finally:
        file.write_bytes(before)
