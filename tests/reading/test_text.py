"""A document's text from its bytes: whatever the encoding, with mojibake undone and markup left out."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reading.text import decode, has_decimal_comma, mend, plain
from auditor.spec.printed import anglicised

TEXT = "# Modèle\n\n3×3 → 487K, σ ≤ √2 🦅\n"
ENCODED = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with a byte order mark": TEXT.encode("utf-8-sig"),
    "UTF-16, little end first": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_document_is_read_in_whatever_unicode_it_is_saved(encoding: str) -> None:
    assert decode(ENCODED[encoding]) == TEXT


def test_what_is_no_unicode_is_read_as_windows_saves_it() -> None:
    assert decode("Modèle – 3×3, 12 €".encode("cp1252")) == "Modèle – 3×3, 12 €"


def test_every_line_end_is_one() -> None:
    assert decode(b"one\r\ntwo\rthree\n\r\nfour") == "one\ntwo\nthree\n\nfour"


@given(st.binary(max_size=200))
def test_any_bytes_are_some_text(content: bytes) -> None:
    assert "\r" not in decode(content)


def misread(text: str, encoding: str) -> str:
    """The text after its UTF-8 was read as an encoding of one byte a character."""

    def character(byte: int) -> str:
        try:
            return bytes([byte]).decode(encoding)
        except UnicodeDecodeError:
            return chr(byte)  # cp1252 leaves five bytes open, which programs keep

    return "".join(character(byte) for byte in text.encode())


MISREAD = [
    ("é", "cp1252", "Ã©"),
    ("×", "cp1252", "Ã—"),
    ("√", "cp1252", "âˆš"),
    ("é", "mac_roman", "√©"),
    ("×", "mac_roman", "√ó"),
    ("√", "mac_roman", "‚àö"),
]


@pytest.mark.parametrize(("meant", "encoding", "shown"), MISREAD)
def test_mojibake_looks_like_this(meant: str, encoding: str, shown: str) -> None:
    assert misread(meant, encoding) == shown
    assert mend(shown) == meant


WORDS = [
    "é",
    "É",
    "à",
    "ü",
    "ß",
    "×",
    "–",
    "—",
    "’",
    "→",
    "≤",
    "√",
    "²",
    "µ",
    "°",
    "🦅",
    "中",
    "│",
    "└",
    "487K",
    " ",
    "\n",
]
texts = st.lists(st.sampled_from(WORDS), max_size=30).map("".join)


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
@given(text=texts)
def test_a_text_that_was_misread_and_saved_again_is_mended(encoding: str, text: str) -> None:
    assert mend(misread(text, encoding)) == text
    assert decode(misread(text, encoding).encode()) == text


@pytest.mark.parametrize(
    "text",
    [
        "Modèle entraîné",
        "Größe",
        "σ ≤ √2 and √(2/π)",
        "640×640×3",
        "1.5×–2× faster",
        "l’été d’avant, à l’échelle",
        "« École »",
        "≈ ±0.5°",
        "ResNet-50 → 25.6M",
        "487K",
        "",
    ],
)
def test_an_undamaged_text_is_left_alone(text: str) -> None:
    assert mend(text) == text


@pytest.mark.parametrize("text", ["It is 2×–4 times faster.", "Trained at l’École polytechnique."])
def test_one_pair_of_signs_is_no_proof_of_damage(text: str) -> None:
    """What could be mojibake, but where the text is right as it stands and mended would be Hebrew or Armenian."""
    assert mend(text) == text


def test_a_text_that_speaks_of_mojibake_is_left_alone() -> None:
    text = "In café, naïve and Übergröße, é may be shown as Ã©."
    assert mend(text) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("It has **489K** parameters.", "It has 489K parameters."),
        ("*about* __489K__, ***exactly***", "about 489K, exactly"),
        ("`lorikeet-40m` has `8` layers", "lorikeet-40m has 8 layers"),
        ("  two\t\tspaces   each  ", "two spaces each"),
        ("snake_case_name and num_heads=8", "snake_case_name and num_heads=8"),
        ("100_092_672 parameters", "100_092_672 parameters"),
        ("3*3 = 9", "3*3 = 9"),
        ("3 * 3 = 9", "3 * 3 = 9"),
        ("2**20 bytes", "2**20 bytes"),
        ("", ""),
    ],
)
def test_a_line_is_read_without_its_emphasis(written: str, shown: str) -> None:
    assert plain(written) == shown


@given(st.text(max_size=100))
def test_what_is_plain_stays_so(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Es hat 7.763.716 Parameter.", True),
        ("Der Anteil ist 8,5 %.", True),
        ("31,1 MB und 41,8 ms, also 7,67 Mio.", True),
        ("It has 7,763,716 parameters.", False),
        ("Its share is 8.5%.", False),
        ("25.6M parameters, 98.1 MB, 41.8 ms", False),
        ("Anteil 8,5 % und 7,5 %, as in 80.4%", True),
        ("8.5% and 7.5%, comme 80,4 %", False),
        ("Channels [64,128,256], version 1.2.3, 0.25, 1,024", False),
        ("", False),
    ],
)
def test_a_text_shows_what_it_prints_before_decimals(text: str, expected: bool) -> None:
    assert has_decimal_comma(text) is expected


@pytest.mark.parametrize(
    ("printed", "english"),
    [
        ("7.763.716", "7,763,716"),
        ("1.826", "1,826"),
        ("8,5 %", "8.5 %"),
        ("1.234,56", "1,234.56"),
        ("0,25 und 10.784", "0.25 und 10,784"),
        ("80.4%", "80.4%"),
        ("0.25", "0.25"),
        ("v1.2.3", "v1.2.3"),
        ("14.03.2025", "14.03.2025"),
        ("[64,128,256]", "[64,128,256]"),
        ("42, 57 und 38.", "42, 57 und 38."),
    ],
)
def test_numbers_with_a_decimal_comma_are_put_in_english(printed: str, english: str) -> None:
    assert anglicised(printed) == english


@given(st.text(alphabet="0123456789., %abc\n", max_size=60))
def test_only_points_and_commas_are_changed_and_none_is_moved(text: str) -> None:
    changed = anglicised(text)
    assert len(changed) == len(text)
    assert all(old == new or {old, new} == {".", ","} for old, new in zip(text, changed, strict=True))
