"""Pictures for the story, drawn here: a cup seen from above, no two tables alike."""

import math
import struct
import zlib
from random import Random

WIDTH, HEIGHT = 640, 420
Colour = tuple[int, int, int]

_TABLES: tuple[Colour, ...] = (
    (214, 196, 170),
    (176, 190, 188),
    (92, 74, 62),
    (226, 222, 214),
    (120, 138, 156),
    (196, 148, 120),
)
_SAUCERS: tuple[Colour, ...] = ((246, 242, 234), (58, 74, 104), (168, 84, 66))
_COFFEE: Colour = (74, 44, 28)
_CREMA: Colour = (190, 132, 78)


def cup(seed: str) -> bytes:
    """A PNG of a cup; the same seed draws the same one."""
    rng = Random(seed)  # noqa: S311  # a picture, not a secret
    table, saucer = rng.choice(_TABLES), rng.choice(_SAUCERS)
    x, y = rng.randint(230, 410), rng.randint(180, 240)
    size = rng.randint(120, 160)
    discs = [
        (x + 10, y + 14, size, _mixed(table, (0, 0, 0), 0.25)),
        (x, y, size, saucer),
        (x, y, int(size * 0.92), _mixed(saucer, (0, 0, 0), 0.05)),
        (x, y, int(size * 0.62), (250, 248, 244)),
        (x, y, int(size * 0.54), _COFFEE),
        (x - 4, y - 3, int(size * 0.46), _CREMA),
        (x + 8, y + 5, int(size * 0.3), _mixed(_CREMA, (255, 240, 220), 0.5)),
    ]
    return _png([_row(line, table, discs) for line in range(HEIGHT)])


def _row(
    line: int, table: Colour, discs: list[tuple[int, int, int, Colour]]
) -> bytearray:
    shade = _mixed(table, (0, 0, 0), 0.18 * line / HEIGHT)
    pixels = bytearray(bytes(shade) * WIDTH)
    for x, y, radius, colour in discs:
        if abs(line - y) < radius:
            half = int(math.sqrt(radius**2 - (line - y) ** 2))
            start, end = max(0, x - half), min(WIDTH, x + half)
            pixels[3 * start : 3 * end] = bytes(colour) * (end - start)
    return pixels


def _png(rows: list[bytearray]) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    size, check = len(content), zlib.crc32(name + content)
    return struct.pack(">I", size) + name + content + struct.pack(">I", check)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (
        round(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True)
    )
    return red, green, blue
