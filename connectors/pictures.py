"""Pictures a sandbox can show: PNG files drawn from a number, no file shipped."""

import struct
import zlib
from random import Random


def picture(seed: int, *, width: int = 96, height: int = 96) -> bytes:
    """A two-colour gradient, the same for the same seed."""
    random = Random(seed)  # noqa: S311 -- a picture, not a secret
    one, two = (tuple(random.randrange(60, 230) for _ in range(3)) for _ in range(2))
    rows = b"".join(_row(one, two, y / height, width) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _row(one: tuple[int, ...], two: tuple[int, ...], share: float, width: int) -> bytes:
    mixed = (round(a + (b - a) * share) for a, b in zip(one, two, strict=True))
    return b"\x00" + bytes(mixed) * width


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
