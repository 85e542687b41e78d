"""A few muted words at the right of the line: what could be said next."""

from __future__ import annotations

from promptkit.console.editor.paint import MUTED, Fragments, shown
from promptkit.console.editor.reading import Reading


def hint(reading: Reading) -> Fragments:
    """Return the hint for a line; empty where there is nothing to say."""
    text = _hint(reading)
    return [shown(MUTED, text)] if text else []


def _hint(reading: Reading) -> str:
    if reading.verb is not None:
        return reading.verb.usage if reading.begun else ""
    if not reading.text.strip():
        return "" if reading.desk.text else "a prompt, or help"
    if reading.late or reading.trouble is not None:
        return ""
    slot = open_slot(reading)
    return f"{slot} is left to chance: Tab" if slot else ""


def open_slot(reading: Reading) -> str | None:
    """Return the first slot of which a prompt neither says nor hints anything."""
    if reading.typed is None or reading.prompt is None or not reading.typed.phrases:
        return None
    return next((slot for slot in reading.prompt.missing if slot not in reading.prompt.hinted), None)
