"""Pictures of other tools: what is followed, and every thing that cannot be, a line each."""

import json
import shlex

import pytest
from PIL import Image, PngImagePlugin

from promptkit.errors import SettingsError, UnknownNameError
from promptkit.records import GenerationSettings, LoadOptions
from promptkit.reproduce import Reproducer, Wanted

INFOTEXT = (
    "a red lighthouse, (golden hour:1.2)\nNegative prompt: fog\n"
    "Steps: 3, Sampler: Euler a, CFG scale: 6.5, Seed: 7, Size: 16x24, Model hash: 0123456789, Model: dream, "
)


@pytest.fixture
def foreign(tmp_path):
    def write(more="Version: v1.9.0", infotext=INFOTEXT):
        info = PngImagePlugin.PngInfo()
        info.add_text("parameters", infotext + more)
        path = tmp_path / "foreign.png"
        Image.new("RGB", (32, 48)).save(path, pnginfo=info)
        return path

    return write


def test_what_it_says_is_asked_of_the_model(foreign, registry, fake_backend):
    reproducer = Reproducer(Wanted(model="fake"), registry=registry)
    found = reproducer.write(reproducer.run(reproducer.plan(foreign())))
    (request,) = fake_backend.requests
    assert (request.prompt.resolved, request.prompt.negative_resolved) == ("a red lighthouse, (golden hour:1.2)", "fog")
    assert request.seeds == (7,)
    assert (request.settings.num_inference_steps, request.settings.guidance_scale) == (3, 6.5)
    assert (request.settings.width, request.settings.height, request.settings.sampler) == (16, 24, "euler_a")
    assert request.settings.weighting == "a1111"
    assert not request.pad
    assert found.path.name == "foreign-reproduced.png"
    assert not found.same
    again = Reproducer(registry=registry)
    assert again.run(again.plan(found.path)).comparison.identical


def test_the_model_has_to_be_named_and_a_plan_can_be_had_without(foreign, registry):
    reproducer = Reproducer(registry=registry)
    plan = reproducer.plan(foreign())
    assert "the model name dream, hash 0123456789" in plan.cannot[0]
    words = shlex.split(plan.command)
    assert words[words.index("--model") + 1] == "MODEL"
    assert words[words.index("--negative") + 1] == "fog"
    assert words[-1] == "a red lighthouse, (golden hour:1.2)"
    with pytest.raises(SettingsError, match="where it lies") as caught:
        reproducer.run(plan)
    assert "--model" in caught.value.hint


def test_a_model_of_another_hash_is_told(foreign, registry):
    reproducer = Reproducer(Wanted(model="fake"), registry=registry)
    assert "cannot be told" in reproducer.run(reproducer.plan(foreign())).differs[0]


LINES = [
    ("Version: v1.9.0", "noise on the graphics card"),
    ("RNG: CPU, Version: v1.9.0", "draws its noise as promptkit does"),
    ("Version: Unheard 3.1", "not known how Unheard draws its noise"),
    ("Clip skip: 2", "Clip skip 2"),
    ("Hires upscale: 2, Hires upscaler: Latent, Denoising strength: 0.5", "second pass"),
    ("Denoising strength: 0.5", "from another picture"),
    ("ADetailer model: face_yolov8n.pt, ADetailer version: 24", "ADetailer"),
    ("ControlNet 0: \"Module: canny\"", "ControlNet"),
    ("Face restoration: GFPGAN", "Face restoration"),
    ("ENSD: 31337", "ENSD"),
    ("VAE: vae-ft-mse.safetensors, VAE hash: 735e4c3a44", "vae 'vae-ft-mse.safetensors' is not loaded"),
    ('Lora hashes: "ink: 0123456789ab"', "LoRA 'ink' is not here"),
    ('TI hashes: "easy: 0123456789ab"', "textual inversion 'easy'"),
    ("Dynamic thresholding enabled: True", "Not used: Dynamic thresholding enabled"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "line"), LINES)
def test_what_cannot_be_followed_is_a_line(foreign, registry, more, line):
    plan = Reproducer(Wanted(model="fake"), registry=registry).plan(foreign(more))
    assert sum(line in said for said in plan.cannot) == 1, plan.cannot


def test_a_plain_picture_has_one_line_about_noise_alone(foreign, registry):
    assert len(Reproducer(Wanted(model="fake"), registry=registry).plan(foreign()).cannot) == 1


def test_a_variation_is_followed(foreign, registry):
    plan = Reproducer(registry=registry).plan(foreign("Variation seed: 9, Variation seed strength: 0.25"))
    assert (plan.variation.seeds, plan.variation.strength) == ((9,), 0.25)
    assert "--variation-seed 9 --variation-strength 0.25" in plan.command


