"""Prompts out of a template: what was drawn is read like any typed text, and the template is kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from promptkit.errors import SettingsError
from promptkit.prompt import Prompt
from promptkit.seeds import Draw
from promptkit.slots.parse import parse
from promptkit.templates.template import Template
from promptkit.templates.tidy import tidy
from promptkit.templates.wildcards import Wildcards


def resolve_template(
    template: Template,
    *,
    read: Callable[..., Prompt] = parse,
    seed: int = 0,
    limit: int | None = 1,
    negative: str = "",
    clean: bool = False,
) -> Iterator[Prompt]:
    """Yield prompts of a template: ``limit`` different ones drawn by the text seed, or all in order for ``None``.

    ``read`` reads a text with its ``negative``; what the template sends there follows what was given. ``clean`` tidies
    both. Raises SettingsError for a limit below 1, PromptError for a resolution that cannot be read.
    """
    if limit is not None and limit < 1:
        raise SettingsError(f"A limit of {limit} leaves nothing to show.", hint="Use --limit 1 or more.")
    mend = tidy if clean else str
    for found in template.enumerate(seed) if limit is None else template.distinct(seed, limit):
        said = ", ".join(part for part in (negative, found.negative) if part)
        yield replace(read(mend(found.text), negative=mend(said)), drawn_from=template.text)


class TemplateExpander:
    """Templates as an expander: the prompt's text is the template, and each variant one prompt of it.

    ``wildcards`` are the user's lists and the built-in packs' when none are given.
    """

    name = "template"

    def __init__(self, wildcards: Wildcards | None = None) -> None:
        self.wildcards = wildcards

    def expand(self, prompt: Prompt, *, draw: Draw, limit: int | None) -> Iterator[Prompt]:
        template = Template(prompt.text, wildcards=self.wildcards)
        seed = draw(self.name).getrandbits(63)
        read = partial(parse, dialect=prompt.dialect)
        return resolve_template(template, read=read, seed=seed, limit=limit, negative=prompt.negative_text)
