"""Commands that read style packs: ``styles list``, ``show`` and ``search``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli.options import pack_option
from promptkit.cli.output import show_table, stdout, warn, write_json

if TYPE_CHECKING:
    from promptkit.packs.library import StyleLibrary
    from promptkit.packs.search import Hit
    from promptkit.packs.style import Grade, Style, StylePack

SHOWN = 20


def _library(packs: tuple[Path, ...]) -> StyleLibrary:
    from promptkit.cli.packs import style_library
    from promptkit.registry import Registry

    return style_library(Registry(), packs)


def _say_which_counts(packs: list[StylePack]) -> None:
    from promptkit.terminal import safe_text

    for pack in packs:
        for other in pack.overrides:
            line = f"'{pack.name}' is the one in {pack.path}; the one in {other} does not count."
            stdout().print(safe_text(line, "dim"), soft_wrap=True)


@click.command("list")
@pack_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_styles(packs: tuple[Path, ...], as_json: bool) -> None:
    """List every style of every pack, and the grades for finishing."""
    library = _library(packs)
    _show_styles(library.styles(), list(library.packs.values()), as_json=as_json)


def _show_styles(found: Sequence[Style], packs: list[StylePack], *, as_json: bool) -> None:
    grades = [grade for pack in packs for grade in pack.grades]
    if as_json:
        keys = ("name", "version", "title", "summary", "licence", "path", "overrides")
        about = [{key: getattr(pack, key) for key in keys} for pack in packs]
        styles = [{"style": s.id, "title": s.title, "summary": s.summary} for s in found]
        listed = [{"grade": grade.id, "summary": grade.summary, "settings": grade.settings} for grade in grades]
        write_json("styles", {"styles": styles, "grades": listed, "packs": about})
        return
    if found:
        show_table(("style", "what it does"), ((style.id, style.summary) for style in found))
    if grades:
        show_table(("grade", "what it does"), ((grade.id, grade.summary) for grade in grades))
    _say_which_counts(packs)


@click.command("show")
@click.argument("name")
@pack_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show_style(name: str, packs: tuple[Path, ...], as_json: bool) -> None:
    """Show what one style adds, slot by slot; of a pack, its styles; of a grade, its numbers."""
    library = _library(packs)
    pack = library.packs.get(name)
    if pack is not None and all(style.name != name for style in library.styles()):
        _show_styles(pack.styles, [pack], as_json=as_json)
        return
    grade = library.named_grades().get(name)
    if grade is not None and all(name not in (style.id, style.name) for style in library.styles()):
        _show_grade(grade, as_json=as_json)
        return
    style = library.get(name)
    pack = library.packs[style.pack]
    if as_json:
        write_json("style", {"style": asdict(style), "path": pack.path, "overrides": list(pack.overrides)})
        return
    show_table((style.id, ""), [row for row in _rows(style) if row[1]])
    _say_which_counts([pack])


def _show_grade(grade: Grade, *, as_json: bool) -> None:
    if as_json:
        write_json("grade", {"grade": asdict(grade)})
        return
    rows = [("summary", grade.summary), *((key, str(value)) for key, value in grade.settings.items())]
    show_table((grade.id, ""), rows)


def _rows(style: Style) -> Iterator[tuple[str, str]]:
    yield from (("title", style.title), ("summary", style.summary))
    yield "subject", style.subject or "as typed"
    for slot, texts in style.slots.items():
        yield slot, ", ".join(text.text if text.weight == 1 else f"({text.text}:{text.weight:g})" for text in texts)
    yield "order", ", ".join(style.order)
    yield "not", ", ".join(style.negative)
    yield "word for word", style.template or ""
    yield "not, word for word", style.negative_template or ""
    yield from ((f"{{{choice}}}", " | ".join(values)) for choice, values in style.choices.items())
    yield "goes not with", ", ".join(style.conflicts)
    yield from ((key, str(value)) for key, value in style.settings.items())
    yield from ((f"with {model}", note) for model, note in style.notes.items())


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@pack_option
@click.option("--limit", type=click.IntRange(1), default=SHOWN, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def search(words: tuple[str, ...], packs: tuple[Path, ...], limit: int, as_json: bool) -> None:
    """Find styles that say WORDS in their names, titles, summaries or phrases, best first; near spellings count.

    Where no style says all of them, those that say the most are shown.
    """
    from promptkit.packs.search import search as find

    if not any(char.isalnum() for word in words for char in word):
        raise click.UsageError("Give words to find; promptkit styles list shows every style.")
    hits = find(" ".join(words), _library(packs).styles())[:limit]
    if as_json:
        write_json("hits", {"hits": [_hit_json(hit) for hit in hits]})
        return
    if not hits:
        warn("No style says that. Try fewer or other words; promptkit styles list shows all.")
        return
    if hits[0].missing:
        warn("No style says all of that; these say the most of it.")
    show_table(("style", "where", "what it says"), ((hit.style.id, hit.where, hit.text) for hit in hits))


def _hit_json(hit: Hit) -> dict[str, Any]:
    return {
        "style": hit.style.id,
        "where": hit.where,
        "text": hit.text,
        "score": round(hit.score, 3),
        "missing": list(hit.missing),
    }
