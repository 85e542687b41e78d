"""What a session does with words: reads prompts, fills them, draws them from templates. No model is needed for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.blame import WatchedExpander
from promptkit.errors import PromptError
from promptkit.expanders.styles import expand
from promptkit.expanders.template import resolve_template
from promptkit.names import listed
from promptkit.packs.library import StyleLibrary, installed_library
from promptkit.prompt import Prompt
from promptkit.registry import Registry
from promptkit.slots.parse import parse
from promptkit.templates.template import Template
from promptkit.templates.wildcards import Wildcards, installed_wildcards

if TYPE_CHECKING:
    from promptkit.slots.vocabulary import Vocabulary


class Texts:
    """Knows the words of plugins and style packs; ``packs`` override installed ones of the same name."""

    def __init__(self, registry: Registry, packs: Sequence[str | Path] = ()) -> None:
        self.registry = registry
        self.packs = tuple(Path(pack) for pack in packs)

    @cached_property
    def _vocabularies(self) -> tuple[Vocabulary, ...]:
        return (*self.registry.vocabularies(), *self.styles.vocabularies())

    @cached_property
    def styles(self) -> StyleLibrary:
        return installed_library(self.registry.folders(), self.packs)

    def parse(self, text: str, *, negative: str = "", dialect: str = "a1111") -> Prompt:
        """Read a prompt with the words of plugins and style packs, and the plugins' classifiers. Raises PromptError."""
        return parse(
            text,
            negative=negative,
            dialect=dialect,
            vocabularies=self._vocabularies,
            classify=self.registry.classify,
        )

    def expand(
        self,
        prompt: str | Prompt,
        *,
        styles: Sequence[str] = (),
        expanders: Sequence[str] = (),
        seed: int = 0,
        limit: int | None = None,
        override: Collection[str] = (),
        locked: Collection[str] = (),
    ) -> Iterator[Prompt]:
        """Yield fuller variants; see ``promptkit.expand``. ``expanders`` are registered names."""
        chosen = [WatchedExpander(self.registry, name) for name in listed(expanders)]
        typed = prompt if isinstance(prompt, Prompt) else self.parse(prompt)
        return expand(
            typed,
            styles=styles,
            expanders=chosen,
            seed=seed,
            limit=limit,
            override=override,
            locked=locked,
            library=self.styles,
        )

    @cached_property
    def wildcards(self) -> Wildcards:
        """The user's lists and those of the installed packs; assign another ``Wildcards`` to use other folders."""
        return installed_wildcards(self.styles)

    def resolve(
        self,
        template: str | Template,
        *,
        seed: int = 0,
        limit: int | None = 1,
        negative: str = "",
        dialect: str = "a1111",
        clean: bool = False,
    ) -> Iterator[Prompt]:
        """Yield prompts of a template, each with the template in ``drawn_from``.

        ``limit`` of them are drawn by the text seed ``seed``, no two alike; ``None`` gives all, in order. ``clean``
        tidies what empty choices leave behind. Raises PromptError and WildcardError.
        """
        chosen = Template(template, wildcards=self.wildcards) if isinstance(template, str) else template
        read = partial(self.parse, dialect=dialect)
        return resolve_template(chosen, read=read, seed=seed, limit=limit, negative=negative, clean=clean)

    def _said(self, prompt: str | Prompt, negative: str = "") -> Prompt:
        """Read a prompt, or add ``negative`` to one that was read. Raises PromptError when it says nothing."""
        typed = prompt if isinstance(prompt, Prompt) else self.parse(prompt, negative=negative)
        if not typed.phrases:
            raise PromptError(
                "The prompt is empty: it has no words.", hint='Say at least what the picture shows: "a red lighthouse".'
            )
        if isinstance(prompt, str) or not negative:
            return typed
        text = ", ".join(part for part in (typed.negative_text, negative) if part)
        read = self.parse("", negative=text, dialect=typed.dialect)
        added = tuple(phrase for phrase in typed.negative if not phrase.typed)
        return replace(typed, negative=(*read.negative, *added), negative_text=text)
