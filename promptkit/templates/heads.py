"""What stands before the text of a choice and of its options: bounds, separators, weights, conditions."""

from __future__ import annotations

import re

from promptkit.templates.nodes import Guard
from promptkit.templates.regions import Regions
from promptkit.templates.scanner import BAR, DOLLARS, ESCAPE

MAX_WEIGHT = 1e6
MAX_PICKS = 100_000
NAME = r"[^\W\d][\w-]*"

_WEIGHT = re.compile(r"([+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf(?:inity)?))::", re.IGNORECASE)
_GUARD = re.compile(rf"({NAME})\s*(!?=)(.*)", re.DOTALL)
_BOUNDS = re.compile(r"\s*(?:(\d+)|(\d+)?-(\d+)|(\d+)-)")


class Heads(Regions):
    """Reads the heads of choices and options."""

    def bounds(self, first: int, last: int, start: int) -> tuple[int, int | None, str, int, int]:
        """Read ``n-m$$ separator $$``; return the bounds, the separator, and where the options begin."""
        dollars = [index for index in self.own(first, last) if self.signs[index].kind in (DOLLARS, BAR)]
        if not dollars or self.signs[dollars[0]].kind == BAR:
            return 1, 1, ",", start, self.after(first, last, start)
        mark = self.signs[dollars[0]]
        found = _BOUNDS.fullmatch(self.text, start, mark.start)
        if found is None:
            head = self.text[start : mark.start].strip()
            if head and head[0] in "-0123456789":
                raise self.error(f"'{head[:20]}' is no number of options.", start, "Write {2$$…}, {1-3$$…} or {2-$$…}.")
            return 1, 1, ",", start, self.after(first, last, start)
        low, high = self.numbers(found)
        second = next((i for i in self.own(dollars[0] + 1, last) if self.signs[i].kind not in (BAR, ESCAPE)), last)
        if second == last or self.signs[second].kind != DOLLARS:
            return low, high, ",", mark.end, dollars[0] + 1
        separator = self.plain(dollars[0] + 1, second, mark.end, self.signs[second].start)
        return low, high, separator, self.signs[second].end, second + 1

    def numbers(self, found: re.Match[str]) -> tuple[int, int | None]:
        exact, low, high, least = found.groups()
        texts = [text for text in (exact, low, high, least) if text]
        if any(len(text) > 9 or int(text) > MAX_PICKS for text in texts):
            raise self.error(
                f"More than {MAX_PICKS:,} options cannot be chosen.", found.start(), "Use a smaller number."
            )
        if exact:
            return int(exact), int(exact)
        if least:
            return int(least), None
        first, second = sorted((int(low or 1), int(high)))
        return first, second

    def option_head(self, first: int, last: int, start: int, end: int) -> tuple[int, float, Guard | None]:
        """Read the weight and guard of an option; return where its text begins, and them."""
        weight, guard, at = 1.0, None, self.blank_end(first, last, start, end)
        for _ in range(2):
            number = _WEIGHT.match(self.text, at, end)
            if number:
                weight, at = self.weight(number), self.blank_end(first, last, number.end(), end)
            elif guard is None and self.text.startswith("?", at, end):
                guard, at = self.guard(self.after(first, last, at), last, at, end)
        return at, weight, guard

    def weight(self, found: re.Match[str]) -> float:
        number = float(found.group(1))
        if not 0 <= number <= MAX_WEIGHT:
            raise self.error(
                f"A weight of {found.group(1)[:20]} is out of range.",
                found.start(),
                f"Weights go from 0 to {MAX_WEIGHT:,.0f}; only what they are to each other counts.",
            )
        return number

    def guard(self, first: int, last: int, start: int, end: int) -> tuple[Guard | None, int]:
        """Read ``?name=value::`` at ``start``; a question mark with no ``::`` behind it is text."""
        stop = self.signs[first].start if first < last else end
        colons = self.text.find("::", start, stop)
        body = self.text[start + 1 : colons].strip() if colons >= 0 else "? "
        found = _GUARD.fullmatch(body)
        if body and found is None:
            if "=" in body or re.fullmatch(r"[\w-]+", body):
                raise self.error(
                    f"'?{body[:30]}::' is no condition.",
                    start,
                    r"Write ?name=value::, ?name!=value:: or ?:: for every other case; \? for the sign itself.",
                )
            return None, start
        behind = colons + 2
        behind += len(self.text[behind:end]) - len(self.text[behind:end].lstrip())
        if found is None:
            return Guard(start, None), behind
        values = tuple(value.strip() for value in found.group(3).split(","))
        return Guard(start, found.group(1), values, found.group(2) == "!="), behind
