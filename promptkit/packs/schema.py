"""The shape of a pack file. Import this only to validate: it brings pydantic with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from promptkit.errors import PackError
from promptkit.packs.yaml_reader import Document

MAX_TEXT = 2000
MAX_WEIGHT = 10.0


def _listed(value: Any) -> Any:
    """Take a single text where a list is meant."""
    return [value] if isinstance(value, (str, dict)) else value


def _nullable(value: Any) -> Any:
    return None if value in ("null", "~", "") else value


def _weighted(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
Text = Annotated[
    str, Field(min_length=1, max_length=MAX_TEXT, pattern=r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$")
]
Texts = Annotated[list[Text], BeforeValidator(_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WeightedModel(_Strict):
    """Words with an attention weight; 1 is neutral."""

    text: Text
    weight: Annotated[float, Field(ge=-MAX_WEIGHT, le=MAX_WEIGHT, allow_inf_nan=False)] = 1.0


Phrases = Annotated[list[Annotated[WeightedModel, BeforeValidator(_weighted)]], BeforeValidator(_listed)]


class SettingsModel(_Strict):
    """Numbers that suit the style; what the user sets counts more."""

    guidance_scale: Annotated[float | None, BeforeValidator(_nullable), Field(ge=0, le=50)] = None
    num_inference_steps: Annotated[int | None, BeforeValidator(_nullable), Field(ge=1, le=1000)] = None
    width: Annotated[int | None, BeforeValidator(_nullable), Field(ge=8, le=8192)] = None
    height: Annotated[int | None, BeforeValidator(_nullable), Field(ge=8, le=8192)] = None
    model: Annotated[Text | None, BeforeValidator(_nullable)] = None
    sampler: Annotated[Text | None, BeforeValidator(_nullable)] = None


class DefaultsModel(_Strict):
    """What every style of the pack inherits."""

    negative: Texts = []
    settings: SettingsModel = SettingsModel()


class StyleModel(_Strict):
    """One style."""

    title: Text
    summary: Text | None = None
    extends: Annotated[str | None, Field(pattern=r"^[a-z0-9-]+(/[a-z0-9-]+)?$")] = None
    subject: Text | None = None
    style: Phrases = []
    lighting: Phrases = []
    camera: Phrases = []
    negative: Texts = []
    choices: dict[Name, Texts] = {}
    conflicts: Texts = []
    settings: SettingsModel = SettingsModel()
    finish: Annotated[list[dict[str, Any] | str], BeforeValidator(_listed)] = []
    template: Text | None = None


class PackModel(_Strict):
    """A pack file, format 1."""

    promptkit: Literal["1"]
    name: Name
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+")]
    title: Text
    summary: Text = ""
    license: Text = "CC0-1.0"
    defaults: DefaultsModel = DefaultsModel()
    styles: Annotated[dict[Name, StyleModel], Field(min_length=1)]
    vocabulary: dict[Name, Texts] = {}


def validate(document: Document) -> PackModel:
    """Check a read file. Raises the first PackError, with the others counted in its message; see ``problems``."""
    found = problems(document)
    if found:
        first = found[0]
        if len(found) > 1:
            first.message += f" (and {len(found) - 1} more)"
        raise first
    return PackModel.model_validate(document.value)


def problems(document: Document) -> list[PackError]:
    """Return everything that is wrong with a read file, in order of its lines."""
    if not isinstance(document.value, dict):
        return [document.error((), "a pack is a mapping of keys", "Begin with `promptkit: 1`.")]
    try:
        model = PackModel.model_validate(document.value)
    except ValidationError as error:
        found = [_explain(document, problem) for problem in error.errors()]
    else:
        found = list(_brace_problems(document, model))
    return sorted(found, key=lambda problem: (problem.line or 0, problem.column or 0))


def _explain(document: Document, problem: Any) -> PackError:
    place = tuple(part for part in problem["loc"] if part not in ("function-before", "str"))
    if problem["type"] == "extra_forbidden":
        known = _known_keys(place[:-1])
        near = _near(str(place[-1]), known)
        cure = f"Did you mean '{near}'?" if near else f"Known keys: {', '.join(known)}."
        return document.error(place, "unknown key", cure)
    if problem["type"] == "missing":
        return document.error(place, "is missing", f"Add `{place[-1]}:`.")
    if problem["type"] == "literal_error" and place == ("promptkit",):
        return document.error(
            place, f"format {problem['input']!r} is not known", "This promptkit reads `promptkit: 1`."
        )
    return document.error(place, str(problem["msg"]), _cure(problem["type"]))


def _near(name: str, known: Sequence[str]) -> str | None:
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    hit = process.extractOne(name, known, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=0.6)
    return hit[0] if hit else None


def _cure(kind: str) -> str | None:
    return {
        "string_type": "Quote it: text with : or { } reads as something else.",
        "string_pattern_mismatch": "Names are a-z, 0-9 and -; texts hold no control characters; versions are 1.0.0.",
        "float_parsing": "Write a plain number.",
        "int_parsing": "Write a whole number.",
    }.get(kind)


def _known_keys(place: tuple[Any, ...]) -> list[str]:
    model: type[BaseModel] = PackModel
    if place[:1] == ("defaults",):
        model = SettingsModel if place[-1] == "settings" else DefaultsModel
    elif len(place) >= 2 and place[0] == "styles":
        model = {"settings": SettingsModel}.get(str(place[-1]), StyleModel if len(place) == 2 else WeightedModel)
    return list(model.model_fields)


_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def _brace_problems(document: Document, model: PackModel) -> list[PackError]:
    """Braces name a slot or one of the style's choices, and nothing else."""
    found = []
    for name, style in model.styles.items():
        inherited = style.extends is not None
        for place, text, names in _braced_texts(name, style):
            for match in _BRACES.finditer(text):
                inner = match.group(1)
                if inner is None or (inner not in names and not inherited):
                    near = _near(inner or "", sorted(names))
                    cure = (
                        f"Did you mean '{{{near}}}'?"
                        if near
                        else f"Here braces may name: {', '.join(sorted(names)) or 'nothing'}."
                    )
                    found.append(document.error(place, f"'{match.group()}' names no choice", cure))
    return found


def _braced_texts(name: str, style: StyleModel) -> list[tuple[tuple[str | int, ...], str, set[str]]]:
    at = ("styles", name)
    choices = set(style.choices)
    texts: list[tuple[tuple[str | int, ...], str, set[str]]] = []
    if style.subject is not None:
        texts.append(((*at, "subject"), style.subject, choices | {"subject"}))
    for slot in ("style", "lighting", "camera"):
        texts += [((*at, slot, i), phrase.text, choices) for i, phrase in enumerate(getattr(style, slot))]
    texts += [((*at, "negative", i), text, choices) for i, text in enumerate(style.negative)]
    return texts