def test_a_sampler_that_is_refused_is_asked_for(foreign, registry):
    text = INFOTEXT.replace("Euler a", "DPM fast")
    reproducer = Reproducer(Wanted(model="fake"), registry=registry)
    plan = reproducer.plan(foreign(infotext=text))
    assert "diffusers has no DPM-Solver-fast" in plan.cannot[0]
    assert "--sampler" in plan.cannot[0]
    with pytest.raises(SettingsError):
        reproducer.run(plan)
    named = Reproducer(Wanted(model="fake", settings=GenerationSettings(sampler="dpmpp_2m")), registry=registry)
    assert named.run(named.plan(foreign(infotext=text))).recipe.settings["sampler"] == "dpmpp_2m"
    with pytest.raises(UnknownNameError):
        Reproducer(Wanted(settings=GenerationSettings(sampler="wobbly")), registry=registry).plan(foreign())


def test_what_is_not_said_is_taken_from_the_picture_and_the_model_and_told(foreign, registry, fake_backend):
    reproducer = Reproducer(Wanted(model="fake"), registry=registry)
    plan = reproducer.plan(foreign("", infotext="a lone prompt"))
    assert (plan.seed, plan.settings.width, plan.settings.height) == (0, 32, 48)
    told = " ".join(plan.cannot)
    assert all(line in told for line in ("names no seed", "names no sampler", "names no size"))
    reproducer.run(plan)
    assert fake_backend.requests[-1].settings.num_inference_steps == 2


def test_a_lora_that_is_not_here_is_told_in_the_plan_and_refused_in_the_run(foreign, registry):
    text = INFOTEXT.replace("a red", "<lora:ink:0.8> a red")
    reproducer = Reproducer(Wanted(model="fake"), registry=registry)
    plan = reproducer.plan(foreign(infotext=text))
    assert any("no LoRA named 'ink'" in line for line in plan.cannot)
    with pytest.raises(UnknownNameError, match="ink"):
        reproducer.run(plan)


def test_a_lora_that_is_listed_beside_the_prompt_is_put_on(foreign, registry, fake_backend, tmp_path):
    (tmp_path / "ink.safetensors").write_bytes(b"ink")
    wanted = Wanted(model="fake", load=LoadOptions(loras=(str(tmp_path),)))
    reproducer = Reproducer(wanted, registry=registry)
    plan = reproducer.plan(foreign('Lora hashes: "ink: 0123456789ab", Lora weights: "ink: 0.7"'))
    assert not any("LoRA" in line for line in plan.cannot)
    made = reproducer.write(reproducer.run(plan))
    (adapter,) = fake_backend.requests[-1].adapters
    assert (adapter.name, adapter.weight, adapter.path) == ("ink", 0.7, str(tmp_path / "ink.safetensors"))
    again = Reproducer(Wanted(load=wanted.load), registry=registry)
    assert again.run(again.plan(made.path)).differs == ()
    assert fake_backend.requests[-1].adapters == (adapter,)


def test_a_graph_of_comfyui_is_followed(registry, fake_backend, tmp_path):
    graph = {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "dream.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a (red:1.2) fox", "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["1", 1]}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 16, "height": 32, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": {
            "seed": 11, "steps": 2, "cfg": 4.5, "sampler_name": "euler", "scheduler": "karras", "denoise": 1,
            "model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0]}},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}},
    }  # fmt: skip
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", json.dumps(graph))
    Image.new("RGB", (16, 32)).save(tmp_path / "graph.png", pnginfo=info)
    reproducer = Reproducer(Wanted(model="fake"), registry=registry)
    plan = reproducer.plan(tmp_path / "graph.png")
    assert len(plan.cannot) == 1
    reproducer.run(plan)
    request = fake_backend.requests[-1]
    assert (request.prompt.resolved, request.prompt.negative_resolved) == ("a (red:1.2) fox", "blurry")
    assert (request.prompt.dialect, request.settings.weighting) == ("comfyui", "comfyui")
    assert (request.seeds, request.settings.sampler, request.settings.guidance_scale) == ((11,), "euler_karras", 4.5)


@pytest.mark.parametrize("steps", ["1000000", "0"])
def test_numbers_out_of_range_are_refused(foreign, registry, steps):
    text = INFOTEXT.replace("Steps: 3", f"Steps: {steps}")
    with pytest.raises(SettingsError, match="steps cannot be run"):
        Reproducer(Wanted(model="fake"), registry=registry).plan(foreign(infotext=text))


def test_a_change_of_anothers_prompt_is_scored_by_the_ranker_that_was_named(foreign, registry):
    reproducer = Reproducer(Wanted(model="fake", ranker="redness", changes={"lighting": "fog"}), registry=registry)
    found = reproducer.run(reproducer.plan(foreign()))
    assert found.recipe.resolved == "a red lighthouse, (fog:1.2)"
    assert set(found.scores) == {"before", "by_new_words", "after"}
    assert found.recipe.ranker["name"] == "redness"


def test_the_command_of_a_text_that_looks_like_an_option_is_safe(foreign, registry):
    plan = Reproducer(registry=registry).plan(foreign(infotext=INFOTEXT.replace("a red", "--json; rm 'x' a red")))
    words = shlex.split(plan.command)
    assert words[-2:] == ["--", "--json; rm 'x' a red lighthouse, (golden hour:1.2)"]
