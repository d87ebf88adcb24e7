"""The scan as a user meets it: what it prints of a document, what it drafts, and how it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import main
from tests.conftest import ROOT
from tests.test_cli import files, run

Write = Callable[..., Path]
Output = pytest.CaptureFixture[str]

README = """\
# A small model

`small` v2 has **489K** parameters and 3 heads × 3 sorts = 8 modules.
The latency is 12 ms.
"""
CLAIMED = "claims: [{doc: readme, line: 3, says: 489K parameters, of: params()}]\n"
DRIFTED = "claims: [{doc: readme, line: 4, says: 489K parameters, of: params()}]\n"


@pytest.fixture
def readme(small: Write) -> str:
    """A document with six figures: a name, and five that are claims until a spec takes one in."""
    Path("README.md").write_text(README, encoding="utf-8")
    return "README.md"


def sections(printed: str) -> dict[str, list[str]]:
    """What is printed, by the headings that stand by themselves after an empty line."""
    parts = re.split(r"(?:^|\n)\n([A-Z][^\n│|:]{2,40})\n", printed)
    return {
        title: [line for line in text.split("\n") if line] for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_a_scan_tells_what_is_covered_what_does_not_add_up_and_what_to_claim(
    small: Write, readme: str, capsys: Output
) -> None:
    assert main(["scan", readme, "--spec", str(small(CLAIMED))]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Scan of README.md\n")
    shown = sections(printed)
    assert list(shown) == ["Answer", "What does not add up", "Set aside", "Overlooked"]
    assert shown["Answer"] == [
        "6 figures: 1 are claimed, 1 are set aside, 4 are overlooked. Coverage is 20% of the 5 that say something about"
        " a model. Quoted by small. 1 of its figures contradict others in it."
    ]
    slip = shown["What does not add up"][-1].split()
    assert (slip[0], slip[1]) == ("3", "8")
    assert "9" in slip
    assert [line.split()[:6] for line in shown["Set aside"][2:]] == [["part", "of", "a", "name", "1", "v2"]]
    assert printed.endswith(
        """
claims:
  # - {doc: readme, line: 3, says: "3", of: ""}
  # - {doc: readme, line: 3, says: "3", occurrence: 2, of: ""}
  # - {doc: readme, line: 3, says: "8", of: ""}
  - {doc: readme, line: 4, says: "12 ms", of: reported(a_small_model), needs: the device it was measured on.}
