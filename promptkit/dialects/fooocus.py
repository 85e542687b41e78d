"""Fooocus' own signs in a prompt.

::

    prompt = { text | array | network }
    array   = "[[" option { "," option } "]]"
    network = "<lora:" name ":" number ">"

The picture number i, from 0, takes one option of each array; the first array changes fastest, and after the last
combination they begin anew. An option keeps the blanks that it was written with. ``[[`` that is never closed is text,
and so is a network without a number. Everything else is left as it is; both readings take time linear in the length.

Refused: more than 32 KiB; where networks are taken out, with the place, what A1111 refuses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain, zip_longest

from promptkit.dialects import a1111
from promptkit.dialects.fragment import check_size
from promptkit.dialects.networks import Taken, take_networks

Arrays = tuple[tuple[str, ...], ...]


def read_arrays(text: str) -> tuple[tuple[str, ...], Arrays]:
    """Cut a prompt at its arrays: the texts around them, always one more than arrays, and the options of each.

    Raises PromptError over 32 KiB.
    """
    check_size(text)
    texts, arrays, at = [], [], 0
    while (begin := text.find("[[", at)) >= 0 and (end := text.find("]]", begin + 2)) >= 0:
        texts.append(text[at:begin])
        arrays.append(tuple(text[begin + 2 : end].split(",")))
        at = end + 2
    return (*texts, text[at:]), tuple(arrays)


def count_prompts(text: str) -> int:
    """Return how many pictures it takes to see every combination. Raises PromptError over 32 KiB."""
    return math.prod(len(options) for options in read_arrays(text)[1])


def prompt_at(text: str, index: int) -> str:
    """Return the prompt of the picture number ``index``, from 0. Raises PromptError over 32 KiB."""
    texts, arrays = read_arrays(text)
    chosen = []
    for options in arrays:
        index, place = divmod(index, len(options))
        chosen.append(options[place])
    return "".join(chain.from_iterable(zip_longest(texts, chosen, fillvalue="")))


def take_loras(text: str, *, given: Sequence[tuple[str, float]] = (), limit: int | None = None) -> Taken:
    """Take the networks out of a prompt as Fooocus does: those that the user chose elsewhere come first.

    Raises PromptError, with the place, for what A1111 refuses.
    """
    return take_networks(a1111.parse(text), given=given, limit=limit, default=None)
