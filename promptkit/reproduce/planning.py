"""What it takes to make a picture once more: everything found and checked before a model is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from promptkit.adapters import find_adapters
from promptkit.asked import check_settings, seeds_of
from promptkit.dialects.weights import weighting_of
from promptkit.errors import MetadataError, PromptkitError, SettingsError
from promptkit.finish import FinishStep
from promptkit.metadata import Provenance, read_provenance
from promptkit.metadata.provenance import OURS
from promptkit.pictures import Opened, open_picture
from promptkit.prompt import Prompt
from promptkit.records import Adapter, Candidate, GenerationSettings, LoadOptions, Recipe, Variation
from promptkit.registry import Registry
from promptkit.reproduce.change import changed
from promptkit.reproduce.command import command_line
from promptkit.reproduce.foreign import loras_beside, plan_foreign
from promptkit.reproduce.loading import adapters_of, load_options, model_of, ranker_of, sampler_of, steps_of
from promptkit.reproduce.recorded import Recorded, read_recorded
from promptkit.session import Session
from promptkit.slots.parse import parse
from promptkit.workers import NO_RANKER


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for beside the picture; nothing of it is the picture as it was."""

    changes: Mapping[str, str] = field(default_factory=dict)
    """Slot → the words that it is to say."""
    drops: tuple[str, ...] = ()
    """Slots that are to say nothing."""
    seed: int | None = None
    settings: GenerationSettings = field(default_factory=GenerationSettings)
    model: str | None = None
    """A name, a folder, a file or a hub id; ``None`` is the one that the picture names."""
    ranker: str | None = None
    """What scores a picture that is not as it was; ``None`` is the one that the picture names, ``"none"`` nobody."""
    load: LoadOptions = field(default_factory=LoadOptions)
    files: tuple[Path, ...] = ()
    """Folders with the files that post-processors used."""
    alone: bool = False
    """Whether the candidate is denoised by itself, and not beside rows that fill up its batch again."""
    finish: bool = True
    """Whether the post-processors that were run on the picture are run again."""

    @property
    def varied(self) -> bool:
        """Whether another picture is wanted, on purpose."""
        return bool(self.changes or self.drops) or self.seed is not None or self.settings != GenerationSettings()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A picture, and the one candidate whose run makes it once more."""

    picture: Path
    opened: Opened
    tool: str
    session: Session
    prompt: Prompt
    before: Prompt
    """The prompt of the picture as it is."""
    seed: int
    settings: GenerationSettings
    variation: Variation | None = None
    adapters: tuple[Adapter, ...] = ()
    steps: tuple[FinishStep, ...] = ()
    recorded: Recorded | None = None
    """What its own recipe says, where the picture is to come out as it was; else it is a run of its own."""
    origin: Candidate | None = None
    """The candidate that it was, where promptkit made it."""
    pad: bool = False
    cannot: tuple[str, ...] = ()
    """What cannot be made again, in words for the user."""
    notes: tuple[str, ...] = ()
    blocked: PromptkitError | None = None
    """Why it cannot be run before something more is said."""
    model_hash: str | None = None
    """Of the model that another tool names."""

    @property
    def command(self) -> str:
        """The ``promptkit generate`` that comes to the same, as a line for a shell."""
        return command_line(
            self.prompt.resolved,
            negative=self.prompt.negative_resolved,
            dialect=self.prompt.dialect,
            seed=self.seed,
            model=self.session.model.name if self.blocked is None else "MODEL",
            settings=self.settings,
            variation=self.variation,
        )


class Planner:
    """Plans pictures; those of one model share a session, so that it is loaded once."""

    def __init__(self, wanted: Wanted, registry: Registry) -> None:
        self.wanted, self.registry = wanted, registry
        self._sessions: dict[tuple[str, str, LoadOptions], Session] = {}

    def plan(self, picture: Path) -> Plan:
        """Read a picture and find all that its making takes. Raises MetadataError for one that says nothing, or what
        cannot be followed; SettingsError, ModelError, UnknownNameError, PromptError."""
        opened = open_picture(picture)
        said = read_provenance(opened)
        if said is None or not (said.prompt or said.recipe):
            raise MetadataError(
                f"'{picture}' says nothing about how it was made.",
                hint="Take the file as its program wrote it: screenshots, uploads and chats lose what it says.",
            )
        if said.tool == OURS and said.recipe is not None:
            return self._ours(picture, opened, said, Recipe.from_json(said.recipe))
        return self._foreign(picture, opened, said)

    def session(self, model: str, ranker: str, load: LoadOptions) -> Session:
        key = (model, ranker, load)
        if key not in self._sessions:
            self._sessions[key] = Session(model, ranker=ranker, registry=self.registry, load=load)
        return self._sessions[key]

    def _ours(self, picture: Path, opened: Opened, said: Provenance, recipe: Recipe) -> Plan:
        wanted = self.wanted
        recorded = read_recorded(said, lambda text, dialect: parse(text, dialect=dialect), alone=wanted.alone)
        load, told = load_options(recipe, wanted.load)
        ranker, why = (wanted.ranker, "") if wanted.ranker else ranker_of(recipe, self.registry)
        session = self.session(wanted.model or model_of(recipe, self.registry), ranker, load)
        candidate = recorded.candidate
        settings = wanted.settings.over(recorded.settings)
        check_settings(settings, sampler_of(session, settings.sampler))
        if wanted.varied or wanted.model:
            session.check(settings)
        prompt, note = self._changed(session, recorded.prompt)
        varied = wanted.varied
        return Plan(
            picture=picture,
            opened=opened,
            tool=OURS,
            session=session,
            prompt=prompt,
            before=recorded.prompt,
            seed=candidate.seed if wanted.seed is None else seeds_of(wanted.seed, 1)[0],
            settings=settings,
            variation=recorded.variation,
            adapters=(*adapters_of(recipe, load), *self._new_adapters(recorded, prompt, load)),
            steps=self._steps(session, said),
            recorded=None if varied else recorded,
            origin=candidate,
            pad=not (varied or wanted.alone),
            notes=tuple(filter(None, (opened.note, *said.notes, *told, why, note, self._lossy(opened)))),
        )

    def _foreign(self, picture: Path, opened: Opened, said: Provenance) -> Plan:
        wanted = self.wanted
        name = said.model.get("name")
        known = isinstance(name, str) and self.registry.has("model", name)
        model = wanted.model or (str(name) if known else None)
        session = self.session(model or "embedded", wanted.ranker or NO_RANKER, wanted.load)
        foreign = plan_foreign(said, opened.image.size, wanted.settings, session.sampler)
        settings = foreign.settings.over(session.model.settings if model else GenerationSettings())
        blocked = foreign.blocked if model else _without_model(said)
        if not blocked:
            session.check(settings)
        before = session.parse(foreign.text, negative=foreign.negative, dialect=foreign.dialect)
        prompt, note = self._changed(session, before)
        adapters, missing = _found_adapters(prompt, wanted.load)
        beside, absent = loras_beside(said, wanted.load)
        return Plan(
            picture=picture,
            opened=opened,
            tool=said.tool,
            session=session,
            prompt=prompt,
            before=before,
            seed=foreign.seed if wanted.seed is None else seeds_of(wanted.seed, 1)[0],
            settings=replace(settings, weighting=settings.weighting or weighting_of(foreign.dialect)),
            variation=foreign.variation,
            adapters=(*adapters, *beside),
            steps=self._steps(session, said),
            cannot=(*_told(None if model else blocked), *_told(missing), *absent, *foreign.cannot),
            notes=tuple(filter(None, (opened.note, *said.notes, note, self._lossy(opened)))),
            blocked=blocked or missing,
            model_hash=str(said.model["hash"]) if said.model.get("hash") else None,
        )

    def _changed(self, session: Session, prompt: Prompt) -> tuple[Prompt, str]:
        if not (self.wanted.changes or self.wanted.drops):
            return prompt, ""
        read = partial(session.parse, dialect=prompt.dialect)
        return changed(prompt, self.wanted.changes, self.wanted.drops, read)

    def _new_adapters(self, recorded: Recorded, prompt: Prompt, load: LoadOptions) -> tuple[Adapter, ...]:
        """Return what the words of a change name beside what the picture had."""
        if not self.wanted.changes or prompt.resolved == recorded.prompt.resolved:
            return ()
        had = {adapter.name for adapter in find_adapters(_words(recorded.prompt.resolved, prompt.dialect), load)}
        words = ", ".join(self.wanted.changes.values())
        return tuple(one for one in find_adapters(_words(words, prompt.dialect), load) if one.name not in had)

    def _steps(self, session: Session, said: Provenance) -> tuple[FinishStep, ...]:
        return steps_of(session, said.finish, self.wanted.files) if self.wanted.finish else ()

    def _lossy(self, opened: Opened) -> str:
        if opened.format == "PNG" or self.wanted.varied:
            return ""
        return f"The picture is a {opened.format}: what its compression changed counts as a difference."


def _words(text: str, dialect: str) -> Prompt:
    return Prompt(text=text, phrases=(), dialect=dialect)


def _found_adapters(prompt: Prompt, load: LoadOptions) -> tuple[tuple[Adapter, ...], PromptkitError | None]:
    """Return what another tool's prompt names, or why it cannot be had."""
    try:
        return find_adapters(prompt, load), None
    except PromptkitError as error:
        return (), error


def _without_model(said: Provenance) -> SettingsError:
    named = [f"{key} {value}" for key, value in said.model.items() if key in ("name", "hash") and value]
    which = f"It was made with the model {', '.join(named)}" if named else "The picture does not name its model"
    hint = "Say --model and a folder, a file or a hub id."
    return SettingsError(f"{which}: promptkit has to be told where it lies.", hint=hint)


def _told(error: Any) -> tuple[str, ...]:
    return () if error is None else (f"{error} {getattr(error, 'hint', None) or ''}".strip(),)
