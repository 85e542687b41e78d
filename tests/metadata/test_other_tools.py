import base64
import gzip
import json

import pytest
from PIL import Image

from promptkit.errors import UnknownNameError
from promptkit.metadata import read_provenance
from promptkit.metadata.carried import Carried
from promptkit.metadata.readers import flat, fooocus, invokeai, novelai
from promptkit.pictures import open_picture
from promptkit.registry import Registry
from tests.peers import cases, needs_peers

PICTURES = [case for case in cases("image_metadata_png") if case.get("bytes_b64")]


@needs_peers
@pytest.mark.parametrize("case", PICTURES, ids=lambda case: case["file"].rpartition("/")[2])
def test_pictures_of_others_are_read(case, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(base64.b64decode(case["bytes_b64"]))
    found = read_provenance(open_picture(path))
    expected = case["expected"]
    if "bad_images" in case["file"]:
        assert found is None
        return
    assert found.tool == case["file"].split("/")[3].replace("AUTOMATIC1111", "A1111")
    if expected is None or found.tool == "ComfyUI":
        assert found.prompt
        return
    sampler = (expected.get("samplers") or expected["expected"])[0]
    texts = [prompt["value"] if isinstance(prompt, dict) else prompt for prompt in sampler["prompts"]]
    unwanted = [prompt["value"] if isinstance(prompt, dict) else prompt for prompt in sampler["negative_prompts"]]
    assert (found.prompt, found.negative) == ("\n".join(texts), "\n".join(unwanted))
    assert found.settings["sampler"] == sampler["name"]
    parameters = sampler["parameters"]
    assert (found.seed, found.settings["num_inference_steps"]) == (int(parameters["seed"]), int(parameters["steps"]))
    assert found.settings["guidance_scale"] == float(parameters["cfg_scale"])
    model = sampler.get("model", {})
    assert (found.model.get("name"), found.model.get("hash")) == (model.get("name"), model.get("hash"))


@needs_peers
@pytest.mark.parametrize("case", cases("fooocus_metadata"), ids=lambda case: case["name"])
def test_fooocus(case):
    told = case["in"]
    found = fooocus.read(Carried(texts={"parameters": json.dumps(told), "fooocus_scheme": "fooocus"}))
    assert (found.tool, found.prompt, found.negative) == ("Fooocus", told["prompt"], told["negative_prompt"])
    assert f"Fooocus {found.version}" == told["version"]
    assert (found.seed, found.model["name"]) == (int(told["seed"]), told["base_model"])
    assert f"({found.settings['width']}, {found.settings['height']})" == told["resolution"]
    assert found.settings["guidance_scale"] == told["guidance_scale"]
    assert (found.settings["sampler"], found.settings["scheduler"]) == (told["sampler"], told["scheduler"])
    loras = [f"{one['name']} : {one['weight']}" for one in found.resources if one["kind"] == "lora"]
    assert loras == [told[key] for key in sorted(told) if key.startswith("lora_combined")]


def test_the_titles_of_old_fooocus():
    old = {"Prompt": "a fox", "Negative Prompt": "blur", "Base Model": "m", "Sampler": "euler", "Seed": "5",
           "Resolution": "(512, 768)", "LoRA 1": "one : 0.5"}  # fmt: skip
    found = fooocus.read(Carried(texts={"parameters": json.dumps(old)}))
    assert (found.prompt, found.negative, found.seed, found.model) == ("a fox", "blur", 5, {"name": "m"})
    assert found.settings["height"] == 768
    assert found.resources == ({"kind": "lora", "name": "one", "weight": 0.5},)


def test_invokeai_since_version_3():
    data = {
        "app_version": "5.0.0", "positive_prompt": "a fox+", "negative_prompt": "blur", "width": 512, "height": 768,
        "seed": 5, "cfg_scale": 7.5, "steps": 30, "scheduler": "dpmpp_2m_k",
        "model": {"name": "Juggernaut", "hash": "blake3:ab", "base": "sdxl"},
        "loras": [{"model": {"name": "one"}, "weight": 0.5}, {"lora": {"model_name": "two"}, "weight": 1}],
        "vae": {"name": "v"}, "generation_mode": "txt2img", "controlnets": [],
    }  # fmt: skip
    found = invokeai.read(Carried(texts={"invokeai_metadata": json.dumps(data)}))
    assert (found.version, found.prompt, found.negative, found.dialect) == ("5.0.0", "a fox+", "blur", "compel")
    assert found.model == {"name": "Juggernaut", "hash": "blake3:ab"}
    assert [one["name"] for one in found.resources] == ["one", "two", "v"]
    assert (found.sampler, found.other) == ("dpmpp_2m karras", {"generation_mode": "txt2img"})


V4 = {
    "prompt": "1girl, snow", "steps": 28, "scale": 5.0, "width": 832, "height": 1216, "seed": 5, "uc": "lowres",
    "sampler": "k_euler_ancestral", "noise_schedule": "karras", "signed_hash": "x",
    "v4_prompt": {"caption": {"base_caption": "2girls, 1.2::snow::",
                              "char_captions": [{"char_caption": "girl, red", "centers": [{"x": 0.5, "y": 0.5}]}, 3]}},
    "v4_negative_prompt": {"caption": {"base_caption": "lowres, bad"}},
}  # fmt: skip
CHUNKS = {"Software": "NovelAI", "Source": "NovelAI Diffusion V4 37442FCA", "Comment": json.dumps(V4)}


def test_novelai_with_characters():
    found = novelai.read(Carried(texts=CHUNKS))
    assert (found.tool, found.prompt, found.negative) == ("NovelAI", "2girls, 1.2::snow::\ngirl, red", "lowres, bad")
    assert found.model == {"name": "NovelAI Diffusion V4", "hash": "37442FCA"}
    assert (found.sampler, found.seed) == ("euler_ancestral karras", 5)
    assert len(found.notes) == 2


def test_novelai_before_version_4():
    old = {key: value for key, value in V4.items() if not key.startswith("v4")}
    texts = {"Software": "NovelAI", "Description": "1girl", "Source": "Stable Diffusion C1E1DA7E", "Comment": "{"}
    assert novelai.read(Carried(texts=texts)).prompt == "1girl"
    assert novelai.read(Carried(texts={**CHUNKS, "Comment": json.dumps(old)})).prompt == "1girl, snow"
    assert novelai.read(Carried(texts={"Software": "Paint"})) is None


def hide(text, form):
    """Return a picture with a text in the lowest bits of its alpha channel, down the columns."""
    data = gzip.compress(text.encode(), mtime=0) if form == b"stealth_pngcomp" else text.encode()
    content = form + (8 * len(data)).to_bytes(4, "big") + data
    bits = [int(bit) for byte in content for bit in f"{byte:08b}"]
    image = Image.new("RGBA", (64, 64), (9, 9, 9, 255))
    for i, bit in enumerate(bits):
        image.putpixel((i // 64, i % 64), (9, 9, 9, 254 + bit))
    return image


@pytest.mark.parametrize("form", [b"stealth_pngcomp", b"stealth_pnginfo"], ids=["compressed", "plain"])
def test_texts_hidden_in_the_alpha_channel(tmp_path, form):
    path = tmp_path / "hidden.png"
    small = {**CHUNKS, "Comment": json.dumps({"prompt": "1girl", "seed": 5})}
    hide(json.dumps(small), form).save(path)
    found = read_provenance(open_picture(path))
    assert (found.tool, found.prompt, found.seed) == ("NovelAI", "1girl", 5)
    hide("a fox\nSteps: 2, Sampler: Euler, Seed: 6", form).save(path)
    assert read_provenance(open_picture(path)).seed == 6


@pytest.mark.parametrize("length", [0, 2**32 - 1, 8 * 10**6])
def test_a_hidden_text_that_lies_about_its_length_is_none(tmp_path, length):
    image = hide("a fox", b"stealth_pnginfo")
    for i, bit in enumerate(f"{length:032b}", 120):
        image.putpixel((i // 64, i % 64), (9, 9, 9, 254 + int(bit)))
    image.save(tmp_path / "x.png")
    assert read_provenance(open_picture(tmp_path / "x.png")) is None


def test_a_hidden_text_that_is_no_gzip_is_none(tmp_path):
    image = hide("a fox", b"stealth_pnginfo")
    for i, bit in enumerate("".join(f"{byte:08b}" for byte in b"stealth_pngcomp")):
        image.putpixel((i // 64, i % 64), (9, 9, 9, 254 + int(bit)))
    image.save(tmp_path / "x.png")
    assert read_provenance(open_picture(tmp_path / "x.png")) is None


def test_swarm():
    data = {"sui_image_params": {"prompt": "a fox", "negativeprompt": "blur", "model": "m", "seed": 5, "steps": 20,
            "cfgscale": 7, "width": 512, "height": 768, "sampler": "euler", "scheduler": "karras",
            "loras": ["one"], "loraweights": ["0.5"], "swarm_version": "0.9"},
            "sui_extra_data": {"original_prompt": "a <random:fox,dog>"}}  # fmt: skip
    for name in ("parameters", "UserComment"):
        found = flat.read_swarm(Carried(texts={name: json.dumps(data)}))
        assert (found.tool, found.version, found.prompt, found.negative) == ("SwarmUI", "0.9", "a fox", "blur")
        assert (found.seed, found.sampler, found.settings["height"]) == (5, "euler karras", 768)
        assert found.resources == ({"kind": "lora", "name": "one", "weight": 0.5},)
        assert found.other["template"] == "a <random:fox,dog>"


def test_easy_diffusion():
    data = {"prompt": "a fox", "negative_prompt": "blur", "seed": "5", "num_inference_steps": "25", "width": "512",
            "height": "768", "guidance_scale": "7.5", "sampler_name": "euler_a", "use_stable_diffusion_model": "m",
            "use_lora_model": "None"}  # fmt: skip
    for texts in (data, {"UserComment": json.dumps(data)}):
        found = flat.read_easy(Carried(texts=texts))
        assert (found.tool, found.prompt, found.seed, found.model) == ("Easy Diffusion", "a fox", 5, {"name": "m"})
        assert found.settings["num_inference_steps"] == 25
        assert found.resources == ()
    assert flat.read_easy(Carried(texts={"prompt": "a fox"})) is None


def test_draw_things():
    told = json.dumps({"c": "a fox", "uc": "blur", "seed": 5, "steps": 20, "scale": 7.5, "sampler": "Euler a",
                       "size": "512x768", "model": "m.ckpt", "lora": [{"model": "one", "weight": 0.5}]})  # fmt: skip
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"><exif:UserComment><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{told}</rdf:li></rdf:Alt></exif:UserComment></rdf:Description></rdf:RDF>'
        "</x:xmpmeta>"
    )
    found = flat.read_draw(Carried(texts={"xmp": packet}))
    assert (found.tool, found.prompt, found.negative, found.seed) == ("Draw Things", "a fox", "blur", 5)
    assert (found.settings["width"], found.settings["height"], found.sampler) == (512, 768, "Euler a")
    assert found.resources == ({"kind": "lora", "name": "one", "weight": 0.5},)


@pytest.mark.parametrize("value", ["[]", "3", '"a"', "{}", '{"image": 3}', '{"prompt": [{"prompt": 3}], "loras": [1]}',
                                   '{"v4_prompt": {"caption": []}, "seed": {}, "model": [], "size": []}'])  # fmt: skip
def test_json_of_the_wrong_shape_is_no_failure(value):
    whole = json.dumps({"sui_image_params": json.loads(value)})
    for read, texts in (
        (invokeai.read, {"invokeai_metadata": value}), (invokeai.read, {"sd-metadata": value}),
        (novelai.read, {**CHUNKS, "Comment": value}), (fooocus.read, {"parameters": value}),
        (flat.read_swarm, {"parameters": value}), (flat.read_swarm, {"parameters": whole}),
        (flat.read_easy, {"UserComment": value}), (flat.read_draw, {"xmp": value}),
    ):  # fmt: skip
        found = read(Carried(texts=texts))
        assert found is None or found.seed is None


@pytest.mark.parametrize("written", [
    ("k_euler", "karras"), ("k_dpmpp_2m", "karras"), ("dpmpp_2m_sde_gpu", "karras"), ("DPM++ 2M", "Karras"),
    ("Euler a", "Automatic"), ("dpmpp_2m_k", None), ("euler", "simple"), ("k_lms", None), ("uni_pc_bh2", "normal"),
])  # fmt: skip
def test_samplers_of_other_tools_are_known_here(written):
    from promptkit.metadata import Provenance

    settings = {name: value for name, value in zip(("sampler", "scheduler"), written, strict=True) if value}
    name = Provenance(tool="x", settings=settings).sampler
    try:
        Registry().get("sampler", name)
    except UnknownNameError:
        pytest.fail(f"{name} is not known")
