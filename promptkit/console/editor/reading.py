"""What stands on the line, read as the console would do it: a verb, a prompt with its slots, or something unreadable.

Until everything that reading needs is there, and while a prompt is too long to be read at every key, a reading has
what is known so far, and the line is painted anew once there is more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.editor.beside import Beside
from promptkit.console.verb import Verb
from promptkit.errors import PromptError, PromptkitError
from promptkit.prompt import Prompt

LONG = 2000
"""Characters of a prompt from which it is read in the pauses of typing."""
PAUSE = 0.15
"""Seconds without a key that make such a pause."""

LOOKED_AT = 20
"""Completions of a verb that are looked at, to see whether it is being typed."""

Span = tuple[int, int, str]
"""Where words about one slot begin and end."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """A line, and what is known of it."""

    text: str
    desk: Desk
    verb: Verb | None = None
    begun: bool = False
    """Whether the verb still wants more behind it; done as it stands, the line would be a prompt."""
    at: int = 0
    """Where the prompt begins, or what stands behind the verb."""
    rest: str = ""
    spans: Sequence[Span] = ()
    """The slots of the words, by places in ``rest``."""
    typed: Prompt | None = None
    """The prompt as it is read; ``None`` for a verb and for what cannot be read."""
    prompt: Prompt | None = None
    """With the desk's styles; for a verb and an empty line the desk's own prompt."""
    trouble: PromptkitError | None = None
    late: bool = False
    """Whether ``spans`` and ``prompt`` are of an earlier text."""

    @property
    def offence(self) -> int | None:
        """Where in the line the first thing stands that cannot be read."""
        place = self.trouble.position if isinstance(self.trouble, PromptError) else None
        return None if place is None or self.verb is not None else self.at + place


class Reader:
    """Reads lines for one bench; ``changed`` is called, from another thread, when a line can be read better."""

    def __init__(self, bench: Bench, changed: Callable[[], None] = lambda: None) -> None:
        self.bench = bench
        self.changed = changed
        self.ready = threading.Event()
        self._warming = False
        self.trouble: PromptkitError | None = None
        """Why the desk's session cannot be had."""
        self._last: Reading | None = None
        self._caught_up: Reading | None = None
        self._desk = bench.desk
        self._version = 0
        self._beside = Beside("promptkit-reading", PAUSE)

    def warm(self) -> None:
        """Get ready, beside the first keys: the plugins, the styles, the words of slots. Once is enough."""
        if self._warming:
            return
        self._warming = True
        threading.Thread(target=self._warm, name="promptkit-warm", daemon=True).start()

    def _warm(self) -> None:
        try:
            self.bench.read("a fox at dusk")
        except Exception as error:
            self.trouble = _odd(error)
        finally:
            self.ready.set()
            self._tell()

    def _tell(self) -> None:
        self._version += 1
        self.changed()

    @property
    def version(self) -> int:
        """A number that is another one where the same line could be read otherwise than before."""
        if self.bench.desk is not self._desk:
            self._desk = self.bench.desk
            self._version += 1
        return self._version

    def read(self, text: str) -> Reading:
        """Return what is known of a line; a keystroke's time is spent at the most."""
        desk = self.bench.desk
        if not self.ready.is_set():
            return Reading(text=text, desk=desk, late=True)
        for known in (self._caught_up, self._last):
            if known is not None and known.text == text and known.desk is desk:
                self._last = known
                return known
        try:
            self._last = self._anew(text)
        except Exception as error:
            self._last = Reading(text=text, desk=desk, trouble=_odd(error))
        return self._last

    def _anew(self, text: str) -> Reading:
        from promptkit.console.lines import read_line

        known = Reading(text=text, desk=self.bench.desk)
        begun = begun_verb(self.bench, text)
        try:
            said = read_line(self.bench, text)
        except PromptkitError as error:
            return self._with_desk(
                replace(known, verb=begun, begun=begun is not None, trouble=None if begun else error)
            )
        known = replace(known, rest=said.rest, at=_place(text, said.rest), verb=said.verb)
        if said.verb is None and begun is not None:
            known = replace(known, verb=begun, begun=True)
        if known.verb is not None or not said.rest:
            return self._with_desk(known)
        if len(said.rest) <= LONG:
            return read_prompt(self.bench, known)
        return self._later(known)

    def _later(self, known: Reading) -> Reading:
        """Return a long prompt in the colours of the one before it, moved to where the words are now."""
        self._beside.do(lambda: self._catch_up(known))
        before = self._caught_up or self._last
        if before is None:
            return replace(known, late=True)
        spans = moved(before.spans, before.rest, known.rest)
        return replace(known, spans=spans, typed=before.typed, prompt=before.prompt, late=True)

    def _catch_up(self, known: Reading) -> None:
        try:
            self._caught_up = read_prompt(self.bench, known)
        except Exception as error:
            self._caught_up = replace(known, trouble=_odd(error))
        self._tell()

    def _with_desk(self, known: Reading) -> Reading:
        """Add the desk's own prompt, where it has one."""
        if not known.desk.text:
            return known
        try:
            return replace(known, prompt=self.bench.prompt)
        except PromptkitError as error:
            return replace(known, trouble=known.trouble or error)


