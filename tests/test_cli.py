"""The command as a user meets it: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import auditor
from auditor.cli import main
from tests.conftest import ROOT

Write = Callable[..., Path]

TOTAL = "claims: [{{doc: readme, line: 3, says: '{}', of: params()}}]\n"
PARAMS = 213_072 + 680 + 2_284 + 8_564  # the backbone, and a CBAM on 64, 128 and 256 channels
RIGHT, WRONG = TOTAL.format(f"{PARAMS:,}"), TOTAL.format(f"{PARAMS + 1:,}")
ON_RECORD = "claims: [{doc: readme, line: 3, says: '1', of: params(), known: refuted, reason: It is old.}]\n"


def files() -> set[str]:
    return {path.as_posix() for path in Path().rglob("*") if path.is_file()}


def test_an_audit_whose_claims_hold_passes_and_leaves_a_report(
    small: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(small(RIGHT))]) == 0
    assert "Passed: everything is as on record. 1 of 1 claims hold." in capsys.readouterr().out
    plots = {f"diagrams/small-{plot}.svg" for plot in ("parameters", "claims", "intensity", "largest")}
    diagrams = {f"diagrams/small.{format}" for format in ("dot", "svg", "png")}
    assert files() == {"specs/small.yaml", "reports/small.md", "reports/small.html", *diagrams, *plots}


def test_a_refuted_claim_that_is_not_on_record_fails(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(small(WRONG))]) == 1
    assert "readme:3:224,601 is refuted: correct the document, or put it on record" in capsys.readouterr().out


def test_a_refuted_claim_on_record_passes_but_not_strictly(small: Write) -> None:
    spec = str(small(ON_RECORD))
    assert main([spec]) == 0
    assert main([spec, "--strict"]) == 1


def test_a_claim_that_holds_again_must_leave_the_record(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    spec = small(RIGHT.replace("params()}", "params(), known: refuted, reason: It was.}"))
    assert main([str(spec)]) == 1
    assert "is verified, but 'known: refuted' is on record" in capsys.readouterr().out


def test_an_exceeded_budget_fails_and_says_by_how_much(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(small("budgets: {params(): 200K}\n"))]) == 1
    assert "Budget exceeded: params() is 224,600, +24,600 (+12.3%)" in capsys.readouterr().out


def test_an_audit_that_judged_nothing_is_no_success(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(small())]) == 1
    assert "Nothing was judged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("count(CBAM) = 4", "measured 3 ≠ 4"),
        ("count(CBAM) = 3 and params(attention) > params(backbone)", "measured 11,528 ≤ 213,072"),
        ("size(input, 0) >= 4", "measured 3 < 4"),
    ],
)
def test_a_statement_that_does_not_hold_shows_what_is_so(
    small: Write, capsys: pytest.CaptureFixture[str], statement: str, shown: str
) -> None:
    claim = f"claims: [{{doc: readme, line: 5, says: as it should be, of: '{statement}'}}]\n"
    assert main([str(small(claim))]) == 1
    assert shown in capsys.readouterr().out


def test_what_cannot_be_checked_is_no_failure_beside_what_can(small: Write) -> None:
    open_claim = ", {doc: readme, line: 4, says: '92%+ mAP', needs: the validation images and trained weights.}]"
    assert main([str(small(RIGHT.replace("]", open_claim)))]) == 0
    assert "It takes the validation images" in Path("reports/small.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("claim: []\n", "specs/small.yaml:9:1: unknown key 'claim' in the spec (did you mean 'claims'?)"),
        ("budgets: {params(backbon): 1K}\n", "specs/small.yaml:9:18: unknown component or variant 'backbon'"),
        ("budgets: {param(): 1K}\n", "specs/small.yaml:9:11: unknown quantity 'param' (did you mean 'params'?)"),
        ("components: {all: ['bakbone.*']}\n", "specs/small.yaml:9:21: no module path matches 'bakbone.*'"),
    ],
)
def test_a_mistake_in_a_spec_ends_at_its_place_and_writes_nothing(
    small: Write, capsys: pytest.CaptureFixture[str], more: str, message: str
) -> None:
    assert main([str(small(more))]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert files() == {"specs/small.yaml"}


def test_one_bad_spec_among_several_writes_nothing_at_all(small: Write) -> None:
    assert main([str(small(RIGHT, "a")), str(small("x: 1\n", "b"))]) == 2
    assert not Path("reports").exists()


def test_an_input_that_the_model_cannot_take_is_the_specs_mistake(
    small: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small(RIGHT)
    path.write_text(path.read_text(encoding="utf-8").replace("[3, 32, 32]", "[3]"), encoding="utf-8")
    assert main([str(path)]) == 2
    assert capsys.readouterr().err.startswith("specs/small.yaml:3:8: the model does not run on an input of this shape")


@pytest.mark.parametrize("command", [[], ["diagram"]])
@pytest.mark.parametrize("name", ["a-claims", "A-block", "overview", "Index"])
def test_specs_whose_files_would_be_one_are_refused(
    small: Write, capsys: pytest.CaptureFixture[str], command: list[str], name: str
) -> None:
    assert main([*command, str(small(RIGHT, "a")), str(small(RIGHT, name))]) == 2
    assert "is taken by" in capsys.readouterr().err
    assert files() == {"specs/a.yaml", f"specs/{name}.yaml"}


def test_two_specs_of_one_name_are_refused(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = small(RIGHT, "a"), small(RIGHT, "b")
    second.write_text(first.read_text(encoding="utf-8"), encoding="utf-8")
    assert main([str(first), str(second)]) == 2
    assert "the name 'a' is taken by specs/a.yaml" in capsys.readouterr().err


def test_check_writes_nothing_and_finds_a_missing_or_changed_report(
    small: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = str(small(RIGHT))
    assert main(["--check", spec]) == 1
    assert files() == {"specs/small.yaml"}
    assert main([spec]) == 0
    assert main(["--check", spec]) == 0
    report = Path("reports/small.md")
    report.write_text(report.read_text(encoding="utf-8").replace("224,600", "224,6OO"), encoding="utf-8")
    capsys.readouterr()
    assert main(["--check", spec]) == 1
    assert "reports/small.md is missing or out of date" in capsys.readouterr().err
    assert "224,6OO" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize("file", ["small.dot", "small.svg", "small.png", "small-claims.svg"])
def test_check_finds_a_missing_or_changed_picture(small: Write, capsys: pytest.CaptureFixture[str], file: str) -> None:
    spec, picture = str(small(RIGHT)), Path("diagrams") / file
    main([spec])
    content = picture.read_bytes()
    picture.write_bytes(content[:-9] + b"?" + content[-8:])
    assert main(["--check", spec]) == 1
    assert f"{picture.as_posix()} is missing or out of date" in capsys.readouterr().err
    picture.unlink()
    assert main(["--check", spec]) == 1
    assert not picture.exists()
    assert main([spec]) == 0
    assert picture.read_bytes() == content


def test_pictures_follow_the_spec(small: Write) -> None:
    spec = small(RIGHT)
    main([str(spec)])
    before = Path("diagrams/small.svg").read_text(encoding="utf-8")
    assert "680 params" in before
    spec.write_text(spec.read_text(encoding="utf-8").replace("reduction: 16", "reduction: 8"), encoding="utf-8")
    assert main(["--check", str(spec)]) == 1
    main([str(spec)])
    after = Path("diagrams/small.svg").read_text(encoding="utf-8")
    wider = 2 * 64 * 8 + 8 + 64 + 2 * 49 + 2
    assert f"{wider:,} params" in after
    assert "680 params" not in after


def test_all_specs_of_a_folder_get_an_overview_with_the_folders_below(small: Write) -> None:
    one, two = small(RIGHT, "one"), small(RIGHT, "two")
    below = Path("specs/old/three.yaml")
    below.parent.mkdir()
    below.write_text("name: three\ntitle: Three\nextends: ../one.yaml\nbudgets: {params(): 1M}\n", encoding="utf-8")
    assert main([str(one)]) == 0
    assert not Path("reports/README.md").exists()
    assert main([str(one), str(two)]) == 0
    overview = Path("reports/README.md").read_text(encoding="utf-8")
    assert all(f"[{name}]({name}.md)" in overview for name in ("one", "two", "three"))
    assert main(["specs"]) == 0
    assert Path("reports/README.md").read_text(encoding="utf-8") == overview
    assert Path("reports/three.md").exists()


def test_reports_are_the_same_byte_for_byte(small: Write) -> None:
    spec = str(small(ON_RECORD))
    main([spec])
    first = Path("reports/small.md").read_bytes()
    main([str(Path(spec).resolve()), "--reports", "elsewhere"])
    assert Path("elsewhere/small.md").read_bytes() == first


def test_how_strict_a_run_was_leaves_the_reports_alone(small: Write) -> None:
    spec = str(small(ON_RECORD))
    main([spec])
    assert main([spec, "--strict"]) == 1
    assert main([spec, "--check"]) == 0


def test_data_never_takes_the_place_of_a_spec_or_a_report(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    spec = small(RIGHT)
    before = spec.read_bytes()
    for target in ("specs/small.yaml", "reports/small.md"):
        assert main([str(spec), "--json", target]) == 2
        assert "the data would take its place" in capsys.readouterr().err
    assert spec.read_bytes() == before
    assert files() == {"specs/small.yaml"}


def test_data_goes_through_a_pipe_and_leaves_it_one(small: Write) -> None:
    spec, pipe = small(RIGHT), Path("pipe")
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    assert main([str(spec), "--json", str(pipe)]) == 0
    assert json.loads(reader.communicate()[0])["version"] == 1
    assert pipe.is_fifo()


def test_a_folder_in_the_datas_place_stops_everything(small: Write) -> None:
    spec = small(RIGHT)
    assert main([str(spec), "--json", "specs"]) == 2
    assert files() == {"specs/small.yaml"}


def test_a_title_cannot_command_the_terminal(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    spec = small(RIGHT)
    text = spec.read_text(encoding="utf-8").replace("A small model", '"\\e[31mred\\u202e"')
    spec.write_text(text, encoding="utf-8")
    assert main([str(spec)]) == 0
    report = Path("reports/small.md").read_text(encoding="utf-8")
    for shown in (capsys.readouterr().out, report):
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def test_json_on_standard_output_stands_alone(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(small(RIGHT)), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["audits"][0]["spec"] == "small"


def test_json_to_a_file_leaves_the_console_as_it_is(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(small(RIGHT)), "--json", "out/audit.json"]) == 0
    assert "Passed" in capsys.readouterr().out
    assert json.loads(Path("out/audit.json").read_text(encoding="utf-8"))["version"] == 1


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_half_written(
    small: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = small(RIGHT)
    Path("reports").write_text("a file in the way", encoding="utf-8")
    assert main([str(spec)]) == 2
    assert "reports" in capsys.readouterr().err
    assert files() == {"reports", "specs/small.yaml"}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "audit.py"), *arguments],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"} | environment,
        check=False,
    )


def test_piped_output_is_plain(small: Write) -> None:
    result = run(str(small(RIGHT)))
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    assert all(line == line.rstrip() for line in result.stdout.splitlines())


def test_no_color_goes_before_force_color(small: Write) -> None:
    spec = str(small(RIGHT))
    assert "\x1b[1;36m" in run(spec, FORCE_COLOR="1").stdout
    assert "\x1b" not in run(spec, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_a_narrow_encoding_says_in_words_what_it_has_no_sign_for(small: Write) -> None:
    result = run(str(small(ON_RECORD)), PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "1 NO" in result.stdout


def test_a_report_without_a_spec_is_noticed(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    small(RIGHT, "one")
    small(RIGHT, "two")
    assert main(["specs"]) == 0
    Path("reports/three.md").write_text("# Three\n", encoding="utf-8")
    assert main(["--check", "specs"]) == 1
    assert "reports/three.md belongs to no spec" in capsys.readouterr().err
    Path("reports/three.md").unlink()
    Path("diagrams/logo.svg").write_text("<svg/>\n", encoding="utf-8")
    assert main(["--check", "specs"]) == 0
    Path("diagrams/three.svg").write_bytes(Path("diagrams/overview.svg").read_bytes())
    assert main(["--check", "specs"]) == 1
    assert "diagrams/three.svg belongs to no spec" in capsys.readouterr().err


def test_no_spec_takes_the_overviews_place(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(small(RIGHT, "readme"))]) == 2
    assert "the name 'readme' is taken by the overview" in capsys.readouterr().err


def test_one_spec_by_two_paths_is_one_audit(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    spec = small(RIGHT)
    assert main([str(spec), str(spec.resolve())]) == 0
    assert capsys.readouterr().out.count("Answer") == 1


def test_help_names_every_exit_code_and_needs_no_pytorch() -> None:
    result = run("--help", PYTHONPROFILEIMPORTTIME="1")
    assert all(f"\n  {code}  " in result.stdout for code in (0, 1, 2))
    assert "torch" not in result.stderr


def test_a_checkout_needs_no_installation_of_its_own(tmp_path: Path) -> None:
    """The command runs from its folder with nothing but its dependencies installed."""
    isolated = (
        "import importlib.metadata as m, runpy, sys; m.distribution = None; sys.argv = ['audit.py', '--version'];"
    )
    code = f"{isolated} runpy.run_path({str(ROOT / 'audit.py')!r}, run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert result.stdout == f"audit.py {auditor.__version__}\n"


def test_a_usage_error_is_wrong_input() -> None:
    assert run().returncode == 2
    assert run("specs/v1.yaml", "--jsn", "-").returncode == 2
