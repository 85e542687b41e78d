"""Pictures of a library as a person sees them: a row of a table, or everything that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from promptkit.library import StoredPicture
from promptkit.metadata import Provenance, prompt_of
from promptkit.terminal import safe_text
from promptkit.views import MUTED, prompt_view
from promptkit.views_finish import steps_view
from promptkit.views_provenance import PICTURE, facts_view

PROMPT = 20
FILE = 18
"""Characters of a table's cell, at least: where there is room, as many as there are."""
TAGS = 20
"""Characters of tags that file and prompt give way to."""
TITLES = ("id", "file", "prompt", "seed", "total", "rating", "tags")


def room_of(pictures: Sequence[StoredPicture], width: int) -> tuple[int, int]:
    """Return how many characters of file names and prompts a table of these pictures shows where both have ``width``
    and the other columns share it: names go first."""
    rows = [TITLES, *map(picture_row, pictures)]
    longest = {title: max(len(row[at]) for row in rows) for at, title in enumerate(TITLES)}
    longest["tags"] = min(longest["tags"], TAGS)
    left = width - sum(length for title, length in longest.items() if title not in ("file", "prompt"))
    file = min(max(len(picture.file) for picture in pictures), max(FILE, left - PROMPT))
    return file, max(PROMPT, left - file)


def picture_row(picture: StoredPicture, *, file: int = FILE, prompt: int = PROMPT) -> tuple[str, ...]:
    """Return a picture's cells, one a title; ``file`` and ``prompt`` are the characters that are shown of them."""
    total = picture.total
    return (
        str(picture.id),
        middle_cut(picture.file, file),
        cut(picture.prompt, prompt),
        "" if picture.seed is None else str(picture.seed),
        "" if total is None else f"{total:.3f}",
        "" if picture.rating is None else str(picture.rating),
        ", ".join(picture.tags),
    )


def cut(text: str, width: int) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def middle_cut(text: str, width: int) -> str:
    """Return a name's beginning and end."""
    return text if len(text) <= width else f"{text[: width // 2 - 1]}…{text[-(width - width // 2) :]}"


def picture_view(
    picture: StoredPicture, relatives: Sequence[StoredPicture] = (), *, said: Provenance | None = None
) -> RenderableType:
    """The prompt in slots, then all facts, the scores, the steps that finished it, and what the file of another tool
    says: ``said``."""
    parts: list[RenderableType] = [safe_text(f"Picture {picture.id}: {picture.path}", "bold"), Text()]
    if picture.prompt:
        parts += [_prompt(picture), Text()]
    table = Table(box=box.SIMPLE_HEAD, show_header=False, pad_edge=False, show_edge=False)
    table.add_column(style=MUTED, no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in (*_facts(picture), *_related(picture, relatives)):
        table.add_row(safe_text(name), safe_text(value))
    parts.append(table)
    steps = (picture.recipe or {}).get("finish")
    if isinstance(steps, list) and steps and (view := steps_view(steps)):
        parts += [Text(), view]
    if said is not None:
        parts += [Text(), Text("its file says", MUTED), facts_view(said)]
    return Group(*parts)


def _prompt(picture: StoredPicture) -> RenderableType:
    """The prompt in slots, as it is read now, with what styles added; one that cannot be read as it is."""
    recipe = picture.recipe or {}
    said = Provenance(
        tool=picture.tool,
        prompt=picture.prompt,
        negative=picture.negative,
        dialect=str(recipe.get("dialect", "a1111")),
        recipe=picture.recipe,
    )
    prompt, note = prompt_of(said)
    view = safe_text(picture.prompt) if prompt is None else prompt_view(prompt, said_by=PICTURE)
    return Group(view, safe_text(note, MUTED)) if note else view


def _facts(picture: StoredPicture) -> Iterator[tuple[str, str]]:
    """Yield what is known, each with its name; what is not known is left out."""
    recipe = picture.recipe or {}
    settings = recipe.get("settings") or {}
    yield "size", f"{picture.width}x{picture.height} {picture.format}, {picture.bytes:,} bytes"
    yield "made by", picture.tool
    named = {
        "model": picture.model,
        "sampler": picture.sampler,
        "steps": settings.get("num_inference_steps"),
        "guidance": settings.get("guidance_scale"),
        "seed": picture.seed,
        "styles": ", ".join(recipe.get("styles") or ()) or None,
        "rating": picture.rating,
        "tags": ", ".join(picture.tags) or None,
    }
    yield from ((name, str(value)) for name, value in named.items() if value is not None)
    if picture.scores:
        yield "scores", ", ".join(f"{name} {value:.3f}" for name, value in _ordered(picture.scores))
    if picture.run is not None:
        yield "run", f"{picture.run}, candidate {picture.index}"
    yield "added", _time(picture.added)
    yield "SHA-256", picture.sha256


def _ordered(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return scores with the total first."""
    return sorted(scores.items(), key=lambda pair: (pair[0] != "total", pair[0]))


def _related(picture: StoredPicture, relatives: Sequence[StoredPicture]) -> Iterator[tuple[str, str]]:
    for one in relatives:
        yield ("made of" if one.id == picture.parent else "finished as"), f"{one.id}, {one.file}"


def _time(seconds: float) -> str:
    """Return a time in this machine's own zone."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
