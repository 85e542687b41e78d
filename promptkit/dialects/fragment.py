"""What every dialect reads a prompt into: runs of text that share one weight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from promptkit.errors import PromptError

MAX_BYTES = 32 * 1024


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """A run of words, with escapes resolved; ``start`` and ``end`` are offsets into the typed text."""

    text: str
    weight: float
    start: int
    end: int


def merged(fragments: Iterable[Fragment]) -> list[Fragment]:
    """Join neighbours of equal weight: an encoder sees ``light`` + ``house`` otherwise than ``lighthouse``."""
    found: list[Fragment] = []
    for fragment in fragments:
        if found and found[-1].weight == fragment.weight:
            found[-1] = replace(found[-1], text=found[-1].text + fragment.text, end=fragment.end)
        else:
            found.append(fragment)
    return found


def check_size(text: str) -> None:
    """Refuse a prompt over 32 KiB of UTF-8. Raises PromptError."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise PromptError(
            f"The prompt is {size:,} bytes long; at most {MAX_BYTES:,} are read.",
            hint="Keep what describes this one picture; put alternatives into separate prompts.",
        )
