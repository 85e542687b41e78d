import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from promptkit import machine
from promptkit.backends.catalogue import CATALOGUE, memory_gib
from promptkit.cli import output
from promptkit.cli.app import app
from promptkit.errors import UnknownNameError
from promptkit.machine import Machine
from promptkit.models import resolve_model
from promptkit.records import HUB_RANKER, ModelSpec
from promptkit.session import Session
from tests.backends import adapter_files


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_every_alias_says_what_it_is_what_it_may_and_what_it_needs():
    for spec in CATALOGUE:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", spec.source)
        assert spec.licence
        assert spec.summary
        assert spec.memory_gib > 2
        assert spec.ranker == HUB_RANKER
        assert spec.settings.width == spec.settings.height
        assert spec.settings.width % 16 == 0
        assert spec.settings.num_inference_steps
        assert spec.settings.guidance_scale is not None
        assert spec.settings.sampler is None
    assert len({spec.name for spec in CATALOGUE}) == len({spec.source for spec in CATALOGUE}) == len(CATALOGUE)


def test_memory_is_two_bytes_a_parameter_and_room_to_work():
    assert memory_gib(3.5) == 8.5
    assert memory_gib(1.0) == 4.0


def test_the_list_as_a_document(monkeypatch):
    monkeypatch.setattr(machine, "this_machine", lambda: Machine(ram=24.0, gpu=12.0))
    found = json.loads(run("models", "--json").stdout)
    by_name = {entry["name"]: entry for entry in found["models"]}
    assert set(by_name) == {"embedded", *(spec.name for spec in CATALOGUE)}
    assert by_name["flux-schnell"]["settings"]["num_inference_steps"] == 4
    assert by_name["flux-dev"]["gated"] is True
    assert by_name["sdxl"]["lacks"] is None
    assert by_name["flux-dev"]["lacks"] == "needs 33.5 GiB of the GPU; here are 12"
    assert found["machine"] == {"ram": 24.0, "gpu": 12.0, "shared": False}


def test_the_list_as_a_table(monkeypatch):
    monkeypatch.setattr(output, "PIPED_WIDTH", 240)
    text = run("models").stdout
    assert "sdxl-turbo" in text
    assert "OpenRAIL" in text
    assert "1 step," in " ".join(text.split())


def test_without_an_accelerator_weights_take_twice_the_room():
    spec = ModelSpec(name="a", source="a/b", memory_gib=8.5)
    assert Machine(ram=16.0, gpu=None).lacks(spec) == "needs 17 GiB of memory, on the CPU; here are 16"
    assert Machine(ram=16.0, gpu=None, shared=True).lacks(spec) is None
    assert Machine(ram=16.0, gpu=8.0).lacks(spec) == "needs 8.5 GiB of the GPU; here are 8"
    assert Machine(ram=None, gpu=None).lacks(spec) is None


def test_the_driver_is_asked_for_the_largest_card(monkeypatch):
    monkeypatch.setattr(machine.shutil, "which", lambda _: "/bin/nvidia-smi")
    answer = subprocess.CompletedProcess([], 0, stdout="8192\n24576\n")
    monkeypatch.setattr(machine.subprocess, "run", lambda *_, **__: answer)
    assert machine.this_machine().gpu == 24.0

    def broken(*_, **__):
        raise subprocess.TimeoutExpired("nvidia-smi", 5)

    monkeypatch.setattr(machine.subprocess, "run", broken)
    assert machine.this_machine().gpu is None


def test_listing_models_imports_no_torch():
    script = "from promptkit.cli.app import app; import sys; app(['models', '--json'], standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"torch", "diffusers", "transformers"} & set(done.stderr.split())


def test_a_hub_id_of_the_list_has_its_settings(registry):
    found = resolve_model("stabilityai/sdxl-turbo@abc", registry)
    assert (found.name, found.revision, found.settings.num_inference_steps) == ("sdxl-turbo", "abc", 1)
    with pytest.raises(UnknownNameError) as caught:
        resolve_model("flux-devv", registry)
    assert "flux-dev" in caught.value.suggestions


def test_a_lora_by_the_command_line(checkpoint, tmp_path):
    model = str(checkpoint("stable_diffusion"))
    with Session(model, ranker="none", device="cpu") as session:
        pipeline = session.backend().pipeline
    adapter_files.save_peft_lora(pipeline, tmp_path / "fur.safetensors")
    given = ["--model", model, "--ranker", "none", "--candidates", "1", "--steps", "2", "--device", "cpu", "--json"]
    given += ["--loras", str(tmp_path), "--out", str(tmp_path / "out")]
    done = run("generate", "a dog <lora:fur:0.7>", *given)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["recipe"]["model"]["adapters"][0]["weight"] == 0.7


def test_loading_options_that_cannot_be_followed(checkpoint, tmp_path):
    given = ["--model", str(checkpoint("stable_diffusion")), "--ranker", "none", "--out", str(tmp_path / "out")]
    for options, said in ((["--offload", "model", "--device", "cpu"], "offload"), (["--dtype", "int4"], "int4")):
        script = [sys.executable, "-m", "promptkit", "generate", "a dog", *given, *options]
        done = subprocess.run(script, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