"""
    )


def test_without_a_spec_every_figure_is_overlooked(readme: str, capsys: Output) -> None:
    assert main(["scan", readme]) == 0
    printed = capsys.readouterr().out
    assert "6 figures: 0 are claimed, 1 are set aside, 5 are overlooked." in printed
    assert "No spec given speaks of this document." in printed
    assert '  - {doc: document, line: 3, says: "489K", of: params()}' in printed


def test_a_spec_of_another_document_says_nothing_of_this_one(small: Write, readme: str, capsys: Output) -> None:
    spec = small(CLAIMED)
    spec.write_text(spec.read_text(encoding="utf-8").replace("README.md", "MODEL.md"), encoding="utf-8")
    assert main(["scan", readme, "--spec", str(spec)]) == 0
    assert "No spec given speaks of this document." in capsys.readouterr().out


def test_a_document_without_figures_is_covered(small: Write, capsys: Output) -> None:
    Path("README.md").write_text("# A model\n\nIt is small.\n", encoding="utf-8")
    assert main(["scan", "README.md", "--min-coverage", "100"]) == 0
    assert list(sections(capsys.readouterr().out)) == ["Answer"]


def test_all_lists_every_figure_with_what_becomes_of_it(small: Write, readme: str, capsys: Output) -> None:
    spec = str(small(CLAIMED))
    assert main(["scan", readme, "--spec", spec, "--all"]) == 0
    listed = sections(capsys.readouterr().out)["Every figure"][2:]
    assert [re.split(r"\s{2,}", line.strip()) for line in listed] == [
        ["3", "v2", "set aside", "part of a name"],
        ["3", "489K", "✓ claimed", "params()"],
        ["3", "3", "✗ overlooked"],
        ["3", "3", "✗ overlooked"],
        ["3", "8", "✗ overlooked"],
        ["4", "12 ms", "✗ overlooked"],
    ]
    assert main(["scan", readme, "--spec", spec]) == 0
    assert "Every figure" not in capsys.readouterr().out


def test_several_documents_are_scanned_one_after_the_other(small: Write, readme: str, capsys: Output) -> None:
    Path("MODEL.md").write_text("It has 12 layers.\n", encoding="utf-8")
    assert main(["scan", readme, "MODEL.md", "--spec", str(small(CLAIMED))]) == 0
    printed = capsys.readouterr().out
    assert re.findall(r"^Scan of (.*)$", printed, re.MULTILINE) == ["README.md", "MODEL.md"]
    assert re.findall(r"Coverage is (\S+) of", printed) == ["20%", "0%"]


def test_all_specs_of_a_folder_are_asked(small: Write, readme: str, capsys: Output) -> None:
    small(CLAIMED, "one")
    small(CLAIMED.replace("line: 3, says: 489K parameters", "line: 4, says: 12 ms"), "two")
    assert main(["scan", readme, "--spec", "specs"]) == 0
    assert "6 figures: 2 are claimed, 1 are set aside, 3 are overlooked." in capsys.readouterr().out


def test_specs_can_be_named_one_by_one(small: Write, readme: str, capsys: Output) -> None:
    one, two = small(CLAIMED, "one"), small(CLAIMED.replace("line: 3, says: 489K", "line: 9, says: 1K"), "two")
    assert main(["scan", readme, "--spec", str(one), "--spec", str(two)]) == 1
    assert "Quoted by one, two." in capsys.readouterr().out


@pytest.mark.parametrize(("least", "code"), [("0", 0), ("20", 0), ("20%", 0), ("19.9", 0), ("20.1", 1), ("100", 1)])
def test_too_little_coverage_fails(small: Write, readme: str, capsys: Output, least: str, code: int) -> None:
    assert main(["scan", readme, "--spec", str(small(CLAIMED)), "--min-coverage", least]) == code
    said = capsys.readouterr().err
    assert said == (f"README.md: 20% of its figures are claimed, less than {least}%\n" if code else "")


def test_of_several_documents_only_the_short_ones_are_named(small: Write, readme: str, capsys: Output) -> None:
    Path("MODEL.md").write_text("It has 12 layers.\n", encoding="utf-8")
    assert main(["scan", readme, "MODEL.md", "--spec", str(small(CLAIMED)), "--min-coverage", "10"]) == 1
    assert capsys.readouterr().err == "MODEL.md: 0% of its figures are claimed, less than 10%\n"


def test_a_coverage_that_is_short_is_never_said_to_be_full(small: Write, capsys: Output) -> None:
    lines = [" ".join(f"{line}{place:02}" for place in range(10, 60)) for line in range(1, 43)]
    Path("README.md").write_text("\n".join([*lines, "and 12."]), encoding="utf-8")
    quotes = (
        f"{{doc: readme, line: {number}, says: '{line}', needs: the author}}" for number, line in enumerate(lines, 1)
    )
    spec = small(f"claims: [{', '.join(quotes)}]\n")
    assert main(["scan", "README.md", "--spec", str(spec), "--min-coverage", "100"]) == 1
    captured = capsys.readouterr()
    assert "Coverage is 99.9% of the 2101" in captured.out
    assert captured.err.startswith("README.md: 99.9% of its figures are claimed")


@pytest.mark.parametrize("least", ["abc", "-1", "100.1", "", "nan", "%", "inf"])
def test_a_coverage_is_asked_for_in_per_cent(readme: str, capsys: Output, least: str) -> None:
    with pytest.raises(SystemExit) as error:
        main(["scan", readme, f"--min-coverage={least}"])
    assert error.value.code == 2
    assert f"'{least}' is no percentage from 0 to 100" in capsys.readouterr().err


def test_a_quote_that_is_not_printed_any_more_fails_and_says_where_it_is_now(
    small: Write, readme: str, capsys: Output
) -> None:
    assert main(["scan", readme, "--spec", str(small(DRIFTED))]) == 1
    shown = sections(capsys.readouterr().out)
    assert shown["What it does not print any more"] == [
        "- specs/small.yaml:9:10: readme:4 does not print '489K parameters'; line 3 does"
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["MISSING.md"], "MISSING.md: cannot be read: No such file or directory"),
        (["specs"], "specs: cannot be read: Is a directory"),
        (["README.md", "MISSING.md"], "MISSING.md: cannot be read"),
        (["README.md", "--spec", "missing.yaml"], "missing.yaml:1:1: cannot be read"),
        (["README.md", "--spec", "specs/small.yaml"], "specs/small.yaml:9:1: unknown key 'claim'"),
        (["README.md", "--spec", "empty"], "empty: there is no spec (*.yaml) in this folder"),
        (["README.md", "--json", "README.md"], "README.md: is read or written by this very run"),
        (["README.md", "--json", "specs"], "specs: cannot be written: Is a directory"),
    ],
)
def test_wrong_input_is_named_in_one_line_and_nothing_is_printed(
    small: Write, readme: str, capsys: Output, arguments: Sequence[str], message: str
) -> None:
    small("claim: []\n")
    Path("empty").mkdir()
    before = files()
    assert main(["scan", *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert files() == before


def test_a_scan_wants_a_document(small: Write) -> None:
    with pytest.raises(SystemExit) as error:
        main(["scan"])
    assert error.value.code == 2


def test_a_scan_writes_nothing_unless_it_is_asked_to(small: Write, readme: str) -> None:
    spec = str(small(CLAIMED))
    before = files()
    assert main(["scan", readme, "--spec", spec]) == 0
    assert files() == before


def data(capsys: Output, *arguments: str) -> Any:
    assert main(["scan", *arguments, "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)


def test_json_on_standard_output_stands_alone_and_tells_everything(small: Write, readme: str, capsys: Output) -> None:
    found = data(capsys, readme, "--spec", str(small(CLAIMED)))
    assert found["version"] == 1
    (scan,) = found["scans"]
    assert (scan["document"], scan["specs"], scan["coverage"]) == ("README.md", ["specs/small.yaml"], 20)
    assert scan["counts"] == {"claimed": 1, "aside": 1, "overlooked": 4}
    assert scan["figures"][:3] == [
        {"line": 3, "says": "v2", "is": "aside", "of": [], "reason": "part of a name"},
        {"line": 3, "says": "489K", "is": "claimed", "of": ["params()"], "reason": None},
        {"line": 3, "says": "3", "is": "overlooked", "of": [], "reason": None},
    ]
    (slip,) = scan["slips"]
    assert (slip["line"], slip["says"], slip["low"], slip["high"]) == (3, "8", 9, 9)
    assert [source["says"] for source in slip["of"]] == ["3", "3"]
    assert len(scan["drafts"]) == 4
    assert scan["drifted"] == []


def test_json_has_every_document(small: Write, readme: str, capsys: Output) -> None:
    Path("MODEL.md").write_text("Größe: 12 layers, café\n", encoding="utf-8")
    found = data(capsys, readme, "MODEL.md")
    assert [scan["document"] for scan in found["scans"]] == ["README.md", "MODEL.md"]


def test_json_to_a_file_leaves_the_page_as_it_is(small: Write, readme: str, capsys: Output) -> None:
    assert main(["scan", readme]) == 0
    page = capsys.readouterr().out
    assert main(["scan", readme, "--json", "out/scan.json"]) == 0
    assert capsys.readouterr().out == page
    assert json.loads(Path("out/scan.json").read_text(encoding="utf-8")) == data(capsys, readme)


def test_json_tells_drift_and_fails_all_the_same(small: Write, readme: str, capsys: Output) -> None:
    assert main(["scan", readme, "--spec", str(small(DRIFTED)), "--json", "-", "--min-coverage", "50"]) == 1
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)["scans"][0]["drifted"]) == 1
    assert "less than 50%" in captured.err


def test_a_document_cannot_command_the_terminal(small: Write, capsys: Output) -> None:
    Path("README.md").write_text("It has \x1b[31m489K\u202e parameters.\n", encoding="utf-8")
    assert main(["scan", "README.md", "--all"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_piped_output_is_plain_and_pasted_as_it_is(small: Write, readme: str) -> None:
    result = run("scan", readme)
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    assert '\n  - {doc: document, line: 3, says: "489K", of: params()}\n' in result.stdout


def test_a_long_draft_is_never_broken_on_a_narrow_terminal(
    small: Write, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("README.md").write_text("The peak memory of the small model on a phone is 12.5 MB.\n", encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["scan", "README.md"]) == 0
    (draft,) = re.findall(r"^  - \{.*", capsys.readouterr().out, re.MULTILINE)
    assert draft.endswith("}")
    assert len(draft) > 80


def test_a_scan_needs_no_pytorch(small: Write, readme: str) -> None:
    result = run("scan", readme, "--spec", str(small(CLAIMED)), PYTHONPROFILEIMPORTTIME="1")
    assert result.returncode == 0
    assert "auditor.scanning" in result.stderr
    assert "torch" not in result.stderr


def test_help_names_every_exit_code() -> None:
    result = run("scan", "--help")
    assert result.returncode == 0
    assert "usage: audit.py scan" in result.stdout
    assert all(f"\n  {code}  " in result.stdout for code in (0, 1, 2))


SEEDS = ROOT.parent / "shared" / "seeds"


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the documents that the project's specs speak of are not at hand")
def test_the_projects_own_documents_are_covered_to_the_last_figure(root: Path, capsys: Output) -> None:
    documents = sorted(map(str, SEEDS.glob("*.txt")))
    assert len(documents) == 5
    assert main(["scan", *documents, "--spec", "specs", "--min-coverage", "100"]) == 0
    printed = capsys.readouterr().out
    assert re.findall(r"Coverage is (\S+) of", printed) == ["100%"] * 5
    assert "Overlooked" not in printed
