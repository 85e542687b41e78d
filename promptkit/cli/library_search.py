"""Commands that find pictures: ``library search`` and ``library embed``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promptkit.cli import FAILURE, PARTIAL
from promptkit.cli.library_folder import library_option, reading, writing
from promptkit.cli.output import say, show_table, table_room, warn, write_json
from promptkit.errors import SettingsError

if TYPE_CHECKING:
    from promptkit.library import Library
    from promptkit.library.search import Hit
    from promptkit.library.similar import Like

SORTS = ("relevance", "date", "score", "rating", "similarity")
LIKE = 5
"""Cells of a similarity."""
FIRST_RANKER = "clip"
"""What embeds where the library has no embeddings yet."""


@click.command("search", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, metavar="[QUERY]...")
@library_option
@click.option("--like", "text", metavar="TEXT", help="The pictures that show most of what this text says.")
@click.option("--like-image", "image", metavar="PICTURE", help="Those most like a picture of the library, or a file.")
@click.option("--ranker", help="What embeds TEXT and PICTURE; by default what embedded the library.")
@click.option("--sort", type=click.Choice(SORTS), help="By default relevance for words, similarity, else date.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Leave out the first so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def search(
    context: click.Context,
    words: tuple[str, ...],
    folder: Path,
    text: str | None,
    image: str | None,
    ranker: str | None,
    sort: str | None,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """Find pictures by words, slots, facts, and by meaning.

    \b
      fox "golden hour" -cat light*       words, side by side, not, beginnings
      lighting:neon subject:"red fox"     also style, camera, negative, prompt, model
      seed:10..20 rating:>=4 score:>0.8   also lighting.score, size, width, id, run
      date:2026-11 date:>=2026-11-26      days, months, years; today
      tag:good sampler:euler_a            also tool, kind, format
      fox OR (owl date:today)             a blank means all of them

    In quotation marks for the shell: promptkit library search 'subject:"red fox" score:>0.8'
    """
    for word in words:
        if word.startswith("--"):
            raise click.NoSuchOption(word.partition("=")[0], ctx=context)
    from promptkit.library.search import count, search
    from promptkit.library.similar import search_like

    query = " ".join(words)
    _check_together(text, image, ranker, sort)
    with reading(folder) as library:
        total = count(library, query)
        like = _like(library, text, image, ranker) if total else None
        found = (
            search(library, query, sort=sort, limit=limit, offset=offset)
            if like is None
            else search_like(library, like, query, sort=sort, limit=limit, offset=offset)
        )
        if as_json:
            _write(library, query, found, total)
        else:
            _show(library, query, found, total, offset=offset, like=like)


def _check_together(text: str | None, image: str | None, ranker: str | None, sort: str | None) -> None:
    """Raise SettingsError for options that do not go together."""
    if text is not None and image is not None:
        raise SettingsError("A search is like a text or like a picture.", hint="Use --like or --like-image.")
    if text is None and image is None and (ranker or sort == SORTS[-1]):
        said = "--ranker" if ranker else f"--sort {sort}"
        raise SettingsError(f"{said} wants something to be like.", hint="Add --like TEXT or --like-image PICTURE.")


def _like(library: Library, text: str | None, image: str | None, ranker: str | None) -> Like | None:
    """Return what the pictures should be like, where that was said."""
    if text is None and image is None:
        return None
    from promptkit.library.like import like_image, like_text
    from promptkit.registry import Registry

    if text is not None:
        return like_text(library, text, Registry(), ranker=ranker)
    assert image is not None
    return like_image(library, image, Registry(), ranker=ranker)


def _write(library: Library, query: str, found: Sequence[Hit], total: int) -> None:
    hits = [
        hit.picture.to_json() | ({} if hit.similarity is None else {"similarity": round(hit.similarity, 6)})
        for hit in found
    ]
    near = {} if total else _near(library, query)
    write_json("pictures", {"query": query, "pictures": hits, "count": total, "near": near})


def _show(library: Library, query: str, found: Sequence[Hit], total: int, *, offset: int, like: Like | None) -> None:
    if not found:
        say(_nothing(library, query, total, like))
        return
    from promptkit.library.search import excerpts
    from promptkit.views_library import TITLES, room_of
    from promptkit.views_search import hit_row

    marked = excerpts(library, query, [hit.picture.id for hit in found])
    titles = (*TITLES, *(["like"] if like else []))
    room = table_room(len(titles)) - (LIKE if like else 0)
    file, prompt = room_of([hit.picture for hit in found], room)
    show_table(titles, [hit_row(hit, marked.get(hit.picture.id), file=file, prompt=prompt) for hit in found])
    if like is None and total > len(found):
        say(f"{offset + 1} to {offset + len(found)} of {total} pictures: --offset, or --limit, shows others.")
    if like is not None:
        _tell_lacking(library, like.model)


def _tell_lacking(library: Library, model: str) -> None:
    from promptkit.library.embed import lacking

    missing = len(lacking(library, model))
    if missing:
        verb = "picture has" if missing == 1 else "pictures have"
        say(f"{missing} {verb} no embedding and cannot be found so: promptkit library embed")


def _nothing(library: Library, query: str, total: int, like: Like | None) -> str:
    """Return what to say where nothing is to be shown."""
    if total and like is None:
        return f"There are only {total} pictures: use a smaller --offset."
    if total:
        return (
            f"None of the {total} pictures has an embedding of '{like.model if like else ''}': promptkit library embed"
        )
    if not query:
        return "There are no pictures yet."
    near = _near(library, query)
    meant = [f"'{word}': {', '.join(others)}" for word, others in near.items() if others]
    said = f"No picture is found by '{query}'."
    if meant:
        return f"{said} Near words that there are: {'; '.join(meant)}."
    return f"{said} No near word." if near else said


def _near(library: Library, query: str) -> Mapping[str, Sequence[str]]:
    from promptkit.library.search import near_words

    return near_words(library, query)


@click.command("embed")
@library_option
@click.option("--ranker", help="What embeds; by default what embedded the others, else clip.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def embed(folder: Path, ranker: str | None, as_json: bool) -> None:
    """Embed the pictures that cannot be found by meaning yet; stopped, it keeps what is done and goes on next time."""
    from promptkit.library.embed import embed_lacking, lacking
    from promptkit.library.like import embedder_for
    from promptkit.library.similar import embedding_models
    from promptkit.registry import Registry

    with writing(folder) as library:
        library.check_writable()
        chosen = ranker or (None if embedding_models(library) else FIRST_RANKER)
        embedder = embedder_for(library, Registry(), ranker=chosen)
        total, done = len(lacking(library, embedder.embedding_name)), 0
        refused: list[str] = []
        for batch in embed_lacking(library, embedder):
            done += len(batch.pictures)
            refused += batch.refused
            if not as_json:
                say(f"{done + len(refused)} of {total}")
    if as_json:
        write_json("embedded", {"model": embedder.embedding_name, "count": done, "refused": refused})
    else:
        for said in refused:
            warn(said)
        say(f"{done} pictures embedded with {embedder.embedding_name}.")
    if refused:
        sys.exit(PARTIAL if done else FAILURE)
