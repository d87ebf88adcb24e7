"""Records of coverage: what the overview tells of documents that are not at hand when it is made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import main
from auditor.errors import AuditError
from auditor.reading.drift import read_documents
from auditor.reading.records import Record, dump_records, load_records, record, subjects
from auditor.spec import load

Write = Callable[..., Path]
Output = pytest.CaptureFixture[str]

README = "# A small model\n\nV2 has 224,600 parameters, 3 CBAMs and 12 layers.\n"
TOTAL = "{doc: readme, line: 3, says: '224,600', of: params()}"
MODULES = "{doc: readme, line: 3, says: 3 CBAMs, of: count(CBAM)}"
CLAIMS = f"claims: [{TOTAL}, {MODULES}]\n"
RECORDS = Path("reports/coverage.json")


@pytest.fixture
def folder(small: Write) -> Write:
    """Two specs that speak of one document, which lies in a folder of its own."""
    Path("docs").mkdir()
    Path("docs/README.md").write_text(README, encoding="utf-8")
    small(CLAIMS, "one")
    small(CLAIMS, "two")
    return small


def audit(*options: str) -> int:
    return main(["specs", *options])


def with_documents(*options: str) -> int:
    return audit("--documents", "docs", *options)


def reports() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path("reports").iterdir()}


def records() -> Mapping[str, Any]:
    found = json.loads(RECORDS.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def row(title: str = "A README (README.md)") -> list[str]:
    """What the overview says of a document: figures, set aside, overlooked, coverage."""
    lines = Path("reports/README.md").read_text(encoding="utf-8").split("\n")
    (cells,) = (line.strip("| ").split("|") for line in lines if line.startswith(f"| {title} |"))
    return [cell.strip() for cell in cells[1:5]]


KNOWN = ["4", "1", "1", "66.6%"]
NOT_AT_HAND = ["not at hand", "", "", ""]


def test_an_audit_with_the_documents_tells_their_coverage_and_keeps_it(folder: Write) -> None:
    assert with_documents() == 0
    assert row() == KNOWN
    (record,) = records().values()
    assert record["title"] == "A README"
    assert (record["claimed"], record["aside"], record["overlooked"]) == (2, {"part of a name": 1}, 1)


def test_without_the_documents_nothing_is_told_of_their_coverage(folder: Write) -> None:
    assert audit() == 0
    assert row() == NOT_AT_HAND
    assert not RECORDS.exists()


def test_what_is_kept_is_told_again_without_the_documents(folder: Write) -> None:
    assert with_documents() == 0
    before = reports()
    assert audit() == 0
    assert reports() == before
    assert audit("--check") == 0
    assert with_documents("--check") == 0
    assert with_documents() == 0
    assert reports() == before


def test_one_spec_alone_leaves_the_records_as_they_are(folder: Write) -> None:
    assert with_documents() == 0
    before = reports()
    assert main(["specs/one.yaml"]) == 0
    assert reports() == before


def test_when_a_quote_changes_nothing_is_told_until_the_documents_are_at_hand(folder: Write, capsys: Output) -> None:
    other = "  other: {title: Another, file: OTHER.md}\n"
    Path("docs/OTHER.md").write_text("It has 12 layers.\n", encoding="utf-8")
    folder(other + CLAIMS, "one")
    assert with_documents() == 0
    assert len(records()) == 2
    folder(other + f"claims: [{TOTAL}]\n", "one")
    assert audit("--check") == 1
    assert "reports/README.md is missing or out of date" in capsys.readouterr().err
    assert audit() == 0
    assert [record["title"] for record in records().values()] == ["Another"]
    assert row("Another (OTHER.md)") == ["1", "0", "1", "0%"]
    assert row() == NOT_AT_HAND


def test_the_last_record_that_does_not_hold_is_not_kept_either(folder: Write) -> None:
    assert with_documents() == 0
    folder(f"claims: [{TOTAL}]\n", "one")
    assert audit() == 0
    assert row() == NOT_AT_HAND
    assert not RECORDS.exists() or records() == {}


def test_a_document_that_has_changed_is_counted_anew(folder: Write) -> None:
    assert with_documents() == 0
    Path("docs/README.md").write_text(f"{README}It has 3 heads.\n", encoding="utf-8")
    assert audit("--check") == 0
    assert with_documents("--check") == 1
    assert with_documents() == 0
    assert row() == ["5", "1", "2", "50%"]


def test_records_that_cannot_be_read_end_the_audit(folder: Write, capsys: Output) -> None:
    RECORDS.parent.mkdir()
    RECORDS.write_text("[]", encoding="utf-8")
    assert audit() == 2
    assert capsys.readouterr().err.startswith("reports/coverage.json: is no record of coverage")
    assert reports() == {"coverage.json": b"[]"}


def told(kept: Mapping[str, Record], *, at_hand: bool) -> dict[str, Record | None]:
    """What is known of each document by its key, after an audit that knew what is kept."""
    specs = [load(path) for path in sorted(Path("specs").glob("*.yaml"))]
    read = read_documents(specs[0], Path("docs")) if at_hand else {}
    return {one.key: record(one, read.get(one.sources[0].doc), kept) for one in subjects(specs)}


def keep() -> dict[str, Record]:
    """The records of an audit with the documents, written and read again."""
    found = {key: one for key, one in told({}, at_hand=True).items() if one}
    RECORDS.parent.mkdir(exist_ok=True)
    RECORDS.write_text(dump_records(found), encoding="utf-8")
    return load_records(RECORDS)


def test_records_are_read_as_they_were_written(folder: Write) -> None:
    kept = keep()
    assert kept == told({}, at_hand=True)
    assert kept == told(kept, at_hand=False)
    assert load_records(Path("reports/none.json")) == {}


@pytest.mark.parametrize(
    "changed",
    [
        "",
        f"claims: [{TOTAL}]\n",
        CLAIMS.replace("3 CBAMs", "'3'"),
        CLAIMS.replace("line: 3, says: 3", "line: 4, says: 3"),
        CLAIMS.replace("'224,600'", "'224,600', occurrence: 2"),
        CLAIMS + "aside: [{doc: readme, line: 3, says: '12', reason: Of another.}]\n",
        f"claims: [{TOTAL}]\naside: [{{doc: readme, line: 3, says: 3 CBAMs, reason: Of another.}}]\n",
    ],
    ids=["none", "one less", "other words", "another line", "another occurrence", "set aside", "set aside instead"],
)
def test_a_record_holds_no_more_when_a_quote_changes(folder: Write, changed: str) -> None:
    kept = keep()
    folder(changed, "two")
    assert list(told(kept, at_hand=False).values()) == [None]


@pytest.mark.parametrize(
    "changed",
    [
        CLAIMS.replace("of: params()", "of: params(backbone)"),
        CLAIMS.replace("params()", "params(), known: refuted, reason: It is old."),
        f"claims: [{MODULES}, {TOTAL}]\n",
        "budgets: {params(): 1M}\n" + CLAIMS,
    ],
    ids=["another subject", "another verdict", "another order", "a budget"],
)
def test_a_record_holds_when_what_is_quoted_stays_the_same(folder: Write, changed: str) -> None:
    kept = keep()
    folder(changed, "two")
    assert told(kept, at_hand=False) == kept


def test_reasons_are_counted_without_their_words(folder: Write) -> None:
    folder(CLAIMS + "aside: [{doc: readme, line: 3, says: 12 layers, reason: Of another.}]\n", "one")
    (found,) = keep().values()
    assert found.aside == {"a spec's reason": 1, "part of a name": 1}
    assert (found.figures, found.percent) == (4, 100)


def test_a_document_with_another_checksum_is_another_one(folder: Write) -> None:
    sha256 = hashlib.sha256(README.encode()).hexdigest()
    specs = [folder(CLAIMS, name) for name in ("one", "two")]
    for spec in specs:
        spec.write_text(spec.read_text(encoding="utf-8").replace(".md}", f".md, sha256: {sha256}}}"), encoding="utf-8")
    kept = keep()
    assert list(kept) == [sha256]
    for spec in specs:
        spec.write_text(spec.read_text(encoding="utf-8").replace(sha256, "0" * 64), encoding="utf-8")
    assert list(told(kept, at_hand=False).values()) == [None]


def test_two_documents_of_one_title_have_a_record_each(folder: Write) -> None:
    Path("docs/OTHER.md").write_text("It has 12 layers.\n", encoding="utf-8")
    folder("  other: {title: A README, file: OTHER.md}\n" + CLAIMS, "one")
    assert sorted(found.figures for found in keep().values()) == [1, 4]


VALUES = '"title": "A README", "quotes": "0123456789abcdef"'


@pytest.mark.parametrize(
    "values",
    [
        "1",
        "{}",
        f"{{{VALUES}}}",
        f'{{{VALUES}, "claimed": 1, "aside": {{}}, "overlooked": 1, "more": 1}}',
        f'{{{VALUES}, "claimed": "1", "aside": {{}}, "overlooked": 1}}',
        f'{{{VALUES}, "claimed": null, "aside": {{}}, "overlooked": 1}}',
        f'{{{VALUES}, "claimed": 1, "aside": [1], "overlooked": 1}}',
        f'{{{VALUES}, "claimed": 1, "aside": {{"label": "x"}}, "overlooked": 1}}',
    ],
)
def test_values_that_are_none_of_a_record_are_refused(tmp_path: Path, values: str) -> None:
    (tmp_path / "coverage.json").write_text(f'{{"A README": {values}}}', encoding="utf-8")
    with pytest.raises(AuditError, match=r"coverage\.json: is no record of coverage"):
        load_records(tmp_path / "coverage.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"3", b'"A README"', b"\xff\xfe{}", b"\x80"], ids=repr)
def test_what_is_no_json_of_records_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "coverage.json").write_bytes(content)
    with pytest.raises(AuditError, match=r"coverage\.json: is no record of coverage"):
        load_records(tmp_path / "coverage.json")
