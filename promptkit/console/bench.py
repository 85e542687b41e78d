"""The bench: the desk with its history, the session that works for it, and the runs that were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.console.desk import Desk
from promptkit.console.history import History
from promptkit.console.kept import Left
from promptkit.console.loads import Loads
from promptkit.console.offers import Offer
from promptkit.console.verb import Verb
from promptkit.errors import PromptkitError, SettingsError
from promptkit.prompt import SLOTS, Prompt
from promptkit.records import Candidate, LoadOptions, Result
from promptkit.registry import Registry
from promptkit.slots.vocabulary import Kind, builtin_vocabulary

if TYPE_CHECKING:
    from promptkit.run import OnEvent
    from promptkit.session import Session

Watch = Callable[[int], AbstractContextManager["OnEvent"]]
"""Shows a run of so many candidates while it lasts: the block's value is told each event."""


def unwatched(_: int) -> AbstractContextManager[Any]:
    """Show nothing."""
    return nullcontext(lambda _event: None)


@dataclass(kw_only=True)
class Bench:
    """What verbs work on."""

    history: History[Desk] = field(default_factory=lambda: History(Desk()))
    registry: Registry = field(default_factory=Registry)
    library: Path | None = None
    """The folder that pictures go to; ``None`` keeps them in memory."""
    load: LoadOptions = field(default_factory=LoadOptions)
    packs: tuple[Path, ...] = ()
    runs: list[Result] = field(default_factory=list)
    watch: Watch = unwatched
    plugged: Mapping[str, Verb] = field(default_factory=dict)
    """Verbs of plugins, by name; promptkit's own come before them."""
    scripted: bool = False
    """Whether the lines come from a script: nobody sees what a slip did."""
    last: Left | None = None
    """What the console before this one left."""
    commands: list[str] = field(default_factory=list)
    """The command lines of what was done so far, for ``command all``."""
    offered: tuple[Offer, ...] = ()
    """What ``suggest`` and ``vary`` offered last, as ``take`` counts it."""
    loads: Loads = field(default_factory=Loads)
    """What loads the model beside whatever else is done."""
    _session: Session | None = None

    @property
    def desk(self) -> Desk:
        return self.history.now

    def change(self, label: str, **changes: Any) -> None:
        """Put changes on the desk, under what was typed, so that they can be undone."""
        self.history.change(replace(self.desk, **changes), " ".join(label.split()))

    @property
    def session(self) -> Session:
        """Return the session for the desk's model and ranker; nothing heavy is loaded before a verb needs it."""
        from promptkit.session import Session

        desk = self.desk
        if self._session is None or self._asked != (desk.model, desk.ranker):
            self._session = Session(
                desk.model, ranker=desk.ranker, registry=self.registry, packs=self.packs, load=self.load
            )
            self._asked = (desk.model, desk.ranker)
        return self._session

    _asked: tuple[str, str | None] | None = None

    def warm_up(self) -> None:
        """Begin to load the model for the prompt that was typed; what goes wrong is told by the verb that needs it."""
        with suppress(PromptkitError):
            if self.desk.text:
                self.loads.begin(self.session)

    @property
    def typed(self) -> Prompt:
        """Return the desk's text as it is read, without styles and with nothing drawn. Raises PromptError."""
        return self.read(self.desk.text)

    def read(self, text: str, **changes: str) -> Prompt:
        """Read a text as the desk would, or with another ``negative`` or ``dialect``. Raises PromptError."""
        said = {"negative": self.desk.negative, "dialect": self.desk.dialect, **changes}
        return self.session.parse(text, **said)

    @property
    def prompt(self) -> Prompt:
        """Return the desk's prompt with its styles, which leave locked slots alone. Raises PromptError and
        UnknownNameError."""
        return self.prompt_of(self.desk)

    def prompt_of(self, desk: Desk, read: Prompt | None = None) -> Prompt:
        """Return the prompt of a desk with this one's model; ``read`` is its text where that was read already. Raises
        PromptError, UnknownNameError and WildcardError."""
        said: dict[str, Any] = {"negative": desk.negative, "dialect": desk.dialect}
        session, seed = self.session, desk.text_seed
        drawn = desk.template and desk.text
        typed = next(session.resolve(desk.text, seed=seed, **said)) if drawn else read or self.read(desk.text, **said)
        variants = session.expand(
            typed,
            styles=desk.styles,
            seed=seed,
            override=[slot for slot in desk.override if slot not in desk.locked],
            locked=[slot for slot in desk.locked if slot in SLOTS],
            limit=1,
        )
        return next(variants)

    @property
    def slots(self) -> tuple[str, ...]:
        """Return the slots that can be spoken of: the four, and those that plugins gave words of the desk."""
        try:
            found = (phrase.slot for phrase in self.typed.phrases)
            return tuple(dict.fromkeys((*SLOTS, *found)))
        except PromptkitError:
            return SLOTS

    def words(self, slot: str) -> tuple[str, ...]:
        """Return words that could be said in a slot: those that a model of few words knows, else those of the styles
        and of the vocabulary, each once."""
        known = self.session.model.vocabulary
        if known is not None:
            return tuple(dict.fromkeys(phrase for phrases in known.get(slot, {}).values() for phrase in phrases))
        said = (text.text for style in self.session.styles.styles() for text in style.slots.get(slot, ()))
        terms = (term.text for term in builtin_vocabulary().terms if term.slot == slot and term.kind == Kind.TERM)
        return tuple(dict.fromkeys((*(text for text in said if "{" not in text), *terms)))

    @property
    def shown(self) -> Result:
        """Return the run that candidates are counted in. Raises SettingsError before the first."""
        if self.desk.shown is None:
            there = self.library is not None and self.last is not None
            earlier = " Those of consoles before this one lie in the library: find WORDS" if there else ""
            raise SettingsError("There are no pictures yet.", hint=f"Make some: generate 4.{earlier}")
        return self.runs[self.desk.shown]

    def candidate(self, text: str) -> Candidate:
        """Return the candidate of a number, 1 for the best of the run on show. Raises SettingsError."""
        ranked = self.shown.ranked
        if not text.strip().isdecimal() or not 1 <= int(text.strip()[:9]) <= len(ranked):
            raise SettingsError(f"There is no picture '{text.strip()}'.", hint=f"Say a number from 1 to {len(ranked)}.")
        return ranked[int(text) - 1]
