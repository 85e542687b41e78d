r"""Reading a template. The grammar, with blanks kept wherever they could mean something::

    template   ::= part*
    part       ::= text | choice | wildcard | variable | wrap | negative
    choice     ::= "{" sampler? (bounds "$$" (separator "$$")?)? option ("|" option)* "}"
    sampler    ::= "~" random | "!" combinatorial | "@" cyclical
    bounds     ::= n | n "-" m | n "-" | "-" m
    option     ::= (weight "::")? (guard "::")? part*
    guard      ::= "?" (name ("=" | "!=") value ("," value)*)?
    wildcard   ::= "__" sampler? path ("(" name "=" part* ("," name "=" part*)* ")")? "__"
    variable   ::= "${" name (":" part*)? "}" | "${" name "?"? "=" "!"? part* "}"
    wrap       ::= "%{" part* "$$" part* "}"
    negative   ::= "--no" part*             up to the next --flag or the end of the option
    comment    ::= "#" … | "//" …           to the end of the line
                 | "/*" … "*/"
    escape     ::= "\" ("${" | "%{" | "{" | "}" | "|" | "$" | "%" | "#" | "_" | "?" | "/" | "-")

A ``|``, ``$$``, ``::`` or ``}`` outside every bracket is text. So is what other syntaxes mean something by:
``(a:1.2)``, ``[a|b]``, ``<lora:…>``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b

from promptkit.templates.heads import NAME, Heads
from promptkit.templates.nodes import (
    DEFAULT_SYNTAX,
    Assign,
    Choice,
    Guard,
    Literal,
    Negative,
    Node,
    Option,
    Sequence,
    Source,
    Syntax,
    Use,
    Wildcard,
    Wrap,
)
from promptkit.templates.scanner import (
    BAR,
    COMMENT,
    DOLLARS,
    ESCAPE,
    FLAG,
    OPEN,
    VARIABLE,
    WILDCARD,
    WRAP,
    Sign,
    check_text,
)

NO = "--no"
KEY_LENGTH = 48

_VARIABLE = re.compile(rf"\s*({NAME})\s*(?:(\?)?(=)(!)?|(:)|(?=\}}))")
_SETTING = re.compile(rf"\s*({NAME})\s*=")
_SAMPLER = re.compile(r"(?:\s*([~!@]))?")


def parse_template(text: str, *, syntax: Syntax = DEFAULT_SYNTAX, place: str = "") -> Source:
    """Read a template in time linear in its length. Raises PromptError with the place of the first offence."""
    check_text(text)
    return Source(text, _Parser(text, syntax).tree(), place)


def short_key(text: str) -> str:
    """Return a text as a part of a key: itself, or its beginning and a hash of all of it when it is long."""
    if len(text) <= KEY_LENGTH:
        return text
    return f"{text[: KEY_LENGTH - 9]}…{blake2b(text.encode(), digest_size=4).hexdigest()}"


def _trimmed(node: Node, *, left: bool = True, right: bool = False) -> Node:
    """Take blanks from the ends of a tree; a literal that is left empty goes."""
    if isinstance(node, Literal):
        text = node.text.lstrip() if left else node.text
        text = text.rstrip() if right else text
        return replace(node, text=text) if text else Sequence(node.start, ())
    if not isinstance(node, Sequence) or not node.parts:
        return node
    parts = list(node.parts)
    if left:
        parts[0] = _trimmed(parts[0], left=True) if isinstance(parts[0], Literal) else parts[0]
    if right:
        parts[-1] = _trimmed(parts[-1], left=False, right=True) if isinstance(parts[-1], Literal) else parts[-1]
    kept = tuple(part for part in parts if part != Sequence(part.start, ()))
    return kept[0] if len(kept) == 1 else Sequence(node.start, kept)


class _Parser(Heads):
    """Walks the signs of a text; ``in_path`` while it reads a wildcard's name."""

    def __init__(self, text: str, syntax: Syntax) -> None:
        super().__init__(text, syntax)
        self.seen: Counter[str] = Counter()
        self.in_path = False

    def tree(self) -> Node:
        return self.sequence(0, len(self.signs), 0, len(self.text))

    def key(self, name: str) -> str:
        """Name a node by what it is and, after the first, by how many alike came before."""
        before = self.seen[name]
        self.seen[name] += 1
        return f"{name}#{before}" if before else name

    def sequence(self, first: int, last: int, start: int, end: int) -> Node:
        parts: list[Node] = []
        pieces: list[str] = []
        at = begin = start

        def flush(*, strip: bool = False) -> None:
            text = "".join(pieces)
            pieces.clear()
            text = text.rstrip() if strip else text
            if text:
                parts.append(Literal(begin, text))

        index = first
        while index < last:
            sign = self.signs[index]
            if sign.kind in (ESCAPE, COMMENT):
                pieces += (
                    self.text[at : sign.start],
                    self.text[sign.start + 1 : sign.end] if sign.kind == ESCAPE else "",
                )
                at, index = sign.end, index + 1
            elif self.begins_node(index):
                pieces.append(self.text[at : sign.start])
                flush(strip=sign.kind == FLAG)
                node, index, at = self.node(index, last, end)
                parts.append(node)
                if sign.kind == FLAG and at < end:
                    pieces.append(" ")
                begin = at
            else:
                index += 1
        pieces.append(self.text[at:end])
        flush()
        return parts[0] if len(parts) == 1 else Sequence(start, tuple(parts))

    def begins_node(self, index: int) -> bool:
        """Whether a sign opens something; one whose partner a name has swallowed (``${__a=…}``) is text."""
        sign = self.signs[index]
        if sign.kind == FLAG:
            return self.text[sign.start : sign.end] == NO
        return sign.kind in (OPEN, VARIABLE, WRAP, WILDCARD) and sign.partner > index

    def node(self, index: int, last: int, end: int) -> tuple[Node, int, int]:
        """Read the node that a sign begins; return it, the next sign, and the offset behind it."""
        sign = self.signs[index]
        if sign.kind == FLAG:
            until = next((i for i in self.own(index + 1, last) if self.signs[i].kind == FLAG), last)
            stop = self.signs[until].start if until < last else end
            value = _trimmed(self.sequence(index + 1, until, sign.end, stop), right=True)
            return Negative(sign.start, value), until, stop
        partner = self.signs[sign.partner]
        read = {OPEN: self.choice, VARIABLE: self.variable, WRAP: self.wrap, WILDCARD: self.wildcard}[sign.kind]
        return read(index + 1, sign.partner, sign, partner), sign.partner + 1, partner.end

    def choice(self, first: int, last: int, opening: Sign, closing: Sign) -> Node:
        sampler = _SAMPLER.match(self.text, opening.end)
        assert sampler is not None
        low, high, separator, start, first = self.bounds(first, last, sampler.end())
        bars = [index for index in self.own(first, last) if self.signs[index].kind == BAR]
        regions = list(
            zip(
                [first, *(bar + 1 for bar in bars)],
                [*bars, last],
                [start, *(self.signs[bar].end for bar in bars)],
                [*(self.signs[bar].start for bar in bars), closing.start],
                strict=True,
            )
        )
        heads = [self.option_head(*region) for region in regions]
        key = self.key("{" + short_key(self.text[heads[0][0] : regions[0][3]].strip()) + "}")
        options = tuple(self.option(region, head) for region, head in zip(regions, heads, strict=True))
        return Choice(opening.start, key, options, low, high, separator, sampler.group(1))

    def option(self, region: tuple[int, int, int, int], head: tuple[int, float, Guard | None]) -> Option:
        first, last, _, end = region
        at, weight, guard = head
        value = _trimmed(self.sequence(self.after(first, last, at), last, at, end))
        return Option(at, value, weight, guard)

    def variable(self, first: int, last: int, opening: Sign, closing: Sign) -> Node:
        found = _VARIABLE.match(self.text, opening.end, closing.end)
        if found is None:
            raise self.error(
                "After '${' comes the name of a variable.",
                opening.start,
                r"Write ${name}, ${name=value}, or \$ for the sign.",
            )
        name, keep, equals, now, colon = found.groups()
        start = found.end()
        key = self.key(f"${name}=" if equals else f"${name}")
        first = self.after(first, last, start)
        path, self.in_path = self.in_path, False
        value = _trimmed(self.sequence(first, last, start, closing.start), right=True)
        self.in_path = path
        if equals:
            return Assign(opening.start, key, name, value, overwrite=keep is None, immediate=now is not None)
        default = Literal(opening.start, name) if path else None
        return Use(opening.start, key, name, value if colon else default)

    def wrap(self, first: int, last: int, opening: Sign, closing: Sign) -> Node:
        middle = next((index for index in self.own(first, last) if self.signs[index].kind == DOLLARS), None)
        if middle is None:
            choice = self.choice(first, last, opening, closing)
            return Sequence(opening.start, (Literal(opening.start, "%"), choice))
        mark = self.signs[middle]
        wrapper = _trimmed(self.sequence(first, middle, opening.end, mark.start))
        inner = _trimmed(self.sequence(middle + 1, last, mark.end, closing.start))
        return Wrap(opening.start, wrapper, inner)

    def wildcard(self, first: int, last: int, opening: Sign, closing: Sign) -> Node:
        start, end = opening.end, closing.start
        sampler = self.text[start] if self.text[start] in "~!@" else None
        start += 1 if sampler else 0
        bracket = self.parameters(first, last, start, end)
        stop = end if bracket is None else bracket
        key = self.key(f"__{short_key(self.text[start:stop].strip())}__")
        outer, self.in_path = self.in_path, True
        path = _trimmed(self.sequence(first, self.after(first, last, stop), start, stop), right=True)
        self.in_path = outer
        variables = () if bracket is None else tuple(self.settings(first, last, bracket + 1, end))
        return Wildcard(opening.start, key, path, variables, sampler)

    def parameters(self, first: int, last: int, start: int, end: int) -> int | None:
        """Return the offset of the ``(`` before a wildcard's parameters, which end in its last ``)``."""
        if not self.text[start:end].rstrip().endswith(")"):
            return None
        places = (self.text.find("(", a, b) for a, b in self.spaces(first, last, start, end))
        return next((place for place in places if place >= 0), None)

    def settings(self, first: int, last: int, start: int, end: int) -> Iterator[tuple[str, Node]]:
        """Read ``name=value, name=value)``."""
        end = self.text.rindex(")", start, end) if ")" in self.text[start:end] else end
        commas = [
            place for a, b in self.spaces(first, last, start, end) for place in range(a, b) if self.text[place] == ","
        ]
        for begin, stop in zip([start, *(comma + 1 for comma in commas)], [*commas, end], strict=True):
            found = _SETTING.match(self.text, begin, stop)
            if found is None:
                raise self.error(
                    "A wildcard's brackets set variables.", begin, "Write __name(variable=value, other=value)__."
                )
            inner = self.after(first, last, found.end())
            value = self.sequence(inner, self.after(inner, last, stop), found.end(), stop)
            yield found.group(1), _trimmed(value, right=True)
