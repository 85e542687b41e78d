"""What verbs share: short answers, and what may stand behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from promptkit.console.bench import Bench
from promptkit.console.verb import Answer
from promptkit.errors import SettingsError, UnknownNameError
from promptkit.names import nearest
from promptkit.terminal import safe_text

if TYPE_CHECKING:
    from rich.text import Text


LONGEST = 2000
"""Characters of a prompt that a person is shown after each change: more would push away everything else."""


def done(text: str) -> Text:
    """Return a line that says what was done."""
    return safe_text(text, "bright_black")


def alone(_: Bench, rest: str) -> bool:
    """Whether nothing stands behind a verb that takes nothing."""
    return not rest


def first_word(text: str) -> tuple[str, str]:
    """Part a text at its first blank."""
    parts = text.split(None, 1)
    return (parts[0] if parts else "", parts[1].strip() if len(parts) == 2 else "")


def names_slot(bench: Bench, word: str) -> bool:
    """Whether a word is a slot, or was perhaps meant as one."""
    return word.lower() in bench.slots or bool(nearest(word, bench.slots, 1))


def slot_named(bench: Bench, word: str) -> str:
    """Return the slot of a name, whatever its case. Raises SettingsError with the nearest."""
    if word.lower() in bench.slots:
        return word.lower()
    near = nearest(word, bench.slots)
    cure = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(bench.slots)}."
    raise UnknownNameError("slot", word, near, hint=cure)


def slots_behind(bench: Bench, rest: str) -> Iterator[str]:
    """Complete a slot."""
    yield from (slot for slot in bench.slots if slot.startswith(rest.lower()))


def many_slots(bench: Bench, rest: str) -> bool:
    """Whether nothing but slots stands behind a verb."""
    return bool(rest) and all(names_slot(bench, word) for word in words_of(rest))


def words_of(text: str) -> list[str]:
    """Part a list of names at blanks and commas."""
    return text.replace(",", " ").split()


def check_unlocked(bench: Bench, slot: str) -> None:
    """Raise SettingsError for a slot that is locked."""
    if slot in bench.desk.locked:
        raise SettingsError(f"{slot} is locked.", hint=f"unlock {slot} first.")


def reshape(bench: Bench, label: str, **changes: Any) -> Answer:
    """Change the desk and return the prompt as it is then; where that cannot be had, the desk stays as it was. Raises
    what ``Bench.prompt_of`` raises."""
    from promptkit.console.views import short_prompt

    desk = replace(bench.desk, **changes)
    longest = None if bench.scripted else LONGEST
    answered = short_prompt(bench.prompt_of(desk), longest) if desk.text else (done("Type a prompt next."),)
    bench.change(label, **changes)
    return answered
