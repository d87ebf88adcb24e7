"""Reading a spec file: what it holds, and for every kind of mistake one message at its place."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import Mark, SpecError
from auditor.spec import Spec, Verdict, load
from auditor.spec.printed import Interval, Shape

WHOLE = """\
name: tiny
title: A tiny model
input: [3, 32, 32]
model:
  backbone: {block: mobilenet_v1, width: 0.25}
  attention:
    block: cbam
    reduction: 8
components:
  gates: ["attention.*.channel_gate", backbone.stem]
assumptions:
  attention.reduction: the document prints none
  input: the usual size of a test
documents:
  readme:
    title: README
    file: README.md
    sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
claims:
  - {doc: readme, line: 5, says: "592,371", of: params()}
  - doc: readme
    says: ~489K in all
    of: '1 - params(gates) / params()'
    within: 2%
    known: refuted
    reason: a slip
  - {doc: readme, says: 92%+, needs: a trained model}
budgets:
  params(): 600K
  macs(backbone): 5,000,000
"""

# Five good lines, to which a mistake is added.
HEAD = """\
name: tiny
title: Tiny
input: [3, 32, 32]
model: {context: {block: conv_context}}
documents: {doc: {title: A document}}
"""
CLAIM = HEAD + "claims:\n  - "

KEYS = "aside, assumptions, budgets, claims, components, documents, extends, input, model, name, title"
FIGURE_OR_NEED = "a claim says either what it is 'of' or, if that cannot be measured, what checking it 'needs'"
ON_RECORD = "'known' and 'reason' go together: a verdict on record says why"

MISTAKES = {
    # Not YAML, or not YAML that a spec can be made of.
    "empty file": ("", "1:1: the file is empty"),
    "only a comment": ("# nothing yet\n", "1:1: the file is empty"),
    "a text": ("tiny\n", "1:1: a spec must be a mapping, not 'tiny'"),
    "a list": ("- name: tiny\n", "1:1: a spec must be a mapping, not a list"),
    "tab": (
        HEAD + "budgets:\n\tparams(): 5K\n",
        "7:1: not YAML: while scanning for the next token, found character '\\t'",
    ),
    "bracket left open": (HEAD + "claims: [\n", "7:1: not YAML: while parsing a flow node, expected the node content"),
    "quote left open": (
        HEAD + 'claims: "\n',
        "7:1: not YAML: while scanning a quoted scalar, found unexpected end of stream",
    ),
    "two documents": (HEAD + "---\nname: other\n", "6:1: not YAML: "),
    "control character": ("name: ti\x01ny\n", "1:1: not YAML: special characters are not allowed at position 8"),
    "endless nesting": ("[" * 1000, "1:1: not YAML: nested too deeply"),
    "alias": (HEAD.replace("Tiny", "&t Tiny") + "components: {c: [*t]}\n", "6:18: not YAML: aliases (*name)"),
    "key given twice": (HEAD + "title: Again\n", "6:1: the key 'title' is given twice"),
    "key given twice inside": (HEAD + "budgets: {macs(): 5, macs(): 6}\n", "6:22: the key 'macs()' is given twice"),
    "list as a key": (HEAD + "? [a, b]\n: c\n", "6:3: a key must be a word"),
    "foreign tag": (HEAD + "assumptions: {input: !!python/name:os.system x}\n", "6:22: not a YAML value: 'x'"),
    "tag that does not fit": (HEAD + "assumptions: {input: !!int x}\n", "6:22: not a YAML value: 'x'"),
    "number that is none": (HEAD + "assumptions: {input: !!int ''}\n", "6:22: not a YAML value: ''"),
    "number without end": (HEAD + f"assumptions: {{input: {'1:' * 200}1.0}}\n", "6:22: not a YAML value: '1:1:"),
    "boolean that is none": (HEAD + "assumptions: {input: !!bool maybe}\n", "6:22: not a YAML value: 'maybe'"),
    "time that is none": (HEAD + "assumptions: {input: !!timestamp now}\n", "6:22: not a YAML value: 'now'"),
    # Keys that are unknown, missing, or of another type.
    "unknown key": (HEAD + "claim: []\n", "6:1: unknown key 'claim' in the spec (did you mean 'claims'?)"),
    "unlike any key": (HEAD + "zzz: 1\n", f"6:1: unknown key 'zzz' in the spec (known keys: {KEYS})"),
    "unknown key of a claim": (
        CLAIM + "{doc: doc, say: 5, of: params()}",
        "7:16: unknown key 'say' in 'claims' (did you mean 'says'?)",
    ),
    "unknown key of a document": (
        HEAD.replace("title: A", "titel: A"),
        "5:19: unknown key 'titel' in 'doc' (did you mean 'title'?)",
    ),
    "name missing": (HEAD.partition("\n")[2], "1:1: the spec lacks the key 'name'"),
    "model missing": ("# A spec\nname: tiny\ntitle: Tiny\ninput: [3]\n", "2:1: the spec lacks the key 'model'"),
    "figure missing": (CLAIM + "{doc: doc, of: params()}", "7:5: 'claims' lacks the key 'says'"),
    "document's title missing": (HEAD.replace("title: A", "file: A"), "5:18: 'doc' lacks the key 'title'"),
    "list as a name": (HEAD.replace("tiny", "[tiny]"), "1:7: 'name' must be a text, not a list"),
    "nothing as a title": (HEAD.replace("Tiny", "~"), "2:8: 'title' must be a text, not nothing"),
    "mapping as claims": (HEAD + "claims: {}\n", "6:9: 'claims' must be a list, not a mapping"),
    "nothing as claims": (HEAD + "claims:\n", "6:8: 'claims' must be a list, not nothing"),
    "text as a claim": (CLAIM + "489K", "7:5: 'claims' must be a mapping, not '489K'"),
    "text as documents": (HEAD.replace("{doc: {title: A document}}", "doc"), "5:12: 'documents' must be a mapping"),
    "text as a component": (HEAD + "components: {c: context}\n", "6:17: 'c' must be a list, not 'context'"),
    "no list of sizes": (HEAD.replace("[3, 32, 32]", "3"), "3:8: 'input' must be a shape of positive numbers"),
    "size of zero": (HEAD.replace("[3, 32, 32]", "[3, 0, 32]"), "3:8: 'input' must be a shape of positive numbers"),
    "size in words": (HEAD.replace("[3, 32, 32]", "[3, big]"), "3:8: 'input' must be a shape of positive numbers"),
    # The model.
    "no stages": (HEAD.replace("{context: {block: conv_context}}", "{}"), "4:8: 'model' has no stages"),
    "text as a stage": (
        HEAD.replace("{block: conv_context}", "conv_context"),
        "4:18: a stage must be a mapping such as {block: cbam}, not 'conv_context'",
    ),
    "stage without a block": (HEAD.replace("block: conv_", ""), "4:18: the stage lacks the key 'block'"),
    "number as a block": (HEAD.replace("conv_context", "5"), "4:26: 'block' must be a block's name, not '5'"),
    "stage's name": (
        HEAD.replace("{context", "{con-text"),
        "4:9: 'con-text' cannot be a name; use letters, digits and _",
    ),
    "spec's name": (HEAD.replace("tiny", "a/b"), "1:7: 'a/b' cannot name a report file; use letters, digits, _ . -"),
    "hidden spec": (HEAD.replace("tiny", ".tiny"), "1:7: '.tiny' cannot name a report file"),
    "component's name": (HEAD + "components: {0: [context]}\n", "6:14: '0' cannot be a name"),
    "component named like a stage": (
        HEAD + "components: {context: [context]}\n",
        "6:14: 'context' is already a stage of the model",
    ),
    "assumption about nothing": (
        HEAD + "assumptions:\n  contxt.groups: why\n",
        "7:3: an assumption about 'contxt', which is no stage (did you mean 'context'?)",
    ),
    # Documents, claims and budgets.
    "checksum cut short": (
        HEAD.replace("A document", "A, sha256: 0a1b"),
        "5:37: 'sha256' must be 64 hexadecimal digits in lower case",
    ),
    "checksum in capitals": (
        HEAD.replace("A document", f"A, sha256: '{64 * 'A'}'"),
        "5:38: 'sha256' must be 64 hexadecimal digits in lower case",
    ),
    "unknown document": (
        CLAIM + "{doc: docs, says: 5, of: params()}",
        "7:11: unknown document 'docs' (did you mean 'doc'?)",
    ),
    "no documents at all": (
        HEAD.replace("{doc: {title: A document}}", "{}") + "claims: [{doc: doc, says: 5, of: params()}]",
        "6:16: unknown document 'doc' (there are no documents)",
    ),
    "line in words": (
        CLAIM + "{doc: doc, line: five, says: 5, of: params()}",
        "7:22: 'line' must be a whole number, not 'five'",
    ),
    "line between lines": (
        CLAIM + "{doc: doc, line: 5.5, says: 5, of: params()}",
        "7:22: 'line' must be a whole number, not '5.5'",
    ),
    "line of yes and no": (
        CLAIM + "{doc: doc, line: yes, says: 5, of: params()}",
        "7:22: 'line' must be a whole number",
    ),
    "line zero": (CLAIM + "{doc: doc, line: 0, says: 5, of: params()}", "7:22: lines are counted from 1"),
    "verdict that measuring rules out": (
        CLAIM + "{doc: doc, says: 5, of: params(), known: unverifiable, reason: no model}",
        "7:46: 'unverifiable' is impossible: the claim can be measured",
    ),
    "verdict that takes measuring": (
        CLAIM + "{doc: doc, says: 5 ms, needs: a clock, known: refuted, reason: no}",
        "7:51: 'refuted' is impossible: the claim cannot be measured",
    ),
    "measures nothing": (CLAIM + "{doc: doc, says: 5, of: 2 + 3}", "7:29: '2 + 3' measures nothing"),
    "words for a number": (CLAIM + "{doc: doc, says: many, of: params() + 1}", "7:22: 'says': no figure in 'many'"),
    "reported without a need": (
        CLAIM + "{doc: doc, says: 88%, of: reported(map)}",
        "7:31: 'reported(map)' rests on reported(…), so it must say what it 'needs'",
    ),
    "empty reason": (
        CLAIM + "{doc: doc, says: 5, of: params(), known: refuted, reason: ' '}",
        "7:64: 'reason' says nothing",
    ),
    "no figure": (CLAIM + "{doc: doc, says: many, of: params()}", "7:22: 'says': no figure in 'many'"),
    "two figures": (
        CLAIM + '{doc: doc, says: "12 and 13", of: params()}',
        "7:23: 'says': more than one figure in '12 and 13': '12' and '13'; quote only the claimed one",
    ),
    "not an expression": (
        CLAIM + "{doc: doc, says: 5, of: params() +}",
        "7:39: expected a number or a quantity such as params() but found its end in expression 'params() +'",
    ),
    "not an expression, quoted": (
        CLAIM + "{doc: doc, says: 5, of: '1 - fpn'}",
        "7:34: 'fpn' lacks brackets: fpn() if it is a quantity, params(fpn) if it is a part",
    ),
    "neither of nor needs": (CLAIM + "{doc: doc, says: 5}", f"7:5: {FIGURE_OR_NEED}"),
    "both of and needs": (
        CLAIM + "{doc: doc, says: 5, of: params(), needs: time}",
        "7:29: 'params()' can be measured and needs nothing",
    ),
    "known without reason": (CLAIM + "{doc: doc, says: 5, of: params(), known: refuted}", f"7:5: {ON_RECORD}"),
    "reason without known": (CLAIM + "{doc: doc, says: 5, of: params(), reason: a slip}", f"7:5: {ON_RECORD}"),
    "verdict misspelt": (
        CLAIM + "{doc: doc, says: 5, of: params(), known: refutd, reason: a slip}",
        "7:46: 'known' cannot be 'refutd' (did you mean 'refuted'?)",
    ),
    "unlike any verdict": (
        CLAIM + "{doc: doc, says: 5, of: params(), known: wrong, reason: a slip}",
        "7:46: 'known' cannot be 'wrong' (choices: inconsistent, refuted, unverifiable, verified)",
    ),
    "tolerance of an exact figure": (
        CLAIM + '{doc: doc, says: "in all 592,371", of: params(), within: 5%}',
        "7:62: 'within' is for approximate figures; '592,371' limits itself",
    ),
    "tolerance of a bound": (
        CLAIM + "{doc: doc, says: up to 5K, of: params(), within: 5%}",
        "7:54: 'within' is for approximate figures; 'up to 5K' limits itself",
    ),
    "tolerance in words": (
        CLAIM + "{doc: doc, says: ~5K, of: params(), within: some}",
        "7:49: 'within' is a share such as 5%, not 'some'",
    ),
    "the same claim twice": (
        CLAIM + "{doc: doc, says: 5, of: params()}\n  - {says: '5', doc: doc, of: params()}",
        "8:5: the same claim as in line 7",
    ),
    "budget without a figure": (
        HEAD + "budgets: {params(): small}\n",
        "6:21: a budget must be a plain figure such as 490K, not 'small'",
    ),
    "budget of about": (
        HEAD + "budgets:\n  params(): ~500K\n",
        "7:13: a budget must be a plain figure such as 490K, not '~500K'",
    ),
    "budget as a bound": (HEAD + "budgets: {params(): '< 500K'}\n", "6:22: a budget must be a plain figure"),
    "budget of a name": (
        HEAD + "budgets: {context: 5K}\n",
        "6:11: 'context' lacks brackets: context() if it is a quantity, params(context) if it is a part",
    ),
    # What `extends` names.
    "number as a base": (HEAD + "extends: 5\n", "6:10: 'extends' must be the path of a spec file, not '5'"),
    "base that is a folder": (HEAD + "extends: .\n", "6:10: there is no spec '.'"),
    "base that no file can be": (HEAD + 'extends: "a\\0.yaml"\n', "6:11: there is no spec"),
    "base with an endless name": (HEAD + f"extends: {'a' * 300}\n", "6:10: there is no spec 'aaa"),
}

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "spec.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def message(path: Path) -> str:
    """What is said of the spec at the path, after the path itself."""
    with pytest.raises(SpecError) as error:
        load(path)
    assert str(error.value).startswith(f"{path.as_posix()}:")
    return str(error.value).removeprefix(f"{path.as_posix()}:")


def test_a_spec_becomes_typed_values(write: Write) -> None:
    path = write(WHOLE)
    spec = load(path)
    assert (spec.name, spec.title, spec.input.shape) == ("tiny", "A tiny model", (3, 32, 32))
    assert (spec.path, spec.base, spec.extends) == (path, None, None)
    assert {name: stage.block for name, stage in spec.model.items()} == {
        "backbone": "mobilenet_v1",
        "attention": "cbam",
    }
    assert {key: entry.node.value for key, entry in spec.model["attention"].arguments.items()} == {"reduction": 8}
    assert [name.text for name in spec.components["gates"]] == ["attention.*.channel_gate", "backbone.stem"]
    assert [(name.text, reason) for name, reason in spec.assumptions.items()] == [
        ("attention.reduction", "the document prints none"),
        ("input", "the usual size of a test"),
    ]
    assert (spec.documents["readme"].title, spec.documents["readme"].file) == ("README", "README.md")
    assert {of.text: limit.value for of, limit in spec.budgets.items()} == {
        "params()": 600_000,
        "macs(backbone)": 5_000_000,
    }


def test_a_claim_has_a_figure_and_a_place(write: Write) -> None:
    path = write(WHOLE)
    exact, approximate, unmeasured = load(str(path)).claims
    assert exact.of is not None
    assert (exact.doc, exact.line, exact.says.figure, exact.of.text) == ("readme", 5, "592,371", "params()")
    assert (exact.known, exact.reason, exact.needs, exact.within) == (None, None, None, None)
    assert (approximate.line, approximate.says.text, approximate.says.figure) == (None, "~489K in all", "~489K")
    assert approximate.says.intervals == (Interval(Fraction(479_220), Fraction(498_780), unit="K"),)
    assert (approximate.known, approximate.reason) == (Verdict.REFUTED, "a slip")
    assert (unmeasured.of, unmeasured.needs) == (None, "a trained model")
    assert [claim.mark for claim in (exact, approximate, unmeasured)] == [
        Mark(path.as_posix(), 20, 5),
        Mark(path.as_posix(), 21, 5),
        Mark(path.as_posix(), 27, 5),
    ]


@pytest.mark.parametrize(
    ("scalar", "text", "shape"),
    [
        ("487103", "487103", Shape.EXACT),
        ("'487,103'", "487,103", Shape.EXACT),
        ("487_103", "487_103", Shape.EXACT),
        ("4.0", "4.0", Shape.ROUNDED),
        ("0.50", "0.50", Shape.ROUNDED),
        ("1e6", "1e6", Shape.ROUNDED),
        ("1.0e+6", "1.0e+6", Shape.ROUNDED),
        ("+4K", "+4K", Shape.ROUNDED),
        ("-3", "-3", Shape.EXACT),
        ("~5", "~5", Shape.APPROXIMATE),
        ('"> 5"', "> 5", Shape.MORE),
    ],
)
def test_a_number_keeps_the_digits_it_is_written_with(write: Write, scalar: str, text: str, shape: Shape) -> None:
    (claim,) = load(write(CLAIM + f"{{doc: doc, says: {scalar}, of: params()}}")).claims
    assert (claim.says.text, claim.says.shape) == (text, shape)


def test_words_that_yaml_takes_for_something_else_stay_words(write: Write) -> None:
    spec = load(write(HEAD.replace("tiny", "on").replace("Tiny", "2024-01-01")))
    assert (spec.name, spec.title) == ("on", "2024-01-01")


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_named_at_its_place(write: Write, case: str) -> None:
    text, expected = MISTAKES[case]
    assert message(write(text)).startswith(expected)


def test_lines_are_counted_alike_on_every_system(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + "claim: []\n").replace("\n", "\r\n").encode())
    assert message(path).startswith("6:1: unknown key 'claim'")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes("name: caf\u00e9\n".encode("latin-1"))
    assert message(path) == "1:1: is not UTF-8 text (byte 9)"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert message(tmp_path / "spec.yaml") == "1:1: cannot be read: No such file or directory"


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    assert message(tmp_path) == "1:1: cannot be read: Is a directory"


def outcome(path: Path) -> Spec | SpecError:
    try:
        return load(path)
    except SpecError as error:
        return error


PIECES = st.sampled_from(
    ["", " ", "\n", "  - ", ": ", "{", "}", "[", "]", "'", '"', "&a ", "*a", "~", "!!int ", "<<: "]
) | (
    st.sampled_from(["0", "-1", ".inf", "489K", "params()", "1/0", "block", "extends: spec.yaml", "2024-01-01"])
    | st.text()
)


@given(st.integers(0, len(WHOLE)), st.integers(0, 40), PIECES)
def test_a_damaged_spec_is_read_or_its_mistake_has_a_place(
    tmp_path_factory: pytest.TempPathFactory, start: int, length: int, piece: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_text(WHOLE[:start] + piece + WHOLE[start + length :], encoding="utf-8")
    result = outcome(path)
    if isinstance(result, SpecError):
        assert result.mark.path == path.as_posix()
        assert result.mark.line <= len(path.read_text(encoding="utf-8").splitlines()) + 1
