"""Giving pictures the embeddings that they lack, batch by batch: what is done is kept whenever it is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from promptkit.embedding import embedded_images, name_of
from promptkit.errors import PromptkitError
from promptkit.interfaces import Embedder
from promptkit.library.writing import put_embedding
from promptkit.pictures import open_picture

if TYPE_CHECKING:
    from PIL.Image import Image

    from promptkit.library.store import Library

BATCH = 32
"""Pictures that are in memory together."""


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """A batch that was embedded and is kept."""

    pictures: tuple[int, ...]
    refused: tuple[str, ...]
    """Why other pictures of it could not be, in words for the user."""


def lacking(library: Library, model: str) -> list[int]:
    """Return the pictures without an embedding of a model, the newest first."""
    sql = (
        "SELECT id FROM pictures AS p WHERE NOT EXISTS "
        "(SELECT 1 FROM embeddings WHERE picture_id = p.id AND model = ?) ORDER BY id DESC"
    )
    return [number for (number,) in library.rows(sql, (model,))]


def embed_lacking(library: Library, embedder: Embedder, *, batch: int = BATCH) -> Iterator[Embedded]:
    """Embed the pictures that have no embedding of this embedder; yield each batch once it is kept. Raises
    ScoringError where the embedder fails, and LibraryError."""
    model = name_of(embedder)
    ids = lacking(library, model)
    for at in range(0, len(ids), batch):
        images, refused = _opened(library, ids[at : at + batch])
        vectors = embedded_images(embedder, list(images.values())) if images else ()
        with library.writing() as connection:
            for number, vector in zip(images, vectors, strict=True):
                if connection.execute("SELECT 1 FROM pictures WHERE id = ?", (number,)).fetchone():
                    put_embedding(connection, number, model, vector.tolist())
        yield Embedded(pictures=tuple(images), refused=tuple(refused))


def _opened(library: Library, ids: list[int]) -> tuple[dict[int, Image], list[str]]:
    images, refused = {}, []
    for picture in library.pictures(ids):
        try:
            images[picture.id] = open_picture(picture.path).rgb
        except PromptkitError as error:
            refused.append(f"{picture.id}: {error} {error.hint or ''}".strip())
    return images, refused
