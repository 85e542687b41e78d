"""What is typed to find pictures, read into a tree of conditions.

::

    query   := all ("OR" all)*                 one of them
    all     := part (["AND"] part)*            all of them; nothing at all is every picture
    part    := ("-" | "NOT") part | "(" query ")" | field ":" value | word
    word    := letters | letters "*" | '"' any text '"' ["*"]
    value   := word                            of prompt, negative, subject, style, lighting, camera, model
             | name | name "*"                 of tag, tool, sampler, kind, format; "none" of tag and sampler
             | number | number ".." number | (">" | ">=" | "<" | "<=" | "=") number | "none"
                                               of seed, rating, score, SLOT.score, width, height, size, id, run
             | date | date ".." date | (">" | ">=" | "<" | "<=" | "=") date
                                               of date: 2026, 2026-11, 2026-11-26, today, yesterday

A word without a field is looked for in the resolved prompt, the names of styles and models, and the tags. Words in
quotation marks stand next to each other; ``*`` ends the beginning of a word. One end of a range may be left out. Of a
range of dates both ends belong to it; ``size`` is the longer side in pixels, or ``512x768``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from promptkit.errors import QueryError
from promptkit.library.conditions import All, Condition, Either, Missing, Named, Not, Words
from promptkit.library.query_values import NONE, read_date, read_number, read_size
from promptkit.names import nearest, shortened

LONGEST = 2000
"""Characters of a query."""
TERMS = 64
NESTING = 16

ANYWHERE = ("prompt", "styles", "model", "tags")
"""Where a word without a field is looked for."""
WORD_FIELDS = {
    "prompt": ("prompt",),
    "negative": ("negative",),
    "subject": ("subject",),
    "style": ("style", "styles"),
    "lighting": ("lighting",),
    "camera": ("camera",),
    "model": ("model",),
}
NAME_FIELDS = ("tag", "tool", "sampler", "kind", "format")
KINDS = ("candidate", "finished", "imported")
NUMBER_FIELDS = ("seed", "rating", "width", "height", "id", "run")
FIELDS = (*WORD_FIELDS, *NAME_FIELDS, *NUMBER_FIELDS, "size", "score", "date")
SCORE = ".score"
QUOTE = '"'
_FIELD = re.compile(r"([A-Za-z][\w-]*(?:\.[A-Za-z]+)?):")
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
"""Hyphens, dashes and minuses that look like a minus."""
_END = re.compile(r'[\s()"]')
EVERYTHING = All(nodes=())


def read_query(text: str, *, now: float | None = None) -> Condition:
    """Read a query. ``now`` is what ``today`` is counted from, in seconds since 1970. Raises QueryError, with the
    place and the cure, for what is none."""
    if len(text) > LONGEST:
        said = f"A query has at most {LONGEST:,} characters; this has {len(text):,}."
        raise QueryError(said, text=text, position=LONGEST, hint="Search for fewer words.")
    return _Reader(text, now).whole()


@dataclass
class _Reader:
    """A query as far as it is read."""

    text: str
    now: float | None
    at: int = 0
    depth: int = 0
    terms: int = 0

    def whole(self) -> Condition:
        node = self._query()
        if self.at < len(self.text):
            raise self._error("This ')' closes nothing.", 'Take it away, or put the text in quotation marks: ")".')
        return node

    def _query(self) -> Condition:
        found = [self._all()]
        while self._keyword("OR"):
            if found[-1] == EVERYTHING:
                raise self._error("Nothing stands before this OR.", "Write what it is an alternative to.", back=2)
            found.append(self._all())
            if found[-1] == EVERYTHING:
                raise self._error("Nothing follows this OR.", "Write the alternative, or take OR away.")
        return found[0] if len(found) == 1 else Either(nodes=tuple(found))

    def _all(self) -> Condition:
        found: list[Condition] = []
        while not self._ended():
            if self._keyword("AND") and (not found or self._ended() or self._sees("AND")):
                raise self._error("AND stands between two conditions.", "It can be left out: a blank means it.")
            found.append(self._part())
        return found[0] if len(found) == 1 else All(nodes=tuple(found))

    def _ended(self) -> bool:
        """Skip blanks; tell whether this list of conditions is at its end."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at == len(self.text) or self.text[self.at] == ")" or self._sees("OR")

    def _sees(self, word: str) -> bool:
        end = self.at + len(word)
        after = self.text[end : end + 1]
        return self.text.startswith(word, self.at) and (not after or bool(_END.match(after)))

    def _keyword(self, word: str) -> bool:
        if not self._sees(word):
            return False
        self.at += len(word)
        return True

    def _part(self) -> Condition:
        if self._keyword("NOT"):
            return self._not("NOT")
        if self.text[self.at] == "-":
            self.at += 1
            return self._not("-")
        if self.text[self.at] == "(":
            return self._group()
        self._count()
        found = _FIELD.match(self.text, self.at)
        return self._field(found) if found else self._words(ANYWHERE, "")

    def _not(self, sign: str) -> Condition:
        blank = sign == "-" and self.text[self.at : self.at + 1].isspace()
        if blank or self._ended() or self.text[self.at] == "-" or self._sees("NOT") or self._sees("AND"):
            raise self._error(
                f"Nothing that could be left out follows this {sign}.", 'For example: -fox, -lighting:neon, -"red fox".'
            )
        return Not(node=self._part())

    def _group(self) -> Condition:
        begin = self.at
        self.depth += 1
        if self.depth > NESTING:
            raise self._error(f"More than {NESTING} brackets are open.", "Take some of them away.")
        self.at += 1
        node = self._query()
        if self.at == len(self.text):
            raise self._error("This '(' is never closed.", "Add ')', or put the text in quotation marks.", at=begin)
        self.at += 1
        self.depth -= 1
        if node == EVERYTHING:
            raise self._error("There is nothing in these brackets.", "Take them away.", at=begin)
        return node

    def _count(self) -> None:
        self.terms += 1
        if self.terms > TERMS:
            raise self._error(f"A query has at most {TERMS} conditions.", "Take some of them away.")

    def _words(self, columns: tuple[str, ...], field: str) -> Condition:
        begin = self.at
        self._check_minus(field)
        text, prefix = self._value()
        if not _has_words(text):
            said = f"'{shortened(text)}' has" if text else "There is"
            raise self._error(f"{said} no letter or digit to look for.", "Write a word.", at=begin)
        return Words(text=text, columns=columns, prefix=prefix, field=field)

    def _check_minus(self, field: str) -> None:
        """Raise QueryError for a word that begins with a minus or a dash: it would be read without it."""
        sign = self.text[self.at]
        if sign != "-" and sign not in DASHES:
            return
        end = _END.search(self.text, self.at)
        word = self.text[self.at + 1 : end.start() if end else len(self.text)]
        left_out = f"-{field}:{word}" if field else f"-{word}"
        cure = f"To leave it out: {shortened(left_out)}." if word else "Write a word."
        where = f"A minus stands before the field, not behind '{field}:'." if sign == "-" else f"'{sign}' is no minus."
        raise self._error(where, f"{cure} To look for the text itself, put it in quotation marks.")

    def _field(self, found: re.Match[str]) -> Condition:
        begin, name = self.at, found[1].lower()
        self._check_field(found[1], name)
        self.at = found.end()
        if self.at == len(self.text) or self.text[self.at].isspace() or self.text[self.at] in "()":
            example = (
                f"({name}:this OR {name}:that)" if self.text[self.at : self.at + 1] == "(" else f'{name}:"a value"'
            )
            raise self._error(f"Nothing follows '{name}:'.", f"For example: {example}.", at=begin)
        if name in WORD_FIELDS:
            return self._words(WORD_FIELDS[name], name)
        begin = self.at
        if name in NAME_FIELDS:
            self._check_minus(name)
        value, prefix = self._value(signs=name not in NAME_FIELDS)
        try:
            return self._test(name, value, prefix)
        except QueryError as error:
            raise self._error(error.message, error.hint, at=begin) from None

    def _check_field(self, typed: str, name: str) -> None:
        slot, dot, ending = name.partition(".")
        if name in FIELDS or (dot and ending == SCORE[1:]):
            return
        near = [slot + SCORE] if dot else nearest(slot, FIELDS)
        meant = " or ".join(f"'{one}:'" for one in near)
        known = f"Did you mean {meant}?" if near else f"There are: {', '.join(FIELDS)}, SLOT.score."
        cure = f'To look for the text, put it in quotation marks: "{shortened(typed)}:…".'
        raise self._error(f"There is no field '{shortened(typed)}:'.", f"{known} {cure}")

    def _test(self, name: str, value: str, prefix: bool) -> Condition:
        """Return the condition on a fact. Raises QueryError without a place."""
        if name == "date":
            return read_date(value, now=self.now)
        if name == "size":
            return read_size(value)
        if name not in NAME_FIELDS:
            return read_number(name, value)
        if name in ("tag", "sampler") and value.lower() == NONE and not prefix:
            return Missing(what=name)
        if not _has_words(value):
            raise QueryError(f"'{shortened(value)}' names no {name}.", hint="Write its name.")
        if name == "kind" and not any(kind == value or (prefix and kind.startswith(value)) for kind in KINDS):
            near = nearest(value, KINDS)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(KINDS)}."
            raise QueryError(f"There is no kind '{shortened(value)}' of pictures.", hint=hint)
        return Named(what=name, text=value, prefix=prefix)

    def _value(self, *, signs: bool = False) -> tuple[str, bool]:
        """Read a word or what stands in quotation marks: the text, and whether ``*`` ends it."""
        if self.text.startswith(QUOTE, self.at):
            end = self.text.find(QUOTE, self.at + 1)
            if end < 0:
                raise self._error("This quotation mark is never closed.", 'Add another " at the end of the text.')
            text, quoted = self.text[self.at + 1 : end], True
            self.at = end + 1
        else:
            stop = _END.search(self.text, self.at)
            text, quoted = self.text[self.at : stop.start() if stop else len(self.text)], False
            self.at += len(text)
        prefix = text.endswith("*") and not quoted and not signs
        if quoted and self.text.startswith("*", self.at):
            self.at, prefix = self.at + 1, True
        return (text.rstrip("*") if prefix and not quoted else text), prefix

    def _error(self, message: str, hint: str | None, *, at: int | None = None, back: int = 0) -> QueryError:
        return QueryError(message, text=self.text, position=(self.at if at is None else at) - back, hint=hint)


def _has_words(text: str) -> bool:
    """Whether a text has anything that SQLite's ``unicode61`` takes for part of a word."""
    return any(unicodedata.category(char)[0] in "LN" or unicodedata.category(char) == "Co" for char in text)
