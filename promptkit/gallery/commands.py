"""The command lines that make a picture once more, safe to paste into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from promptkit.finish import spoken
from promptkit.metadata import Provenance
from promptkit.metadata.values import mapping, number, sequence, text, whole
from promptkit.records import BEST_OF_N
from promptkit.terminal import visible

LONGEST = 32 * 1024
"""Bytes of a prompt that ``promptkit generate`` takes."""
OPTIONS = (("--steps", "num_inference_steps"), ("--width", "width"), ("--height", "height"))


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command line with what is said of it."""

    label: str
    text: str


def shell_word(word: str) -> str | None:
    r"""Return a word as a shell is given it; ``None`` for what no command line can hold: NUL and halves of characters.

    Line ends and signs that do not show are written as bash and zsh read them, ``$'\u202e'``, so that what is copied is
    what is seen."""
    if "\0" in word or any("\ud800" <= char <= "\udfff" for char in word):
        return None
    if word == visible(word) and "\n" not in word:
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    if char == visible(char):
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def commands(said: Provenance | None, file: str) -> tuple[Command, ...]:
    """Return what makes a picture again: this one from its file, and the run that it came from, where the prompt can
    be typed."""
    if said is None or not said.prompt:
        return ()
    place = shell_word(file)
    again = [Command(label="This picture again", text=f"promptkit reproduce {place}")] if place else []
    words = [*_ours(said)] if said.recipe is not None else [*_others(said)]
    prompt = _prompt(said)
    quoted = [shell_word(word) for word in words] if len(prompt.encode("utf-8", "replace")) <= LONGEST else [None]
    end = shell_word(prompt)
    if end is None or None in quoted:
        return tuple(again)
    last = f"-- {end}" if prompt.startswith("-") else end
    label = "The run that made it" if said.recipe is not None else "The nearest that promptkit can do"
    line = " ".join(("promptkit generate", *map(str, quoted), last))
    return (*again, Command(label=label, text=line))


def _prompt(said: Provenance) -> str:
    """Return what is typed: the words that the model was given, where styles added some, or a template chose."""
    recipe = said.recipe or {}
    added = recipe.get("styles") or recipe.get("drawn_from")
    return (text(recipe.get("resolved")) or said.prompt) if added else said.prompt


def _ours(said: Provenance) -> Iterator[str]:
    """Yield the options of a run of promptkit's. A recipe keeps no styles' weights, so their words stand in the
    prompt."""
    recipe = mapping(said.recipe)
    variation, ranker, search = (mapping(recipe.get(name)) for name in ("variation", "ranker", "search"))
    yield from _options(
        {
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
    )


def _others(said: Provenance) -> Iterator[str]:
    """Yield options for a picture of another tool."""
    yield from _options(
        {
            "--negative": said.negative or None,
            "--dialect": None if said.dialect == "a1111" else said.dialect,
            "--candidates": 1,
            "--seed": said.seed,
            "--model": _model(said),
            "--sampler": said.sampler,
            **_numbers(said),
        }
    )


def _options(found: Mapping[str, Any]) -> Iterator[str]:
    for name, value in found.items():
        if value is None:
            continue
        if str(value).startswith("-"):
            yield f"{name}={value}"
        else:
            yield from (name, str(value))


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
