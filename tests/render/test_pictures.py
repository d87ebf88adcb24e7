"""Pictures are drawn once, and known for what they were drawn from."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.render.pictures import DPI, FORMATS, Picture, drawn, is_drawn

BARE = {
    "svg": b"<svg/>\n",
    "pdf": b"%PDF-1.5\n%%EOF\n",
    "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 30 + b"\0\0\0\0IEND\xaeB`\x82",
}


def picture(source: str = "a", dpi: int = DPI) -> Picture:
    return Picture("one", "One.", source, lambda format: BARE[format], dpi)


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_is_not_drawn_again_from_the_same_source(tmp_path: Path, format: str) -> None:
    (content,) = drawn([picture()], [format], tmp_path).values()
    (tmp_path / f"one.{format}").write_bytes(content)

    def never(format: str) -> bytes:
        raise AssertionError("drawn again")

    again = drawn([Picture("one", "One.", "a", never)], [format], tmp_path)
    assert again == {tmp_path / f"one.{format}": content}


@pytest.mark.parametrize("format", FORMATS)
def test_another_source_or_a_changed_file_is_noticed(tmp_path: Path, format: str) -> None:
    (content,) = drawn([picture()], [format], tmp_path).values()
    assert is_drawn(picture(), format, content)
    assert not is_drawn(picture("b"), format, content)
    for place in range(0, len(content), 7):
        assert not is_drawn(picture(), format, content[:place] + b"?" + content[place + 1 :])
    assert not is_drawn(picture(), format, content + b"\n")
    assert not is_drawn(picture(), format, b"")
    assert not is_drawn(picture(), format, BARE[format])


def test_density_matters_only_where_there_are_dots(tmp_path: Path) -> None:
    for format in FORMATS:
        (content,) = drawn([picture(dpi=300)], [format], tmp_path).values()
        assert is_drawn(picture(dpi=600), format, content) == (format != "png")


def test_a_sealed_png_still_ends_with_its_last_chunk(tmp_path: Path) -> None:
    (content,) = drawn([picture()], ["png"], tmp_path).values()
    assert content.endswith(BARE["png"][-12:])
    assert b"tEXtsha256" in content
