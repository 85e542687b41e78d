"""The user comment of EXIF, in which JPEG and WebP carry an infotext."""

from __future__ import annotations

from promptkit.metadata.carried import EXIF_IFD, USER_COMMENT

CODE = b"UNICODE\0"
"""Before UTF-16 (EXIF 3.0, 4.6.6)."""


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
