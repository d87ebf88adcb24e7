"""A page in dots: a PDF drawn as a PNG, which needs no more than the 256 colours of a palette.

Drawings are flat areas with soft edges. So dots are gone through as runs of one colour, which are far
fewer, and in bands, which a processor's cache has room for.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.render.png import indexed

Colours = NDArray[np.integer[Any]]
"""Colours as numbers: red, green and blue, eight bits each."""

Numbers = NDArray[np.intp]

Places = NDArray[np.uint8]
"""Where in a palette a colour is."""

_POINTS = 72
"""Points to the inch, in which a page is measured."""


def png(pdf: bytes, dpi: int) -> bytes:
    """The first page of a PDF, at so many dots to the inch."""
    from pypdfium2 import PdfDocument

    document = PdfDocument(pdf)
    try:
        page = document[0]
        width, height = (max(1, round(side * dpi / _POINTS)) for side in page.get_size())
        runs = list(_runs(page, width, height))
    finally:
        document.close()
    colours, lengths = (np.concatenate(parts) for parts in zip(*runs, strict=True))
    palette, places = _indexed(colours, lengths)
    lines = np.zeros((height, 1 + width), np.uint8)  # a line begins with how it is filtered: not at all
    lines[:, 1:] = np.repeat(places, lengths).reshape(height, width)
    entries = palette.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    return indexed(width, height, dpi, entries, zlib.compress(lines.data, _EFFORT))


_BAND = 128
"""Lines that are drawn at once."""

_EFFORT = 3
"""How hard to look for what is the same: in a third of the usual time, for files a fifth larger."""


def _runs(page: object, width: int, height: int) -> Iterator[tuple[Colours, Numbers]]:
    """Which colours follow each other in a page, line after line, and for how many dots each."""
    from pypdfium2 import raw

    dots = np.empty((min(_BAND, height), width), "<u4")
    for top in range(0, height, _BAND):
        band = dots[: height - top]
        band.fill(_WHITE)
        bitmap = raw.FPDFBitmap_CreateEx(width, len(band), raw.FPDFBitmap_BGRx, band.ctypes.data, band.strides[0])
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, -top, width, height, 0, 0)
        raw.FPDFBitmap_Destroy(bitmap)
        row = band.ravel()
        ends = np.append(np.flatnonzero(row[1:] != row[:-1]), row.size - 1)
        yield row[ends] & _WHITE, np.diff(ends, prepend=-1)


_WHITE = 0xFFFFFF


def _indexed(colours: Colours, lengths: Numbers) -> tuple[Colours, Places]:
    """At most 256 colours, and for each of those given the place of the one among them that stands for it.

    What fills areas stands for itself; of the shades at edges, those that are nearly the same are one.
    """
    shades = _shade(colours)
    often = np.bincount(shades, minlength=_SHADES)
    seen = np.flatnonzero(often)
    by_length = np.argsort(np.minimum(lengths, 0xFFFF).astype(np.uint16), kind="stable")
    looks = np.zeros(_SHADES, np.uint32)
    looks[shades[by_length]] = colours[by_length]  # which leaves that of the longest run

    areas = _areas(colours, lengths)
    often[_shade(areas)] = 0
    edges = seen[np.argsort(-often[seen], kind="stable")][: _ENTRIES - len(areas)]
    palette = np.concatenate([areas, looks[edges[often[edges] > 0]]])

    places = np.zeros(_SHADES, np.uint8)
    places[seen] = _nearest(looks[seen], palette)
    found = places[shades]
    for place in np.flatnonzero(palette[places[_shade(areas)]] != areas):  # two areas of nearly the same colour
        found[colours == areas[place]] = place
    return palette, found


_ENTRIES = 256
"""Colours that a palette has room for."""


def _areas(colours: Colours, lengths: Numbers) -> Colours:
    """The colours that fill most."""
    wide = lengths >= _WIDE
    found, which = np.unique(colours[wide], return_inverse=True)
    dots = np.bincount(which, lengths[wide])
    return found[np.argsort(-dots, kind="stable")][:_AREAS]


_WIDE = 32
"""Dots of one colour in a row that are more than the edge of a letter."""

_AREAS = 32
"""How many colours are kept exactly."""

_SHADES = 2**12
"""Colours that are told apart at edges: by four bits each of red, green and blue."""


def _shade(colours: Colours) -> Colours:
    return colours >> 12 & 0xF00 | colours >> 8 & 0x0F0 | colours >> 4 & 0x00F


def _nearest(colours: Colours, palette: Colours) -> Places:
    """For each colour, the place of that in the palette which differs least."""
    off = np.zeros((len(colours), len(palette)), np.int32)
    for bits in (16, 8, 0):
        ones, others = ((some >> bits & 0xFF).astype(np.int32) for some in (colours, palette))
        off += (ones[:, None] - others[None, :]) ** 2
    nearest: Places = np.argmin(off, axis=1).astype(np.uint8)
    return nearest
