"""From styles of packs to styles of another tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from promptkit.dialects.convert import convert
from promptkit.errors import PromptError
from promptkit.frames import PLACE
from promptkit.packs.exchange import a1111, fooocus
from promptkit.packs.exchange.foreign import ForeignStyle, Notes
from promptkit.packs.style import Style, StyleText
from promptkit.seeds import text_draw

WRITERS: Mapping[str, Callable[[Sequence[ForeignStyle]], str]] = {
    "a1111-csv": a1111.write,
    "fooocus-json": fooocus.write,
}
DIALECT = "a1111"
"""How both of them write weights, and how those of slots are written here."""


def foreign_styles(styles: Sequence[Style], notes: Notes, to_dialect: str | None = None) -> list[ForeignStyle]:
    """Return styles as another tool keeps them; an imported one under its old name and word for word, unless it shall
    be written in another dialect. Notes say what another tool cannot have."""
    found, taken = [], set[str]()
    for style in styles:
        foreign = _converted(_foreign(style, notes), style, notes, to_dialect)
        if foreign.name in taken:
            foreign = replace(foreign, name=f"{foreign.name} ({style.id})")
            notes.lines.append(f"{style.id}: is '{foreign.name}' there, because the name was there before")
        taken.add(foreign.name)
        found.append(foreign)
    return found


def comments(styles: Sequence[ForeignStyle], name: str, notes: Notes) -> None:
    """Note the styles whose names the format takes for comments."""
    for style in styles:
        if name == "a1111-csv" and style.name.startswith(a1111.COMMENT):
            notes.lines.append(f"'{style.name}': A1111 takes a name that begins with # for a comment")


def _foreign(style: Style, notes: Notes) -> ForeignStyle:
    name = style.origin.name if style.origin is not None and style.origin.name else style.title
    if style.verbatim:
        negative = style.negative_template
        joined = ", ".join(style.negative) if negative is None else negative
        return ForeignStyle(name=name, prompt=style.template or "", negative=joined)
    draw = text_draw(0)
    chosen = {choice: draw(f"{style.id}.{choice}").choice(values) for choice, values in style.choices.items()}
    if chosen:
        said = ", ".join(f"{choice} is {value}" for choice, value in chosen.items())
        notes.lines.append(f"{style.id}: there are no choices there: {said}")

    def filled(text: str) -> str:
        for choice, value in chosen.items():
            text = text.replace(f"{{{choice}}}", value)
        return text

    subject = (part.strip(" ,") for part in (style.subject or "").split("{subject}"))
    texts = (_written(text) for slot in style.slots.values() for text in slot)
    prompt = ", ".join(part for part in (PLACE, *subject, *texts) if part)
    return ForeignStyle(name=name, prompt=filled(prompt), negative=filled(", ".join(style.negative)))


def _written(text: StyleText) -> str:
    return text.text if text.weight == 1.0 else f"({text.text}:{text.weight:g})"


def _converted(foreign: ForeignStyle, style: Style, notes: Notes, to_dialect: str | None) -> ForeignStyle:
    source = style.dialect or DIALECT
    try:
        texts = [convert(text, source=source, target=to_dialect or DIALECT) for text in foreign.texts]
    except PromptError as error:
        notes.lines.append(f"{style.id}: stays as it is: {error.message}")
        return foreign
    if to_dialect is None:
        if any(text.changes for text in texts):
            notes.lines.append(f"{style.id}: its weights are written as {source} does; --to-dialect {DIALECT} converts")
        return foreign
    notes.lines += [f'{style.id}: "{c.words}": {c.message}' for text in texts for c in text.changes if c.kind == "lost"]
    return replace(foreign, prompt=texts[0].text, negative=texts[1].text)
