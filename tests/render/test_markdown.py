"""Pages as Markdown: whatever a spec says, it can break neither the table nor the page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from auditor.render.markdown import markdown
from auditor.render.page import Cell, Code, Link, Page, Section, Table, columns

PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

HARMLESS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)


def page_with(cell: Cell) -> Page:
    return Page("Title", (Section("Section", table=Table(columns("One", "#Two"), ((cell, "end"),))),))


def cells_of(text: str) -> list[list[str]]:
    """The table's cells as a reader of the rendered page sees them."""
    tokens = PARSER.parse(text)
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append("".join(child.content for child in token.children or []))
    return rows


def test_a_page_reads_as_written() -> None:
    section = Section("Answer", "All is well.", points=(("of ", Code("params()"), ": fine"),), note="Really.")
    assert markdown(Page("A title", (section,))) == (
        "# A title\n\n## Answer\n\nAll is well.\n\n- of `params()`: fine\n\nReally.\n"
    )


def test_numbers_stand_to_the_right() -> None:
    assert "| --- | ---: |" in markdown(page_with("1"))


def test_links_lead_to_other_pages() -> None:
    assert "[v1\\_paper](v1_paper.md)" in markdown(page_with(Link("v1_paper", "v1_paper.md")))


@given(HARMLESS)
def test_any_text_comes_out_of_a_table_as_it_went_in(text: str) -> None:
    assert cells_of(markdown(page_with(text))) == [["One", "Two"], [text, "end"]]


@given(HARMLESS)
def test_any_code_comes_out_of_a_table_as_it_went_in(text: str) -> None:
    if "\\" in text:  # a backslash before a bar cannot be written in a table's code span
        return
    assert cells_of(markdown(page_with(Code(text)))) == [["One", "Two"], [text, "end"]]


@given(st.text())
def test_line_breaks_and_controls_never_end_a_row(text: str) -> None:
    assert len(cells_of(markdown(page_with(text)))) == 2


def test_markup_in_a_spec_is_shown_and_not_obeyed() -> None:
    html = PARSER.render(markdown(page_with('<script>alert("x")</script> **bold** [a](b) ~~gone~~ | x')))
    assert "<script>" not in html
    assert "<strong>" not in html
    assert "<a " not in html
    assert "<s>" not in html
