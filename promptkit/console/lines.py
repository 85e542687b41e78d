"""From a typed line to a verb, or a prompt.

A line is a verb when its first word is one's name and the verb finds that the rest fits; else it is a prompt, so that
"best friends at dusk" is one. A verb's name alone is never a prompt. ``/best …`` is always a verb, ``: best …``
always a prompt.
"""

from __future__ import annotations

from dataclasses import dataclass

from promptkit.console import verbs
from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Verb
from promptkit.errors import SettingsError, UnknownNameError
from promptkit.names import nearest, shortened

VERB = "/"
PROMPT = ":"
LONG_WORD = 6
"""Letters from which a single word is taken for a slip of a verb: "snow" is a prompt, and no ``show``."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a line is."""

    verb: Verb | None
    """``None``: a prompt, or nothing where ``rest`` is empty."""
    rest: str
    """What stands behind the verb, or the prompt, without blanks at its ends."""


def read_line(bench: Bench, text: str) -> Said:
    """Read a line. Raises SettingsError for a slip of a verb, for a forced one that is none or does not fit, and for
    one that stands alone and needs more."""
    text = text.strip()
    word, rest = _parted(text.removeprefix(VERB))
    if word == PROMPT:
        return Said(verb=None, rest=rest)
    verb = verbs.find(word, bench.plugged) if word else None
    if text.startswith(VERB) or (verb is not None and not rest):
        return _forced(bench, verb, word, rest)
    if verb is not None:
        return Said(verb=verb, rest=rest) if verb.fits(bench, rest) else Said(verb=None, rest=text)
    slip = _slip_of(bench, word, rest)
    if slip:
        meant = shortened(f"{slip} {rest}".strip())
        raise SettingsError(
            f"'{word}' is no verb. Did you mean '{meant}'?",
            hint=f"Type {meant}; or, where it is a prompt, put a colon before it: {PROMPT} {shortened(text)}",
        )
    return Said(verb=None, rest=text)


def answer(bench: Bench, text: str) -> Answer:
    """Do what a line says, and keep its command line. Raises PromptkitError, and ``Leave`` for ``quit``."""
    said = read_line(bench, text)
    if said.verb is None:
        from promptkit.console.verbs.words import type_prompt

        return type_prompt(bench, said.rest) if said.rest else ()
    line = said.verb.command(bench, said.rest)
    try:
        answered = said.verb.run(bench, said.rest)
    except UnknownNameError as error:
        if " " in said.rest and not text.strip().startswith(VERB):
            error.hint = f"{error.hint or ''} Where the line is a prompt: {PROMPT} {shortened(text.strip())}".strip()
        raise
    if line:
        bench.commands.append(line)
    return answered


def _parted(text: str) -> tuple[str, str]:
    """Part a line at its first blank."""
    parts = text.split(None, 1)
    return (parts[0], parts[1].strip()) if len(parts) == 2 else (text.strip(), "")


def _forced(bench: Bench, verb: Verb | None, word: str, rest: str) -> Said:
    if verb is None:
        near = nearest(word, verbs.names(bench.plugged))
        cure = f"Did you mean {' or '.join(VERB + name for name in near)}?" if near else "help lists all verbs."
        raise SettingsError(f"There is no verb '{shortened(word)}'.", hint=cure)
    if not verb.fits(bench, rest):
        cure = f"It is written {verb.usage}. For example: {verb.examples[0]}"
        if rest:
            raise SettingsError(f"'{shortened(rest)}' does not go with {verb.name}.", hint=cure)
        raise SettingsError(f"{verb.name} needs more to go on.", hint=f"{cure} (a prompt is {PROMPT} {word})")
    return Said(verb=verb, rest=rest)


def _slip_of(bench: Bench, word: str, rest: str) -> str | None:
    """Return the verb that a word is one slip away from, where the rest fits it: one letter wrong, missing, too many,
    or two that changed places."""
    from rapidfuzz.distance import DamerauLevenshtein

    typed = word.lower()
    for name in verbs.names(bench.plugged):
        close = abs(len(name) - len(typed)) <= 1 and len(typed) > 2
        if not close or DamerauLevenshtein.distance(typed, name, score_cutoff=1) != 1:
            continue
        if not rest and len(typed) < LONG_WORD and sorted(typed) != sorted(name):
            continue
        verb = verbs.find(name, bench.plugged)
        if verb is not None and verb.fits(bench, rest):
            return name
    return None
