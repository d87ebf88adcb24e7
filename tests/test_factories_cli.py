"""Specs with factories as a user meets them: what is built, what is refused, and that nothing runs unasked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import auditor
from auditor.cli import main

CODE = """\
from pathlib import Path
from torch import nn

with open("ran", "a") as marker:
    marker.write(__name__)

class Net(nn.Module):
    def __init__(self, width: int = 4, depth: int = 2, classes: int = 10):
        super().__init__()
        self.stem = nn.Linear(8, width)
        self.body = nn.Sequential(*(nn.Linear(width, width) for _ in range(depth)))
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        print("chatter")
        return self.head(self.body(self.stem(x)))
"""
NET = """\
name: net
title: A net
input: [8]
model: {factory: "nets:Net", args: {width: 6}}
documents: {readme: {title: A README}}
claims:
  - {doc: readme, line: 1, says: "208", of: params()}
  - {doc: readme, line: 2, says: "84", of: params(body)}
  - {doc: readme, line: 3, says: "8", of: "size(input, 0)"}
"""
STAGES = "name: {}\ntitle: Stages\ninput: [3, 8, 8]\nmodel: {{a: {{block: eca}}}}\nbudgets: {{{}: 1K}}\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write specs into a folder with a module of networks, which leaves a file behind when it is imported."""
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(CODE, encoding="utf-8")

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            Path(f"{name}.yaml").write_text(text, encoding="utf-8")
        return Path(f"{name}.yaml")

    return write


def ran() -> bool:
    return Path("ran").exists()


def test_a_factorys_model_is_audited_like_any_other(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write(net=NET))]) == 0
    shown = capsys.readouterr()
    assert "3 of 3 claims hold. The model has 208 parameters and does 180 MACs." in shown.out
    assert [line.split()[:2] for line in shown.out.splitlines() if line.startswith(("stem", "body", "head"))] == [
        ["stem", "54"],
        ["body", "84"],
        ["head", "70"],
    ]
    report = Path("reports/net.md").read_text(encoding="utf-8")
    assert "Made by nets:Net for the spec net, measured on one input of 8." in report
    assert "| width | `6` |" in report
    assert "chatter" in shown.err
    assert "chatter" not in shown.out


