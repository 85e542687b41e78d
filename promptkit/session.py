"""A session: one model and one ranker, loaded when they are first needed, and the chain from a prompt to ranked
pictures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.advice import knows
from promptkit.asked import check_images, check_keep, check_settings, seeds_of, variation_of
from promptkit.backends.devices import check_load
from promptkit.dialects.weights import weighting_of
from promptkit.errors import (
    PromptkitError,
    SettingsError,
)
from promptkit.finish import Chain, Finished, FinishStep, Judge, plan_chain, run_chain
from promptkit.interfaces import Backend, Ranker, StepEvent
from promptkit.jobs import Job, lasting, lasting_load
from promptkit.models import resolve_model
from promptkit.names import listed
from promptkit.performing import Performance
from promptkit.prompt import Prompt
from promptkit.records import (
    BEST_OF_N,
    Candidate,
    GenerationRequest,
    GenerationSettings,
    LoadOptions,
    ModelSpec,
    Result,
    SamplerSpec,
)
from promptkit.registry import Registry
from promptkit.run import OnEvent, silent
from promptkit.scoring import scored
from promptkit.suggest import Advice, suggest
from promptkit.texts import Texts
from promptkit.ties import measured
from promptkit.whereabouts import Again, New, check_place, opened_library, unfinished_run
from promptkit.workers import NO_RANKER, Workers

if TYPE_CHECKING:
    from PIL.Image import Image

    from promptkit.library import Library


class Session(Texts):
    """Holds a model and a ranker. Use it in a ``with`` block, or call ``close``.

    ``model`` is a registered name, a folder, a ``.safetensors`` file, or a hub id; ``ranker`` is ``name`` or
    ``name:checkpoint``, by default the one that suits the model, or ``"none"``; ``device`` is ``cuda``, ``mps`` or
    ``cpu``; ``dtype`` is ``bfloat16``, ``float16`` or ``float32``; ``load`` says whatever else there is to say about
    loading. ``packs`` are files and folders of style packs, which override installed ones of the same name.
    """

    def __init__(
        self,
        model: str = "embedded",
        *,
        ranker: str | None = None,
        device: str | None = None,
        dtype: str | None = None,
        registry: Registry | None = None,
        packs: Sequence[str | Path] = (),
        load: LoadOptions | None = None,
    ) -> None:
        super().__init__(registry or Registry(), packs)
        self.model_name = model
        self.model: ModelSpec = resolve_model(model, self.registry)
        self.ranker_name = self.model.ranker if ranker is None else ranker
        if self.ranker_name != NO_RANKER:
            self.registry.get("ranker", self.ranker_name.partition(":")[0])
        given = load or LoadOptions()
        self.load_options = replace(given, device=device or given.device, dtype=dtype or given.dtype)
        check_load(self.load_options)
        self._workers = Workers(self.registry, self.model, self.ranker_name, self.load_options)
        self._last: Performance | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the model and the ranker."""
        self._workers.close()

    def suggest(
        self,
        prompt: str | Prompt,
        *,
        slots: Collection[str] = (),
        limit: int = 3,
        text_seed: int = 0,
        known_words: bool = False,
    ) -> Advice:
        """Return fills for the open slots of a prompt, or of ``slots``, with reasons; nothing is generated.

        ``known_words`` leaves out what the model was never taught. Raises SettingsError; see ``suggest.suggest``.
        """
        typed = prompt if isinstance(prompt, Prompt) else self.parse(prompt)
        usable = partial(knows, vocabulary=self.model.vocabulary if known_words else None)
        return suggest(typed, self.styles, slots=listed(slots), limit=limit, text_seed=text_seed, usable=usable)

    def generate(
        self,
        prompt: str | Prompt,
        *,
        candidates: int = 8,
        seed: int = 0,
        negative: str = "",
        styles: Sequence[str] = (),
        override: Collection[str] = (),
        locked: Collection[str] = (),
        text_seed: int = 0,
        settings: GenerationSettings | None = None,
        search: str = BEST_OF_N,
        variation_seed: int | None = None,
        variation_strength: float | None = None,
        out: str | Path | None = None,
        library: Library | str | Path | None = None,
        keep: int | None = None,
        finish: Chain | None = None,
        finish_all: bool = False,
        on_event: OnEvent | None = None,
    ) -> Result:
        """Make candidates from the seeds ``seed … seed + candidates − 1``, rank them, and write them to ``out``, as
        plain files, or to ``library``, which keeps the run too: one that was cut off goes on with ``resume``.

        The styles replace what was typed in the slots of ``override``, and say nothing of those in ``locked``.
        ``search`` is ``name`` or ``name:schedule``: how the candidates are spent. With a variation every candidate has
        the seed ``seed``, and its noise is moved by ``variation_strength``, 0 to 1, towards that of
        ``variation_seed + i``. ``keep`` writes the best so many alone, when the run ends or is stopped. ``finish`` is a
        chain of post-processors, ``"upscale:2,grade:golden"``, for the winner, or for all with ``finish_all``; what
        they make is written beside the picture, which stays as it is. ``None`` takes the styles' chain, ``()`` none.

        What ``settings`` leaves open comes from the styles, then from the model. Everything that can be refused is
        refused before the model is loaded or a candidate is made: PromptError, SettingsError, UnknownNameError,
        PluginError, OutputError, LibraryError, ModelError.
        Raises GenerationError when no candidate could be finished, and Interrupted, with what was finished, on Ctrl-C.
        """
        check_place(out, library)
        variation_of(variation_seed, variation_strength, candidates)
        seeds_of(seed, candidates if variation_seed is None else 1)
        with self._workers.blaming():
            self._workers.search(search)
            written = out is not None or library is not None
            check_keep(keep, written=written, ranked=self._workers.ranks)
            typed = self._said(prompt, negative)
            variants = self.expand(typed, styles=styles, seed=text_seed, override=override, locked=locked, limit=1)
            full = next(variants)
            steps, left_out = self._finish_steps(finish, full)
            wanted, _ = self._settings(full, settings or GenerationSettings())
        job = Job(
            prompt=full,
            model=lasting(self.model_name),
            ranker=self.ranker_name,
            seed=seed,
            candidates=candidates,
            text_seed=text_seed,
            settings=wanted,
            search=search,
            variation_seed=variation_seed,
            variation_strength=variation_strength,
            keep=keep,
            finish=tuple(step.again() for step in steps),
            finish_all=finish_all,
            load=lasting_load(self.load_options),
            packs=tuple(str(pack.absolute()) for pack in self.packs),
        )
        return self._perform(job, steps, New(out, library), on_event, left_out)

    @classmethod
    def for_run(cls, library: Library, run: int, *, registry: Registry | None = None) -> Session:
        """Return a session with the model, the ranker and the packs of a run that can be gone on with. Raises
        LibraryError where it cannot, and what ``Session`` raises."""
        job = Job.from_json(unfinished_run(library, run).job)
        return cls(job.model, ranker=job.ranker, registry=registry, packs=job.packs, load=job.load)

    def go_on(self, library: Library, run: int, *, strict: bool = False, on_event: OnEvent | None = None) -> Result:
        """Go on with a run: what is there stays, and batches that are not whole are made again, so that the files are
        those of a run that was never cut off.

        Where the model, the versions or the machine are others now, that is told in ``notes``; ``strict`` refuses it
        with a SettingsError. Raises LibraryError for a run that is at its end, or that another process works on, and
        what ``generate`` raises.
        """
        stored = unfinished_run(library, run)
        job = Job.from_json(stored.job)
        if (lasting(self.model_name), self.ranker_name) != (job.model, job.ranker):
            raise SettingsError(
                f"Run {stored.id} is one of the model '{job.model}' and the ranker '{job.ranker}'.",
                hint="Make the session with Session.for_run.",
            )
        steps = self.plan_finish(job.finish)
        return self._perform(job, steps, Again(library, stored, strict=strict), on_event)

    @classmethod
    def resume(
        cls,
        library: Library | str | Path,
        run: int | None = None,
        *,
        strict: bool = False,
        registry: Registry | None = None,
        on_event: OnEvent | None = None,
    ) -> Result:
        """Go on with a run, by default the newest that can be, in a session of its own; see ``go_on``."""
        with opened_library(library) as found:
            number = unfinished_run(found, run).id
            with cls.for_run(found, number, registry=registry) as session:
                return session.go_on(found, number, strict=strict, on_event=on_event)

    def _perform(
        self,
        job: Job,
        steps: Sequence[FinishStep],
        place: New | Again,
        on_event: OnEvent | None,
        notes: Sequence[str] = (),
    ) -> Result:
        """Do a job; what it notes is had from ``notes`` however it ends."""
        self._last = Performance(
            workers=self._workers, job=job, steps=steps, place=place, tell=on_event or silent, notes=list(notes)
        )
        return self._last.perform()

    def rank(self, prompt: str | Prompt, images: Sequence[Image]) -> list[Candidate]:
        """Score PIL images against a prompt; returns candidates in the order of ``images``, those level with the best
        ``tied``. Raises SettingsError for what is no image, ScoringError where the ranker fails."""
        typed = self._said(prompt)
        with self._workers.blaming():
            ranker = self._workers.ranker(silent)
        if ranker is None:
            raise SettingsError("There is nothing to rank with.", hint="Name a ranker: --ranker clip:embedded.")
        check_images(images)
        found = [Candidate(index=i, seed=0, image=image) for i, image in enumerate(images)]
        scores = scored(ranker, typed, found, plugin=self._workers.used.third_party("ranker"))
        told = [replace(candidate, scores=dict(score)) for candidate, score in zip(found, scores, strict=True)]
        return measured(ranker, typed, told, plugin=self._workers.used.third_party("ranker"))

    def finish(self, image: Image, chain: Chain, *, seed: int = 0, prompt: str | Prompt | None = None) -> Finished:
        """Run a chain of post-processors, ``"upscale:2,grade:golden"``, on a PIL image, which is left as it is.

        ``seed`` is the image seed that they draw from. With a ``prompt`` the session's ranker scores the picture before
        and after each step. Raises SettingsError and UnknownNameError for what is no chain; a step that fails is left
        out, and told in ``Finished.failed``.
        """
        check_images([image])
        steps = self.plan_finish(chain)
        judge = None if prompt is None else self.judge(prompt)
        return run_chain(image, steps, seed=seeds_of(seed, 1)[0], strict=self.registry.host.strict, judge=judge)

    def plan_finish(self, chain: Chain) -> tuple[FinishStep, ...]:
        """Look up a chain's post-processors with the presets of the style packs; see ``finish.plan_chain``."""
        return plan_chain(chain, self.registry, {"grade": self.styles.grades()})

    def judge(self, prompt: str | Prompt) -> Judge | None:
        """Return what scores a picture before and after a step; ``None`` where the session has no ranker. Raises
        PromptError for a prompt that says nothing, ModelError where the ranker cannot be loaded."""
        typed = self._said(prompt)
        with self._workers.blaming():
            ranker = self._workers.ranker(silent)
        return None if ranker is None else Judge(ranker, typed, plugin=self._workers.used.third_party("ranker"))

    def sampler(self, name: str | None) -> SamplerSpec | None:
        """Return the sampler of that name. Raises SettingsError for one that is known and cannot be had,
        UnknownNameError for any other."""
        return self._workers.sampler(name)

    def check(self, settings: GenerationSettings) -> None:
        """Refuse what the model cannot do before it is loaded, where its loader can tell. Raises SettingsError,
        UnknownNameError, and ModelError for files that are no model."""
        with self._workers.blaming():
            self._workers.check_early(settings, self.sampler(settings.sampler))

    def backend(self, on_event: OnEvent | None = None) -> Backend:
        """Return the model, loaded. Raises ModelError, SettingsError and PluginError."""
        with self._workers.blaming():
            return self._workers.backend(on_event or silent)

    def ranker(self, on_event: OnEvent | None = None) -> Ranker | None:
        """Return the ranker, loaded; ``None`` where there is none. Raises ModelError and PluginError."""
        with self._workers.blaming():
            return self._workers.ranker(on_event or silent)

    def plugins(self, prompt: Prompt) -> dict[str, str]:
        """Return the plugins of third parties that take part in a run of the prompt, with their versions."""
        return self._workers.used.plugins(prompt)

    def denoise(self, request: GenerationRequest, on_event: OnEvent | None = None) -> list[Candidate]:
        """Run a request as it stands: nothing is settled, searched, scored or written. Raises PluginError."""
        tell = on_event or silent

        def told(event: StepEvent) -> None:
            tell(event)

        backend = self.backend(tell)
        with self._workers.blaming():
            return list(backend.generate(request, on_step=told))

    def notes(self) -> list[str]:
        """Return what could not be done as it was asked in the last run, in words for the user."""
        return [*self._workers.notes(), *(self._last.notes if self._last else ())]

    def _finish_steps(self, asked: Chain | None, prompt: Prompt) -> tuple[tuple[FinishStep, ...], list[str]]:
        """Return the steps that were asked for, or those of the prompt's styles that can be had, and why others
        cannot."""
        if asked is not None:
            return self.plan_finish(asked), []
        steps: list[FinishStep] = []
        left_out: list[str] = []
        for step in prompt.finish:
            try:
                steps += self.plan_finish([step])
            except PromptkitError as error:
                left_out.append(f"A style asks to finish with '{step['name']}', which was left out: {error.message}")
        return tuple(steps), left_out

    def _settings(self, prompt: Prompt, user: GenerationSettings) -> tuple[GenerationSettings, SamplerSpec | None]:
        """Lay the user's settings over the styles', and those over the model's; a tiny model's size is not a style's
        to choose."""
        fixed = self.model.vocabulary is not None
        names = {"guidance_scale", "num_inference_steps", "width", "height", "sampler"}
        asked = {} if fixed else {name: value for name, value in prompt.settings.items() if name in names}
        settings = user.over(GenerationSettings(**asked)).over(self.model.settings)
        sampler = self.sampler(settings.sampler)
        check_settings(settings, sampler)
        weighting = settings.weighting or weighting_of(prompt.dialect)
        return replace(settings, sampler=None if sampler is None else sampler.name, weighting=weighting), sampler
