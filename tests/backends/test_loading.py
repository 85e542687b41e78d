"""Loading from folders, single files and the hub's cache; devices, precision, and what saves memory."""

import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from promptkit import LoadOptions, Session
from promptkit.backends import devices
from promptkit.backends.loading import load_pipeline
from promptkit.backends.tokenizers import load_tokenizers
from promptkit.errors import ModelError, SettingsError
from promptkit.models import resolve_model
from promptkit.records import GenerationSettings
from tests.backends import adapter_files
from tests.checkpoints import save_stable_diffusion_xl
from tests.original_layout import save_original

CPU = LoadOptions(device="cpu")
QUICK = GenerationSettings(width=16, height=16, num_inference_steps=2, guidance_scale=3.0)


@pytest.fixture(scope="module")
def originals(checkpoint, tmp_path_factory):
    """Return folders with single files in the layout that checkpoints are shared in, each beside its pipeline."""
    folder = tmp_path_factory.mktemp("originals")
    shutil.copytree(checkpoint("stable_diffusion"), folder / "sd")
    shutil.copytree(checkpoint("stable_diffusion_2"), folder / "sd2")
    save_stable_diffusion_xl(folder / "sdxl", second=32)
    for name in ("sd", "sd2", "sdxl"):
        save_original(folder / name, folder / f"{name}.safetensors")
    return folder


def picture(model, **options):
    with Session(str(model), ranker="none", load=LoadOptions(device="cpu", **options)) as session:
        return np.asarray(session.generate("a red dog", candidates=1, settings=QUICK).best.image).astype(int)


@pytest.mark.parametrize("name", ["sd", "sd2", "sdxl"])
def test_a_single_file_makes_the_pictures_of_its_folder(originals, name):
    from_file = load_pipeline(str(originals / f"{name}.safetensors"), options=CPU)
    from_folder = load_pipeline(str(originals / name), options=CPU)
    assert type(from_file) is type(from_folder)
    for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if hasattr(from_folder, part):
            expected = getattr(from_folder, part).state_dict()
            found = getattr(from_file, part).state_dict()
            assert found.keys() == expected.keys()
            assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert np.abs(picture(originals / f"{name}.safetensors") - picture(originals / name)).max() <= 1


def test_the_configuration_of_a_file_can_be_named(originals, tmp_path):
    lonely = tmp_path / "lonely.safetensors"
    shutil.copy(originals / "sd.safetensors", lonely)
    bare = tmp_path / "configs"
    shutil.copytree(originals / "sd", bare, ignore=shutil.ignore_patterns("*.safetensors"))
    assert np.array_equal(picture(lonely, config=str(bare)), picture(originals / "sd.safetensors"))
    with pytest.raises(ModelError, match="no network") as caught:
        load_pipeline(str(lonely), options=CPU)
    assert "--model-config" in caught.value.hint
    assert "'lonely'" in caught.value.hint
    with pytest.raises(ModelError, match=r"model_index\.json"):
        load_pipeline(str(lonely), options=LoadOptions(device="cpu", config=str(tmp_path)))


def test_the_tokenizers_of_a_file_lie_beside_it(originals, tmp_path):
    assert load_tokenizers(str(originals / "sdxl.safetensors")).by_name.keys() == {"tokenizer", "tokenizer_2"}
    lonely = tmp_path / "lonely.safetensors"
    shutil.copy(originals / "sd.safetensors", lonely)
    with pytest.raises(ModelError, match="no tokenizer"):
        load_tokenizers(str(lonely))


def test_a_denoiser_alone_stands_among_the_other_parts_of_a_folder(originals, tmp_path):
    whole = load_file(originals / "sd.safetensors")
    alone = tmp_path / "alone.safetensors"
    save_file({name: value + 0.01 for name, value in whole.items() if name.startswith("model.diffusion_model.")}, alone)
    found = load_pipeline(str(alone), options=LoadOptions(device="cpu", config=str(originals / "sd")))
    expected = load_pipeline(str(originals / "sd"), options=CPU)
    assert torch.equal(found.vae.encoder.conv_in.weight, expected.vae.encoder.conv_in.weight)
    assert torch.allclose(found.unet.conv_in.weight, expected.unet.conv_in.weight + 0.01)
    with pytest.raises(ModelError, match="a denoiser alone"):
        load_pipeline(str(alone), options=CPU)


