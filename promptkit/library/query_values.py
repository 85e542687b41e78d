"""Numbers, sizes and dates as a query has them: one value, a range, or one end of it."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

from promptkit.errors import QueryError
from promptkit.library.conditions import All, Between, Condition, Missing
from promptkit.names import shortened
from promptkit.seeds import MAX_SEED

NONE = "none"
SCORE = "score"
TOTAL = "total"
DIGITS = 20
"""Of a number's whole part: what 64 bits hold."""
BEST_RATING = 5
YEARS = (1971, 9998)
_COMPARED = re.compile(r"(>=|<=|>|<|=)?(.+)", re.DOTALL)
_WHOLE = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(rf"-?[0-9]{{1,{DIGITS}}}(?:\.([0-9]{{1,{DIGITS}}}))?")
_SIZE = re.compile(r"([0-9]{1,9})[xX×]([0-9]{1,9})")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?")
_DAYS = {"today": 0, "yesterday": 1}


def read_number(field: str, value: str) -> Condition:
    """Return the condition on ``seed``, ``rating``, … or ``score``, ``lighting.score``. Raises QueryError without a
    place."""
    slot, _, ending = field.rpartition(".")
    what = f"{SCORE}.{slot or TOTAL}" if ending == SCORE else field
    if value.lower() == NONE:
        return Missing(what=what)
    sign, ends = _ends(value)
    if ending == SCORE:
        return _score(field, what, sign, ends)
    numbers = [None if end is None else _whole(field, end, alone=sign in ("", "=")) for end in ends]
    if field == "rating" and any(number is not None and not 0 <= number <= BEST_RATING for number in numbers):
        raise QueryError(f"'{shortened(value)}' is no rating.", hint=f"Ratings go from 0 to {BEST_RATING}, or none.")
    return _compared(what, sign, numbers[0], numbers[-1])


def read_size(value: str) -> Condition:
    """Return the condition on the longer side, or on both for ``512x768``. Raises QueryError without a place."""
    both = _SIZE.fullmatch(value)
    if not both:
        return read_number("size", value)
    sides = zip(("width", "height"), map(int, both.groups()), strict=True)
    return All(nodes=tuple(Between(what=what, least=side, most=side) for what, side in sides))


def read_date(value: str, *, now: float | None = None) -> Condition:
    """Return the condition on when a picture was made, by days, months and years of this machine's own zone. Raises
    QueryError without a place."""
    sign, ends = _ends(value)
    spans = [(None, None) if end is None else _span(end, time.time() if now is None else now) for end in ends]
    (first, after_first), (_, after_last) = spans[0], spans[-1]
    if sign == ">":
        return Between(what="date", least=after_first)
    if sign == ">=":
        return Between(what="date", least=first)
    if sign == "<":
        return Between(what="date", most=first, below=True)
    if first is not None and after_last is not None and first >= after_last:
        raise QueryError("This range is empty: it goes down.", hint="Write the earlier date first: 2026-10..2026-11.")
    return Between(what="date", least=None if sign == "<=" else first, most=after_last, below=True)


def _ends(value: str) -> tuple[str, list[str | None]]:
    """Return the sign before a value, or the two ends of a range, of which one may be open."""
    first, dots, last = value.partition("..")
    if dots and (first or last):
        return "", [first or None, last or None]
    found = _COMPARED.fullmatch(value)
    return (found[1] or "", [found[2]]) if found else ("", [value])


def _compared(what: str, sign: str, least: float | None, most: float | None) -> Between:
    """Return the range that a sign makes of a number, or the one between two."""
    if sign in (">", ">="):
        return Between(what=what, least=least, above=sign == ">")
    if sign in ("<", "<="):
        return Between(what=what, most=most, below=sign == "<")
    if least is not None and most is not None and least > most:
        raise QueryError("This range is empty: it goes down.", hint="Write the lower end first: 10..20.")
    return Between(what=what, least=least, most=most)


def _whole(field: str, text: str, *, alone: bool) -> int:
    example = f"For example {field}:12, {field}:10..20, {field}:>=4, {field}:none."
    if not _WHOLE.fullmatch(text):
        raise QueryError(f"'{shortened(text)}' is no whole number.", hint=example)
    if len(text.lstrip("-0")) > DIGITS:
        raise QueryError(f"'{shortened(text)}' is too large.", hint=f"Numbers go up to {MAX_SEED}.")
    number = int(text)
    if abs(number) > MAX_SEED and not (alone and field == "seed"):
        raise QueryError(f"{number} is too large.", hint=f"Numbers go up to {MAX_SEED}.")
    return number


def _score(field: str, what: str, sign: str, ends: list[str | None]) -> Between:
    """Return the range of a score; one value means what is rounded to it."""
    numbers, places = [], 0
    for end in ends:
        found = _NUMBER.fullmatch(end or "0")
        if not found:
            hint = f"For example {field}:>0.8, {field}:0.5..0.8, {field}:none."
            raise QueryError(f"'{shortened(end or '')}' is no number.", hint=hint)
        numbers.append(None if end is None else float(end))
        places = len(found[1] or "")
    if len(ends) == 1 and sign in ("", "=") and numbers[0] is not None:
        half = 0.5 * 10.0**-places
        return Between(what=what, least=numbers[0] - half, most=numbers[0] + half, below=True)
    return _compared(what, sign, numbers[0], numbers[-1])


def _span(text: str, now: float) -> tuple[float, float]:
    """Return the beginning of a day, month or year and that of the next one."""
    wrong = QueryError(
        f"'{shortened(text)}' is no date.", hint="For example date:2026, date:2026-11, date:>=2026-11-26, date:today."
    )
    if text.lower() in _DAYS:
        noon = datetime.fromtimestamp(now).replace(hour=12) - timedelta(days=_DAYS[text.lower()])
        day = noon.replace(hour=0, minute=0, second=0, microsecond=0)
        return day.timestamp(), (day + timedelta(days=1)).timestamp()
    found = _DATE.fullmatch(text)
    if not found or not YEARS[0] <= int(found[1]) <= YEARS[1]:
        raise wrong
    year, month, day_number = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    try:
        begin = datetime(year, month, day_number)
    except ValueError:
        raise wrong from None
    if found[3]:
        end = begin + timedelta(days=1)
    else:
        end = datetime(year + 1, 1, 1) if not found[2] or month == 12 else datetime(year, month + 1, 1)
    return begin.timestamp(), end.timestamp()
