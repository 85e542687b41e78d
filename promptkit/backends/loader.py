"""The built-in way to load models: any text-to-image pipeline of diffusers."""

from __future__ import annotations

from promptkit.backends.abilities import missing
from promptkit.backends.devices import remarks
from promptkit.backends.diffusers import DiffusersBackend
from promptkit.backends.limits import check_early
from promptkit.backends.loading import load_pipeline
from promptkit.backends.preview_vae import offer_preview_vae
from promptkit.records import GenerationSettings, LoadOptions, ModelSpec, SamplerSpec


class DiffusersLoader:
    """Loads pipelines of diffusers from a folder, a file or the hub: safetensors only, never remote code."""

    name = "diffusers"

    def load(self, model: ModelSpec, options: LoadOptions | None = None) -> DiffusersBackend:
        """Load ``model``. Raises ModelError, and SettingsError for options that this machine cannot follow."""
        wanted = options or LoadOptions()
        pipeline = load_pipeline(model.source, revision=model.revision, options=wanted)
        offer_preview_vae(pipeline, model.source, wanted.preview_vae)
        dtype = str(pipeline.dtype).removeprefix("torch.")
        return DiffusersBackend(pipeline, model, [*remarks(str(pipeline.device), dtype), *missing(pipeline)])

    def check(self, model: ModelSpec, settings: GenerationSettings, sampler: SamplerSpec | None) -> None:
        """Refuse what a model in a folder cannot do before it is loaded. Raises SettingsError and ModelError."""
        check_early(model.source, model.name, settings, sampler)
