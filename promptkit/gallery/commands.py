"""The command lines that make a picture once more, safe to paste into a shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promptkit.commanding import command_line, shell_word
from promptkit.finish import spoken
from promptkit.metadata import Provenance
from promptkit.metadata.values import mapping, number, sequence, text, whole
from promptkit.records import BEST_OF_N

LONGEST = 32 * 1024
"""Bytes of a prompt that ``promptkit generate`` takes."""
OPTIONS = (("--steps", "num_inference_steps"), ("--width", "width"), ("--height", "height"))


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command line with what is said of it."""

    label: str
    text: str


def commands(said: Provenance | None, file: str) -> tuple[Command, ...]:
    """Return what makes a picture again: this one from its file, and the run that it came from, where the prompt can
    be typed."""
    if said is None or not said.prompt:
        return ()
    place = shell_word(file)
    again = [Command(label="This picture again", text=f"promptkit reproduce {place}")] if place else []
    prompt = _prompt(said)
    options = _ours(said) if said.recipe is not None else _others(said)
    short = len(prompt.encode("utf-8", "replace")) <= LONGEST
    line = command_line("generate", options, [prompt]) if short else None
    if line is None:
        return tuple(again)
    label = "The run that made it" if said.recipe is not None else "The nearest that promptkit can do"
    return (*again, Command(label=label, text=line))


def _prompt(said: Provenance) -> str:
    """Return what is typed: the words that the model was given, where styles added some, or a template chose."""
    recipe = said.recipe or {}
    added = recipe.get("styles") or recipe.get("drawn_from")
    return (text(recipe.get("resolved")) or said.prompt) if added else said.prompt


def _ours(said: Provenance) -> dict[str, Any]:
    """Return the options of a run of promptkit's. A recipe keeps no styles' weights, so their words stand in the
    prompt."""
    recipe = mapping(said.recipe)
    variation, ranker, search = (mapping(recipe.get(name)) for name in ("variation", "ranker", "search"))
    return {
        "--negative": text(recipe.get("negative")),
        "--dialect": None if said.dialect == "a1111" else said.dialect,
        "--candidates": whole(recipe.get("candidates")),
        "--seed": whole(recipe.get("seed")),
        "--variation-seed": whole(variation.get("seed")),
        "--variation-strength": number(variation.get("strength")),
        "--model": _model(said),
        "--ranker": _named(ranker, "model") if ranker else "none",
        "--search": _search(search),
        "--sampler": said.settings.get("sampler"),
        **_numbers(said),
        "--batch-size": said.settings.get("batch_size"),
        "--weighting": said.settings.get("weighting"),
        "--finish": _chain(said),
    }


def _others(said: Provenance) -> dict[str, Any]:
    """Return options for a picture of another tool."""
    return {
        "--negative": said.negative or None,
        "--dialect": None if said.dialect == "a1111" else said.dialect,
        "--candidates": 1,
        "--seed": said.seed,
        "--model": _model(said),
        "--sampler": said.sampler,
        **_numbers(said),
    }


def _numbers(said: Provenance) -> dict[str, Any]:
    sizes = {option: said.settings.get(name) for option, name in OPTIONS}
    return {**sizes, "--guidance": said.settings.get("guidance_scale")}


def _model(said: Provenance) -> str | None:
    name = text(said.model.get("name"))
    return None if name == "embedded" else name


def _named(found: Mapping[str, Any], detail: str) -> str | None:
    name, second = text(found.get("name")), text(found.get(detail))
    return f"{name}:{second}" if name and second else name


def _search(found: Mapping[str, Any]) -> str | None:
    name = text(found.get("name"))
    if name is None or name == BEST_OF_N:
        return None
    shares = [f"{share:g}" for share in sequence(found.get("schedule")) if number(share) is not None]
    return f"{name}:{','.join(shares)}" if shares else name


def _chain(said: Provenance) -> str | None:
    whole_ones = [step for step in said.finish if isinstance(step.get("settings"), dict)]
    return spoken(whole_ones) or None
