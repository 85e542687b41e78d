"""From styles of another tool to a pack: each is kept word for word, and beside that its words in their slots."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from promptkit.dialects import read as read_words
from promptkit.dialects.compare import Kind
from promptkit.dialects.convert import convert
from promptkit.errors import PromptError
from promptkit.frames import PLACE
from promptkit.packs.exchange.foreign import ForeignStyle, Notes, cleaned
from promptkit.packs.exchange.names import Slugs, slug
from promptkit.packs.exchange.slots import read_slots
from promptkit.packs.schema import MAX_STYLES, MAX_TEXT, MAX_TEXTS, MAX_VERBATIM
from promptkit.packs.yaml_reader import MAX_BYTES

LINES = "\t\n\r"
"""The control characters that a template may hold."""
_BETWEEN = re.compile(r"[,\n]")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Whose styles they are, how weights are written there, and how they shall be written here."""

    tool: str
    dialect: str
    to_dialect: str | None = None


def pack_of(name: str, title: str, summary: str, styles: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pack as the mapping that is written. Whose words they are is not known, and so is the licence."""
    head = {"promptkit": "1", "name": name, "version": "1.0.0", "title": title, "summary": summary}
    return {**head, "license": "unknown", "styles": styles}


def styles_of(styles: Sequence[ForeignStyle], rules: Rules, notes: Notes) -> dict[str, Any]:
    """Return the styles by names that a pack can have. Raises PackError for a text that is too long."""
    size = sum(len(style.prompt) + len(style.negative) for style in styles)
    if size > MAX_BYTES or len(styles) > MAX_STYLES:
        raise styles[0].error(
            f"{len(styles):,} styles with {size:,} characters; a pack holds {MAX_STYLES:,} and {MAX_BYTES:,} bytes",
            "Choose some with --only, or split the file.",
        )
    slugs = Slugs("style")
    return {_named(style, slugs, notes): _style(style, rules, notes) for style in styles}


def _named(style: ForeignStyle, slugs: Slugs, notes: Notes) -> str:
    """Return the name of a style in its pack; say it where nothing of its own name can stand there."""
    shown = style.title or style.name
    name = slugs.take(shown)
    if not slug(shown, ""):
        notes.about(style, f"is named '{name}': names in a pack are of a-z, 0-9 and hyphens; its title stays")
    return name


def _style(style: ForeignStyle, rules: Rules, notes: Notes) -> dict[str, Any]:
    style = _within_limits(_cleaned(style, notes))
    dialect = rules.dialect
    if rules.to_dialect is not None:
        style, dialect = _converted(style, rules, notes)
    title = style.title or style.name
    origin = {"tool": rules.tool} if title == style.name else {"tool": rules.tool, "name": style.name}
    return {
        "title": title,
        **_slots(style, dialect, notes),
        **({"template": style.prompt} if style.prompt else {}),
        **_negatives(style.negative, dialect),
        "dialect": dialect,
        "origin": origin,
    }


def _cleaned(style: ForeignStyle, notes: Notes) -> ForeignStyle:
    """Put blanks where a pack cannot hold what stands there, and say so."""
    name, in_name = cleaned(style.name)
    title = None if style.title is None else cleaned(style.title)[0]
    prompt, in_prompt = cleaned(style.prompt, LINES)
    negative, in_negative = cleaned(style.negative, LINES)
    bad = "".join(dict.fromkeys(in_name + in_prompt + in_negative))
    if bad:
        codes = ", ".join(f"U+{ord(char):04X}" for char in bad)
        notes.about(style, f"a blank stands for {codes}, which a pack cannot hold")
    return replace(style, name=name, title=title, prompt=prompt, negative=negative)


def _within_limits(style: ForeignStyle) -> ForeignStyle:
    for what, text, most in (
        ("name", style.name, MAX_TEXT),
        ("prompt", style.prompt, MAX_VERBATIM),
        ("negative prompt", style.negative, MAX_VERBATIM),
    ):
        if len(text) > most:
            raise style.error(f"its {what} has {len(text):,} characters; at most {most:,} are read", "Shorten it.")
    return style


def _converted(style: ForeignStyle, rules: Rules, notes: Notes) -> tuple[ForeignStyle, str]:
    """Write both texts in another dialect; where one cannot be read, the style stays as it is."""
    assert rules.to_dialect is not None
    try:
        texts = [convert(text, source=rules.dialect, target=rules.to_dialect) for text in style.texts]
    except PromptError as error:
        notes.about(style, f"stays in {rules.dialect}: {error.message}")
        return style, rules.dialect
    if any(text.text.count(PLACE) != old.count(PLACE) for text, old in zip(texts, style.texts, strict=True)):
        notes.about(style, f"stays in {rules.dialect}: {PLACE} cannot stand in {rules.to_dialect} where it does")
        return style, rules.dialect
    for change in (change for text in texts for change in text.changes if change.kind is Kind.LOST):
        notes.about(style, f'"{change.words}": {change.message}')
    return replace(style, prompt=texts[0].text, negative=texts[1].text), rules.to_dialect


def _slots(style: ForeignStyle, dialect: str, notes: Notes) -> dict[str, Any]:
    try:
        return read_slots(style.prompt, dialect)
    except PromptError as error:
        notes.about(style, f"kept word for word, but its slots are open: {error.message}")
        return {}


def _negatives(text: str, dialect: str) -> dict[str, Any]:
    """Return the list of what is unwanted, and the text itself where the list does not come to it."""
    try:
        words = "".join(fragment.text for fragment in read_words(text, dialect))
    except PromptError:
        words = ""
    listed = _listed(_BETWEEN.split(words))
    found: dict[str, Any] = {"negative": listed} if listed else {}
    if text and ", ".join(listed) != text:
        found["negative_template"] = text
    return found


def _listed(texts: Iterable[str]) -> list[str]:
    """Return the texts that a pack can list, none twice."""
    stripped = dict.fromkeys(" ".join(text.split()) for text in texts)
    return [text for text in stripped if text and len(text) <= MAX_TEXT and not set("{}") & set(text)][:MAX_TEXTS]
