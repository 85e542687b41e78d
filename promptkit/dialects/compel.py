r"""The syntax of compel, as InvokeAI and diffusers users write it.

::

    prompt  = nodes | { network } many { network }
    many    = "(" nodes { "," nodes } ")" ( ".blend(" [ numbers ] [ "no_normalize" ] ")" | ".and(" [ numbers ] ")" )
    nodes   = { text | escape | network | target | target weight | word signs | swap }
    target  = "(" nodes ")" | '"' nodes '"'
    weight  = signs | number | ".attend(" ( signs | number ) ")"
    signs   = "+" { "+" } | "-" { "-" }
    swap    = ( target | word ) ".swap(" nodes { "," option "=" number } ")"
    network = ( "withLora(" | "useLora(" ) name [ "," number ] ")"
    escape  = "\(" | "\)" | "\"" | "\+" | "\-" | "\="

Each ``+`` multiplies the weight by 1.1, each ``-`` by 0.9; nesting multiplies. ``(x)`` and ``"x"`` without a weight
only hold words together, and ``(x:1.2)`` is no weight here. Outside of brackets a bracket or a quote opens only where
a word begins: ``fantasy(x)1.3`` is text. Within brackets a quote right behind a word is an inch sign. A bracket or a
quote that is never closed is text. ``.and()`` lays embeddings one behind the other; ``.add()`` is its other name.

Refused, with the place: ``.swap(``, ``.blend(``, ``.and(`` and ``.attend(`` that are never closed, whose numbers
cannot be read, or whose count is not that of the parts; a swap within a blend; a blend or an ``.and()`` within brackets
or beside other words; ``withLora(`` without a name or a closing bracket; weights over ``MAX_WEIGHT``, brackets nested
deeper than ``MAX_DEPTH``; more than 32 KiB. Reading takes time linear in the length. Unlike compel, a backslash before
``+``, ``-`` or ``=`` is no word, no blank is put between pieces that stand together, and signs that weight nothing are
text within brackets too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from promptkit.dialects.fragment import check_size
from promptkit.dialects.nodes import (
    MAX_DEPTH,
    Blend,
    Conjunction,
    Network,
    Node,
    Nodes,
    Swap,
    Text,
    Weighted,
    everything,
    joined,
    too_deep,
    words,
)
from promptkit.dialects.weights import checked_weight, read_number
from promptkit.errors import PromptError

PLUS, MINUS = 1.1, 0.9
"""What one ``+`` and one ``-`` multiply by."""
SWAP_DEFAULTS = {"s_start": 0.0, "s_end": 0.0, "t_start": 0.2, "t_end": 1.0}
"""When attention maps of the words themselves (s) and of all words (t) are taken over, as shares of the steps."""

_NUMBER = r"(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)"
_QUOTE = re.compile(r'(?<!\\)"')
_BLANK = re.compile(r"\s+")
_WORD = re.compile(r"""(?:\\[()",.+=-]|[+-](?![\s()",.+=-]|\Z)|[^\s()",.+=-])+""")
_FREE = re.compile(r"[^\s,]*,?")
_ESCAPE = re.compile(r'\\([()"+=-])')
_ATTEND = re.compile(rf"\.attend\(\s*(?P<weight>\++|-+|{_NUMBER})\s*\)")
_SIGNS = re.compile(r"(?P<weight>\++|-+)")
_WEIGHT = re.compile(rf"(?P<weight>\++|-+|{_NUMBER})")
_MANY = re.compile(r"\.(blend|and|add)\(")
_NO_ARGUMENT = re.compile(r'[()"]')
_OPTION = re.compile(rf"(?P<name>\w+)=(?P<number>{_NUMBER})")
_LORA = re.compile(rf'(?:with|use)Lora\((?P<name>[^,()"]+)(?:,\s*(?P<weight>[+-]?{_NUMBER})\s*)?\)')
_EXAMPLE = "(golden hour)1.3"


def parse(text: str) -> Nodes:
    """Read a prompt into nodes. Raises PromptError with the place."""
    check_size(text)
    return _Reader(text).nodes()


@dataclass
class _Group:
    """A bracket, a quote or a swap that is being filled."""

    opened: str
    """The sign that opened it; empty for the prompt as a whole."""
    at: int
    until: int | None = None
    """Where a quote is closed."""
    target: Nodes = ()
    """What a swap puts something else in the place of."""
    found: list[Node] = field(default_factory=list)
    commas: list[int] = field(default_factory=list)
    """The commas among ``found``."""
    heaviest: float = 1.0
    """The largest weight within, as far as it is known."""

    def add(self, node: Node, heaviest: float = 1.0) -> None:
        self.found.append(node)
        self.heaviest = max(self.heaviest, heaviest)


