"""Cutting a template into signs and pairing them, once, from left to right: the parser then never looks back.

A pair is found by a stack. What cannot be paired and need not be (a lone ``}``, ``snake__case``) is text; a ``{`` that
is never closed is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from promptkit.errors import PromptError
from promptkit.templates.nodes import Syntax

MAX_BYTES = 32 * 1024
MAX_DEPTH = 50
"""Brackets inside brackets."""

ESCAPE, COMMENT, OPEN, CLOSE, BAR, DOLLARS, WILDCARD, VARIABLE, WRAP, FLAG = (
    "escape comment open close bar dollars wildcard variable wrap flag".split()
)
_BRACKETS = (OPEN, VARIABLE, WRAP)


@dataclass(slots=True)
class Sign:
    """Something other than text at ``start … end``; ``partner`` is the index of the sign that closes or opens it."""

    kind: str
    start: int
    end: int
    partner: int = -1


@lru_cache(maxsize=16)
def _pattern(syntax: Syntax) -> re.Pattern[str]:
    signs = {
        "escape": r"\\(?:[$%]\{|[{}|$%#_?/-])",
        "block": r"/\*",
        "line": r"//|#",
        "dollars": r"\$\$",
        "variable": r"\$\{",
        "wrap": r"%\{",
        "wildcard": re.escape(syntax.wildcard),
        "open": re.escape(syntax.open),
        "close": re.escape(syntax.close),
        "brace": r"\}",
        "bar": r"\|",
        "newline": r"\n",
        "flag": r"(?<![^\s{|:,])--[A-Za-z]+(?![^\s|}])",
    }
    return re.compile("|".join(f"(?P<{name}>{sign})" for name, sign in signs.items()))


def check_text(text: str) -> None:
    """Refuse what no template may hold: over 32 KiB, control characters, lone surrogates. Raises PromptError."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise PromptError(
            f"The template is {size:,} bytes long; at most {MAX_BYTES:,} are read.",
            hint="Move long lists into wildcard files.",
        )
    bad = FORBIDDEN.search(text)
    if bad:
        raise PromptError(
            f"The character U+{ord(bad.group()):04X} cannot stand in a template.",
            text=text,
            position=bad.start(),
            hint="Remove it: it is a control character or half of a broken one.",
        )


FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def scan(text: str, syntax: Syntax) -> list[Sign]:
    """Return the signs of a text in order, paired. Raises PromptError for a bracket that is never closed, and for
    nesting deeper than 50."""
    signs: list[Sign] = []
    stack: list[int] = []
    at = 0
    pattern = _pattern(syntax)
    unclosed_block = False
    while match := pattern.search(text, at):
        kind, start, at = str(match.lastgroup), match.start(), match.end()
        if kind == "block":
            end = -1 if unclosed_block else text.find("*/", at)
            unclosed_block = end < 0
            if not unclosed_block:
                at = _comment(text, signs, start, end + 2)
        elif kind == "line":
            if _begins_comment(text, match):
                end = text.find("\n", at)
                at = _comment(text, signs, start, len(text) if end < 0 else end)
        else:
            _pair(text, Sign(kind, start, at), signs, stack, syntax)
    for index in stack:
        if signs[index].kind in _BRACKETS:
            raise PromptError(
                f"This '{text[signs[index].start : signs[index].end]}' is never closed.",
                text=text,
                position=signs[index].start,
                hint=r"Close it, or write \{ for the sign itself.",
            )
    return signs


def _begins_comment(text: str, match: re.Match[str]) -> bool:
    """Tell a comment from ``C#``, ``#ff0000``, ``no. #1`` and ``https://``: it begins a line, or stands apart."""
    start, end = match.span()
    begin = text.rfind("\n", 0, start) + 1
    if start - begin < 200 and not text[begin:start].strip():
        return True
    before = text[start - 1]
    if match.group() == "//":
        return before.isspace()
    return not before.isalnum() and (end == len(text) or text[end].isspace())


def _comment(text: str, signs: list[Sign], start: int, end: int) -> int:
    """Add a comment with the blanks before it, and with its whole line where it stands alone; return its end."""
    floor = signs[-1].end if signs else 0
    left = start
    while left > floor and text[left - 1] in " \t":
        left -= 1
    line_ends = end == len(text) or text[end] == "\n"
    if line_ends and end < len(text) and (left == 0 or text[left - 1] == "\n"):
        end += 1
    elif not (line_ends or text[end].isspace()):
        left = start
    signs.append(Sign(COMMENT, left, end))
    return end


def _pair(text: str, sign: Sign, signs: list[Sign], stack: list[int], syntax: Syntax) -> None:
    if sign.kind == "escape":
        signs.append(sign)
    elif sign.kind == WILDCARD:
        _pair_wildcard(sign, signs, stack)
    elif sign.kind == "newline":
        _demote(signs, stack)
    else:
        if sign.kind != VARIABLE and not (sign.kind == OPEN and not _closes(sign, text, signs, stack, syntax)):
            _demote(signs, stack)
        _pair_bracket(text, sign, signs, stack, syntax)


def _pair_wildcard(sign: Sign, signs: list[Sign], stack: list[int]) -> None:
    top = signs[stack[-1]] if stack else None
    if top is not None and top.kind == WILDCARD and top.end < sign.start:
        sign.partner = stack.pop()
        top.partner = len(signs)
    elif top is not None and top.kind == WILDCARD:
        stack.pop()
        stack.append(len(signs))
    else:
        stack.append(len(signs))
    signs.append(sign)


def _demote(signs: list[Sign], stack: list[int]) -> None:
    """Take back a wildcard sign that was opened and cannot be closed any more; it is text."""
    while stack and signs[stack[-1]].kind == WILDCARD:
        stack.pop()


def _closes(sign: Sign, text: str, signs: list[Sign], stack: list[int], syntax: Syntax) -> bool:
    """Whether a sign closes the innermost bracket; signs that open and close alike close when they can."""
    inner = next((signs[index] for index in reversed(stack) if signs[index].kind != WILDCARD), None)
    return inner is not None and text[sign.start : sign.end] == (syntax.close if inner.kind == OPEN else "}")


def _pair_bracket(text: str, sign: Sign, signs: list[Sign], stack: list[int], syntax: Syntax) -> None:
    if _closes(sign, text, signs, stack, syntax):
        sign.kind = CLOSE
        sign.partner = stack.pop()
        signs[sign.partner].partner = len(signs)
        signs.append(sign)
    elif sign.kind in _BRACKETS:
        if len(stack) >= MAX_DEPTH:
            raise PromptError(
                f"Brackets are nested deeper than {MAX_DEPTH}.",
                text=text,
                position=sign.start,
                hint="Move an inner choice into a wildcard file.",
            )
        stack.append(len(signs))
        signs.append(sign)
    elif sign.kind in (BAR, DOLLARS, FLAG) and (stack or sign.kind == FLAG):
        signs.append(sign)
