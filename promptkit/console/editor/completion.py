"""What Tab offers: verbs and what goes with them, words of slots, wildcards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from promptkit.console import verbs
from promptkit.console.bench import Bench
from promptkit.console.editor.hints import open_slot
from promptkit.console.editor.paint import on_line
from promptkit.console.editor.reading import Reader
from promptkit.console.lines import PROMPT, VERB
from promptkit.console.verb import Verb
from promptkit.errors import PromptkitError
from promptkit.names import nearest
from promptkit.prompt import SLOTS

MOST = 40
"""Completions that are offered at once."""
FIRST = 12
"""Completions of a word that are offered before those of an open slot."""
SHORT = 2
"""Letters from which a word of a prompt is completed."""
_WILDCARD = re.compile(r"__([\w/*?.-]*)\Z")
_SEGMENT = re.compile(r"[^,;()\[\]|\n]*\Z")


class LineCompleter(Completer):
    """Completes verbs, and what may stand behind them; in a prompt the words of slots, and wildcards."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._words: tuple[object, list[tuple[str, str]]] = (None, [])

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        if not self._reader.ready.is_set():
            return
        bench, before = self._reader.bench, document.text_before_cursor
        try:
            yield from islice(self._found(bench, before, asked=complete_event.completion_requested), MOST)
        except PromptkitError:
            return

    def offers_while_typing(self, text: str) -> bool:
        """Say whether completions come by themselves: behind a verb, and within a wildcard's name."""
        if not self._reader.ready.is_set():
            return False
        return text.startswith(VERB) or _WILDCARD.search(text) is not None or self._verb(text) is not None

    def _verb(self, text: str) -> Verb | None:
        """Return the verb that a text begins with, where something stands behind it."""
        word, blank, _ = text.lstrip().removeprefix(VERB).partition(" ")
        return verbs.find(word, self._reader.bench.plugged) if blank and word and "\n" not in text else None

    def _found(self, bench: Bench, before: str, *, asked: bool) -> Iterator[Completion]:
        if match := _WILDCARD.search(before):
            yield from _wildcards(bench, match[1])
            return
        verb, word = self._verb(before), before.lstrip()
        reading = self._reader.read(before)
        offered: list[Completion] = []
        if verb is not None and (asked or reading.verb is verb):
            offered = list(islice(_behind(bench, verb, before, asked=asked), MOST))
        elif " " not in word and not word.startswith(PROMPT) and (asked or word.startswith(VERB)):
            offered = list(_verbs(bench, word, slips=word.startswith(VERB)))
        yield from offered
        if asked and not offered and reading.verb is None and not word.startswith(VERB):
            yield from self._slot_words(bench, before)

    def _slot_words(self, bench: Bench, before: str) -> Iterator[Completion]:
        """Offer words that go on with what stands before the cursor, or else slips of words, then the open slot's."""
        known = dict(self._known(bench))
        begun = {words: text for text in reversed(list(_begun(before))) for words in known if _goes_on(words, text)}
        if not begun:
            last = before.rpartition(" ")[2].rpartition(",")[2]
            near = nearest(last, known) if len(last) > SHORT else []
            begun = {words: last for words in near if words != last.lower()}
        for words, text in islice(begun.items(), FIRST):
            yield Completion(words, -len(text), display=on_line(words), display_meta=known[words])
        yield from self._open(bench, before)

    def _open(self, bench: Bench, before: str) -> Iterator[Completion]:
        """Offer words of the first slot that is left to chance."""
        slot = open_slot(self._reader.read(before))
        if slot is None:
            return
        said = before.rstrip(" ")
        joint = "" if said.endswith("\n") else " " if said.endswith(",") else ", "
        for words in bench.words(slot):
            yield Completion(f"{joint}{words}", len(said) - len(before), display=on_line(words), display_meta=slot)

    def _known(self, bench: Bench) -> list[tuple[str, str]]:
        """Return the words of all slots, each with its slot."""
        if self._words[0] is not bench.session:
            found = {words: slot for slot in reversed(SLOTS) for words in bench.words(slot)}
            self._words = (bench.session, sorted(found.items()))
        return self._words[1]


def _goes_on(words: str, text: str) -> bool:
    return words.startswith(text.lower()) and words != text.lower()


def _begun(before: str) -> Iterator[str]:
    """Yield what words could have begun: all since the last separator, the last two words, the last one."""
    match = _SEGMENT.search(before)
    segment = match.group().lstrip(" :") if match else ""
    parts = segment.split(" ")
    for count in dict.fromkeys((len(parts), 2, 1)):
        begun = " ".join(parts[-count:])
        if len(begun) >= SHORT and count <= len(parts) and begun.strip():
            yield begun


def _wildcards(bench: Bench, begun: str) -> Iterator[Completion]:
    names = bench.session.wildcards.names()
    starts = [name for name in names if name.startswith(begun)]
    for name in starts or [name for name in names if begun in name] or nearest(begun, names):
        yield Completion(f"__{name}__", -len(begun) - 2, display=on_line(name), display_meta="wildcard")


def _verbs(bench: Bench, word: str, *, slips: bool) -> Iterator[Completion]:
    """Offer the verbs that a word begins, and on demand those that it may be a slip of."""
    begun = word.removeprefix(VERB).lower()
    names = verbs.names(bench.plugged)
    found = [name for name in names if name.startswith(begun)]
    for name in found or (nearest(begun, names) if slips else ()):
        verb = verbs.find(name, bench.plugged)
        if verb is not None:
            yield Completion(f"{name} ", -len(begun), display=on_line(name), display_meta=on_line(verb.summary))


def _behind(bench: Bench, verb: Verb, before: str, *, asked: bool) -> Iterator[Completion]:
    """Offer what a verb says could stand behind it; on demand also what may be a slip of it."""
    rest = before.lstrip().partition(" ")[2].lstrip()
    head, blank, last = rest.rpartition(" ")
    found = list(islice(verb.complete(bench, rest), MOST))
    if not found and asked and last:
        whole = {text.rpartition(" ")[2]: text for text in verb.complete(bench, head + blank)}
        found = [whole[name] for name in nearest(last, whole)]
    about = _about(bench, verb)
    for text in found:
        tail = text.removeprefix(head + blank)
        yield Completion(text, -len(rest), display=on_line(tail), display_meta=on_line(about(tail)))


def _about(bench: Bench, verb: Verb) -> Callable[[str], str]:
    """Return what says what a name behind a verb is."""
    if "style" in verb.name:
        known = {style.id: style.summary for style in bench.session.styles.styles()}
    elif verb.name in ("sampler", "model"):
        known = {name: found.value.summary for name, found in bench.registry.all(verb.name).items()}
    elif verb.name == "help":
        known = {each.name: each.summary for each in verbs.every(bench.plugged)}
    else:
        return lambda _: ""
    return lambda name: known.get(name, "")
