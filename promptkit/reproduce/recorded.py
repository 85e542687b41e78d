"""A recipe out of a picture, read back into records. It is data of an unknown hand: what a run would take of it is
checked before anything is loaded."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from promptkit.asked import check_settings, seeds_of, variation_of
from promptkit.dialects import parse
from promptkit.errors import MetadataError, PromptkitError
from promptkit.metadata import Provenance
from promptkit.prompt import Phrase, Prompt
from promptkit.records import Adapter, Candidate, GenerationSettings, Recipe, Variation

MAX_BATCH = 1024
"""The largest recorded batch that is filled up again: of any size, all its rows are denoised for one picture."""
MAX_WEIGHT = 1e6
HINT = "It was changed, or is not of promptkit's hand. promptkit inspect shows what it says."
WHOLE = {"num_inference_steps", "width", "height", "batch_size"}


@dataclass(frozen=True, kw_only=True)
class RecordedPrompt(Prompt):
    """A prompt whose text for the model is kept in full: what styles said word for word round it, or cut out of it,
    does not follow from its phrases."""

    given: str = ""

    @cached_property
    def resolved(self) -> str:
        return self.given


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One candidate of a run, as its picture tells of it."""

    recipe: Recipe
    candidate: Candidate
    """Without its image."""
    prompt: Prompt
    settings: GenerationSettings
    variation: Variation | None
    steps: tuple[Mapping[str, Any], ...]
    """The post-processors that were run on it, in order."""


def read_recorded(said: Provenance, read: Callable[[str, str], Prompt], *, alone: bool = False) -> Recorded:
    """Return what a picture of ours tells, checked; ``read`` reads a text of a dialect where the recipe has no phrases,
    and ``alone`` does not mind how large its batch was.

    Raises MetadataError where that cannot be run: a wrong shape, numbers out of range, nothing said of the candidate.
    """
    try:
        recipe = Recipe.from_json(said.recipe or {})
        candidate = _candidate(said.candidate or {}, alone=alone)
        settings = _settings(recipe.settings)
        check_settings(replace(settings, batch_size=candidate.batch_size))
        strength = (recipe.variation or {}).get("strength")
        second = variation_of(candidate.variation_seed, strength, 1)
        _check_shrunk(candidate, settings.num_inference_steps or 1)
        prompt = _prompt(recipe, read)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MetadataError(f"The recipe in the picture has a wrong shape: {_why(error)}.", hint=HINT) from error
    except MetadataError:
        raise
    except PromptkitError as error:
        raise MetadataError(f"The recipe in the picture cannot be followed. {error.message}", hint=HINT) from error
    return Recorded(
        recipe=recipe, candidate=candidate, prompt=prompt, settings=settings, variation=second, steps=said.finish
    )


def _why(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200].rstrip(".")


def _candidate(said: Mapping[str, Any], *, alone: bool) -> Candidate:
    if not said:
        raise MetadataError("The picture does not say which candidate of its run it is.", hint=HINT)
    second, size = said.get("variation_seed"), _whole(said.get("batch_size", 1))
    if size > MAX_BATCH and not alone:
        raise MetadataError(
            f"The picture says that it was denoised in a batch of {size:,}; up to {MAX_BATCH:,} are run again.",
            hint="Run it by itself: --alone. It may then differ by one grey level.",
        )
    return Candidate(
        index=_whole(said["index"]),
        seed=seeds_of(_whole(said["seed"]), 1)[0],
        image=None,
        batch_size=size,
        shrunk=tuple((_whole(after), _whole(left)) for after, left in said.get("shrunk") or ()),
        variation_seed=None if second is None else seeds_of(_whole(second), 1)[0],
        scores={str(slot): _number(score) for slot, score in dict(said.get("scores") or {}).items()},
    )


def _check_shrunk(candidate: Candidate, steps: int) -> None:
    """Refuse a batch that shrinks otherwise than from step to step, down to one row at least. Raises ValueError."""
    sizes = [candidate.batch_size, *(left for _, left in candidate.shrunk)]
    afters = [0, *(after for after, _ in candidate.shrunk), steps + 1]
    if any(low >= high for low, high in pairwise(afters)) or any(b <= a for b, a in pairwise(sizes)) or sizes[-1] < 1:
        raise ValueError(f"a batch of {candidate.batch_size} does not shrink as {candidate.shrunk} says")


def _settings(said: Mapping[str, Any]) -> GenerationSettings:
    """Return settings; names that a newer promptkit might have are no reason to give another picture in silence."""
    known = {one.name for one in fields(GenerationSettings)}
    if unknown := sorted(set(said) - known):
        raise ValueError(f"unknown settings {', '.join(map(repr, unknown[:3]))}")
    for name, value in said.items():
        kind: type | tuple[type, ...] = int if name in WHOLE else (int, float) if name == "guidance_scale" else str
        if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
            raise TypeError(f"{name}={value!r}")
    return GenerationSettings(**said)


def _prompt(recipe: Recipe, read: Callable[[str, str], Prompt]) -> Prompt:
    """Return the prompt, with the very texts that the model was given."""
    for text in (recipe.prompt, recipe.resolved, recipe.negative):
        parse(text, recipe.dialect)
    phrases = tuple(_phrase(said, len(recipe.prompt)) for said in recipe.phrases)
    if not phrases:
        phrases = read(recipe.prompt, recipe.dialect).phrases
    prompt = Prompt(
        text=recipe.prompt,
        phrases=phrases,
        negative_text=recipe.negative,
        dialect=recipe.dialect,
        styles=tuple(_text(style) for style in recipe.styles),
        drawn_from=None if recipe.drawn_from is None else _text(recipe.drawn_from),
    )
    return prompt if prompt.resolved == recipe.resolved else recorded_prompt(prompt, recipe.resolved)


def recorded_prompt(prompt: Prompt, given: str) -> Prompt:
    """Return a prompt that gives the model a text of its own."""
    kept = {one.name: getattr(prompt, one.name) for one in fields(Prompt)}
    return RecordedPrompt(**kept, given=given)


def _phrase(said: Mapping[str, Any], length: int) -> Phrase:
    start, end = said.get("start"), said.get("end")
    if (start is None) != (end is None) or (start is not None and not 0 <= _whole(start) < _whole(end) <= length):
        raise ValueError(f"a phrase from {start!r} to {end!r} of {length} characters")
    weight, sure = _number(said["weight"]), _number(said.get("confidence", 1.0))
    if abs(weight) > MAX_WEIGHT:
        raise ValueError(f"a weight of {weight:g}")
    return Phrase(
        text=_text(said["text"]),
        slot=_text(said["slot"]),
        weight=weight,
        start=start,
        end=end,
        source=_text(said.get("source", "")),
        hints={_text(slot): _text(to) for slot, to in dict(said.get("hints") or {}).items()},
        confidence=sure,
        reason=_text(said.get("reason", "")),
    )


def recorded_adapters(recipe: Recipe) -> list[Adapter]:
    """Return the LoRAs and textual inversions of a recipe, without their paths. Raises MetadataError."""
    try:
        return [
            Adapter(
                kind=_text(one["kind"]),
                name=_text(one["name"]),
                path="",
                sha256=_text(one["sha256"]),
                weight=_number(one.get("weight", 1.0)),
                text_weight=_number(one.get("text_weight", 1.0)),
            )
            for one in recipe.model.get("adapters") or ()
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise MetadataError(f"The recipe lists adapters in a wrong shape: {_why(error)}.", hint=HINT) from error


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{str(value)[:40]!r} is no whole number")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{str(value)[:40]!r} is no number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return value
