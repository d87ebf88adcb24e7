"""HTML files as a reader meets them: opened from disk in a real browser, without any network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from auditor.auditing import audit
from auditor.render.html import html
from auditor.render.page import Code, Page, Section, Table, columns
from auditor.render.report import report
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator
    from playwright.sync_api import Page as Tab

playwright: Any = pytest.importorskip("playwright.sync_api", reason="needs playwright")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs a Chromium that is installed already")

A4 = 687
"""Pixels between the margins of a sheet."""

Show = Callable[..., "Tab"]

NODES = "".join(
    f'<g id="node{i}" class="node"><title>n{i}</title><g><a xlink:title="layer {i}&#10;{i},000 parameters">'
    f'<polygon fill="white" stroke="black" points="10,{y} 90,{y} 90,{y + 20} 10,{y + 20}"/>'
    f'<text x="20" y="{y + 15}" font-size="9">layer {i}</text></a></g></g>'
    for i, y in enumerate(range(10, 310, 30))
)
DRAWING = (
    '<svg viewBox="0 0 100 310" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    f'<g id="graph0" class="graph"><title>all</title>{NODES}</g></svg>'
)
PLOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 30"><style>rect { fill: rgb(0, 128, 0) }</style>'
    '<rect width="60" height="30"/></svg>'
)
NUMBERS = ("1,234", "−5", "1.2%", "+3 (+2.5%)", "[2, 7)", "", "1.02G", "510K", "1.9 MiB", "holds", "≤ 40")


def claims() -> Page:
    """A page with a table to sort and to filter."""
    rows = (
        ("✓ verified", "paper", "ratio", "+3%", Code("a / b")),
        ("✗ refuted", "paper", "size", "12 MB", Code("4 * params()")),
        ("✗ refuted", "readme", "size", "9 MB", Code("4 * params()")),
        ("? unverifiable", "readme", "reported", "88% mAP", ""),
    )
    table = Table(columns("Verdict", "Document", "Kind", "Says", "Of"), rows, ("Document", "Kind", "Verdict"))
    numbers = Table(columns("#Number", "Name"), tuple((number, f"row {i}") for i, number in enumerate(NUMBERS)))
    return Page("Claims", (Section("Answer", "So so."), Section("Claims", table=table), Section("Rest", table=numbers)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Open a file; in the end nothing may have been complained of, or asked for but the file itself."""
    troubles: list[str] = []
    file = tmp_path / "page.html"
    contexts = []

    def asked(url: str) -> None:
        if url != file.as_uri() and not url.startswith("data:"):
            troubles.append(url)

    def open_file(text: str, **options: Any) -> Tab:
        file.write_text(text, encoding="utf-8")
        contexts.append(browser.new_context(offline=True, **options))
        tab = contexts[-1].new_page()
        tab.on("console", lambda message: troubles.append(message.text))
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.on("dialog", lambda dialog: troubles.append(dialog.message))
        tab.on("request", lambda request: asked(request.url))
        tab.goto(file.as_uri())
        return tab

    yield open_file
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture(scope="module")
def real() -> str:
    """The report on a real model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return html(report(audit("specs/v2_coord.yaml")), drawing=DRAWING, pictures=[("A plot", PLOT)])


def column(tab: Tab, heading: str, table: int) -> list[str]:
    """The shown cells of a column."""
    headings = tab.locator("table").nth(table).locator("th").all_inner_texts()
    number = headings.index(heading) + 1
    return tab.locator("table").nth(table).locator(f"tbody tr:visible td:nth-child({number})").all_inner_texts()


def count(tab: Tab) -> str:
    return tab.locator("output").inner_text()


def view_box(tab: Tab) -> list[float]:
    box = tab.locator(".view svg").get_attribute("viewBox") or ""
    return [float(number) for number in box.split()]


def node(tab: Tab, number: int) -> Locator:
    return tab.locator(".node a").nth(number)


def test_a_heading_sorts_upwards_then_downwards_then_not_at_all(show: Show) -> None:
    tab = show(html(claims()))
    says = column(tab, "Says", 0)
    heading = tab.get_by_role("columnheader", name="Says")
    for order, expected in (
        ("ascending", ["+3%", "9 MB", "12 MB", "88% mAP"]),
        ("descending", ["88% mAP", "12 MB", "9 MB", "+3%"]),
        ("none", says),
    ):
        heading.get_by_role("button").click()
        assert heading.get_attribute("aria-sort") == order
        assert column(tab, "Says", 0) == expected


def test_numbers_are_sorted_by_what_they_come_to_whatever_they_are_written_with(show: Show) -> None:
    tab = show(html(claims()))
    tab.get_by_role("button", name="Number").focus()
    tab.keyboard.press("Enter")
    upwards = ["−5", "1.2%", "[2, 7)", "+3 (+2.5%)", "≤ 40", "1,234", "510K", "1.9 MiB", "1.02G"]
    assert column(tab, "Number", 1) == [*upwards, "", "holds"]
    tab.keyboard.press("Space")
    assert column(tab, "Number", 1) == [*reversed(upwards), "", "holds"]


def test_filters_and_words_leave_the_rows_that_have_them_all(show: Show) -> None:
    tab = show(html(claims()))
    assert count(tab) == "4 of 4 claims"
    tab.get_by_label("Kind").select_option("size")
    assert column(tab, "Says", 0) == ["12 MB", "9 MB"]
    tab.get_by_label("Document").select_option("readme")
    assert (column(tab, "Says", 0), count(tab)) == (["9 MB"], "1 of 4 claims")
    tab.get_by_label("Verdict").select_option("✓ verified")
    assert count(tab) == "0 of 4 claims"
    tab.get_by_role("button", name="Clear").click()
    assert count(tab) == "4 of 4 claims"
    tab.get_by_label("Search").fill("PARAMS refuted 12")
    assert column(tab, "Says", 0) == ["12 MB"]
    assert tab.locator("output").get_attribute("aria-live") == "polite"


def test_a_real_report_can_be_filtered_and_loses_no_row(show: Show, real: str) -> None:
    tab = show(real)
    rows = tab.locator("#section-claims tbody tr").count()
    assert rows > 50
    assert count(tab) == f"{rows} of {rows} claims"
    shown = []
    for choice in tab.get_by_label("Verdict").locator("option").all_inner_texts()[1:]:
        tab.get_by_label("Verdict").select_option(choice)
        shown.append(int(count(tab).split()[0]))
        assert set(tab.locator("#section-claims tbody tr:visible td:first-child").all_inner_texts()) == {choice}
    assert sum(shown) == rows


def test_a_node_tells_what_it_is_when_pointed_at(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING))
    tip = tab.get_by_role("tooltip")
    assert tip.count() == 0
    node(tab, 2).hover()
    assert tip.inner_text() == "layer 2\n2,000 parameters"
    tab.keyboard.press("Escape")
    assert tip.count() == 0
    node(tab, 3).hover()
    assert tip.inner_text() == "layer 3\n3,000 parameters"
    tab.locator("h1").hover()
    assert tip.count() == 0


def test_nodes_are_reached_by_the_keyboard_and_brought_into_view(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING))
    tab.locator(".view").focus()
    for _ in range(6):
        tab.keyboard.press("+")
    for number in range(10):
        tab.keyboard.press("Tab")
        assert tab.get_by_role("tooltip").inner_text() == f"layer {number}\n{number},000 parameters"
        assert node(tab, number).evaluate("node => node === document.activeElement")
    shown, frame = node(tab, 9).bounding_box(), tab.locator(".view").bounding_box()
    assert shown is not None
    assert frame is not None
    assert frame["y"] <= shown["y"] <= shown["y"] + shown["height"] <= frame["y"] + frame["height"]


def test_a_tap_tells_what_a_node_is(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING), has_touch=True, is_mobile=True, viewport={"width": 360, "height": 700})
    node(tab, 1).tap()
    assert tab.get_by_role("tooltip").inner_text() == "layer 1\n1,000 parameters"
    tab.locator("h1").tap()
    assert tab.get_by_role("tooltip").count() == 0


def test_the_drawing_is_zoomed_by_buttons_and_keys(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING))
    whole = view_box(tab)
    tab.get_by_role("button", name="Zoom in").click()
    near = view_box(tab)
    assert near[2] < whole[2]
    tab.get_by_role("button", name="Zoom out").click()
    assert view_box(tab) == pytest.approx(whole)
    tab.locator(".view").focus()
    tab.keyboard.press("+")
    assert view_box(tab) == pytest.approx(near)
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowRight")
    moved = view_box(tab)
    assert moved[0] > near[0]
    assert moved[1] > near[1]
    tab.keyboard.press("-")
    tab.keyboard.press("+")
    tab.keyboard.press("0")
    assert view_box(tab) == whole


def test_the_drawing_is_zoomed_by_the_wheel_and_dragged(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING))
    whole = view_box(tab)
    tab.locator(".view").click(position={"x": 5, "y": 50})
    tab.mouse.wheel(0, -300)
    tab.wait_for_function(f"document.querySelector('.view svg').viewBox.baseVal.width < {whole[2]}")
    near = view_box(tab)
    tab.locator(".view svg").hover()
    tab.mouse.down()
    tab.mouse.move(300, 300, steps=3)
    tab.mouse.up()
    assert view_box(tab)[2:] == near[2:]
    assert view_box(tab)[:2] != near[:2]


def test_the_wheel_scrolls_past_a_drawing_that_was_not_clicked(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING))
    tab.locator(".view").hover()
    tab.mouse.wheel(0, 100)
    tab.wait_for_function("scrollY > 0")
    assert view_box(tab) == [0, 0, 100, 310]


def test_two_fingers_zoom_the_drawing(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING), has_touch=True, is_mobile=True, viewport={"width": 360, "height": 700})
    tab.locator(".view").scroll_into_view_if_needed()
    box = tab.locator(".view").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 100
    fingers = tab.context.new_cdp_session(tab)
    for kind, apart in (("touchStart", 20), ("touchMove", 40), ("touchMove", 60)):
        points = [{"x": x, "y": y + sign * apart, "id": sign + 1} for sign in (-1, 1)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert view_box(tab)[2] < 60


CONTRAST = """() => {
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
            .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const isClear = (colour) => colour === "rgba(0, 0, 0, 0)";
    const behind = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return isClear(colour) ? behind(element.parentElement) : colour;
    };
    return [...document.querySelectorAll("body *:not(img, svg *)")].filter((element) => element.checkVisibility())
        .map((element) => {
            const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => a - b);
            return [(pair[1] + 0.05) / (pair[0] + 0.05), element.outerHTML.slice(0, 80)];
        }).sort((a, b) => a[0] - b[0])[0];
}"""


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_all_text_stands_out_in_both_schemes(show: Show, real: str, colours: str) -> None:
    tab = show(real, color_scheme=colours)
    contrast, element = tab.evaluate(CONTRAST)
    assert contrast >= 4.5, element
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(253, 253, 252)") == (colours == "light")
    assert tab.evaluate("getComputedStyle(document.querySelector('.view')).backgroundColor") == "rgb(255, 255, 255)"


def test_the_choice_of_colours_is_remembered(show: Show) -> None:
    tab = show(html(claims()), color_scheme="light")
    light = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    button = tab.get_by_role("button", name="Dark")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    tab.reload()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert button.get_attribute("aria-pressed") == "true"


def test_nothing_is_wider_than_a_phone_but_what_scrolls_by_itself(show: Show, real: str) -> None:
    tab = show(real, viewport={"width": 360, "height": 740})
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    assert tab.evaluate("document.querySelector('#section-claims .scroll').scrollWidth") > 360


def test_no_table_is_wider_than_a_sheet_of_paper(show: Show, real: str) -> None:
    tab = show(real, viewport={"width": A4, "height": 1000})
    tab.emulate_media(media="print")
    assert tab.evaluate("document.documentElement.scrollWidth") == A4


def test_paper_has_every_row_and_no_controls(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING))
    tab.get_by_label("Search").fill("nothing has this")
    assert column(tab, "Says", 0) == []
    tab.emulate_media(media="print", color_scheme="dark")
    assert len(column(tab, "Says", 0)) == 4
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(253, 253, 252)"
    assert not any(tab.locator(part).is_visible() for part in ("nav", ".filters", ".tools", "header button"))


def test_everything_that_can_be_worked_with_is_reached_and_seen_to_be(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING))
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the content"
    box = tab.locator(".skip").first.bounding_box()
    assert box is not None
    assert box["width"] > 50
    reached = 1
    while tab.evaluate("document.activeElement !== document.body"):
        assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        tab.keyboard.press("Tab")
        reached += 1
    workable = "a[href]:visible, button:visible, select:visible, input:visible, .view, .node a, .scroll"
    assert reached - 1 == tab.locator(workable).count()


NASTY = "</script></style></title></select><script>alert(1)</script><img src=x onerror=alert(2)>\" onfocus='alert(3)'"


def test_what_a_page_says_is_never_obeyed(show: Show) -> None:
    text = f"x{NASTY}"
    table = Table(columns(text, f"#{text}"), ((text, Code(text)),), filters=(text,))
    page = Page(text, (Section("Answer", text, ((text, Code(text)),), note=text), Section(text, table=table)))
    label = text.replace("<", "&lt;").replace('"', "&quot;")
    script = f'<script>alert(4)</script><text onclick="alert(5)">{label}</text>'
    drawing = DRAWING.replace("layer 0", label).replace("</g></svg>", f"{script}</g></svg>")
    tab = show(html(page, drawing=drawing, pictures=[(text, PLOT.replace("<rect", "<script>alert(6)</script><rect"))]))
    assert tab.title() == tab.locator("h1").inner_text() == text
    node(tab, 0).hover()
    assert tab.get_by_role("tooltip").inner_text() == f"{text}\n0,000 parameters"
    tab.get_by_label("Search").fill(text)
    tab.locator("th button").first.click()
    assert tab.locator("script").count() == 3
    assert tab.locator("img").count() == 1


def test_a_picture_keeps_its_own_style(show: Show) -> None:
    tab = show(html(claims(), pictures=[("A plot", PLOT)]), color_scheme="dark")
    assert tab.get_by_role("img", name="A plot").evaluate("image => image.complete && image.naturalWidth > 0")
    colour = tab.evaluate("""() => {
        const pen = document.createElement("canvas").getContext("2d");
        pen.drawImage(document.querySelector("img"), 0, 0);
        return [...pen.getImageData(5, 5, 1, 1).data];
    }""")
    assert colour == [0, 128, 0, 255]


def test_without_scripts_all_is_there_to_read(show: Show) -> None:
    tab = show(html(claims(), drawing=DRAWING), java_script_enabled=False)
    assert tab.locator("tbody tr:visible").count() == 4 + len(NUMBERS)
    assert tab.locator(".view svg").is_visible()
    assert tab.locator("button:visible, select:visible, input:visible").count() == 0
