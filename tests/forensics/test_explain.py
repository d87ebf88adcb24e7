"""The command that says at length how wrong figures came about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.cli import main

CLAIMS = """\
claims:
  - {doc: readme, line: 1, says: '213,072', of: params(), known: refuted, reason: It is the backbone's.}
  - {doc: readme, line: 2, says: about 213.1K of them, of: params()}
  - {doc: readme, line: 3, says: 7K, of: params(attention)}
  - {doc: readme, line: 4, says: '3', of: count(CBAM)}
  - {doc: readme, line: 5, says: four of them, of: count(CBAM) = 4}
"""

Run = Callable[..., str]


@pytest.fixture
def run(small: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> Run:
    """What the command prints for a spec with the claims, given that it ends as expected."""

    def command(*words: str, claims: str = CLAIMS, code: int = 0) -> str:
        assert main(["explain", str(small(claims)), *words]) == code
        captured = capsys.readouterr()
        return captured.err if code == 2 else captured.out

    return command


def test_every_wrong_figure_is_explained_with_its_terms(run: Run) -> None:
    shown = run()
    assert "213,072 for params() (readme:1)" in shown
    assert "Measured 224,600, off by +11,528 (+5.4%). It is the backbone's." in shown
    first = shown[shown.index("\n1. ") :].partition("\n\n")[0]
    assert "attention" in first
    assert "left out; <0.01% by chance." in first
    rows = [line.split() for line in first.splitlines()]
    assert ["measured", "224,600"] in rows
    assert ["less", "attention", "−11,528"] in rows
    assert ["comes", "to", "213,072"] in rows
    assert "7K for params(attention) (readme:3)" in shown
    assert "Unexplained." in shown


def test_statements_and_what_holds_are_left_alone(run: Run) -> None:
    shown = run()
    assert "four of them" not in shown
    assert "count(CBAM)" not in shown


@pytest.mark.parametrize("name", ["213,072", "readme:1:213,072"])
def test_one_figure_is_asked_for_as_printed_or_by_its_id(run: Run, name: str) -> None:
    shown = run(name)
    assert "213,072 for params()" in shown
    assert "7K" not in shown
    assert "213.1K" not in shown


def test_one_figure_is_asked_for_by_all_that_is_quoted(run: Run) -> None:
    assert "(readme:2)" in run("about 213.1K of them")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("213,073", "213,073: no figure that is wrong is called so (did you mean '213,072'?)"),
        ("readme:1:213,073", "(did you mean 'readme:1:213,072'?)"),
        ("3", "3: no figure that is wrong is called so"),  # it is right
        ("four of them", "four of them: no figure that is wrong is called so"),
    ],
)
def test_a_figure_that_is_not_wrong_is_refused_with_a_hint(run: Run, name: str, message: str) -> None:
    shown = run(name, code=2)
    assert message in shown
    assert shown.count("\n") == 1


RIGHT = "claims: [{doc: readme, line: 4, says: '3', of: count(CBAM)}]\n"


def test_a_spec_without_wrong_figures_has_nothing_to_explain(run: Run) -> None:
    assert "Nothing to explain" in run(claims=RIGHT)
    assert "(there are no wrong figures)" in run("489K", claims=RIGHT, code=2)


def test_a_spec_that_cannot_be_read_is_wrong_input(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["explain", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml:1:1: cannot be read" in capsys.readouterr().err
