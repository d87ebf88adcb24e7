"""PNG files: the chunks that they consist of."""

from __future__ import annotations

import struct
import zlib

Chunk = tuple[bytes, bytes]
"""The kind of a chunk, and its data."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def written(chunk: Chunk) -> bytes:
    """A chunk as it stands in a file."""
    kind, data = chunk
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def indexed(width: int, height: int, dpi: int, palette: bytes, lines: bytes) -> bytes:
    """A picture of at most 256 colours, three bytes each; the lines of dots are compressed."""
    per_metre = round(dpi / 0.0254)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
        (b"PLTE", palette),
        (b"IDAT", lines),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(map(written, chunks))
