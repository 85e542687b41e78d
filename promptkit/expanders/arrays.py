"""Fooocus' arrays as an expander: one prompt for each combination of the options in ``[[a, b]]``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from promptkit.dialects.fooocus import count_prompts, prompt_at
from promptkit.prompt import Prompt
from promptkit.seeds import Draw
from promptkit.slots.parse import parse


class ArraysExpander:
    """Walks the combinations in order, the first array fastest; nothing is drawn."""

    name = "arrays"

    def expand(self, prompt: Prompt, *, draw: Draw, limit: int | None) -> Iterator[Prompt]:  # noqa: ARG002
        """Yield the prompts of the first ``limit`` combinations, with what styles added to the prompt."""
        count = count_prompts(prompt.text)
        index = 0
        while index < count and (limit is None or index < limit):
            yield _with_text(prompt, prompt_at(prompt.text, index))
            index += 1


def _with_text(prompt: Prompt, text: str) -> Prompt:
    """Read a prompt's text anew; what was added stays, and slots that a style took over stay taken over."""
    typed = parse(text, negative=prompt.negative_text, dialect=prompt.dialect).phrases
    taken = {phrase.slot for phrase in prompt.replaced}
    added = tuple(phrase for phrase in prompt.phrases if not phrase.typed)
    kept = tuple(phrase for phrase in typed if phrase.slot not in taken)
    replaced = tuple(phrase for phrase in typed if phrase.slot in taken)
    return replace(prompt, text=text, phrases=(*kept, *added), replaced=replaced)
