"""Second opinions as a user meets them: what is printed, what is written, and what is asked of whom."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import auditor
from auditor.cli import main

Write = Callable[..., Path]

SAMPLED = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, padding=1)
        self.norm = nn.BatchNorm2d(5)

    def forward(self, x):
        print("chatter")
        x = self.norm(self.conv(x))
        return x.flatten(2) @ x.flatten(2).mT
"""
SPEC = "name: net\ntitle: A net\ninput: [3, 8, 8]\nmodel: {factory: 'nets:Net'}\nbudgets: {params(): 1K}\n"

CONVOLUTION, PRODUCT = 8 * 8 * 3 * 5 * 9, 5 * 5 * 8 * 8
VALUES = 5 * 8 * 8


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A spec of a net with a convolution, a norm and a product that no layer does."""
    for package in ("fvcore", "thop"):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(SAMPLED, encoding="utf-8")
    Path("net.yaml").write_text(SPEC, encoding="utf-8")
    return "net.yaml"


def lines(text: str) -> dict[str, list[str]]:
    """The rows of all tables by their first word."""
    return {words[0]: words[1:] for words in (line.split() for line in text.splitlines()) if words}


def test_the_usual_counters_are_asked_and_their_differences_explained(
    net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["counters", net]) == 0
    shown = capsys.readouterr()
    rows, total = lines(shown.out), CONVOLUTION + PRODUCT
    assert rows["auditor"] == [auditor.__version__, f"{total:,}"]
    assert rows["torch"][1:] == [f"{total:,}", "the", "same"]
    assert rows["fvcore"][1] == f"{total + 2 * VALUES:,}"
    assert rows["thop"][1] == f"{total - PRODUCT + 4 * VALUES:,}"
    assert "Why torch differs" not in shown.out
    assert "chatter" not in shown.out
    assert rows["knows"] == f"no functional call {PRODUCT:,} 0 −{PRODUCT:,} aten.bmm in the model".split()
    _, _, *reasons = shown.out.partition("Why thop differs")[2].splitlines()[1:]
    norms = f"counts normalization, 4 operations for each result 0 {4 * VALUES:,} +{4 * VALUES:,} norm"
    assert [" ".join(line.split()) for line in reasons][1] == norms


def test_the_data_say_it_module_by_module(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["counters", net, "--with", "thop", "--json", "-"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["spec"], data["path"], data["macs"], data["uncounted"]) == ("net", net, CONVOLUTION + PRODUCT, [])
    (found,) = data["counters"]
    assert (found["counter"], found["crash"], found["macs"]) == ("thop", None, CONVOLUTION + 4 * VALUES)
    assert found["modules"] == {"conv": CONVOLUTION, "norm": 4 * VALUES}
    rows = {row["module"]: (row["operator"], row["ours"], row["theirs"], row["sort"]) for row in found["differences"]}
    assert rows == {"": ("aten.bmm", PRODUCT, 0, "missed"), "norm": ("", 0, 4 * VALUES, "other work")}


def test_the_data_may_go_to_a_file_but_not_into_the_spec(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["counters", net, "--with", "torch", "--json", "opinions.json"]) == 0
    assert "A net: what other counters make of it" in capsys.readouterr().out
    assert json.loads(Path("opinions.json").read_text(encoding="utf-8"))["counters"][0]["counter"] == "torch"
    assert main(["counters", net, "--json", net]) == 2
    assert Path(net).read_text(encoding="utf-8") == SPEC


def test_only_those_installed_are_asked_where_none_is_named(
    net: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "thop", None)
    assert main(["counters", net]) == 0
    shown = lines(capsys.readouterr().out)
    assert "fvcore" in shown
    assert "thop" not in shown
    assert main(["counters", net, "--with", "thop"]) == 2
    assert "the counter 'thop' is not installed; to get it: pip install thop" in capsys.readouterr().err


def test_an_unknown_counter_is_wrong_input(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["counters", net, "--with", "torchinf"]) == 2
    assert "did you mean 'torchinfo'?" in capsys.readouterr().err


def test_a_crash_is_told_and_does_not_keep_others_from_counting(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("nets.py").write_text(SAMPLED.replace("x.flatten(2).mT", "x.new_ones(64)"), encoding="utf-8")
    assert main(["counters", net, "--with", "fvcore", "--with", "torch"]) == 0
    rows = lines(capsys.readouterr().out)
    assert rows["fvcore"][1:3] == ["crashed:", "IndexError:"]
    assert rows["torch"][1] == f"{CONVOLUTION:,}"


def test_what_the_auditor_itself_cannot_count_is_admitted(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    net_of_factors = SAMPLED.replace("x.flatten(2) @ x.flatten(2).mT", "linalg.qr(x)")
    Path("nets.py").write_text(f"from torch import linalg\n{net_of_factors}", encoding="utf-8")
    assert main(["counters", net, "--with", "torch"]) == 0
    assert "Not counted by the auditor, for want of a formula\n- aten.linalg_qr (1 call)" in capsys.readouterr().out


def test_no_import_holds_for_second_opinions_too(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["counters", net, "--no-import"]) == 2
    assert "is not imported (--no-import)" in capsys.readouterr().err


def test_a_model_of_blocks_is_counted_like_any_other(small: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["counters", str(small()), "--with", "torch"]) == 0
    assert lines(capsys.readouterr().out)["torch"][2:] == ["the", "same"]
