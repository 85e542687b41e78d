"""Finding pictures by a query: ranked by words, or in another order; and what to say where nothing is found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from promptkit.errors import SettingsError, UnknownNameError
from promptkit.library.conditions import Condition, wanted_words
from promptkit.library.query import read_query
from promptkit.library.query_sql import DATE, marking_of, statement_of
from promptkit.library.records import StoredPicture
from promptkit.names import nearest

if TYPE_CHECKING:
    from promptkit.library.store import Library

RELEVANCE, SIMILARITY = "relevance", "similarity"
SORTS = {
    RELEVANCE: "bm25(words), p.id DESC",
    "date": f"{DATE} DESC, p.id DESC",
    "score": "total.value DESC, p.id DESC",
    "rating": f"p.rating DESC, {DATE} DESC, p.id DESC",
}
"""The best or newest first; what is not known comes last."""
USUAL = 20
"""Hits that are returned unless more are asked for."""
BEGIN, END = "\ufdd0", "\ufdd1"
"""What stands round a found word in an excerpt: characters that no text has (Unicode 23.7)."""
EXCERPT = 8
"""Words of an excerpt."""
_TOTAL = "LEFT JOIN scores AS total ON total.picture_id = p.id AND total.name = 'total'"
_TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A picture that was found."""

    picture: StoredPicture
    similarity: float | None = None
    """The cosine with what it was asked to be like, −1 to 1."""


def search(
    library: Library, query: str = "", *, sort: str | None = None, limit: int | None = USUAL, offset: int = 0
) -> list[Hit]:
    """Return the pictures that a query finds; see ``promptkit.library.query`` for what it may say.

    ``sort`` is ``relevance`` (bm25 of the words), ``date``, ``score`` or ``rating``; by default relevance where the
    query has words that every hit has, else date. ``limit`` is ``None`` for all. Raises QueryError, SettingsError,
    UnknownNameError and LibraryError.
    """
    ids = matching(library, read_query(query), sort=sort, limit=limit, offset=offset)
    return [Hit(picture=picture) for picture in library.pictures(ids)]


def matching(
    library: Library, node: Condition, *, sort: str | None = None, limit: int | None = None, offset: int = 0
) -> list[int]:
    """Return the ids of the pictures that keep a condition, in order; see ``search``."""
    check_part(limit, offset)
    if sort is not None and sort not in SORTS:
        raise UnknownNameError("order", sort, nearest(sort, SORTS), hint=f"There are: {', '.join(SORTS)}.")
    asked = statement_of(node, join=_TOTAL if sort == "score" else "")
    if asked.match is None and sort == RELEVANCE:
        sort = "date"
    order = SORTS[sort or ("date" if asked.match is None else RELEVANCE)]
    sql = f"SELECT p.id {asked.sql} ORDER BY {order} LIMIT ? OFFSET ?"
    return [number for (number,) in library.rows(sql, (*asked.values, -1 if limit is None else limit, offset))]


def check_part(limit: int | None, offset: int) -> None:
    """Raise SettingsError for a part of the hits that cannot be."""
    if (limit is not None and not 0 <= limit < 2**31) or not 0 <= offset < 2**31:
        raise SettingsError("Limit and offset are whole numbers from 0 up.", hint="For example: limit=20, offset=20.")


def count(library: Library, query: str = "") -> int:
    """Return how many pictures a query finds."""
    asked = statement_of(read_query(query))
    return int(library.rows(f"SELECT count(*) {asked.sql}", asked.values)[0][0])


def excerpts(library: Library, query: str, pictures: Sequence[int]) -> dict[int, str]:
    """Return for pictures the part of the resolved prompt with the query's words in it, each between ``BEGIN`` and
    ``END``; none for a picture whose prompt has none of them."""
    marking = marking_of(read_query(query))
    if marking is None:
        return {}
    sql = "SELECT snippet(words, 0, ?, ?, '…', ?) FROM words WHERE words MATCH ? AND rowid = ?"
    found = {}
    for number in pictures:
        for (text,) in library.rows(sql, (BEGIN, END, EXCERPT, marking, number)):
            found[number] = text
    return found


def near_words(library: Library, query: str) -> dict[str, list[str]]:
    """Return words of a query that no picture of the library has, each with words that are there and it may be a slip
    of."""
    library.rows("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'words', 'col')")
    found = {}
    for words in wanted_words(read_query(query)):
        among = f"col IN ({', '.join('?' * len(words.columns))})"
        tokens = _TOKEN.findall(_folded(words.text))
        for token in tokens[:-1] if words.prefix else tokens:
            if not library.rows(f"SELECT 1 FROM temp.vocabulary WHERE term = ? AND {among}", (token, *words.columns)):
                terms = library.rows(f"SELECT DISTINCT term FROM temp.vocabulary WHERE {among}", words.columns)
                found[token] = nearest(token, [term for (term,) in terms])
    return found


def _folded(text: str) -> str:
    """Return a text as the table of words has it: small letters, without marks."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in apart if not unicodedata.combining(char))
