"""Making pictures once more: run as planned, compared with what they were, written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.blame import takes_part
from promptkit.errors import GenerationError
from promptkit.finish import Finished, run_chain
from promptkit.metadata import write_png
from promptkit.output import write_file
from promptkit.recipes import changed_facts, environment_of, model_facts, recipe_of
from promptkit.records import BEST_OF_N, FINISHED, Candidate, GenerationRequest, Recipe
from promptkit.registry import Registry
from promptkit.reproduce.compare import Comparison, compare
from promptkit.reproduce.planning import Plan, Planner, Wanted
from promptkit.run import OnEvent, Ready
from promptkit.search import check_variation, choose_search
from promptkit.workers import NO_RANKER

if TYPE_CHECKING:
    from PIL.Image import Image

SHORT_HASH = 10
"""Hex digits of a SHA-256 by which other tools name models."""


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """A picture that was made once more."""

    plan: Plan
    image: Image
    """With the post-processors that were run on it."""
    candidate: Candidate
    """As the new file tells of it; with its scores where it was scored."""
    recipe: Recipe
    comparison: Comparison | None
    """With the picture as it was; ``None`` where another one was asked for."""
    differs: tuple[str, ...] = ()
    """Which facts of the model and the machine are others now, in words for the user."""
    notes: tuple[str, ...] = ()
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Of a change: ``before``, the picture as it was by its own words; ``by_new_words``, the same by the new ones;
    ``after``, the new picture. Empty where nothing was scored."""
    path: Path | None = None
    """The file that was written."""

    @property
    def same(self) -> bool:
        """Whether the picture came out as it was: bit for bit, or within one level."""
        return self.comparison is not None and self.comparison.close


class Reproducer:
    """Makes any number of pictures once more, each by what it says itself."""

    def __init__(
        self, wanted: Wanted | None = None, *, registry: Registry | None = None, on_event: OnEvent | None = None
    ) -> None:
        self.wanted = wanted or Wanted()
        self.registry = registry or Registry()
        self._tell = on_event
        self._planner = Planner(self.wanted, self.registry)

    def plan(self, picture: str | Path) -> Plan:
        """Read a picture and find all that its making takes; nothing is loaded. See ``Planner.plan``."""
        return self._planner.plan(Path(picture))

    def run(self, plan: Plan) -> Reproduction:
        """Make a picture as planned. Raises what keeps it from being made: SettingsError, ModelError, PluginError,
        GenerationError."""
        if plan.blocked is not None:
            raise plan.blocked
        request = self._request(plan)
        made = _finished(plan.session.denoise(request, self._tell))
        found = self._settled(plan, request, made)
        if self._tell is not None:
            self._tell(Ready(made))
        return found

    def write(self, made: Reproduction, folder: Path | None = None) -> Reproduction:
        """Write a picture beside the one that it was made after, or into ``folder``. Raises OutputError."""
        plan = made.plan
        ending = "changed" if self.wanted.varied else "reproduced"
        path = (folder or plan.picture.parent) / f"{plan.picture.stem}-{ending}.png"
        return replace(
            made, path=write_file(path, lambda handle: write_png(handle, made.image, made.recipe, made.candidate))
        )

    def _request(self, plan: Plan) -> GenerationRequest:
        backend = plan.session.backend(self._tell)
        check_variation(plan.variation, backend)
        settings = backend.settle(plan.settings)
        origin = plan.origin
        if origin is not None and plan.pad:
            settings = replace(settings, batch_size=origin.batch_size)
        return GenerationRequest(
            prompt=plan.prompt,
            seeds=(plan.seed,),
            settings=settings,
            sampler=plan.session.sampler(settings.sampler),
            variation=plan.variation,
            pad=plan.pad,
            shrink=origin.shrunk if origin is not None and plan.pad else (),
            adapters=plan.adapters,
            encode=self.registry.encoder(),
        )

    def _settled(self, plan: Plan, request: GenerationRequest, made: Candidate) -> Reproduction:
        """Finish, compare and score what was made, and say how."""
        assert made.image is not None
        judge = None
        if plan.recorded is None and plan.steps and plan.session.ranker_name != NO_RANKER:
            judge = plan.session.judge(plan.prompt)
        strict = self.registry.host.strict
        done = run_chain(made.image, plan.steps, seed=plan.seed, strict=strict, judge=judge)
        comparison = None if self.wanted.varied else compare(plan.opened.image, done.image)
        if plan.recorded is None:
            scores, candidate = self._scored(plan, made, done.image)
            recipe = self._own_recipe(plan, request, done)
        else:
            scores, candidate = {}, replace(plan.recorded.candidate, image=made.image)
            recipe = _recipe_now(plan, done, same=comparison is not None and comparison.identical)
            if comparison is not None and not comparison.identical:
                candidate = _rescored(plan, candidate, made)
        differs = _other_model(plan) if plan.recorded is None else tuple(_facts(plan, recipe))
        return Reproduction(
            plan=plan,
            image=done.image,
            candidate=candidate,
            recipe=recipe,
            comparison=comparison,
            differs=differs,
            notes=(*plan.notes, *plan.session.notes(), *done.notes, *done.failed, *done.lowered),
            scores=scores,
        )

    def _scored(self, plan: Plan, made: Candidate, image: Image) -> tuple[Mapping[str, Mapping[str, float]], Candidate]:
        """Score a picture of its own: beside the one that it was made after, where a change was asked for."""
        session = plan.session
        if session.ranker_name == NO_RANKER:
            return {}, made
        assert made.image is not None
        own, after = session.rank(plan.prompt, [made.image, image])
        scores = {"after": dict(after.scores)}
        if self.wanted.varied:
            old = plan.opened.rgb
            scores["before"] = dict(session.rank(plan.before, [old])[0].scores)
            scores["by_new_words"] = dict(session.rank(plan.prompt, [old])[0].scores)
        return scores, replace(made, scores=dict(own.scores))

    def _own_recipe(self, plan: Plan, request: GenerationRequest, done: Finished) -> Recipe:
        session = plan.session
        search = choose_search(BEST_OF_N, self.registry, ranked=session.ranker_name != NO_RANKER)
        backend, ranker = session.backend(), session.ranker()
        plugins = session.plugins(plan.prompt)
        recipe = recipe_of(session.model, request, backend, ranker, search, text_seed=0, plugins=plugins)
        return replace(recipe, finish=tuple(step.to_json() for step in done.steps))


