"""What kind of text each line of a document is, and the tables and lists that lines make up."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reading.structure import Item, Reading, read

Cells = tuple[str, ...]
Tree = list[tuple[str, "Tree"]]


def reading(document: str) -> Reading:
    return read(dedent(document).encode(), "README.md")


def kinds(document: str) -> list[tuple[str, str]]:
    """The lines that say something, each with its kind."""
    return [(line.kind.value, line.text) for line in reading(document).lines if line.text]


def tables(document: str) -> list[tuple[Cells, list[Cells]]]:
    """The tables of a document: their headings and their rows."""
    return [
        (table.headings, [tuple(cell.text for cell in row) for row in table.rows]) for table in reading(document).tables
    ]


def tree(items: tuple[Item, ...]) -> Tree:
    return [(item.line.text, tree(item.items)) for item in items]


def test_every_line_is_of_some_kind() -> None:
    document = """\
        # Model

        It has **3** stages:

        - stem
          with a norm
        - body
            1. first

        | Part | Params |
        |------|-------:|
        | stem | 864    |

        > A quote
        > - and a point

        <p align="center">
        centred
        </p>

        Done.
        """
    assert kinds(document) == [
        ("heading", "# Model"),
        ("prose", "It has 3 stages:"),
        ("list item", "- stem"),
        ("prose", "with a norm"),
        ("list item", "- body"),
        ("list item", "1. first"),
        ("table", "| Part | Params |"),
        ("table", "|------|-------:|"),
        ("table", "| stem | 864 |"),
        ("prose", "A quote"),
        ("list item", "- and a point"),
        ("markup", '<p align="center">'),
        ("markup", "centred"),
        ("markup", "</p>"),
        ("prose", "Done."),
    ]


def test_lines_are_counted_from_one_and_none_is_left_out() -> None:
    lines = reading("one\n\n```\ntwo\n```\n").lines
    assert [(line.number, line.text) for line in lines][:4] == [(1, "one"), (2, ""), (3, ""), (4, "two")]


@pytest.mark.parametrize(
    ("fence", "kind", "language"),
    [
        ("```python", "code", "python"),
        ("```Python title=model.py", "code", "python"),
        ("~~~ yaml", "code", "yaml"),
        ("```{.json}", "code", "json"),
        ("```unheard-of", "code", "unheard-of"),
        ("```", "drawing", ""),
        ("```text", "drawing", "text"),
        ("```console", "drawing", "console"),
    ],
)
def test_fenced_code_is_of_its_language_and_a_drawing_where_that_is_none(fence: str, kind: str, language: str) -> None:
    first, inside, _, after = reading(f"{fence}\nx = 1\n{fence[:3]}\nprose\n").lines[:4]
    assert first.kind.value == "fence"
    assert (inside.kind.value, inside.language, inside.text) == (kind, language, "x = 1")
    assert after.kind.value == "prose"


def test_lines_that_are_set_in_are_a_drawing() -> None:
    assert kinds("Like this:\n\n    stem -> body\n\nDone.\n")[1] == ("drawing", "stem -> body")


def test_the_settings_at_the_top_of_a_model_card_are_code_of_their_own() -> None:
    document = "---\nlicense: mit\nwidth: 0.25\n---\n# Model\n"
    lines = reading(document).lines
    assert [(line.kind.value, line.language) for line in lines[:4]] == [("code", "front matter")] * 4
    assert lines[4].kind.value == "heading"


@pytest.mark.parametrize(
    "document",
    [
        "---\n\n# Model\n\n| Part | Params |\n|---|---|\n| stem | 864 |\n\n---\n\nDone.\n",
        "---\n# Model\n\n| Part | Params |\n|---|---|\n| stem | 864 |\n",
        "# Model\n\n---\n| Part | Params |\n|---|---|\n| stem | 864 |\n---\n",
    ],
    ids=["between rules", "after a rule", "in the middle"],
)
def test_a_rule_opens_no_settings(document: str) -> None:
    assert ("heading", "# Model") in kinds(document)
    assert tables(document) == [(("Part", "Params"), [("stem", "864")])]


@pytest.mark.parametrize(
    ("document", "under"),
    [
        (
            "Before.\n\n# One\n\ntext\n\n## Two\ntext\n",
            ["", "", "# One", "# One", "# One", "# One", "## Two", "## Two"],
        ),
        ("Title\n=====\n\ntext\n", ["Title", "Title", "Title", "Title"]),
        ("Part\n---\ntext\n", ["Part", "Part", "Part"]),
        ("# One\n```python\n# no heading\n```\ntext\n", ["# One"] * 5),
    ],
    ids=["marked", "underlined", "underlined below", "a comment"],
)
def test_every_line_stands_under_a_heading(document: str, under: list[str]) -> None:
    headings = reading(document).headings
    assert [headings[number] for number in range(1, len(under) + 1)] == under


MARKED = {
    "marked": """
        | Part | Params |
        |:-----|-------:|
        | stem | 864 |
        | **body** | `1,152` |
    """,
    "without outer bars": """
        Part | Params
        --- | ---
        stem | 864
        body | 1,152
    """,
    "in a list": """
        - below an item

          | Part | Params |
          |---|---|
          | stem | 864 |
          | body | 1,152 |
    """,
    "in a quote": """
        > | Part | Params |
        > |---|---|
        > | stem | 864 |
        > | body | 1,152 |
    """,
    "set in": """
        Like this:

            Part    Params
            stem       864
            body     1,152
    """,
}
DRAWN = {
    "spaces": """
        Part    Params
        stem       864
        body     1,152
    """,
    "spaces and rules": """
        Part    Params
        --------------
        stem       864

        body     1,152
        ==============
    """,
    "tabs": """
        Part\tParams
        stem\t864
        body\t1,152
    """,
    "bars": """
        | Part | Params |
        |------|--------|
        | stem | 864    |
        | body | 1,152  |
    """,
    "plus and minus": """
        +------+--------+
        | Part | Params |
        +======+========+
        | stem |    864 |
        | body |  1,152 |
        +------+--------+
    """,
    "a box": """
        ┌──────┬────────┐
        │ Part │ Params │
        ├──────┼────────┤
        │ stem │    864 │
        │ body │  1,152 │
        └──────┴────────┘
    """,
    "a double box": """
        ╔══════╦════════╗
        ║ Part ║ Params ║
        ╠══════╬════════╣
        ║ stem ║    864 ║
        ║ body ║  1,152 ║
        ╚══════╩════════╝
    """,
}
FENCED = {
    f"{name} in {fence}": f"```{fence}{dedent(text)}```\n" for name, text in DRAWN.items() for fence in ("", "text")
}


@pytest.mark.parametrize("document", (MARKED | FENCED).values(), ids=(MARKED | FENCED))
def test_a_table_is_read_however_it_is_drawn(document: str) -> None:
    assert tables(document) == [(("Part", "Params"), [("stem", "864"), ("body", "1,152")])]


def test_the_cells_of_a_row_know_their_line() -> None:
    marked = reading("Intro.\n\n| a | b |\n|---|---|\n| c | 1 |\n| d | 2 |\n")
    drawn = reading("Intro.\n\n```\na   b\nc   1\nd   2\n```\n")
    assert [[cell.number for cell in row] for row in marked.tables[0].rows] == [[5, 5], [6, 6]]
    assert [[cell.number for cell in row] for row in drawn.tables[0].rows] == [[5, 5], [6, 6]]


def test_an_empty_cell_is_a_cell() -> None:
    assert tables("| a | b | c |\n|---|---|---|\n| x | | 1 |\n") == [(("a", "b", "c"), [("x", "", "1")])]


def test_a_bar_in_a_cell_is_no_border() -> None:
    assert tables("| a | b |\n|---|---|\n| x \\| y | 1 |\n") == [(("a", "b"), [("x | y", "1")])]


@pytest.mark.parametrize(
    "document",
    [
        "```\nstem   864\nbody   1,152\n```\n",  # two lines are no table
        "```\nimage\n  |\nstem 864\n  |\nhead\n```\n",
        "```python\na  b\nc  1\nd  2\n```\n",
        "a  b\nc  1\nd  2\n",
    ],
    ids=["too few rows", "an arrow chart", "code", "prose"],
)
def test_what_is_no_table_is_read_as_none(document: str) -> None:
    assert tables(document) == []


def test_tables_that_are_drawn_one_below_the_other_are_two() -> None:
    document = "```\na   b\nc   1\nd   2\n\ne   f   g\nh   3   4\ni   5   6\n```\n"
    assert tables(document) == [
        (("a", "b"), [("c", "1"), ("d", "2")]),
        (("e", "f", "g"), [("h", "3", "4"), ("i", "5", "6")]),
    ]


def test_a_list_has_a_lead_and_items_below_items() -> None:
    document = """\
        It has three parts:

        - **stem**: 864
        - body
          - stage 1
            - norm
          - stage 2

          which go on
        - head

        1. Install
        2. Run
        """
    first, second = reading(document).listings
    assert first.lead
    assert first.lead.text == "It has three parts:"
    stages: Tree = [("stage 1", [("norm", [])]), ("stage 2", [])]
    assert tree(first.items) == [("stem: 864", []), ("body", stages), ("head", [])]
    assert [item.line.number for item in first.items] == [3, 4, 10]
    assert tree(second.items) == [("Install", []), ("Run", [])]


def test_a_list_at_the_very_top_has_no_lead() -> None:
    (listing,) = reading("- one\n- two\n").listings
    assert listing.lead is None


def test_a_heading_can_lead_a_list() -> None:
    (listing,) = reading("## Top 2\n\n* one\n* two\n").listings
    assert listing.lead
    assert (listing.lead.text, listing.lead.kind.value) == ("## Top 2", "heading")
    assert tree(listing.items) == [("one", []), ("two", [])]


def test_numbers_are_put_in_english_where_the_document_has_a_decimal_comma() -> None:
    german = reading("Es hat 7.763.716 Parameter, 31,1 MB.\n").lines[0]
    assert (german.text, german.numerals) == (
        "Es hat 7.763.716 Parameter, 31,1 MB.",
        "Es hat 7,763,716 Parameter, 31.1 MB.",
    )
    english = reading("It has 7,763,716 parameters, 31.1 MB.\n").lines[0]
    assert english.numerals == english.text


PIECES = [
    "# ",
    "- ",
    "  - ",
    "1. ",
    "> ",
    "| ",
    " | ",
    "|---|",
    "---",
    "```",
    "```python",
    "~~~",
    "<p>",
    "</p>",
    "    ",
]
PIECES += ["\n", "\n\n", "text", "3", "1,024", "**", "===", "│", "─────", "[^1]: ", "<!--", "-->", "  ", "\t"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=100))
def test_any_text_is_read_line_by_line(document: str) -> None:
    found = read(document.encode(), "README.md")
    expected = document.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [line.number for line in found.lines] == list(range(1, len(expected) + 1))
    assert all(len(line.text) == len(line.numerals) for line in found.lines)
    cells = [cell.number for table in found.tables for row in table.rows for cell in row]
    assert all(1 <= number <= len(expected) for number in cells)
