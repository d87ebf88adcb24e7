"""Pictures are drawn once, and known for what they were drawn from."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from auditor.auditing import Audit
from auditor.cli import main
from auditor.render.diagram.drawing import diagram
from auditor.render.pictures import DPI, FORMATS, Picture, begun, drawn, is_drawn
from auditor.render.plots import overall, plots
from tests.conftest import ROOT

T = TypeVar("T")
R = TypeVar("R")

BARE = {
    "svg": b"<svg/>\n",
    "pdf": b"%PDF-1.5\n%%EOF\n",
    "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 30 + b"\0\0\0\0IEND\xaeB`\x82",
}


def picture(source: str = "a", dpi: int = DPI) -> Picture:
    return Picture("one", "One.", source, lambda format: BARE[format], dpi)


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_is_not_drawn_again_from_the_same_source(tmp_path: Path, format: str) -> None:
    (content,) = drawn([(picture(), [format])], tmp_path).values()
    (tmp_path / f"one.{format}").write_bytes(content)

    def never(format: str) -> bytes:
        raise AssertionError("drawn again")

    again = drawn([(Picture("one", "One.", "a", never), [format])], tmp_path)
    assert again == {tmp_path / f"one.{format}": content}


@pytest.mark.parametrize("format", FORMATS)
def test_another_source_or_a_changed_file_is_noticed(tmp_path: Path, format: str) -> None:
    (content,) = drawn([(picture(), [format])], tmp_path).values()
    assert is_drawn(picture(), format, content)
    assert not is_drawn(picture("b"), format, content)
    for place in range(0, len(content), 7):
        assert not is_drawn(picture(), format, content[:place] + b"?" + content[place + 1 :])
    assert not is_drawn(picture(), format, content + b"\n")
    assert not is_drawn(picture(), format, b"")
    assert not is_drawn(picture(), format, BARE[format])


def test_only_what_is_missing_is_drawn_and_by_what_was_given(tmp_path: Path) -> None:
    pictures = [Picture(name, "One.", "a", lambda format: BARE[format]) for name in ("one", "two", "three")]
    wanted = [(one, ("svg", "pdf")) for one in pictures]
    (tmp_path / "two.svg").write_bytes(drawn(wanted, tmp_path)[tmp_path / "two.svg"])
    jobs: list[object] = []

    def begin(work: Callable[[T], R], job: T) -> Callable[[], R]:
        jobs.append(job)
        return lambda: work(job)

    files = {path: file.value for path, file in begun(wanted, tmp_path, begin).items()}
    assert files == drawn(wanted, tmp_path)
    assert [path.name for path in files] == [f"{one.name}.{format}" for one in pictures for format in ("svg", "pdf")]
    assert jobs == [(one.draw, ("pdf",) if one.name == "two" else ("svg", "pdf")) for one in pictures]


def test_drawing_begins_while_further_pictures_are_still_being_made(tmp_path: Path) -> None:
    happened: list[str] = []

    def draw(format: str) -> bytes:
        happened.append("drawn")
        return BARE[format]

    def wanted() -> Iterator[tuple[Picture, list[str]]]:
        for name in ("one", "two"):
            happened.append("made")
            yield Picture(name, "One.", "a", draw), ["svg"]

    drawn(wanted(), tmp_path)
    assert happened == ["made", "drawn"] * 2


WORKER = """
import pickle, sys
drawn = [draw(format) for draw, format in pickle.load(sys.stdin.buffer)]
pickle.dump((drawn, "torch" in sys.modules), sys.stdout.buffer)
"""


def test_a_process_without_pytorch_draws_the_same(audits: dict[str, Audit]) -> None:
    one = audits["v1"]
    jobs = [(picture.draw, "svg") for picture in (diagram(one), *plots(one), overall([one]))]
    sent = pickle.dumps(jobs)
    assert len(sent) < 100_000
    done = subprocess.run([sys.executable, "-c", WORKER], input=sent, capture_output=True, cwd=ROOT, check=True)
    assert pickle.loads(done.stdout) == ([draw(format) for draw, format in jobs], False)


def test_nothing_that_draws_is_imported_while_all_pictures_are_true(small: Callable[..., Path]) -> None:
    spec = str(small("budgets: {params(): 1M}\n"))
    assert main([spec]) == 0
    script = f"import sys; from auditor.cli import main; main(['--cache', 'off', {spec!r}]); print(*sys.modules)"
    again = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True, text=True
    )
    imported = again.stdout.splitlines()[-1].split()
    assert "auditor.render.plots" in imported
    assert not {"matplotlib", "pygraphviz", "PIL"} & set(imported)


def test_density_matters_only_where_there_are_dots(tmp_path: Path) -> None:
    for format in FORMATS:
        (content,) = drawn([(picture(dpi=300), [format])], tmp_path).values()
        assert is_drawn(picture(dpi=600), format, content) == (format != "png")


def test_a_sealed_png_still_ends_with_its_last_chunk(tmp_path: Path) -> None:
    (content,) = drawn([(picture(), ["png"])], tmp_path).values()
    assert content.endswith(BARE["png"][-12:])
    assert b"tEXtsha256" in content
