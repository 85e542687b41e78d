"""A query's conditions as SQL. What was typed is only ever a value: SQL and the FTS5 expressions are made of our own
words, and of texts in quotation marks (sqlite.org/fts5.html, section 3)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, assert_never

from promptkit.library.conditions import All, Between, Condition, Either, Missing, Named, Not, Words, wanted_words
from promptkit.library.query_values import SCORE
from promptkit.library.records import kept_seed
from promptkit.library.writing import plain

DATE = "coalesce(p.made, p.added)"
_NUMBERS = {
    "seed": "p.seed",
    "rating": "p.rating",
    "width": "p.width",
    "height": "p.height",
    "size": "max(p.width, p.height)",
    "id": "p.id",
    "run": "p.run_id",
    "date": DATE,
}
_SIGNS = " _-"
"""What names of samplers and tools are written with or without."""
_MATCHING = "p.id IN (SELECT rowid FROM words WHERE words MATCH ?)"

Part = tuple[str, list[Any]]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What stands behind ``SELECT …``, over the table ``pictures`` as ``p``."""

    match: str | None
    """The FTS5 expression that every hit matches, by which hits can be ranked; ``words`` is joined for it."""
    sql: str
    values: tuple[Any, ...]


def statement_of(node: Condition, *, join: str = "") -> Statement:
    """Return the part of a query that finds its pictures, with another table joined to them."""
    nodes = node.nodes if isinstance(node, All) else (node,)
    found = [expression for expression in map(expression_of, nodes) if expression is not None]
    match = " AND ".join(f"({expression})" for expression in found) or None
    parts = [_part(one) for one in nodes if expression_of(one) is None]
    if match is not None:
        parts.insert(0, ("words MATCH ?", [match]))
        join = f"JOIN words ON words.rowid = p.id {join}"
    where, values = _joined("AND", parts) if parts else ("1", [])
    return Statement(match=match, sql=f"FROM pictures AS p {join} WHERE {where}", values=tuple(values))


def marking_of(node: Condition) -> str | None:
    """Return the FTS5 expression of all words of a query that a prompt may show, whatever else it asks."""
    words = [replace(one, columns=("prompt",)) for one in wanted_words(node) if one.field != "negative"]
    return expression_of(Either(nodes=tuple(words)))


def expression_of(node: Condition) -> str | None:
    """Return conditions on words alone as an FTS5 expression, ``None`` for any other."""
    if isinstance(node, Words):
        text = plain(node.text).replace('"', '""')
        return f'{{{" ".join(node.columns)}}} : "{text}"{" *" if node.prefix else ""}'
    if isinstance(node, All | Either) and node.nodes:
        found = [expression_of(one) for one in node.nodes]
        between = " AND " if isinstance(node, All) else " OR "
        return None if None in found else between.join(f"({expression})" for expression in found)
    return None


def _part(node: Condition) -> Part:
    expression = expression_of(node)
    if expression is not None:
        return _MATCHING, [expression]
    match node:
        case Between():
            return _between(node)
        case Missing():
            if node.what.startswith(f"{SCORE}."):
                return "p.id NOT IN (SELECT picture_id FROM scores WHERE name = ?)", [_score_name(node.what)]
            if node.what == "tag":
                return "p.id NOT IN (SELECT picture_id FROM tags)", []
            return f"{_NUMBERS.get(node.what, f'p.{node.what}')} IS NULL", []
        case Named():
            return _named(node)
        case Not():
            sql, values = _part(node.node)
            return f"({sql}) IS NOT TRUE", values
        case All() | Either():
            return _joined("AND" if isinstance(node, All) else "OR", [_part(one) for one in node.nodes])
        case Words():
            raise AssertionError("words are an expression")
        case _:
            assert_never(node)


def _joined(between: str, parts: Iterable[Part]) -> Part:
    sqls, values = zip(*parts, strict=True)
    return f" {between} ".join(f"({sql})" for sql in sqls), [value for some in values for value in some]


def _between(node: Between) -> Part:
    score = node.what.startswith(f"{SCORE}.")
    column = "value" if score else _NUMBERS[node.what]
    ends = ((node.least, ">" if node.above else ">="), (node.most, "<" if node.below else "<="))
    parts: list[Part] = [(f"{column} {sign} ?", [_kept(node.what, end)]) for end, sign in ends if end is not None]
    sql, values = _joined("AND", parts)
    if not score:
        return sql, values
    named = f"p.id IN (SELECT picture_id FROM scores WHERE name = ? AND {sql})"
    return named, [_score_name(node.what), *values]


def _kept(what: str, number: float) -> float | str:
    return kept_seed(int(number)) if what == "seed" else number


def _score_name(what: str) -> str:
    return what.partition(".")[2]


def _named(node: Named) -> Part:
    text = plain(unicodedata.normalize("NFC", node.text).strip())
    if node.what == "tag":
        same = "LIKE ? ESCAPE '\\'" if node.prefix else "= ?"
        value = f"{_escaped(text)}%" if node.prefix else text
        return f"p.id IN (SELECT picture_id FROM tags WHERE tag {same})", [value]
    column, value = f"replace(lower(p.{node.what}), '++', 'pp')", text.lower().replace("++", "pp")
    for sign in _SIGNS:
        column, value = f"replace({column}, '{sign}', '')", value.replace(sign, "")
    return (f"substr({column}, 1, ?) = ?", [len(value), value]) if node.prefix else (f"{column} = ?", [value])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
