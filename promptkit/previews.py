"""Previews of styles: one subject, one seed, one picture for each style, and one without any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from promptkit.advice import UnknownWords, unknown_words
from promptkit.errors import GenerationError
from promptkit.packs.style import Style
from promptkit.records import GenerationSettings, Result
from promptkit.run import OnEvent

if TYPE_CHECKING:
    from promptkit.session import Session


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A style with the picture that it makes; without a style, the subject alone."""

    style: Style | None
    result: Result | None
    """``None`` where no picture could be finished."""
    unknown: tuple[UnknownWords, ...] = ()
    """What the style says that the model was never taught."""


def preview(
    session: Session,
    styles: Sequence[Style],
    *,
    subject: str,
    seed: int = 0,
    settings: GenerationSettings | None = None,
    on_event: OnEvent | None = None,
) -> list[Preview]:
    """Generate the subject alone, then in each style, from the same seed.

    A style whose picture fails is kept without one. Raises what ``Session.generate`` raises before a picture is made.
    """
    found = []
    for style in (None, *styles):
        names = () if style is None else (style.id,)
        prompt = next(session.expand(subject, styles=names, limit=1))
        unknown = unknown_words(prompt, session.model.vocabulary, session.model.related)
        own = {phrase.text for phrase in prompt.phrases if not phrase.typed}
        try:
            result = session.generate(prompt, candidates=1, seed=seed, settings=settings, on_event=on_event)
        except GenerationError:
            result = None
        said = tuple(entry for entry in unknown if entry.phrase in own)
        found.append(Preview(style=style, result=result, unknown=said))
    return found