def begun_verb(bench: Bench, text: str) -> Verb | None:
    """Return the verb that a line may become one of: its name alone, or with what it says could stand behind it."""
    from promptkit.console import verbs

    word, _, rest = text.lstrip().removeprefix("/").partition(" ")
    verb = verbs.find(word, bench.plugged)
    if verb is None or not rest.strip():
        return verb
    head, blank, last = rest.lstrip().rpartition(" ")
    if head and not verb.fits(bench, head) and head not in islice(verb.complete(bench, head), LOOKED_AT):
        return None
    offered = islice(verb.complete(bench, head + blank + last), LOOKED_AT)
    return verb if any(last.lower() in text.removeprefix(head) for text in offered) else None


def read_prompt(bench: Bench, known: Reading) -> Reading:
    """Read a prompt into slots, and give it what the desk's styles say."""
    try:
        typed = bench.read(known.rest)
    except PromptkitError as error:
        return replace(known, trouble=error)
    spans = [(p.start, p.end, p.slot) for p in typed.phrases if p.start is not None and p.end is not None]
    known = replace(known, typed=typed, spans=spans, prompt=typed)
    if not typed.phrases or not (known.desk.styles or known.desk.template):
        return known
    try:
        return replace(known, prompt=bench.prompt_of(replace(known.desk, text=known.rest), typed))
    except PromptkitError as error:
        return replace(known, trouble=error)


def moved(spans: Sequence[Span], before: str, now: str) -> list[Span]:
    """Return the spans of a text at their places in one that came of it by one edit; those that it touched are gone."""
    same = _alike(before, now)
    room = min(len(before), len(now)) - same
    behind = _alike(before[::-1], now[::-1]) if room else 0
    end = len(before) - min(behind, room)
    by = len(now) - len(before)
    kept = [span for span in spans if span[1] <= same]
    return kept + [(start + by, stop + by, slot) for start, stop, slot in spans if start >= max(end, same)]


def _odd(error: Exception) -> PromptkitError:
    """Return what is said of any error while a line is typed: nothing may end the typing. Enter tells the whole."""
    if isinstance(error, PromptkitError):
        return error
    from promptkit.installed.malformed import metadata_fault

    return metadata_fault(error) or PromptkitError(f"This cannot be read: {type(error).__name__}: {error}")


def _alike(first: str, second: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))


def _place(text: str, rest: str) -> int:
    """Return where what stands behind a verb, or the prompt itself, begins: it goes on to the end of the line."""
    return len(text.rstrip()) - len(rest) if rest else len(text)