class _Reader:
    """Goes through a prompt once, with a stack of what is open."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = [_Group("", 0)]
        self.many_at = 0
        self.last_quote = max((match.start() for match in _QUOTE.finditer(text)), default=-1)

    def nodes(self) -> Nodes:
        while self.at < len(self.text):
            self._step()
        self._give_up(0)
        top = joined(self.groups[0].found)
        many = next((node for node in top if isinstance(node, Blend | Conjunction)), None)
        beside = [node for node in top if not isinstance(node, Network) and node is not many and _says_something(node)]
        if many is not None and beside:
            raise self._error("A blend or .and() takes the whole prompt; other words stand beside it.", self.many_at)
        return top

    def _step(self) -> None:
        here, char = self.groups[-1], self.text[self.at]
        if char == '"' and any(group.until == self.at for group in self.groups):
            self._close_quote()
        elif char == ")" and here.opened.endswith("("):
            self._close()
        elif char == "(":
            self._open("(", self.at + 1)
        elif char == '"' and self._quote_begins():
            closing = _QUOTE.search(self.text, self.at + 1)
            self._open('"', self.at + 1, until=closing and closing.start())
        elif char == "," and here.opened == ".swap(":
            self._swap_options()
        else:
            self._words()

    def _quote_begins(self) -> bool:
        """Whether a quote opens here: it is closed somewhere, no other is open, and no word stands right before it."""
        if self.at >= self.last_quote or any(group.opened == '"' for group in self.groups):
            return False
        before = self.groups[-1].found[-1:] if len(self.groups) > 1 else []
        return not any(isinstance(node, Text) and node.text[-1:].isalnum() for node in before)

    def _open(self, sign: str, behind: int, *, until: int | None = None, target: Nodes = ()) -> None:
        if len(self.groups) > MAX_DEPTH:
            raise too_deep(self.text, self.at, example=_EXAMPLE)
        self.groups.append(_Group(sign, self.at, until, target))
        self.at = behind

    def _close(self) -> None:
        group = self.groups.pop()
        self.at += 1
        if group.opened == ".swap(":
            self._swapped(group, ")", {})
        elif (match := _MANY.match(self.text, self.at)) is not None:
            self._many(group, match.group())
        else:
            self._target("(", ")", joined(group.found), group.heaviest)

    def _close_quote(self) -> None:
        self._give_up(next(i for i, group in enumerate(self.groups) if group.until == self.at))
        group = self.groups.pop()
        self.at += 1
        self._target('"', '"', joined(group.found), group.heaviest)

    def _give_up(self, stay: int) -> None:
        """Read brackets that were never closed as text, down to the group number ``stay``."""
        while len(self.groups) > stay + 1:
            group = self.groups.pop()
            if group.opened == ".swap(":
                raise self._error(".swap( is never closed.", group.at, "Write it as in cat.swap(dog).")
            around = self.groups[-1]
            around.add(words(group.opened), group.heaviest)
            around.found += group.found

    def _words(self) -> None:
        """Read blanks, a network, a word with what stands behind it, or, outside of brackets, all up to a blank."""
        start, inside = self.at, len(self.groups) > 1
        if self.text.startswith(("withLora(", "useLora("), start):
            self._network()
            return
        match = _BLANK.match(self.text, start)
        if match is None:
            match = _WORD.match(self.text, start)
            if match is not None:
                self.at = match.end()
                if self._target("", "", (_text(match.group()),), 1.0):
                    return
            match = match if inside else _FREE.match(self.text, start)
        self.at = match.end() if match is not None else start + 1
        if self.text[start] == ",":
            self.groups[-1].commas.append(len(self.groups[-1].found))
        self.groups[-1].add(_text(self.text[start : self.at]))

    def _network(self) -> None:
        match = _LORA.match(self.text, self.at)
        if match is None or not match["name"].strip():
            raise self._error("This is no network.", self.at, "Write it as in withLora(ink, 0.8).")
        if match["weight"]:
            read_number(match["weight"], self.text, match.start("weight"))
        arguments = (match["weight"],) if match["weight"] else ()
        self.groups[-1].add(
            Network(marks=(match.group(),), kind="lora", name=match["name"].strip(), arguments=arguments)
        )
        self.at = match.end()

    def _target(self, opened: str, closed: str, inside: Nodes, heaviest: float) -> bool:
        """Read what stands behind a word or a closing sign; whether there is a node at all."""
        if self.text.startswith(".swap(", self.at):
            held = Weighted(marks=(opened, closed), parts=(inside,), factor=1.0)
            self._open(".swap(", self.at + len(".swap("), target=(held,) if opened else inside)
            self.groups[-1].heaviest = heaviest
            return True
        weight = self._weight(_WEIGHT if opened else _SIGNS)
        if weight is None and not opened:
            return False
        sign, factor = weight or ("", 1.0)
        total = checked_weight(factor * heaviest, self.text, self.at)
        self.groups[-1].add(Weighted(marks=(opened, closed + sign), parts=(inside,), factor=factor), total)
        self.at += len(sign)
        return True

    def _weight(self, pattern: re.Pattern[str]) -> tuple[str, float] | None:
        """Return the weight that is written here, with how it is written."""
        if self.text.startswith(".attend(", self.at):
            pattern = _ATTEND
        match = pattern.match(self.text, self.at)
        if match is not None:
            sign, number = match.group(), match["weight"]
            if number[0] not in "+-":
                return sign, read_number(number, self.text, self.at)
            factor = (PLUS if number[0] == "+" else MINUS) ** min(len(number), 1000)
            return sign, checked_weight(factor, self.text, self.at)
        if pattern is _ATTEND:
            raise self._error(
                ".attend( takes one weight of 0 or more.", self.at, "Write a number or signs, as in .attend(1.2)."
            )
        return None

    def _arguments(self, begin: int, form: str, example: str) -> list[str]:
        """Read what stands from ``begin`` to the closing bracket, cut at commas, and go behind it."""
        sign = _NO_ARGUMENT.search(self.text, begin)
        if sign is None or sign.group() != ")":
            raise self._error(f"{form}) is never closed.", self.at, f"Write it as in {example}.")
        self.at = sign.end()
        found = [argument.strip() for argument in self.text[begin : sign.start()].split(",")]
        return found if any(found) else []

    def _swap_options(self) -> None:
        start = self.at
        options: dict[str, float] = {}
        for option in self._arguments(start + 1, ".swap(", "cat.swap(dog, t_start=0.3)"):
            match = _OPTION.fullmatch(option)
            if match is None or match["name"] not in (*SWAP_DEFAULTS, "shape_freedom"):
                known = ", ".join((*SWAP_DEFAULTS, "shape_freedom"))
                raise self._error(
                    f"'{option}' is no option of .swap().", start, f"There are {known}, as in t_start=0.3."
                )
            options[match["name"]] = read_number(match["number"], self.text, start)
        self._swapped(self.groups.pop(), self.text[start : self.at], options)

    def _swapped(self, group: _Group, closed: str, typed: dict[str, float]) -> None:
        freedom = typed.pop("shape_freedom", None)
        shape = {} if freedom is None else {"s_end": 1 - freedom ** (1 / 3)}
        options = {**SWAP_DEFAULTS, **shape, **typed}
        parts = (group.target, joined(group.found))
        self.groups[-1].add(Swap(marks=("", ".swap(", closed), parts=parts, options=options), group.heaviest)

    def _many(self, group: _Group, form: str) -> None:
        """Make a blend or a conjunction of the parts in a bracket."""
        start = self.many_at = self.at
        if len(self.groups) > 1:
            raise self._error(f"{form}) takes the whole prompt; it cannot stand within brackets.", start)
        borders = [-1, *group.commas, len(group.found)]
        parts = tuple(joined(group.found[a + 1 : b]) for a, b in pairwise(borders))
        numbers = self._arguments(start + len(form), form, f'("a cat", "a dog"){form}1, 0.5)')
        normalize = form != ".blend(" or numbers[-1:] != ["no_normalize"]
        weights = self._weights(numbers if normalize else numbers[:-1], len(parts), start)
        marks = ("(", *[","] * (len(parts) - 1), ")" + self.text[start : self.at])
        if form != ".blend(":
            self.groups[0].add(Conjunction(marks=marks, parts=parts, weights=weights, concatenated=True))
        elif any(isinstance(node, Swap) for part in parts for node in everything(part)):
            raise self._error("A swap cannot stand within a blend.", start, "Blend the words that it leads to.")
        else:
            self.groups[0].add(Blend(marks=marks, parts=parts, weights=weights, normalize=normalize))

    def _weights(self, numbers: Sequence[str], count: int, position: int) -> tuple[float, ...]:
        if not all(re.fullmatch(rf"[+-]?{_NUMBER}", number) for number in numbers):
            raise self._error("The weights of the parts are numbers.", position)
        if numbers and len(numbers) != count:
            message = f"There are {count} parts and {len(numbers)} weights."
            raise self._error(message, position, "Give each part one weight, or none.")
        return tuple(read_number(number, self.text, position) for number in numbers) or (1.0,) * count

    def _error(
        self, message: str, position: int, hint: str = 'Write it as in ("a cat", "a dog").and(1, 0.5).'
    ) -> PromptError:
        return PromptError(message, text=self.text, position=position, hint=hint)


def _text(written: str) -> Text:
    return words(_ESCAPE.sub(r"\1", written), written)


def _says_something(node: Node) -> bool:
    return not isinstance(node, Text) or bool(node.text.strip())
