"""Verbs that change what is typed: a plain prompt, ``negative``, ``set``, ``drop``, ``dialect``,
``template``."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.saying import (
    check_unlocked,
    done,
    first_word,
    many_slots,
    names_slot,
    reshape,
    slot_named,
    slots_behind,
    words_of,
)
from promptkit.dialects import DIALECTS, check_dialect
from promptkit.errors import PromptError, SettingsError
from promptkit.names import nearest, shortened
from promptkit.prompt import Phrase

NONE = "none"
ON, OFF = "on", "off"


def type_prompt(bench: Bench, text: str) -> Answer:
    """Put a prompt on the desk in the place of the one before; styles, locks and settings stay. Raises PromptError."""
    from promptkit.templates.template import looks_like_template

    if not bench.read(text).phrases:
        raise PromptError("The prompt has no words.", hint='Say at least what the picture shows: "a red lighthouse".')
    answered = reshape(bench, f"prompt: {shortened(text)}", text=text)
    if any(unicodedata.category(char) == "Cc" and not char.isspace() for char in text):
        answered = (*answered, done("It holds control characters: they are shown written out, and stay in the text."))
    if looks_like_template(text) and not bench.desk.template:
        return (*answered, done("This looks like a template, and is taken as it is: template on draws its choices."))
    return answered


def _negative(bench: Bench, rest: str) -> Answer:
    text = "" if rest.lower() == NONE else rest
    bench.read("", negative=text)
    said = done(f"not: {shortened(text)}" if text else "Nothing is unwanted.")
    answered = reshape(bench, f"negative {shortened(rest)}", negative=text)
    return answered if bench.desk.text else (said,)


def _set(bench: Bench, rest: str) -> Answer:
    word, words = first_word(rest)
    slot = slot_named(bench, word)
    return put_words(bench, f"set {slot} {shortened(words)}", slot, words)


def put_words(bench: Bench, label: str, slot: str, words: str) -> Answer:
    """Put words on the desk in the place of what is typed in a slot. Raises SettingsError for a locked one."""
    check_unlocked(bench, slot)
    if not bench.read(words).phrases:
        said = f"'{shortened(words)}' says nothing." if words else f"There are no words for {slot}."
        raise SettingsError(said, hint=f"Give words, or empty it: drop {slot}.")
    return (*reshape(bench, label, text=text_with(bench, slot, words)), *_misread(bench, slot, words))


def text_with(bench: Bench, slot: str, words: str) -> str:
    """Return the desk's text with words in the place of what is typed in a slot, or behind it, as they are."""
    from promptkit.reproduce.change import changed

    typed = bench.typed
    if not typed.phrases:
        return words
    if not typed.slot(slot):
        return replace(typed, phrases=(*typed.phrases, Phrase(text=words, slot=slot))).resolved
    return changed(typed, {slot: words}, (), bench.read)[0].text


def _misread(bench: Bench, slot: str, words: str) -> Answer:
    """Say so where words that were set in a slot are read as another one's."""
    read = bench.typed
    if any(phrase.text in words or words in phrase.text for phrase in read.slot(slot)):
        return ()
    other = next((phrase.slot for phrase in read.phrases if phrase.text in words or words in phrase.text), None)
    said = f"as {other}" if other else "otherwise"
    return (done(f"“{shortened(words)}” reads {said}, and not as {slot}: models see the text alone."),)


def _drop(bench: Bench, rest: str) -> Answer:
    from promptkit.reproduce.change import changed

    slots = list(dict.fromkeys(slot_named(bench, word) for word in words_of(rest)))
    for slot in slots:
        check_unlocked(bench, slot)
        _check_typed(bench, slot)
    typed, names = bench.typed, " and ".join(slots)
    if all(phrase.slot in slots for phrase in typed.phrases):
        raise SettingsError(f"Without its {names} the prompt says nothing.", hint="Type another prompt, or reset.")
    return reshape(bench, f"drop {' '.join(slots)}", text=changed(typed, {}, slots, bench.read)[0].text)


def _check_typed(bench: Bench, slot: str) -> None:
    """Raise SettingsError for a slot of which nothing was typed; it says who else speaks of it."""
    typed = bench.typed
    if not typed.slot(slot):
        said = [phrase.source for phrase in bench.prompt.slot(slot)] if typed.phrases else []
        cure = f"A style says it: unstyle {said[0]}, or lock {slot}." if said else "show lists what is there."
        raise SettingsError(f"Nothing that you typed is about {slot}.", hint=cure)


def _dialect(bench: Bench, rest: str) -> Answer:
    name = rest.lower()
    check_dialect(name)
    bench.read(bench.desk.text, dialect=name)
    return (done(f"Prompts are read as {name}."), *reshape(bench, f"dialect {name}", dialect=name))


def _template(bench: Bench, rest: str) -> Answer:
    on = rest.lower() == ON
    said = (
        "{a|b}, __wildcards__ and ${variables} are drawn by the text seed." if on else "Prompts are taken as they are."
    )
    return (done(said), *reshape(bench, f"template {rest.lower()}", template=on))


def _slot_words(bench: Bench, rest: str) -> Iterator[str]:
    """Complete the slot, then words of it that styles and vocabularies know."""
    word, begun = first_word(rest)
    if not begun and not rest.endswith(" "):
        yield from slots_behind(bench, word)
    elif word in bench.slots:
        yield from (f"{word} {words}" for words in bench.words(word) if words.startswith(begun.lower()))


VERBS = (
    Verb(
        name="negative",
        summary="Say what the picture should not show; none takes that back.",
        usage="negative TEXT|none",
        examples=("negative text, watermark", "negative none"),
        run=_negative,
        fits=lambda _, rest: bool(rest) and not rest.lower().startswith("space"),
        complete=lambda _, rest: (name for name in (NONE, "blurry", "text", "watermark") if name.startswith(rest)),
        equivalent="generate --negative TEXT",
    ),
    Verb(
        name="set",
        summary="Exchange the words of a slot; they stand where the old ones stood.",
        usage="set SLOT WORDS",
        examples=("set lighting golden hour", "set camera (close-up:1.2)", "set subject a blue cat"),
        run=_set,
        fits=lambda bench, rest: bool(rest) and names_slot(bench, first_word(rest)[0]),
        complete=_slot_words,
        equivalent="generate TEXT",
    ),
    Verb(
        name="drop",
        summary="Cut the words of slots out of what was typed.",
        usage="drop SLOT…",
        examples=("drop lighting", "drop camera, lighting"),
        run=_drop,
        fits=many_slots,
        complete=lambda bench, rest: (slot for slot in slots_behind(bench, rest) if bench.typed.slot(slot)),
        equivalent="generate TEXT",
    ),
    Verb(
        name="dialect",
        summary="Say how weights are written: (red:1.2), (red)1.2, or not at all.",
        usage="dialect NAME",
        examples=("dialect compel", "dialect a1111"),
        run=_dialect,
        fits=lambda _, rest: rest.lower() in DIALECTS or (" " not in rest and bool(nearest(rest, DIALECTS))),
        complete=lambda _, rest: (name for name in DIALECTS if name.startswith(rest.lower())),
        equivalent="generate --dialect NAME",
    ),
    Verb(
        name="template",
        summary="Draw the choices of a template, {a|b} and __wildcards__; off takes prompts as they are.",
        usage="template on|off",
        examples=("template on", "template off"),
        run=_template,
        fits=lambda _, rest: rest.lower() in (ON, OFF),
        complete=lambda _, rest: (name for name in (ON, OFF) if name.startswith(rest.lower())),
        equivalent="generate --template",
    ),
)
