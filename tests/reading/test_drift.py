"""Documents drift: a claim must still be printed where it was read, if the document is at hand."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.errors import AuditError
from auditor.reading.drift import DriftError, read_documents
from auditor.spec import Spec, load
from tests.conftest import ROOT

TEXT = "# A model\n\nIt has **489K** parameters,\nwhich is 47.2% less.\n"
SPEC = """\
name: model
title: A model
input: [3, 32, 32]
model: {{backbone: {{block: mobilenet_v1, width: 0.25}}}}
documents:
  readme: {{title: A README, file: README.md, sha256: {sha256}}}
claims:
  - {{doc: readme, line: 3, says: 489K parameters, of: params()}}
  - {{doc: readme, line: 4, says: 47.2% less, of: 1 - params() / params(backbone)}}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    path = tmp_path / "model.yaml"
    path.write_text(SPEC.format(sha256=hashlib.sha256(TEXT.encode()).hexdigest()), encoding="utf-8")
    return load(path)


def drift(spec: Spec, folder: Path, text: str) -> list[str]:
    (folder / "README.md").write_bytes(text.encode())
    with pytest.raises(DriftError) as error:
        read_documents(spec, folder)
    return [line.removeprefix(f"{spec.path}:") for line in str(error.value).split("\n")]


def test_a_document_that_prints_what_is_claimed_is_read(spec: Spec, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(TEXT.encode())
    assert read_documents(spec, tmp_path).keys() == {"readme"}


def test_a_document_that_is_not_at_hand_is_passed_over(spec: Spec, tmp_path: Path) -> None:
    assert read_documents(spec, tmp_path) == {}


def test_a_folder_that_is_none_is_a_mistake(spec: Spec, tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="nowhere: is no folder"):
        read_documents(spec, tmp_path / "nowhere")


def test_a_figure_that_moved_is_shown_where_it_went(spec: Spec, tmp_path: Path) -> None:
    assert drift(spec, tmp_path, TEXT.replace("# A model\n", "# A model\n\nIt is new.\n")) == [
        "8:5: readme:3 does not print '489K parameters'; line 5 does",
        "9:5: readme:4 does not print '47.2% less'; line 6 does",
    ]


def test_a_figure_that_is_gone_is_said_to_be(spec: Spec, tmp_path: Path) -> None:
    assert drift(spec, tmp_path, TEXT.replace("489K", "493K")) == [
        "8:5: readme:3 does not print '489K parameters'; no line does"
    ]
    assert len(drift(spec, tmp_path, "")) == 2


def test_a_change_elsewhere_wants_a_new_checksum(spec: Spec, tmp_path: Path) -> None:
    text = TEXT + "It is fast.\n"
    (message,) = drift(spec, tmp_path, text)
    assert message.startswith("6:11: 'readme' has changed, but prints all that is claimed")
    assert message.endswith(hashlib.sha256(text.encode()).hexdigest())


SEEDS = ROOT.parent / "shared" / "seeds"


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the documents that the project's specs speak of are not at hand")
@pytest.mark.parametrize("path", sorted((ROOT / "specs").glob("**/*.yaml")), ids=lambda path: path.stem)
def test_the_projects_own_documents_print_what_is_claimed_of_them(path: Path) -> None:
    spec = load(path)
    with_files = [name for name, document in spec.documents.items() if document.file]
    assert list(read_documents(spec, SEEDS)) == with_files


def test_without_a_document_at_hand_nothing_that_reads_markdown_is_imported() -> None:
    code = "import sys, auditor.reading.drift; print('markdown_it' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("False\n", "")


def test_a_document_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(SPEC.format(sha256="0" * 64).replace("README.md", "x" * 300), encoding="utf-8")
    with pytest.raises(AuditError, match="cannot be read: File name too long"):
        read_documents(load(path))