def test_a_file_that_does_not_fit_its_configuration(originals):
    with pytest.raises(ModelError, match=r"sd\.safetensors' (does not fit|cannot be loaded)|cannot be loaded"):
        load_pipeline(
            str(originals / "sd.safetensors"), options=LoadOptions(device="cpu", config=str(originals / "sdxl"))
        )


@pytest.mark.parametrize(
    ("tensors", "what"),
    [
        ({"lora_unet_x.lora_down.weight": (2, 2), "lora_unet_x.lora_up.weight": (2, 2)}, "a LoRA"),
        ({"emb_params": (2, 16)}, "a textual inversion"),
        ({"clip_l": (2, 16), "clip_g": (2, 16)}, "a textual inversion"),
        ({"conditioner.embedders.0.model.x": (2, 2), "model.diffusion_model.y": (2, 2)}, "an SDXL refiner"),
        ({"a": (1, 1), "b": (1, 1)}, "does not know"),
    ],
)
def test_files_that_are_no_model_say_what_they_are(tmp_path, tensors, what):
    path = tmp_path / "thing.safetensors"
    save_file({name: torch.zeros(shape) for name, shape in tensors.items()}, path)
    with pytest.raises(ModelError, match=what) as caught:
        load_pipeline(str(path), options=CPU)
    assert caught.value.hint


def test_pickles_and_files_cut_short_are_refused(originals, tmp_path):
    pickle = tmp_path / "old.ckpt"
    pickle.write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(ModelError, match="no safetensors file"):
        load_pipeline(str(pickle), options=CPU)
    short = tmp_path / "short.safetensors"
    short.write_bytes((originals / "sd.safetensors").read_bytes()[:5000])
    with pytest.raises(ModelError, match="cannot be read"):
        load_pipeline(str(short), options=CPU)


def test_a_file_is_a_model_of_its_name_and_its_hash_is_of_its_bytes(originals, registry):
    import hashlib

    path = originals / "sd.safetensors"
    assert resolve_model(str(path), registry).name == "sd"
    with Session(str(path), ranker="none", device="cpu") as session:
        recipe = session.generate("a dog", candidates=1, settings=QUICK).recipe
    assert recipe.model["hash"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert str(originals) not in str(recipe.to_json())


def test_a_folder_of_half_size_files_alone_is_loaded(checkpoint, tmp_path):
    folder = tmp_path / "halved"
    load_pipeline(str(checkpoint("stable_diffusion")), options=CPU).save_pretrained(folder, variant="fp16")
    assert not list(folder.rglob("model.safetensors"))
    assert np.array_equal(picture(folder), picture(checkpoint("stable_diffusion")))


@pytest.fixture
def hub(checkpoint, tmp_path, monkeypatch):
    """A hub's cache with two revisions of a model; the second holds the half-size variant alone."""
    import huggingface_hub.constants

    cache = tmp_path / "hub"
    repository = cache / "models--someone--tiny"
    plain, halved = (repository / "snapshots" / (digit * 40) for digit in "ab")
    shutil.copytree(checkpoint("stable_diffusion"), plain)
    load_pipeline(str(checkpoint("stable_diffusion_2")), options=CPU).save_pretrained(halved, variant="fp16")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40)
    (repository / "refs" / "half").write_text("b" * 40)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("diffusers.utils.constants.HF_HUB_CACHE", str(cache), raising=False)
    return cache


def test_a_hub_model_is_loaded_at_its_revision_and_in_the_variant_that_is_there(hub, registry):
    spec = resolve_model("someone/tiny@half", registry)
    assert (spec.source, spec.revision) == ("someone/tiny", "half")
    plain = load_pipeline("someone/tiny", options=CPU)
    halved = load_pipeline("someone/tiny", revision="half", options=CPU)
    assert plain.scheduler.config.prediction_type == "epsilon"
    assert halved.scheduler.config.prediction_type == "v_prediction"
    with pytest.raises(ModelError, match="not in the cache"):
        load_pipeline("someone/tiny", revision="other", options=CPU)


@pytest.mark.parametrize(("dtype", "full"), [("bf16", torch.bfloat16), ("fp32", torch.float32), (None, torch.float32)])
def test_precision_goes_by_short_names_too(checkpoint, dtype, full):
    loaded = load_pipeline(str(checkpoint("stable_diffusion")), options=LoadOptions(device="cpu", dtype=dtype))
    assert loaded.dtype == full


