"""A run from its job to its result: what is needed is loaded, candidates are made, ranked, kept and finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from promptkit.adapters import find_adapters
from promptkit.errors import GenerationError, PluginError
from promptkit.finish import FinishStep
from promptkit.interfaces import Backend, Ranker, Search
from promptkit.jobs import Job
from promptkit.ledger import Ledger
from promptkit.placing import Output
from promptkit.recipes import recipe_of
from promptkit.records import Adapter, Candidate, GenerationRequest, Recipe, Result, SamplerSpec
from promptkit.resuming import parts_left, rerun
from promptkit.run import OnEvent, Run
from promptkit.search import check_search, check_variation
from promptkit.whereabouts import Again, New, keeping
from promptkit.workers import Workers


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What a job needs, loaded and settled."""

    search: Search
    backend: Backend
    ranker: Ranker | None
    request: GenerationRequest
    recipe: Recipe


@dataclass(kw_only=True)
class Performance:
    """One job done once."""

    workers: Workers
    job: Job
    steps: Sequence[FinishStep]
    place: New | Again
    tell: OnEvent
    notes: list[str] = field(default_factory=list)
    """What could not be done as it was asked, in words for the user; it grows while the run lasts."""

    def perform(self) -> Result:
        """Make the candidates that are not there, and finish. Raises what ``Session.generate`` does."""
        workers, job = self.workers, self.job
        with workers.blaming():
            search = workers.search(job.search)
            sampler = workers.sampler(job.settings.sampler)
            workers.check_early(job.settings, sampler)
            adapters = find_adapters(job.prompt, workers.load)
        with self.place.opened(job.keep) as (output, ledger):
            with workers.blaming():
                loaded = self._load(search, sampler, adapters)
            run = self._begun(loaded, output, ledger)
            with keeping(run):
                self._spend(run, loaded)
                run.finish(self.steps, every=job.finish_all, strict=workers.registry.host.strict)
                if not run.finished:
                    raise self._nothing(run)
        workers.registry.host.notify("run_finished", recipe=run.recipe)
        return run.result()

    def _load(self, search: Search, sampler: SamplerSpec | None, adapters: tuple[Adapter, ...]) -> Loaded:
        """Load the model and the ranker, and settle what is left open."""
        workers, job = self.workers, self.job
        backend = workers.backend(self.tell)
        check_search(job.search, search, backend)
        check_variation(job.variation, backend)
        settled = backend.settle(job.settings)
        ranker = workers.ranker(self.tell)
        request = GenerationRequest(
            prompt=job.prompt,
            seeds=job.seeds,
            settings=settled,
            sampler=sampler,
            variation=job.variation,
            adapters=adapters,
            encode=workers.registry.encoder(),
        )
        plugins = workers.used.plugins(job.prompt)
        recipe = recipe_of(workers.model, request, backend, ranker, search, text_seed=job.text_seed, plugins=plugins)
        return Loaded(search=search, backend=backend, ranker=ranker, request=request, recipe=recipe)

    def _begun(self, loaded: Loaded, output: Output | None, ledger: Ledger | None) -> Run:
        """Begin the run, or take it up, and share its notes."""
        settled = replace(self.job, settings=loaded.request.settings)
        kept, past, said = self.place.kept(ledger, loaded.recipe, settled)
        plugin = self.workers.used.third_party("ranker")
        run = Run(loaded.recipe, self.job.prompt, loaded.ranker, output, self.tell, plugin=plugin, kept=kept, past=past)
        run.notes += [*self.notes, *said]
        self.notes = run.notes
        return run

    def _spend(self, run: Run, loaded: Loaded) -> None:
        """Spend the candidates. A plugin that fails on the way ends that: what is finished is kept, the others are
        lost, and told; PluginError where nothing is."""
        parts = parts_left(loaded.search, loaded.request, run.past.candidates)
        run.recall(rerun(parts))
        try:
            with self.workers.blaming():
                for part in parts:
                    found = loaded.search.run(
                        loaded.backend,
                        part.request(loaded.request),
                        score=run.score,
                        on_step=part.told(run.step),
                        note=run.notes.append,
                    )
                    for candidate in found:
                        if not isinstance(candidate, Candidate):
                            raise TypeError(f"{type(candidate).__name__} came in place of a candidate")
                        run.take(part.placed(candidate))
        except PluginError as error:
            if not run.has_pictures:
                raise
            run.lose_others(loaded.request, error)
        run.close()

    def _nothing(self, run: Run) -> GenerationError:
        outcomes = ", ".join(sorted({candidate.outcome for candidate in run.candidates})) or "none came"
        told = "".join(
            f" {title} took part: try without it." for title in self.workers.used.titles("search", "backend", "sampler")
        )
        return GenerationError(
            f"None of {run.recipe.candidates} candidates could be finished ({outcomes}).",
            hint=f"Try a smaller size or batch, another seed, or --dtype float32.{told}",
        )