def _finished(candidates: list[Candidate]) -> Candidate:
    """Return the one candidate. Raises GenerationError where it came to nothing."""
    made = candidates[0] if candidates else None
    if made is None or made.outcome != FINISHED or made.image is None:
        outcome = "nothing came" if made is None else made.outcome
        raise GenerationError(
            f"The picture could not be made once more: {outcome}.",
            hint="Where memory is short: --alone runs it by itself. --dtype float32 where numbers overflow.",
        )
    return made


def _recipe_now(plan: Plan, done: Finished, *, same: bool) -> Recipe:
    """Return the picture's recipe with the model, the machine and the versions of today, which are those of then where
    nothing changed; of the same pixels what was measured and scored in finishing is the same too."""
    assert plan.recorded is not None
    then = plan.recorded.recipe
    backend = plan.session.backend()
    model = model_facts(plan.session.model, backend, plan.adapters)
    if model["hash"] is not None and model["hash"] == then.model.get("hash"):
        model = dict(then.model)
    steps = [step.to_json() for step in done.steps]
    if same and len(steps) == len(then.finish):
        steps = [{**was, "settings": step["settings"]} for was, step in zip(then.finish, steps, strict=True)]
    return replace(
        then, model=model, environment=environment_of(backend), plugins=_plugins(plan, then), finish=tuple(steps)
    )


def _plugins(plan: Plan, then: Recipe) -> dict[str, str]:
    """Return the plugins that took part then and are here, and those that take part now, with today's versions."""
    records = plan.session.registry.host.records
    there = {name: records[name].version for name in then.plugins if name in records and takes_part(records[name])}
    return {**there, **plan.session.plugins(plan.prompt)}


def _rescored(plan: Plan, candidate: Candidate, made: Candidate) -> Candidate:
    """Return a candidate whose pixels are others than they were, with scores of its own."""
    assert made.image is not None
    if plan.session.ranker_name == NO_RANKER:
        return replace(candidate, scores={})
    (scored,) = plan.session.rank(plan.prompt, [made.image])
    return replace(candidate, scores=dict(scored.scores), batch_size=made.batch_size, shrunk=made.shrunk)


def _facts(plan: Plan, now: Recipe) -> list[str]:
    """Say what is otherwise now, of those facts that decide the bits."""
    assert plan.recorded is not None
    told = changed_facts(plan.recorded.recipe, now)
    for then, step in zip(plan.recorded.steps, plan.steps, strict=False):
        if then.get("version") != step.version:
            told.append(f"{step.name} of {step.plugin} was {then.get('version')} and is {step.version}")
    if not plan.pad and plan.recorded.candidate.batch_size > 1:
        told.append(f"it was denoised in a batch of {plan.recorded.candidate.batch_size} and is by itself")
    return told


def _other_model(plan: Plan) -> tuple[str, ...]:
    """Say whether the model is the one that another tool names, as far as a hash tells."""
    if not plan.model_hash:
        return ()
    source, wanted = Path(plan.session.model.source), plan.model_hash.lower()
    here = plan.session.backend().describe().get("hash")
    if not source.is_file() or not isinstance(here, str) or len(wanted) < SHORT_HASH:
        return (f"whether the model is the one with the hash {wanted[:12]} cannot be told",)
    return () if here.startswith(wanted) else (f"the model's hash was {wanted[:12]} and is {here[:12]}",)
