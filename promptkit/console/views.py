"""What the console's own verbs show: the prompt in short, the desk, reasons, help, command lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from promptkit.console.desk import Desk
from promptkit.console.verb import Verb
from promptkit.prompt import Prompt
from promptkit.records import BEST_OF_N
from promptkit.terminal import safe_text
from promptkit.views import MUTED, negative_view, resolved_view, slot_table, style_of


def short_prompt(prompt: Prompt, longest: int | None = None) -> list[RenderableType]:
    """The text that the model is given, or so many characters of it, what is left to chance, and what gave way."""
    lines: list[RenderableType] = [_begin(prompt, longest)]
    if prompt.negative_resolved:
        lines.append(negative_view(prompt))
    if prompt.missing:
        open_slots = Text(", ").join(Text(slot, style_of(slot)) for slot in prompt.missing)
        lines.append(Text("left to chance: ", MUTED) + open_slots)
    return [*lines, *_conflicts(prompt)]


def _begin(prompt: Prompt, longest: int | None) -> RenderableType:
    text = resolved_view(prompt)
    if longest is None or not isinstance(text, Text) or len(text) <= longest:
        return text
    return text[:longest] + Text(f"…\n{len(text):,} characters in all; show shows the whole prompt.", MUTED)


def _conflicts(prompt: Prompt) -> Iterator[Text]:
    yield from (safe_text(conflict.message, "yellow") for conflict in prompt.conflicts)


def reasons(prompt: Prompt, locked: Sequence[str] = ()) -> RenderableType:
    """Every phrase with what decided its slot, then what each style brought, and what gave way."""
    lines: list[RenderableType] = [slot_table(prompt, explain=True)]
    lines += [_brought(prompt, style) for style in dict.fromkeys(prompt.styles)]
    if locked:
        lines.append(safe_text(f"locked: {', '.join(locked)}", MUTED))
    if prompt.replaced:
        words = ", ".join(f"“{phrase.text}”" for phrase in prompt.replaced)
        lines.append(safe_text(f"replaced, as you said: {words}", MUTED))
    return Group(*lines, *_conflicts(prompt))


def _brought(prompt: Prompt, style: str) -> Text:
    line = safe_text(f"{style} ", "italic")
    added = [phrase for phrase in prompt.phrases if phrase.source == style]
    words = Text(", ").join(safe_text(phrase.text, style_of(phrase.slot)) for phrase in added)
    line.append("adds " if added else "adds nothing").append(words)
    unwanted = ", ".join(phrase.text for phrase in prompt.negative if phrase.source == style)
    return line.append(safe_text(f"; not {unwanted}" if unwanted else ""))


def desk_table(desk: Desk) -> Table:
    """What a run of the desk would be made with, each line with the verb that changes it."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED)
    table.add_column(overflow="fold")
    for name, value in _settings(desk):
        table.add_row(name, safe_text(value))
    return table


def _settings(desk: Desk) -> Iterator[tuple[str, str]]:
    chosen = desk.settings
    yield "style", ", ".join(desk.styles) or "none"
    if desk.override:
        yield "override", ", ".join(desk.override)
    if desk.locked:
        yield "lock", ", ".join(desk.locked)
    yield "model", desk.model
    yield "ranker", desk.ranker or "the model's own choice"
    yield "seed", f"{desk.seed}, {desk.candidates} candidates"
    if desk.text_seed:
        yield "text-seed", str(desk.text_seed)
    size = None if chosen.width is None else f"{chosen.width}×{chosen.height}"
    given = {
        "search": None if desk.search == BEST_OF_N else desk.search,
        "template": "on" if desk.template else None,
        "sampler": chosen.sampler,
        "steps": chosen.num_inference_steps,
        "guidance": chosen.guidance_scale,
        "size": size,
        "dialect": None if desk.dialect == "a1111" else desk.dialect,
        "finishing": desk.finish,
    }
    yield from ((name, str(value)) for name, value in given.items() if value is not None)


def all_verbs(verbs: Sequence[Verb]) -> RenderableType:
    """Every verb with how it is written and what it does."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("verb", no_wrap=True)
    table.add_column("what it does", overflow="fold")
    for verb in verbs:
        table.add_row(safe_text(verb.usage, "bold"), safe_text(verb.summary))
    end = "A line without a verb is a prompt. /verb is always a verb, : text always a prompt. help VERB shows examples."
    return Group(table, Text(end, MUTED))


def one_verb(verb: Verb) -> RenderableType:
    """How one verb is written, what it does, and lines to try."""
    lines = [safe_text(verb.usage, "bold"), safe_text(verb.summary)]
    if verb.aliases:
        lines.append(safe_text(f"also: {', '.join(verb.aliases)}", MUTED))
    lines += [safe_text(f"  {example}", "cyan") for example in verb.examples]
    if verb.equivalent:
        lines.append(safe_text(f"on the command line: promptkit {verb.equivalent}", MUTED))
    return Group(*lines)


def shell_line(line: str) -> Text:
    """A command line to copy: it stays one line, however narrow the terminal is."""
    text = safe_text(line)
    text.no_wrap, text.overflow = True, "ignore"
    return text
