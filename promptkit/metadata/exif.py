"""Writing EXIF: the user comment, in which JPEG and WebP carry an infotext, and the orientation alone."""

from __future__ import annotations

import warnings

from promptkit.metadata.carried import EXIF_IFD, USER_COMMENT

CODE = b"UNICODE\0"
"""Before UTF-16 (EXIF 3.0, 4.6.6)."""
ORIENTATION, UPRIGHT = 0x0112, 1
"""Tag, and the one of its eight values that leaves the picture as it lies (EXIF 3.0, 4.6.5)."""


def with_comment(exif: bytes | None, text: str) -> bytes:
    """Return an EXIF block with a user comment, beside what was in it.

    The text is UTF-16, big-endian as A1111 writes it; a new block has that byte order throughout. What UTF-16 cannot
    hold is replaced.
    """
    from PIL.Image import Exif

    block = Exif()
    if exif:
        block.load(exif)
    else:
        block.endian = ">"
    inner = block.get_ifd(EXIF_IFD)
    inner[USER_COMMENT] = CODE + text.encode("utf-16-be", "replace")
    return bytes(block.tobytes())


def only_orientation(exif: bytes) -> bytes | None:
    """Return an EXIF block that says the orientation alone; ``None`` where that is upright, or cannot be read."""
    from PIL.Image import Exif

    block = Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            block.load(exif)
            turned = block.get(ORIENTATION, UPRIGHT)
    except Exception:
        return None
    if turned not in range(UPRIGHT + 1, 9):
        return None
    alone = Exif()
    alone[ORIENTATION] = turned
    return bytes(alone.tobytes()).removeprefix(b"Exif\0\0")
