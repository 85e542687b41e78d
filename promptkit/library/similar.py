"""Finding pictures by meaning: the cosine of stored embeddings with one, block by block, so that memory stays bounded
however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.errors import LibraryError
from promptkit.library.query import EVERYTHING, read_query
from promptkit.library.search import SIMILARITY, USUAL, Hit, check_part, matching

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from promptkit.library.store import Library

BLOCK = 4096
"""Embeddings that are looked at together: 8 MB at a width of 512."""
MANY = 500
"""Ids in one query."""

Found = list[tuple[int, float]]


@dataclass(frozen=True, kw_only=True)
class Like:
    """What pictures should be like; ``promptkit.library.like`` makes it of a text or a picture."""

    model: str
    """What the embedding was made with: ``interfaces.Embedder.embedding_name``."""
    vector: Sequence[float] | NDArray[np.float32]


def search_like(
    library: Library,
    like: Like,
    query: str = "",
    *,
    sort: str | None = None,
    limit: int = USUAL,
    offset: int = 0,
) -> list[Hit]:
    """Return the pictures that are most like a text or a picture, of those that a query finds.

    ``sort`` orders these by ``date``, ``score`` or ``rating``; by default the most similar come first. Pictures without
    an embedding of this model are not found. Raises what ``search`` raises.
    """
    check_part(limit, offset)
    node = read_query(query)
    among = None if node == EVERYTHING else matching(library, node, sort="date")
    found = dict(nearest_pictures(library, like, among=among, count=limit + offset)[offset:])
    ids = list(found)
    if sort not in (None, SIMILARITY):
        shown = set(ids)
        ids = [number for number in matching(library, node, sort=sort) if number in shown]
    return [Hit(picture=picture, similarity=found[picture.id]) for picture in library.pictures(ids)]


def nearest_pictures(library: Library, like: Like, *, among: Sequence[int] | None = None, count: int = USUAL) -> Found:
    """Return the ids of the ``count`` most similar pictures, with their cosines, the best first; of equals the oldest.

    ``among`` are the ids that are looked at, all where it is ``None``.
    """
    import numpy as np

    wanted = np.asarray(like.vector, dtype=np.float32)
    wanted = wanted / np.linalg.norm(wanted)
    ids, values = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    blocks = _all(library, like.model, len(wanted)) if among is None else _some(library, like.model, len(wanted), among)
    for rows in blocks:
        vectors = np.frombuffer(b"".join(row[-1] for row in rows), dtype="<f2").reshape(len(rows), len(wanted))
        ids = np.concatenate([ids, np.array([row[-2] for row in rows], dtype=np.int64)])
        values = np.concatenate([values, vectors.astype(np.float32) @ wanted])
        if len(ids) > count:
            best = np.argpartition(-values, count - 1)[:count] if count else np.empty(0, dtype=np.int64)
            ids, values = ids[best], values[best]
    order = np.lexsort((ids, -values))
    return [(int(ids[at]), float(values[at])) for at in order]


def _all(library: Library, model: str, width: int) -> Iterator[list[Any]]:
    """Yield blocks of all embeddings. Each block is a query of its own, so that writers need not wait."""
    sql = (
        "SELECT rowid, picture_id, vector FROM embeddings WHERE rowid > ? AND model = ? AND dim = ? "
        "AND length(vector) = 2 * dim ORDER BY rowid LIMIT ?"
    )
    last = -1
    while rows := library.rows(sql, (last, model, width, BLOCK)):
        yield rows
        last = rows[-1][0]


def _some(library: Library, model: str, width: int, ids: Sequence[int]) -> Iterator[list[Any]]:
    for at in range(0, len(ids), MANY):
        part = ids[at : at + MANY]
        sql = (
            f"SELECT picture_id, vector FROM embeddings WHERE picture_id IN ({', '.join('?' * len(part))}) "
            "AND model = ? AND dim = ? AND length(vector) = 2 * dim"
        )
        if rows := library.rows(sql, (*part, model, width)):
            yield rows


def embedding_models(library: Library) -> dict[str, int]:
    """Return what embeddings of the library were made with, and how many there are, the most first."""
    sql = "SELECT model, count(*) FROM embeddings GROUP BY model ORDER BY count(*) DESC, model"
    return dict(library.rows(sql))


def stored_embedding(library: Library, picture: int, model: str) -> NDArray[np.float32] | None:
    """Return a picture's embedding, ``None`` where it has none of this model."""
    import numpy as np

    rows = library.rows("SELECT vector FROM embeddings WHERE picture_id = ? AND model = ?", (picture, model))
    return np.frombuffer(rows[0][0], dtype="<f2").astype(np.float32) if rows else None


def usual_model(library: Library) -> str:
    """Return what most embeddings were made with. Raises LibraryError where there are none."""
    models = embedding_models(library)
    if not models:
        raise LibraryError(
            "No picture of this library has an embedding yet.", hint="Make them: promptkit library embed"
        )
    return next(iter(models))
