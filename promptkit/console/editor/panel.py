"""The panel below the line: the prompt by slots, what is missing or in conflict, tokens, styles, seed, model."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.console.desk import Desk
from promptkit.console.editor.paint import MUTED, PLAIN, WARNING, Fragments, cut, shown, slot_paint
from promptkit.console.editor.reading import LONG, Reading
from promptkit.names import shortened
from promptkit.prompt import SLOTS, Phrase, Prompt

TALL = 6
"""Lines of the panel at the most."""
SMALL = 3
"""Lines on a terminal of few rows."""
FEW_ROWS = 24
MOST_PHRASES = 30
"""Phrases of a slot that are looked at: no line has room for more."""
NAME = 10
"""Cells for a slot's name."""


def panel(reading: Reading, tokens: str, *, columns: int, rows: int, trouble: str = "") -> Fragments:
    """Return the panel for a line; ``trouble`` is what is wrong whatever is typed."""
    most = TALL if rows > FEW_ROWS else SMALL
    notice = _notice(reading, trouble)
    room = most - 1 - bool(notice)
    lines = [] if reading.prompt is None else slot_lines(reading.prompt, reading.desk, room, tall=rows > FEW_ROWS)
    lines += [notice] if notice else []
    lines.append(_status(reading, tokens))
    found: Fragments = []
    for number, line in enumerate(lines):
        found += [(PLAIN, "\n")] if number else []
        found += cut(line, columns)
    return found


def slot_lines(prompt: Prompt, desk: Desk, room: int, *, tall: bool) -> list[Fragments]:
    """Return the prompt by slots: a line each, or all on one."""
    slots = list(dict.fromkeys((*SLOTS, *(phrase.slot for phrase in prompt.phrases))))
    if not tall:
        line: Fragments = []
        for slot in slots:
            line += [(MUTED, " · ")] if line else []
            line += _words(prompt, slot) or [shown(MUTED, f"{slot}{'~' if slot in prompt.hinted else '?'}")]
        return [line]
    return [_slot_line(prompt, desk, slot) for slot in slots[:room]]


def _slot_line(prompt: Prompt, desk: Desk, slot: str) -> Fragments:
    line: Fragments = [shown(slot_paint(slot), f"{slot:<{NAME}}")]
    if slot in desk.locked:
        line.append((MUTED, "locked "))
    hinting = prompt.hinted.get(slot)
    if hinting:
        return [*line, shown(MUTED, f"hinted by “{shortened(hinting[0].text)}”: {hinting[0].hints[slot]}")]
    return [*line, *(_words(prompt, slot) or [(MUTED, "left to chance")])]


def _words(prompt: Prompt, slot: str) -> Fragments:
    line: Fragments = []
    for phrase in prompt.slot(slot)[:MOST_PHRASES]:
        line += [(MUTED, ", ")] if line else []
        line += _phrase(phrase)
    return line


def _phrase(phrase: Phrase) -> Iterator[tuple[str, str]]:
    """Yield the words, their weight, and who said them, where that was not the user."""
    yield shown(slot_paint(phrase.slot), phrase.text)
    if phrase.weight != 1:
        yield MUTED, f" ×{phrase.weight:.3g}"
    if not phrase.typed:
        yield shown(MUTED, f" ‹{phrase.source.rpartition('/')[2]}›")


def _notice(reading: Reading, trouble: str) -> Fragments:
    """Return one line about what is wrong, or about the verb that is typed."""
    if reading.trouble is not None:
        hint = reading.trouble.hint
        return [shown(WARNING, f"{reading.trouble}"), shown(MUTED, f" {hint}" if hint else "")]
    if trouble:
        return [shown(WARNING, trouble)]
    if reading.verb is not None:
        return [shown("bold", reading.verb.usage), shown(MUTED, f"  {reading.verb.summary}")]
    if reading.late and len(reading.rest) > LONG:
        return [(MUTED, f"Over {LONG} characters: colours and slots follow when you pause.")]
    conflicts = () if reading.prompt is None else reading.prompt.conflicts
    if not conflicts:
        return []
    more = f" (and {len(conflicts) - 1} more)" if len(conflicts) > 1 else ""
    return [shown(WARNING, f"{conflicts[0].message}{more}")]


def _status(reading: Reading, tokens: str) -> Fragments:
    desk = reading.desk
    parts = [f"tokens: {tokens}", f"seed {desk.seed}", f"{desk.candidates} candidates", desk.model]
    if desk.styles:
        names = ", ".join(style.rpartition("/")[2] for style in desk.styles)
        parts.insert(1, f"style {names}")
    return [shown(MUTED, f"{' · '.join(parts)} · F2 hides this")]
