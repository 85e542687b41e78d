"""``lock`` and ``unlock``: slots that nothing but a typed prompt may change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.saying import done, many_slots, reshape, slot_named, slots_behind, words_of
from promptkit.prompt import USER, Phrase, Prompt

if TYPE_CHECKING:
    from rich.text import Text

ALL = "all"


def _lock(bench: Bench, rest: str) -> Answer:
    asked = list(dict.fromkeys(slot_named(bench, word) for word in words_of(rest)))
    locked = tuple(dict.fromkeys((*bench.desk.locked, *asked)))
    new = [slot for slot in asked if slot not in bench.desk.locked]
    if not bench.desk.text:
        return _relock(bench, f"lock {' '.join(asked)}", locked)
    prompt = bench.prompt
    empty = [slot for slot in new if not prompt.slot(slot)]
    added = [phrase for slot in new for phrase in prompt.slot(slot) if not phrase.typed]
    answered = _relock(bench, f"lock {' '.join(asked)}", locked, _text_with(bench, prompt, added))
    return (*_told(empty, added), *answered)


def _text_with(bench: Bench, prompt: Prompt, added: Sequence[Phrase]) -> str:
    """Return the desk's text with words that styles said, in the place of what they replaced."""
    from promptkit.reproduce.change import changed

    if not added:
        return bench.desk.text
    slots = {phrase.slot for phrase in added} & {phrase.slot for phrase in prompt.replaced}
    typed = changed(bench.typed, {}, tuple(slots), bench.read)[0] if slots else bench.typed
    words = (replace(phrase, source=USER) for phrase in added)
    return replace(typed, phrases=(*typed.phrases, *words)).resolved


def _told(empty: Sequence[str], added: Sequence[Phrase]) -> Iterator[Text]:
    """Say which slots stay empty, and which words of styles are the user's own from now on."""
    if empty:
        said = "is empty, and stays so" if len(empty) == 1 else "are empty, and stay so"
        yield done(f"{' and '.join(empty)} {said}.")
    if added:
        words = ", ".join(f"“{phrase.text}”" for phrase in added)
        yield done(f"{words}, which a style said, is yours from now on.")


def _unlock(bench: Bench, rest: str) -> Answer:
    asked = bench.desk.locked if rest.lower() == ALL else tuple(slot_named(bench, word) for word in words_of(rest))
    locked = tuple(slot for slot in bench.desk.locked if slot not in asked)
    return _relock(bench, f"unlock {rest.lower()}", locked)


def _relock(bench: Bench, label: str, locked: tuple[str, ...], text: str | None = None) -> Answer:
    answered = reshape(bench, label, locked=locked, text=bench.desk.text if text is None else text)
    return (done(f"locked: {', '.join(locked) or 'nothing'}"), *(answered if bench.desk.styles else ()))


VERBS = (
    Verb(
        name="lock",
        summary="Keep a slot as it is: styles, vary, suggest, set and drop leave it alone.",
        usage="lock SLOT…",
        examples=("lock lighting", "lock camera, style"),
        run=_lock,
        fits=many_slots,
        complete=lambda bench, rest: (s for s in slots_behind(bench, rest) if s not in bench.desk.locked),
        equivalent="generate --lock SLOT",
    ),
    Verb(
        name="unlock",
        summary="Let a slot be changed again.",
        usage="unlock SLOT…|all",
        examples=("unlock lighting", "unlock all"),
        run=_unlock,
        fits=lambda bench, rest: rest.lower() == ALL or many_slots(bench, rest),
        complete=lambda bench, rest: (name for name in (*bench.desk.locked, ALL) if name.startswith(rest)),
        equivalent="generate, without --lock SLOT",
    ),
)
