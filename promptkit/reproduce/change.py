"""A controlled change of a prompt: the words of some slots are exchanged, everything else stays where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from promptkit.dialects.joining import parts
from promptkit.errors import SettingsError
from promptkit.names import nearest
from promptkit.prompt import SLOTS, Phrase, Prompt, removal
from promptkit.reproduce.recorded import RecordedPrompt

Read = Callable[[str], Prompt]


def changed(prompt: Prompt, words: Mapping[str, str], drops: Sequence[str], read: Read) -> tuple[Prompt, str]:
    """Return a prompt that says ``words`` in their slots and nothing in those of ``drops``, and what is to be told.

    The first typed phrase of a slot gives its place and its brackets to the new words, the others are cut; a style's
    phrases of that slot go. Where the slot was open, the words are added as a style's would be. ``read`` reads a text
    in the prompt's dialect. Raises SettingsError for a slot that there is nothing of, and for words that say nothing.
    """
    note = ""
    if isinstance(prompt, RecordedPrompt):
        note = "Styles stand word for word round this prompt: its slots were read out of all that the model was given."
        prompt = replace(read(prompt.resolved), negative_text=prompt.negative_resolved)
    for slot in (*words, *drops):
        _check_slot(slot, prompt)
    for slot in drops:
        if not prompt.slot(slot):
            raise SettingsError(f"Nothing in the prompt is about {slot}.", hint=f"Leave --drop {slot} out.")
        prompt = _emptied(prompt, prompt.slot(slot))
    for slot, said in words.items():
        prompt = _filled(prompt, slot, said, read)
    if not prompt.resolved.strip():
        raise SettingsError("Nothing is left of the prompt.", hint="Leave a --drop out, or say other words: --change.")
    read(prompt.text)
    return prompt, " ".join(filter(None, (note, *_left_open(words, prompt.dialect))))


def _left_open(words: Mapping[str, str], dialect: str) -> Iterator[str]:
    """Yield what to say of words whose brackets are not closed: they weight what stands behind them too."""
    for slot, said in words.items():
        if any(part.closing or part.weight != 1 for part in parts(said, dialect)):
            yield f"A bracket is left open in --change {slot}: it weights all that stands behind it."


def _check_slot(slot: str, prompt: Prompt) -> None:
    known = list(dict.fromkeys((*SLOTS, *(phrase.slot for phrase in prompt.phrases))))
    if slot not in known:
        near = nearest(slot, known)
        cure = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(known)}."
        raise SettingsError(f"There is no slot '{slot}'.", hint=cure)


def _filled(prompt: Prompt, slot: str, words: str, read: Read) -> Prompt:
    new = read(words).phrases
    if not new:
        raise SettingsError(
            f"--change {slot}= says nothing.",
            hint=f"Give words, {slot}=moonlight; or empty it: --drop {slot}.",
        )
    old = prompt.slot(slot)
    typed = [phrase for phrase in old if phrase.typed]
    if typed:
        left = _emptied(prompt, [phrase for phrase in old if phrase is not typed[0]])
        return _replaced(left, left.phrases[_place(left, typed[0])], words, [replace(one, slot=slot) for one in new])
    at = next((i for i, phrase in enumerate(prompt.phrases) if phrase.slot == slot), len(prompt.phrases))
    added = [Phrase(text=phrase.text, slot=slot, weight=phrase.weight) for phrase in new]
    rest = [phrase for phrase in prompt.phrases if phrase.slot != slot]
    return replace(prompt, phrases=(*rest[:at], *added, *rest[at:]))


def _place(prompt: Prompt, phrase: Phrase) -> int:
    """Return where a typed phrase stands in a prompt out of which others were cut."""
    return next(i for i, one in enumerate(prompt.phrases) if one.typed and one.slot == phrase.slot)


def _emptied(prompt: Prompt, gone: Sequence[Phrase]) -> Prompt:
    """Cut phrases out, typed ones with the brackets that hold nothing else and their separators."""
    at = [i for i, phrase in enumerate(prompt.phrases) if any(phrase is one for one in gone)]
    for i in reversed(at):
        phrase = prompt.phrases[i]
        prompt = replace(prompt, phrases=(*prompt.phrases[:i], *prompt.phrases[i + 1 :]))
        if phrase.start is not None and phrase.end is not None:
            part = next(one for one in parts(prompt.text, prompt.dialect) if one.start <= phrase.start < one.end)
            inside = prompt.text[part.start : part.end]
            begin, end, joint = removal(inside, phrase.start - part.start, phrase.end - part.start, prompt.dialect)
            prompt = _spliced(prompt, part.start + begin, part.start + end, joint)
    return prompt


def _replaced(prompt: Prompt, old: Phrase, words: str, new: Sequence[Phrase]) -> Prompt:
    """Say ``words`` in the place of a typed phrase, inside the brackets that stand round it."""
    assert old.start is not None
    assert old.end is not None
    at = next(i for i, phrase in enumerate(prompt.phrases) if phrase is old)
    before, after = prompt.phrases[:at], prompt.phrases[at + 1 :]
    moved = [
        replace(one, start=one.start + old.start, end=one.end + old.start, weight=round(one.weight * old.weight, 6))
        for one in new
        if one.start is not None and one.end is not None
    ]
    spliced = _spliced(replace(prompt, phrases=(*before, *after)), old.start, old.end, words)
    return replace(spliced, phrases=(*spliced.phrases[: len(before)], *moved, *spliced.phrases[len(before) :]))


def _spliced(prompt: Prompt, begin: int, end: int, text: str) -> Prompt:
    """Put a text in the place of another one that holds no phrase; what stands behind moves."""
    by = len(text) - (end - begin)
    moved = tuple(
        replace(phrase, start=phrase.start + by, end=phrase.end + by)
        if phrase.start is not None and phrase.end is not None and phrase.start >= end
        else phrase
        for phrase in prompt.phrases
    )
    return replace(prompt, text=prompt.text[:begin] + text + prompt.text[end:], phrases=moved)
