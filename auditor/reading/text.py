"""A document's text from its bytes, with damaged encodings mended and markup left out."""

from __future__ import annotations

import re
from collections.abc import Callable

_MANY = 10
"""Damaged characters beyond which it is no chance that they make letters of some script."""

_ENOUGH = 0.9
"""The share of foreign characters that a damage must explain before it is mended."""


def decode(content: bytes) -> str:
    """The text of a document, whatever its encoding and line ends, with mojibake undone."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    return mend(text.replace("\r\n", "\n").replace("\r", "\n"))


def mend(text: str) -> str:
    """Undo an encoding mistake: UTF-8 that was read as another encoding and saved again.

    Such a mistake damages all of a text, so nothing is changed unless it explains nearly every
    character beyond ASCII.
    """
    foreign = sum(not character.isascii() for character in text)
    for pattern, restored in _DAMAGES:
        matches = list(pattern.finditer(text))
        explained = sum(len(match.group()) for match in matches)
        if (
            foreign
            and explained >= _ENOUGH * foreign
            and (len(matches) >= _MANY or all(_is_usual(restored(match)) for match in matches))
        ):
            return pattern.sub(restored, text)
    return text


def _is_usual(character: str) -> bool:
    """Whether a mended character is of a kind that documents about models have: Latin, Greek, signs, emoji."""
    return all(0xA0 <= ord(c) < 0x400 or ord(c) >= 0x2000 for c in character)


def plain(text: str) -> str:
    """A line as a reader sees it: without emphasis, and with single spaces."""
    return _SPACES.sub(" ", _EMPHASIS.sub("", text)).strip()


_SPACES = re.compile(r"\s*[^\S\u00a0\u2009\u202f]\s*|(?<!\d)\s+|\s+(?!\d)")
"""Between two digits, a space that does not break sets thousands apart."""


def has_decimal_comma(text: str) -> bool:
    """Whether a text prints 1.234.567 and 8,5 % where an English one has 1,234,567 and 8.5%."""
    return len(_CONTINENTAL.findall(text)) > len(_ENGLISH.findall(text))


_CONTINENTAL = re.compile(r"\b\d{1,3}(?:\.\d{3}){2,}(?![\d.])|\b\d+,\d{1,2}\s?(?:%|[MG]B|ms\b|Mio)")
_ENGLISH = re.compile(r"\b\d{1,3}(?:,\d{3}){2,}(?![\d,])|\b\d+\.\d{1,2}\s?(?:%|[MGK]B?\b|ms\b)")

_EMPHASIS = re.compile(
    r"^[*_`]+$|(?<![*_`])(?:(?<=\w)(?<!_)[*_`]+(?![\w*`])|(?<!\w)[*_`]+(?=\w)|(?<=[^\w\s])[*_`]+(?![*_`])|(?<!\w)[*_`]+(?=[^\w\s*_`]))"
)
"""Marks at the edge of a word; between two letters, digits or spaces they belong to the text."""


def _damage(encoding: str) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    """What UTF-8 looks like after it was read as an encoding with one byte a character."""
    shown = {byte: _character(byte, encoding) for byte in range(0x80, 0x100)}
    byte_of = {character: byte for byte, character in shown.items()}

    def among(first: int, last: int) -> str:
        return "[" + "".join(re.escape(shown[byte]) for byte in range(first, last + 1)) + "]"

    then = among(0x80, 0xBF)
    pattern = f"{among(0xC2, 0xDF)}{then}|{among(0xE0, 0xEF)}{then}{{2}}|{among(0xF0, 0xF4)}{then}{{3}}"

    def restored(match: re.Match[str]) -> str:
        try:
            return bytes(byte_of[character] for character in match.group()).decode("utf-8")
        except UnicodeDecodeError:
            return match.group()

    return re.compile(pattern), restored


def _character(byte: int, encoding: str) -> str:
    try:
        return bytes([byte]).decode(encoding)
    except UnicodeDecodeError:
        return chr(byte)  # a byte that the encoding leaves open is kept as it is


_DAMAGES = [_damage("cp1252"), _damage("mac_roman")]
