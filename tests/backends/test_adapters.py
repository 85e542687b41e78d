"""LoRAs and textual inversions from the prompt, on files in the formats that people share."""

import numpy as np
import pytest

from promptkit import LoadOptions, Session
from promptkit.errors import ModelError, UnknownNameError
from promptkit.records import GenerationSettings
from tests.backends import adapter_files as files

FAMILIES = ["stable_diffusion", "stable_diffusion_xl"]
QUICK = GenerationSettings(num_inference_steps=2, guidance_scale=3.0)


@pytest.fixture
def folders(tmp_path):
    for name in ("loras", "embeddings"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture(params=FAMILIES)
def session(request, checkpoint, folders):
    yield from opened(checkpoint(request.param), folders)


@pytest.fixture
def sd(checkpoint, folders):
    yield from opened(checkpoint("stable_diffusion"), folders)


def opened(model, folders):
    options = LoadOptions(loras=(str(folders / "loras"),), embeddings=(str(folders / "embeddings"),))
    with Session(str(model), ranker="none", device="cpu", load=options) as session:
        yield session


def pipeline_of(session):
    return session.backend().pipeline


def picture(session, text, **options):
    result = session.generate(text, candidates=1, seed=3, settings=QUICK, **options)
    return np.asarray(result.best.image).astype(int)


def same(first, second):
    return np.array_equal(first, second)


@pytest.mark.parametrize("save", [files.save_peft_lora, files.save_kohya_lora], ids=["peft", "kohya"])
def test_a_lora_changes_the_picture_by_its_weight_and_leaves_no_trace(session, folders, save):
    bare = picture(session, "a red dog")
    save(pipeline_of(session), folders / "loras" / "fur.safetensors")
    full, half, none = (picture(session, f"a red dog <lora:fur:{weight}>") for weight in (1, 0.4, 0))
    assert not same(bare, full)
    assert not same(full, half)
    assert np.abs(half - bare).sum() < np.abs(full - bare).sum()
    assert same(none, bare)
    assert same(picture(session, "a red dog"), bare)
    assert session.notes() == []


def test_several_loras_add_up_and_each_can_be_left_out(session, folders):
    for seed, name in enumerate(("one", "two")):
        files.save_peft_lora(pipeline_of(session), folders / "loras" / f"{name}.safetensors", seed=seed)
    both = picture(session, "a dog <lora:one:0.7> <lora:two:0.5>")
    one, two = (picture(session, f"a dog <lora:{name}>") for name in ("one:0.7", "two:0.5"))
    assert not any(same(both, single) for single in (one, two))
    assert np.abs(picture(session, "a dog <lora:two:0.5><lora:one:0.7>") - both).max() <= 1
    assert same(picture(session, "a dog <lora:one:0.7>"), one)


def test_two_numbers_weigh_text_and_denoiser_apart(session, folders):
    files.save_kohya_lora(pipeline_of(session), folders / "loras" / "fur.safetensors")
    bare, both = picture(session, "a dog"), picture(session, "a dog <lora:fur:1>")
    text, denoiser = picture(session, "a dog <lora:fur:1:0>"), picture(session, "a dog <lora:fur:0:1>")
    assert len({image.tobytes() for image in (bare, both, text, denoiser)}) == 4
    assert same(picture(session, "a dog <lora:fur:te=1:unet=0>"), text)
    files.save_peft_lora(pipeline_of(session), folders / "loras" / "shape.safetensors")
    assert same(picture(session, "a dog <lora:shape:1:0>"), bare)


def test_the_recipe_names_the_file_by_its_content(sd, folders):
    import hashlib

    path = files.save_peft_lora(pipeline_of(sd), folders / "loras" / "fur.safetensors")
    files.save_inversion(folders / "embeddings" / "sketchy.safetensors", 16)
    recipe = sd.generate("a sketchy dog <lora:fur:0.5:0.8>", candidates=1, settings=QUICK).recipe
    assert recipe.model["adapters"][0] == {
        "kind": "lora",
        "name": "fur",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "weight": 0.8,
        "text_weight": 0.5,
    }
    assert [each["name"] for each in recipe.model["adapters"]] == ["fur", "sketchy"]
    assert str(folders) not in str(recipe.to_json())
    assert "adapters" not in sd.generate("a dog", candidates=1, settings=QUICK).recipe.model


def test_a_lora_that_is_not_there_is_an_error_with_near_names(sd, folders):
    files.save_peft_lora(pipeline_of(sd), folders / "loras" / "fluffy.safetensors")
    with pytest.raises(UnknownNameError, match="no LoRA named 'flufy'") as caught:
        picture(sd, "a dog <lora:flufy:1>")
    assert caught.value.suggestions == ("fluffy",)


def test_a_lora_of_another_family_names_the_file_and_leaves_the_model_bare(sd, checkpoint, folders, tmp_path):
    bare = picture(sd, "a dog")
    for other in opened(checkpoint("stable_diffusion_xl"), folders):
        files.save_peft_lora(pipeline_of(other), folders / "loras" / "wide.safetensors", ends=("to_k", "to_v"))
    for other in opened(checkpoint("flux"), folders):
        files.save_peft_lora(pipeline_of(other), folders / "loras" / "flow.safetensors", part="transformer")
    for name in ("wide", "flow"):
        with pytest.raises(
            ModelError, match=rf"{name}\.safetensors' does not fit this StableDiffusionPipeline"
        ) as caught:
            picture(sd, f"a dog <lora:{name}:1>")
        assert "another family" in (caught.value.hint or "")
        assert same(picture(sd, "a dog"), bare)


@pytest.mark.parametrize("family", ["stable_diffusion_3", "flux", "sana", "z_image", "qwen_image", "lumina_2"])
def test_transformers_wear_loras_too(checkpoint, folders, family):
    for session in opened(checkpoint(family), folders):
        side = 32 if family in ("sana", "lumina_2") else 16
        size = GenerationSettings(width=side, height=side, num_inference_steps=2)
        plain = session.generate("a dog", candidates=1, settings=size).best.image
        ends = ("to_q", "to_v")
        files.save_peft_lora(pipeline_of(session), folders / "loras" / "fur.safetensors", part="transformer", ends=ends)
        worn = session.generate("a dog <lora:fur:1>", candidates=1, settings=size).best.image
        again = session.generate("a dog", candidates=1, settings=size).best.image
        assert not same(plain, worn)
        assert same(plain, again)


def test_a_pipeline_without_loras_says_so(checkpoint, folders):
    for session in opened(checkpoint("pixart"), folders):
        files.save_peft_lora(pipeline_of(session), folders / "loras" / "fur.safetensors", part="transformer")
        picture(session, "a dog <lora:fur:1>")
        assert any("PixArtSigmaPipeline takes no LoRAs" in note for note in session.notes())


def save_inversion(session, folders, name, **more):
    pipeline, path = pipeline_of(session), folders / "embeddings" / f"{name}.safetensors"
    if getattr(pipeline, "text_encoder_2", None) is None:
        return files.save_inversion(path, 16, **more)
    return files.save_sdxl_inversion(path, (16, 16), **more)


@pytest.mark.parametrize("vectors", [1, 3])
def test_a_word_is_read_as_the_inversion_of_that_name(session, folders, vectors):
    bare, part = picture(session, "a sketchy dog"), picture(session, "a sketchyish dog")
    save_inversion(session, folders, "sketchy", vectors=vectors)
    worn = picture(session, "a sketchy dog")
    assert not same(worn, bare)
    assert same(picture(session, "a sketchyish dog"), part)
    assert not same(picture(session, "a (sketchy:1.5) dog"), worn)
    assert session.notes() == []
    (folders / "embeddings" / "sketchy.safetensors").unlink()
    assert same(picture(session, "a sketchy dog"), bare)


def test_an_inversion_counts_in_the_negative_prompt_and_as_embedding(session, folders):
    save_inversion(session, folders, "sketchy")
    assert not same(picture(session, "a dog", negative="sketchy"), picture(session, "a dog", negative="blurry"))
    written = session.parse("a embedding:sketchy dog", dialect="comfyui")
    assert same(picture(session, written), picture(session, session.parse("a sketchy dog", dialect="comfyui")))
    assert session.notes() == []


def test_every_vector_of_an_inversion_takes_a_token(sd, folders):
    from promptkit.backends.conditioning.encoding import Encoder

    save_inversion(sd, folders, "sketchy", vectors=3)
    before = Encoder(pipeline_of(sd), "a1111").count(["dog"])[0]
    picture(sd, "a sketchy dog")
    assert Encoder(pipeline_of(sd), "a1111").count(["sketchy dog"]) == [3 + before]


def test_diffusers_own_format_of_an_inversion(sd, folders):
    bare = picture(sd, "a sketchy dog")
    files.save_inversion(folders / "embeddings" / "sketchy.safetensors", 16, name="<learnt>")
    assert not same(picture(sd, "a sketchy dog"), bare)


def test_an_inversion_of_another_width_names_the_file(sd, folders):
    bare = picture(sd, "a sketchy dog")
    path = files.save_inversion(folders / "embeddings" / "sketchy.safetensors", 24)
    with pytest.raises(ModelError, match="24 wide") as caught:
        picture(sd, "a sketchy dog")
    assert str(path) in str(caught.value)
    path.unlink()
    assert same(picture(sd, "a sketchy dog"), bare)