def test_half_precision_on_a_cpu_is_done_and_spoken_of(checkpoint):
    load = LoadOptions(device="cpu", dtype="fp16")
    with Session(str(checkpoint("stable_diffusion")), ranker="none", load=load) as session:
        session.generate("a dog", candidates=1, settings=QUICK)
        assert any("float16 on a CPU" in note for note in session.notes())


def test_the_best_device_and_what_suits_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert devices.choose_device(None) == "cuda"
    assert devices.choose_device("cuda:1") == "cuda:1"
    for wrong in ("cuda:2", "cuda:x", "tpu"):
        with pytest.raises(SettingsError, match=wrong):
            devices.choose_device(wrong)
    for capability, dtype in (((8, 6), "bfloat16"), ((7, 5), "float16")):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _, found=capability: found)
        assert devices.choose_dtype(None, "cuda:1") == dtype


@pytest.mark.parametrize("mode", ["model", "sequential", "half"])
def test_offloading_needs_an_accelerator(checkpoint, mode):
    with pytest.raises(SettingsError, match=mode):
        load_pipeline(str(checkpoint("stable_diffusion")), options=LoadOptions(device="cpu", offload=mode))
    assert load_pipeline(str(checkpoint("stable_diffusion")), options=LoadOptions(device="cpu", offload="none"))


@pytest.mark.parametrize("mode", ["model", "sequential"])
def test_offload_modes_are_diffusers_own(checkpoint, monkeypatch, mode):
    pipeline, asked = load_pipeline(str(checkpoint("stable_diffusion")), options=CPU), []
    monkeypatch.setattr(pipeline, f"enable_{mode}_cpu_offload", lambda device: asked.append(device))
    devices.settle_pipeline(pipeline, "tiny", "cuda:1", LoadOptions(offload=mode))
    assert asked == ["cuda:1"]


def test_on_a_cpu_pictures_are_decoded_one_by_one(checkpoint):
    pipeline, sizes = load_pipeline(str(checkpoint("stable_diffusion")), options=CPU), []
    pipeline.vae.decoder.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
    pipeline("a cat", num_inference_steps=1, num_images_per_prompt=3)
    assert sizes == [1, 1, 1]


def test_decoding_in_tiles_keeps_the_picture(checkpoint):
    model = checkpoint("stable_diffusion")
    pipeline = load_pipeline(str(model), options=LoadOptions(device="cpu", vae_tiling=True))
    assert pipeline.vae.use_tiling
    assert pipeline.vae.use_slicing
    assert np.abs(picture(model, vae_tiling=True) - picture(model)).max() <= 1


def test_a_compiled_model_makes_the_same_picture_or_says_what_is_missing(checkpoint, monkeypatch):
    pipeline, compiled = load_pipeline(str(checkpoint("stable_diffusion")), options=CPU), []
    monkeypatch.setattr(torch, "compile", lambda module, **_: module)
    monkeypatch.setattr(type(pipeline.unet), "compile_repeated_blocks", lambda self: compiled.append(self))
    devices.compile_denoiser(pipeline)
    assert compiled == [pipeline.unet]

    def broken(*_, **__):
        raise RuntimeError("InvalidCxxCompiler: No working C++ compiler found\nand more")

    monkeypatch.setattr(torch, "compile", broken)
    with pytest.raises(ModelError, match="No working C") as caught:
        devices.compile_denoiser(pipeline)
    assert "--compile" in caught.value.hint
    assert "\n" not in caught.value.message


def test_what_needs_more_than_a_text_is_refused(checkpoint, tmp_path):
    from diffusers import StableDiffusionImg2ImgPipeline

    parts = load_pipeline(str(checkpoint("stable_diffusion")), options=CPU).components
    StableDiffusionImg2ImgPipeline(**parts, requires_safety_checker=False).save_pretrained(tmp_path / "other")
    with pytest.raises(ModelError, match="no picture from a text alone"):
        load_pipeline(str(tmp_path / "other"), options=CPU)


def test_a_lora_beside_a_single_file(originals, tmp_path):
    (tmp_path / "loras").mkdir()
    load = LoadOptions(device="cpu", loras=(str(tmp_path / "loras"),))
    with Session(str(originals / "sd.safetensors"), ranker="none", load=load) as session:
        pipeline = session.backend().pipeline
        adapter_files.save_kohya_lora(pipeline, tmp_path / "loras" / "fur.safetensors")
        plain, worn = (
            np.asarray(session.generate(text, candidates=1, settings=QUICK).best.image).astype(int)
            for text in ("a dog", "a dog <lora:fur:1>")
        )
    assert not np.array_equal(plain, worn)
