"""Loaded tiny pipelines: one for each family whose embeddings promptkit makes, and the embedded model, which is trained."""

import pytest
import torch

from promptkit.backends.diffusers import DiffusersBackend
from promptkit.backends.loader import DiffusersLoader
from promptkit.backends.preview_vae import PREVIEW_VAE
from promptkit.embedded import pipeline_path
from promptkit.records import LoadOptions, ModelSpec


def load(folder, **options) -> DiffusersBackend:
    return DiffusersLoader().load(ModelSpec(name="tiny", source=str(folder)), LoadOptions(device="cpu", **options))


def preview_side(backend, side) -> int:
    """How wide a preview of a picture is: the embedded model's small decoder shows half the side."""
    return side // 2 if getattr(backend.pipeline, PREVIEW_VAE, None) else side


@pytest.fixture(scope="session")
def loaded(tiny_sd, tiny_sdxl):
    found = {"sd": load(tiny_sd), "sdxl": load(tiny_sdxl), "embedded": load(pipeline_path())}
    for name, value in found["sd"].pipeline.text_encoder.named_parameters():
        if name.endswith("final_layer_norm.bias"):  # as if it were trained: the mean of what it gives is not 0
            torch.nn.init.normal_(value, std=0.3, generator=torch.Generator().manual_seed(0))
    return found


@pytest.fixture(params=["sd", "sdxl", "embedded"])
def backend(request, loaded) -> DiffusersBackend:
    return loaded[request.param]


@pytest.fixture
def pipeline(backend):
    return backend.pipeline
