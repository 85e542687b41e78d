"""From a typed line to a verb, or a prompt.

A line is a verb when its first word is one's name and the verb finds that the rest fits. Where the rest does not fit,
the line may be a prompt, as "best friends at dusk" is one, or a slip, as "best 0" is: it is taken as a prompt only
where it reads like one and no other prompt would go for it. A verb's name alone is never a prompt. ``/best …`` is
always a verb, ``: best …`` always a prompt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from promptkit.console import verbs
from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Verb
from promptkit.errors import SettingsError, UnknownNameError
from promptkit.names import nearest, shortened

if TYPE_CHECKING:
    from rich.text import Text

VERB = "/"
PROMPT = ":"
LONG_WORD = 6
"""Letters from which a single word is taken for a slip of a verb: "snow" is a prompt, and no ``show``."""
FEWEST_WORDS = 2
"""Words behind a verb's name from which a line may be a prompt."""
_NUMBER = re.compile(r"[-+]?[.0-9]")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a line is."""

    verb: Verb | None
    """``None``: a prompt, or nothing where ``rest`` is empty."""
    rest: str
    """What stands behind the verb, or the prompt, without blanks at its ends."""
    begins_like: Verb | None = None
    """The verb that a prompt begins like."""


def read_line(bench: Bench, text: str) -> Said:
    """Read a line. Raises SettingsError for a slip of a verb, for one that needs more, and for one whose rest
    does not fit, where it was forced or is no prompt."""
    text = text.strip()
    word, rest = _parted(text.removeprefix(VERB))
    if word == PROMPT:
        return Said(verb=None, rest=rest)
    verb = verbs.find(word, bench.plugged) if word else None
    if text.startswith(VERB) or (verb is not None and not rest):
        return _forced(bench, verb, word, rest)
    if verb is not None:
        if verb.fits(bench, rest) or not _reads_as_prompt(bench, verb, rest):
            return _forced(bench, verb, word, rest)
        return Said(verb=None, rest=text, begins_like=verb)
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

        answered = type_prompt(bench, said.rest) if said.rest else ()
        return (*answered, _taken(said.begins_like)) if said.begins_like else answered
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


def _reads_as_prompt(bench: Bench, verb: Verb, rest: str) -> bool:
    """Whether a line whose rest does not fit its verb is a prompt: somebody sees that it is taken as one, none goes for
    it, and it has some words, of which the first is nothing that the verb takes."""
    if bench.scripted or bench.desk.text:
        return False
    first = rest.split()[0].strip(",")
    several = "," in rest or len(rest.split()) >= FEWEST_WORDS
    return several and not _NUMBER.match(first) and not verb.fits(bench, first)


def _taken(verb: Verb) -> Text:
    from promptkit.console.verbs.saying import done

    return done(f"Taken as a prompt; {VERB}{verb.name} is the verb.")


def _forced(bench: Bench, verb: Verb | None, word: str, rest: str) -> Said:
    if verb is None:
        near = nearest(word, verbs.names(bench.plugged))
        cure = f"Did you mean {' or '.join(VERB + name for name in near)}?" if near else "help lists all verbs."
        raise SettingsError(f"There is no verb '{shortened(word)}'.", hint=cure)
    if not verb.fits(bench, rest):
        cure = f"It is written {verb.usage}. For example: {verb.examples[0]}"
        if rest:
            way_out = f"Where it is a prompt, put a colon before it: {PROMPT} {shortened(f'{word} {rest}')}"
            raise SettingsError(f"'{shortened(rest)}' does not go with {verb.name}.", hint=f"{cure}\n{way_out}")
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
