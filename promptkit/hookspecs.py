"""The hooks: where a plugin comes in. Each registers; the Protocols of ``interfaces`` do the work.

Write ``from promptkit import hookimpl`` and a function of the same name and arguments; docs/plugins/hooks.md shows one
of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from promptkit.interfaces import BackendLoader, Expander, FaceDetector, PostProcessor, RankerLoader, SearchStrategy
from promptkit.records import ModelSpec, Recipe, SamplerSpec
from promptkit.slots.vocabulary import Vocabulary

if TYPE_CHECKING:
    import click

PROJECT = "promptkit"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_backends() -> Sequence[BackendLoader]:  # type: ignore[empty-body]
    """Return ways to load and run models."""


@hookspec
def register_models() -> Sequence[ModelSpec]:  # type: ignore[empty-body]
    """Return models under short names: what ``--model NAME`` stands for."""


@hookspec
def register_samplers() -> Sequence[SamplerSpec]:  # type: ignore[empty-body]
    """Return samplers: names for schedulers with their configuration."""


@hookspec
def register_expanders() -> Sequence[Expander]:  # type: ignore[empty-body]
    """Return makers of fuller prompts."""


@hookspec
def register_rankers() -> Sequence[RankerLoader]:  # type: ignore[empty-body]
    """Return ways to load rankers."""


@hookspec
def register_searches() -> Sequence[SearchStrategy]:  # type: ignore[empty-body]
    """Return ways to spend candidates: what ``--search NAME`` stands for."""


@hookspec
def register_postprocessors() -> Sequence[PostProcessor]:  # type: ignore[empty-body]
    """Return finishers of images."""


@hookspec
def register_face_detectors() -> Sequence[FaceDetector]:  # type: ignore[empty-body]
    """Return ways to find faces: what ``face:detector=NAME`` stands for."""


@hookspec
def register_style_packs() -> Sequence[Path]:  # type: ignore[empty-body]
    """Return folders that hold style packs (``*.yaml``)."""


@hookspec
def register_slot_vocabularies() -> Sequence[Vocabulary]:  # type: ignore[empty-body]
    """Return words that the slot parser should know."""


@hookspec
def register_commands() -> Sequence[click.Command]:  # type: ignore[empty-body]
    """Return click commands; they work on the command line and as console verbs."""


@hookspec(firstresult=True)
def classify_phrase(phrase: str, vocabulary: Vocabulary) -> str | None:
    """Return the slot of a phrase that the vocabulary does not know, or ``None`` to leave it to the next."""


@hookspec(firstresult=True)
def encode_prompt(prompt: str, negative: str, pipeline: Any) -> Mapping[str, Any] | None:
    """Return a diffusers pipeline's arguments for two prompts, or ``None`` to leave it to the next."""


@hookspec
def run_finished(recipe: Recipe) -> None:
    """Observe a run that has ended."""
