"""Frames: what an imported style puts round a prompt, word for word, by the rules of the tool it was written for.

``{prompt}`` in a frame stands for what was said so far. The tools differ in what they do without it, in how often they
replace it, and in how several styles go together:

============  ==================  ==============================  ===============================  =================
tool          ``{prompt}``        without it                      several styles                   negative prompt
============  ==================  ==============================  ===============================  =================
a1111         wherever it stands  behind the prompt, after ", "   each goes round those before it  as the prompt
invokeai      where it is first   behind the prompt, after " "    each goes round those before it  as the prompt
sdxl-styler   wherever it stands  as a1111                        each goes round those before it  before yours, ", "
fooocus       wherever it stands  a line of its own               side by side, a line each        lines before yours
============  ==================  ==============================  ===============================  =================

The SDXL prompt styler itself drops the prompt for a style without ``{prompt}``; what was typed is never dropped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

PLACE = "{prompt}"
FOOOCUS = "fooocus"
TOOLS = ("a1111", FOOOCUS, "invokeai", "sdxl-styler")
DEFAULT_TOOL = "a1111"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The two texts of a style that says what it says word for word."""

    source: str
    """The ``pack/style`` whose words they are; its phrases are in them and are not written again."""
    text: str = ""
    negative: str = ""
    tool: str = DEFAULT_TOOL
    """One of ``TOOLS``."""
    dialect: str | None = None
    """How its weights are written; None where that is not known."""


def framed(body: str, frames: Sequence[Frame]) -> str:
    """Put the frames round a prompt, in their order."""
    for lines, group in groupby(frames, key=lambda frame: frame.tool == FOOOCUS):
        if lines:
            body = _lines(body, [frame.text for frame in group])
            continue
        for frame in group:
            body = _put(frame.tool, frame.text, body)
    return body


def framed_negative(body: str, frames: Sequence[Frame]) -> str:
    """Put the frames round a negative prompt, in their order."""
    for lines, group in groupby(frames, key=lambda frame: frame.tool == FOOOCUS):
        if lines:
            body = _joined("\n", *(line for frame in group for line in frame.negative.splitlines()), body)
            continue
        for frame in group:
            styler = frame.tool == "sdxl-styler"
            body = _joined(", ", frame.negative, body) if styler else _put(frame.tool, frame.negative, body)
    return body


def _put(tool: str, text: str, body: str) -> str:
    if PLACE in text:
        return text.replace(PLACE, body, 1 if tool == "invokeai" else -1)
    if tool == "invokeai":
        return _joined(" ", body, text)
    return _joined(", ", body.strip(), text.strip())


def _lines(body: str, texts: Sequence[str]) -> str:
    """Put the first line of a prompt into each text; its other lines follow all of them."""
    first, *others = [line for line in body.splitlines() if line] or [""]
    own = [] if any(PLACE in text for text in texts) else [first]
    said = [line for text in texts for line in text.replace(PLACE, first).splitlines()]
    return _joined("\n", *own, *said, *others)


def _joined(sign: str, *parts: str) -> str:
    return sign.join(part for part in parts if part)
