"""The built-in way to load models: any text-to-image pipeline of diffusers."""

from __future__ import annotations

from promptkit.backends.diffusers import DiffusersBackend
from promptkit.backends.loading import load_pipeline
from promptkit.records import LoadOptions, ModelSpec


class DiffusersLoader:
    """Loads pipelines of diffusers from a folder, a file or the hub: safetensors only, never remote code."""

    name = "diffusers"

    def load(self, model: ModelSpec, options: LoadOptions | None = None) -> DiffusersBackend:
        """Load ``model``. Raises ModelError, and SettingsError for options that this machine cannot follow."""
        wanted = options or LoadOptions()
        pipeline = load_pipeline(model.source, revision=model.revision, device=wanted.device, dtype=wanted.dtype)
        return DiffusersBackend(pipeline, model)
