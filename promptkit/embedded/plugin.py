"""The embedded model under its name: a model id like any other, not a backend of its own."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit.embedded import pipeline_path
from promptkit.embedded.words import RELATED, VOCABULARY
from promptkit.hookspecs import hookimpl
from promptkit.records import GenerationSettings, ModelSpec

EMBEDDED = ModelSpec(
    name="embedded",
    source=str(pipeline_path()),
    settings=GenerationSettings(
        width=128, height=128, num_inference_steps=16, guidance_scale=3.0, sampler="dpmpp_2m", batch_size=16
    ),
    ranker="clip:embedded",
    licence="Apache-2.0",
    memory_gib=0.5,
    summary="tiny, 128×128, in the package: knows 16 subjects, 8 colours, 6 styles, 6 lightings, 6 camera set-ups",
    vocabulary=VOCABULARY,
    related=RELATED,
)


@hookimpl(trylast=True)
def register_models() -> Sequence[ModelSpec]:
    return [EMBEDDED]
