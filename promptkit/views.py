"""From records to rich renderables: what a person sees. Nothing here prints, and nothing here computes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from promptkit.advice import UnknownWords
from promptkit.dialects import parse
from promptkit.dialects.signs import signs
from promptkit.names import shortened
from promptkit.prompt import CHANCE, SLOTS, Phrase, Prompt
from promptkit.terminal import safe_text

if TYPE_CHECKING:
    from PIL.Image import Image

SLOT_STYLE = {"subject": "bold cyan", "style": "bold magenta", "lighting": "bold yellow", "camera": "bold green"}
MUTED = "bright_black"
DOUBTFUL = 0.6
"""Below this, a phrase's slot is shown as a guess."""


def style_of(slot: str) -> str:
    return SLOT_STYLE.get(slot, "bold blue")


YOU = "you"
"""Who said what was typed, where nobody else is named."""


def prompt_view(prompt: Prompt, *, explain: bool = False, said_by: str = YOU) -> RenderableType:
    """The typed text with its slots in colour, then a table of slots: who said what, and what is left to chance."""
    parts: list[RenderableType] = [coloured(prompt), slot_table(prompt, explain=explain, said_by=said_by)]
    if prompt.replaced:
        words = ", ".join(f'"{phrase.text}"' for phrase in prompt.replaced)
        parts.append(safe_text(f"replaced, as you said: {words}", MUTED))
    if prompt.negative:
        parts.append(_negative(prompt))
    if also := _signs(prompt):
        parts.append(also)
    return Group(*parts)


def coloured(prompt: Prompt) -> Text:
    """The typed text, each phrase in the colour of its slot."""
    text, at = Text(), 0
    for phrase in prompt.phrases:
        if phrase.start is None or phrase.end is None:
            continue
        text.append(safe_text(prompt.text[at : phrase.start], MUTED))
        text.append(safe_text(prompt.text[phrase.start : phrase.end], style_of(phrase.slot)))
        at = phrase.end
    text.append(safe_text(prompt.text[at:], MUTED))
    return text


def slot_table(prompt: Prompt, *, explain: bool = False, said_by: str = YOU) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("slot", "words", "weight", "sure", "from", *(("because",) if explain else ())):
        table.add_column(title, justify="right" if title in ("weight", "sure") else "left", overflow="fold")
    for slot in _slots(prompt):
        for i, phrase in enumerate(prompt.slot(slot)):
            because = (safe_text(phrase.reason),) if explain else ()
            name = Text(slot if i == 0 else "", style_of(slot))
            weight = "" if phrase.weight == 1.0 else f"{phrase.weight:.3g}"
            table.add_row(name, safe_text(phrase.text), weight, _sure(phrase), _source(phrase, said_by), *because)
        if slot in prompt.missing:
            table.add_row(Text(slot, style_of(slot)), _open(prompt, slot))
    return table


def _slots(prompt: Prompt) -> list[str]:
    return list(dict.fromkeys((*SLOTS, *(phrase.slot for phrase in prompt.phrases))))


def _sure(phrase: Phrase) -> Text:
    """How sure the slot of typed words is; what a style added is there by its own word."""
    if not phrase.typed:
        return Text()
    return Text(f"{phrase.confidence:.0%}", MUTED if phrase.confidence >= DOUBTFUL else "yellow")


def _source(phrase: Phrase, said_by: str) -> Text:
    return safe_text(said_by, MUTED) if phrase.typed else safe_text(phrase.source, "italic")


def _open(prompt: Prompt, slot: str) -> Text:
    hinting = prompt.hinted.get(slot)
    if not hinting:
        return Text(f"left to chance: {CHANCE.get(slot, '')}", "dim italic")
    first, *others = hinting
    more = f"; by {len(others)} more" if others else ""
    return safe_text(f'hinted by "{first.text}": {first.hints[slot]}{more}', "dim")


def _negative(prompt: Prompt) -> Text:
    return Text("not ", "bold red") + safe_text(prompt.negative_resolved)


def _signs(prompt: Prompt) -> Text:
    """What the prompt says besides words."""
    found = signs(parse(prompt.text, prompt.dialect))
    return Text("also ", MUTED) + safe_text("; ".join(found)) if found else Text()


def resolved_view(prompt: Prompt, number: int | None = None) -> RenderableType:
    """The text that the model is given, character for character, each phrase in the colour of its slot where it
    stands."""
    line, at = Text(f"{number}. " if number is not None else "", MUTED), 0
    for start, end, slot in _places(prompt):
        line.append(safe_text(prompt.resolved[at:start], MUTED))
        line.append(safe_text(prompt.resolved[start:end], style_of(slot)))
        at = end
    return line.append(safe_text(prompt.resolved[at:], MUTED))


def negative_view(prompt: Prompt, indent: int = 0) -> Text:
    """The negative text that the model is given, character for character."""
    return Text(" " * indent + "not ", "bold red") + safe_text(prompt.negative_resolved)


def _places(prompt: Prompt) -> Iterator[tuple[int, int, str]]:
    """Yield where phrases stand in the resolved text, from left to right: typed ones first, added ones behind them."""
    at = 0
    for phrase in sorted(prompt.phrases, key=lambda phrase: not phrase.typed):
        start = prompt.resolved.find(phrase.text, at)
        if start >= 0:
            at = start + len(phrase.text)
            yield start, at, phrase.slot


def unknown_view(unknown: Sequence[UnknownWords], model: str) -> RenderableType:
    """One line for each phrase of which a model of few words knows nothing, with the nearest it does."""
    lines = []
    for entry in unknown:
        line = safe_text(f"{model} does not know ", "yellow")
        line.append(safe_text(f'"{shortened(entry.words)}"', "bold yellow"))
        if entry.nearest:
            line.append(safe_text(f"; nearest {entry.slot}: {', '.join(entry.nearest)}", "yellow"))
        lines.append(line)
    return Group(*lines)


def thumbnail(image: Image, width: int = 40) -> Text:
    """A picture in half blocks: two pixels a cell, upper in the foreground, lower in the background."""
    height = max(2, round(image.height * width / image.width / 2) * 2)
    small = image.convert("RGB").resize((width, height))
    text = Text(no_wrap=True)
    for y in range(0, height, 2):
        for x in range(width):
            upper, lower = small.getpixel((x, y)), small.getpixel((x, y + 1))
            text.append("▀", f"rgb{upper} on rgb{lower}".replace(" ", "").replace("on", " on "))
        text.append("\n")
    return text
