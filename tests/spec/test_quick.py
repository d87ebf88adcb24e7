"""The quick way to read YAML: whatever it reads, PyYAML reads the same, to the last place."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import SpecError
from auditor.spec.parse import exact_tree, parse_tree
from auditor.spec.quick import quick_tree
from tests.conftest import ROOT

SPECS = sorted((ROOT / "specs").glob("**/*.yaml"))

PIECES = (
    *(": ", ":", "- ", "-", "? ", "?", "{", "}", "[", "]", ", ", ",", "'", '"', "|", ">", "|+", ">-", "|2", "#", " #"),
    *("\n", "\n  ", "\n\n", " ", "  ", "\t", "\r\n", "\r", "\x85", "\u2028", "\ufeff", "\xa0", "\x7f", "\x00"),
    *("a", "b c", "é", "😀", "1", "1.5", "1:30", "0x1f", "-1", "~", "null", "yes", ".nan", "2001-01-01", "<<", "="),
    *("&a ", "*a", "!t ", "!!int ", "%YAML 1.2\n", "---", "---\n", "\n...\n", "@", "`", "\\n", "\\x41", "\\", "::"),
    *("''", '""', "a: b", "\n- x", "{a: b}", "[1, 2]", "[a: 1, b]", '{"a":1}', "http://x/#y", "a:b", "\n  - c: d\n"),
)
"""What YAML is made of, and what its readers stumble over."""

TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@st.composite
def spoilt_specs(draw: st.DrawFn) -> str:
    """Some lines of a spec, with something put in at a few places."""
    lines = draw(st.sampled_from(SPECS)).read_text(encoding="utf-8").split("\n")
    first = draw(st.integers(0, len(lines) - 1))
    text = "\n".join(lines[first : first + draw(st.integers(1, 12))])
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(PIECES)) + text[place + draw(st.integers(0, 2)) :]
    return text


def exact(text: str) -> str:
    """The tree, with every place in it, or what is wrong with the text."""
    try:
        return repr(exact_tree(text, "spec"))
    except SpecError as error:
        return str(error)


@settings(max_examples=1000)
@given(TEXTS | spoilt_specs())
def test_what_is_read_quickly_is_read_the_same_by_pyyaml(text: str) -> None:
    quick = quick_tree(text, "spec")
    assert quick is None or repr(quick) == exact(text)


@pytest.mark.parametrize("length", range(1020, 1030))
@pytest.mark.parametrize("form", ["{0}: 1", "'{0}': 1", "{{{0}: 1}}", "[{0}: 1, b]", "- {0} : 1"])
def test_keys_about_as_long_as_keys_may_be_are_read_the_same(form: str, length: int) -> None:
    text = form.format("é" * length)
    quick = quick_tree(text, "spec")
    assert quick is None or repr(quick) == exact(text)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_projects_specs_are_read_quickly_and_the_same(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert repr(quick_tree(text, "spec")) == exact(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a:\t1", "a: 1\r\n", "a: b\x85", "{a?: b}", "a: >#\n  b", "\ufeffa: b"),
        *("a: &b c", "[*b]", "a: !!str 1", "---", "[a: ]", "a: 1\n---\nb: 2", "", "# nothing", "[a", "a: 1\na: 2"),
        *("[a]: b", "a: !!int x", "1:" * 200 + "1.0", "[" * 60 + "]" * 60, "[" * 100_000, "a: \ud800"),
    ],
)
def test_what_is_out_of_the_ordinary_or_wrong_is_left_to_pyyaml(text: str) -> None:
    assert quick_tree(text, "spec") is None


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = SPECS[0].read_text(encoding="utf-8")
    quick = parse_tree(text, "spec")
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert quick_tree(text, "spec") is None
    assert parse_tree(text, "spec") == quick