def test_a_factory_and_its_arguments_are_in_the_data(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    net = NET.replace("width: 6", "width: 6, classes: 10, depth: 2")
    assert main([str(write(net=net)), "--json", "-"]) == 0
    (audit,) = json.loads(capsys.readouterr().out)["audits"]
    assert audit["model"] == {"factory": "nets:Net", "args": {"width": 6, "classes": 10, "depth": 2}}
    assert [component["name"] for component in audit["profile"]["components"]] == ["stem", "body", "head"]


REFUSED = "4:19: the factory 'nets:Net' is not imported"
NAMED = "was not named; to allow it, name that spec on the command line as well, or with --import"


@pytest.mark.parametrize("command", [[], ["explain"], ["diagram"]])
def test_no_import_refuses_a_factory_at_its_place_and_runs_nothing(
    write: Write, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    path = str(write(net=NET))
    assert main([*command, path, "--no-import"]) == 2
    assert capsys.readouterr().err == f"net.yaml:{REFUSED} (--no-import)\n"
    assert main([*command, path, "--no-import", "--import", path]) == 2
    assert not ran()
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["solve", "net.yaml", "--claim", "208", "--vary", "args.width=6"],
        ["what-if", "net.yaml", "--set", "args.width=8"],
    ],
)
def test_no_import_holds_for_the_search_and_the_comparison(
    write: Write, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    write(net=NET)
    assert main([*command, "--no-import"]) == 2
    assert capsys.readouterr().err == f"net.yaml:{REFUSED} (--no-import)\n"
    assert not ran()


def test_no_import_leaves_models_of_blocks_alone(write: Write) -> None:
    assert main([str(write(a=STAGES.format("a", "params()"))), "--no-import"]) == 0


@pytest.mark.parametrize(
    "referring",
    [
        pytest.param(STAGES.format("a", "params(net)"), id="by a claim or budget"),
        pytest.param("name: a\ntitle: A\nextends: net.yaml\nbudgets: {params(): 1K}\n", id="by extends"),
        pytest.param(
            "name: a\ntitle: A\nextends: net.yaml\nmodel: {args: {width: 4}}\nbudgets: {params(): 1K}\n",
            id="by extends, with other arguments",
        ),
    ],
)
def test_a_factory_of_a_spec_that_is_only_referred_to_is_refused_until_that_is_named(
    write: Write, capsys: pytest.CaptureFixture[str], referring: str
) -> None:
    path, net = str(write(net=NET, a=referring)), "net.yaml"
    assert main([path]) == 2
    assert capsys.readouterr().err == f"net.yaml:{REFUSED}, for net.yaml {NAMED}\n"
    assert not ran()
    assert not Path("reports").exists()
    assert main([path, "--import", net]) == 0
    assert not Path("reports/net.md").exists()
    assert main([path, str(Path(net).resolve())]) == 0
    assert Path("reports/net.md").exists()
    assert main(["explain", path, "--import", net]) == 0


def test_a_folder_below_that_only_the_overview_takes_in_runs_no_code(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(one=STAGES.format("one", "params()"), two=STAGES.format("two", "params()"))
    Path("below").mkdir()
    Path("below/net.yaml").write_text(NET, encoding="utf-8")
    Path("below/nets.py").write_text(CODE, encoding="utf-8")
    assert main(["one.yaml", "two.yaml"]) == 2
    assert capsys.readouterr().err.startswith(f"below/net.yaml:{REFUSED}, for below/net.yaml was not named")
    assert not ran()
    assert main(["."]) == 0
    assert ran()


def test_a_spec_beside_the_audited_one_runs_no_code_and_is_in_nobodys_way(write: Write) -> None:
    wrong = STAGES.format("a", "params()") + (
        "documents: {doc: {title: A}}\n"
        "claims: [{doc: doc, says: '123,456', of: params(), known: refuted, reason: It is.}]\n"
    )
    assert main([str(write(net=NET, a=wrong))]) == 0
    assert main([str(write(child="extends: net.yaml\n" + wrong.replace("name: a", "name: child")))]) == 0
    assert not ran()


def test_from_python_a_spec_is_given_by_loading_it(write: Write) -> None:
    net = write(net=NET)
    assert auditor.audit(net).passed
    assert sum(p.numel() for p in auditor.build(auditor.load(net)).parameters()) == 208
    referring = write(a=STAGES.format("a", "params(net)"))
    with pytest.raises(auditor.SpecError, match="was not named"):
        auditor.audit(referring)
    assert auditor.audit(referring, given=[referring, net]).passed


def test_arguments_of_a_factory_are_searched(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write(net=NET.replace('"208"', '"550"')))
    assert main(["solve", path, "--claim", "550", "--vary", "args.width=4..12:2", "args.depth=1..3"]) == 0
    shown = capsys.readouterr().out
    assert "1 of 15 combinations give 550 for params()." in shown
    assert ["12", "2", "(own)", "550", "✓"] in [line.split() for line in shown.splitlines()]
    assert main(["solve", path, "--claim", "550", "--vary", "args.depth=1..3"]) == 1
    assert "leaving out" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ("args.widht=1,2", "--vary args.widht: 'nets:Net' has no such argument (did you mean 'width'?)"),
        ("body=on,off", "--vary body: the model has no stages, but a factory; vary its arguments: args.NAME=VALUES"),
        ("args.width=1..3000", "3,000 combinations are too many; at most 2,000 are searched"),
    ],
)
def test_what_a_factory_does_not_take_is_not_searched(
    write: Write, capsys: pytest.CaptureFixture[str], vary: str, message: str
) -> None:
    assert main(["solve", str(write(net=NET)), "--claim", "208", "--vary", vary]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == message


def test_a_combination_that_cannot_be_built_is_passed_over(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write(net=NET))
    assert main(["solve", path, "--claim", "208", "--vary", "args.width=6,-1,many"]) == 0
    assert "1 of 3 combinations give 208 for params(). 2 of them cannot be built." in capsys.readouterr().out


def test_what_if_changes_an_argument(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write(net=NET))
    assert main(["what-if", path, "--set", "args.width=8", "--set", "args.depth=1"]) == 0
    shown = capsys.readouterr().out
    assert f"208 parameters become {72 + 72 + 90}" in shown
    assert ["body", "84", "72"] in [line.split()[:3] for line in shown.splitlines()]
    assert main(["what-if", path, "--set", "args.widht=8"]) == 2
    assert "--set args.widht=8:1:1: 'Net' has no argument 'widht'" in capsys.readouterr().err


def test_a_wrong_figure_is_explained_by_the_models_parts(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    total, head = 19 * 240 + 10 + 2 * (240 * 240 + 240), 240 * 10 + 10
    wrong = NET.replace("width: 6", "width: 240").replace('"208"', f'"{total - head:,}"').replace('"84"', '"115,680"')
    assert main([str(write(net=wrong))]) == 1
    assert f"measured {total:,}" in (shown := capsys.readouterr().out)
    assert "right without head" in shown


BOTH = """\
from torch import nn

class Both(nn.Linear):
    def __init__(self):
        super().__init__(8, 2)

    def forward(self, x, y):
        return super().forward(x) + y
"""


def test_sizes_of_several_inputs_are_asked_for_by_number(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    Path("both.py").write_text(BOTH, encoding="utf-8")
    claim = "documents: {a: {title: A}}\nclaims: [{doc: a, says: '8', of: 'size(input, INPUT)'}]\n"
    inputs = "input: {y: {shape: []}, x: [8]}\n"
    spec = f"name: both\ntitle: Both\n{inputs}model: {{factory: 'both:Both'}}\n{claim}"
    assert main([str(write(both=spec.replace("INPUT", "1, 0")))]) == 0
    capsys.readouterr()
    assert main([str(write(both=spec.replace("INPUT", "1")))]) == 2
    assert "size: 'input' gives one number, 8; name an input and a dimension of it from 0" in capsys.readouterr().err
