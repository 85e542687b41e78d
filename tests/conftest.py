"""Every test runs offline, in a home of its own, with promptkit's built-in plugins and no installed ones."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import pytest

from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry
from promptkit.testing import FakeBackend, FakePlugin

for _width in ("COLUMNS", "LINES"):  # pytest imports readline, which sets them for every process that is started here
    os.environ.pop(_width, None)
    os.unsetenv(_width)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("PROMPTKIT_HOME", str(tmp_path_factory.mktemp("home")))
    for name in ("PROMPTKIT_LOAD_PLUGINS", "PROMPTKIT_STRICT_PLUGINS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def warm_python() -> Iterator[str]:
    """Return a program that runs what ``sys.executable`` runs, with torch and diffusers imported already."""
    from tests import forked

    with forked.warm_python() as program:
        yield program


@pytest.fixture
def fake_backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture
def registry(fake_backend) -> Registry:
    """The built-in plugins and the fakes."""
    host = create_plugin_manager(entry_points=False)
    record = PluginRecord(name="fakes", version="1")
    host.register(FakePlugin(fake_backend), record)
    host.records[record.name] = record
    return Registry(host)


FAMILIES = (
    "stable_diffusion", "stable_diffusion_2", "consistency", "stable_diffusion_xl", "turbo", "stable_diffusion_3",
    "stable_diffusion_3_without_t5", "flux", "flux_schnell", "flux_2_klein", "sana", "z_image", "qwen_image", "pixart",
    "lumina_2",
)  # fmt: skip
"""Every family of models that a tiny checkpoint is made of."""


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """Return the folder of a family's tiny checkpoint, which is made when it is first asked for."""
    made = {}

    def folder(name: str) -> Path:
        if name not in made:
            from tests import checkpoints, transformer_checkpoints

            module = checkpoints if hasattr(checkpoints, f"save_{name}") else transformer_checkpoints
            made[name] = getattr(module, f"save_{name}")(tmp_path_factory.mktemp(name))
        return made[name]

    return folder


@pytest.fixture(scope="session")
def tiny_sd(tmp_path_factory) -> Path:
    from tests.checkpoints import save_stable_diffusion

    return save_stable_diffusion(tmp_path_factory.mktemp("sd"))


@pytest.fixture(scope="session")
def tiny_sdxl(tmp_path_factory) -> Path:
    from tests.checkpoints import save_stable_diffusion_xl

    return save_stable_diffusion_xl(tmp_path_factory.mktemp("sdxl"))


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory) -> Path:
    from tests.checkpoints import save_clip

    return save_clip(tmp_path_factory.mktemp("clip"))
