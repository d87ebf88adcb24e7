"""PNG files: their chunks, and what has to be put right in those that Graphviz draws."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

Chunk = tuple[bytes, bytes]
"""The kind of a chunk, and its data."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def written(chunk: Chunk) -> bytes:
    """A chunk as it stands in a file."""
    kind, data = chunk
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def sized(png: bytes, dpi: int) -> bytes:
    """The picture, telling how large it is to be printed."""
    header, *others = (chunk for chunk in _chunks(png) if chunk[0] != b"pHYs")
    per_metre = round(dpi / 0.0254).to_bytes(4, "big")
    return _joined([header, (b"pHYs", per_metre + per_metre + b"\1"), *others])


def coloured(png: bytes, colours: Iterable[bytes]) -> bytes:
    """A picture that gd has brought down to 256 colours, some of which are set right again.

    gd draws flat colours a little off. Nothing is given if two of these colours have become one.
    """
    chunks = list(_chunks(png))
    palette = dict(chunks)[b"PLTE"]
    entries = [palette[start : start + 3] for start in range(0, len(palette), 3)]
    places = {colour: _place(colour, entries) for colour in colours}
    seen = {colour: place for colour, place in places.items() if _is_near(colour, entries[place])}
    if len(set(seen.values())) < len(seen):
        return b""
    for colour, place in seen.items():
        entries[place] = colour
    return _joined((kind, b"".join(entries) if kind == b"PLTE" else data) for kind, data in chunks)


def _place(colour: bytes, entries: list[bytes]) -> int:
    """Which entry of its palette gd has taken for a colour.

    It takes the colour for the middle of its cell, of which there are 32 × 64 × 32, and then the
    nearest entry, with red, green and blue weighed by 2, 3 and 1.
    """
    red, green, blue = colour[0] & 0xF8 | 4, colour[1] & 0xFC | 2, colour[2] & 0xF8 | 4

    def distance(place: int) -> int:
        entry = entries[place]
        return (2 * (entry[0] - red)) ** 2 + (3 * (entry[1] - green)) ** 2 + (entry[2] - blue) ** 2

    return min(range(len(entries)), key=distance)


def _is_near(colour: bytes, entry: bytes) -> bool:
    """Whether an entry can stand for a colour; if not, the colour is not in the picture."""
    return all(abs(one - other) <= _OFF for one, other in zip(colour, entry, strict=True))


_OFF = 16
"""How far off gd's colours are at most."""


def _chunks(png: bytes) -> Iterator[Chunk]:
    start = len(_SIGNATURE)
    while start < len(png):
        end = start + 8 + int.from_bytes(png[start : start + 4], "big")
        yield png[start + 4 : start + 8], png[start + 8 : end]
        start = end + 4


def _joined(chunks: Iterable[Chunk]) -> bytes:
    return _SIGNATURE + b"".join(map(written, chunks))
