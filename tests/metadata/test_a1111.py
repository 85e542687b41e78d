import re
import time

import pytest

from promptkit.metadata.carried import Carried
from promptkit.metadata.readers.a1111 import read, read_infotext, split
from tests.peers import cases, needs_peers

LINE = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512"


def raw(infotext):
    """Return what A1111's own reader finds: sizes in two, nothing that is empty."""
    prompt, negative, pairs = split(infotext)
    found = {"Prompt": prompt, "Negative prompt": negative}
    for key, value in dict(pairs).items():
        if size := re.fullmatch(r"([0-9]+)x([0-9]+)", value):
            found |= {f"{key}-1": size[1], f"{key}-2": size[2]}
        elif value:
            found[key] = value
    return found


@needs_peers
@pytest.mark.parametrize("case", cases("a1111_infotext"), ids=lambda case: case["in"][:20])
def test_infotext_is_read_as_a1111_reads_it(case):
    """But for ``Hashes``, which A1111 cuts at its first comma."""
    found, expected = raw(case["in"]), dict(case["a1111_raw"])
    cut = expected.pop("Hashes", None)
    if cut is not None:
        assert found.pop("Hashes").startswith(cut)
    assert found == expected


def test_settings_have_the_fields_names():
    found = read_infotext(
        "a (red:1.2) dog\nin snow\nNegative prompt: blur,\nnoise\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, "
        "CFG scale: 6.5, Seed: 5, Size: 512x768, Model hash: abc, Model: m, Clip skip: 2, Denoising strength: 0.4, "
        "Hires upscale: 2, ADetailer model: face.pt, Version: f2.0.1v1.10.1"
    )
    assert (found.tool, found.version, found.dialect) == ("Forge", "f2.0.1v1.10.1", "a1111")
    assert (found.prompt, found.negative, found.seed) == ("a (red:1.2) dog\nin snow", "blur,\nnoise", 5)
    assert found.settings == {
        "num_inference_steps": 20, "sampler": "DPM++ 2M", "scheduler": "Karras", "guidance_scale": 6.5, "clip_skip": 2,
        "denoising_strength": 0.4, "width": 512, "height": 768,
    }  # fmt: skip
    assert found.sampler == "DPM++ 2M Karras"
    assert found.model == {"name": "m", "hash": "abc"}
    assert found.other == {"Hires upscale": "2", "ADetailer model": "face.pt"}


@pytest.mark.parametrize(
    ("version", "tool"),
    [
        ("v1.9.4", "A1111"), ("f0.0.17v1.8", "Forge"), ("ComfyUI", "ComfyUI"), ("Fooocus v2.5.5", "Fooocus"),
        ("stable-diffusion.cpp", "stable-diffusion.cpp"),
    ],
)  # fmt: skip
def test_who_wrote_it_is_told_by_the_version(version, tool):
    assert read_infotext(f"x\n{LINE}, Version: {version}").tool == tool


def test_resources_come_from_hashes_and_from_civitai():
    found = read_infotext(
        f'x\n{LINE}, VAE: v.pt, VAE hash: 11, Lora hashes: "foo: abc, bar: def", Lora weights: "foo: 0.5", '
        'TI hashes: "e: 1", Hashes: {"vae": "11", "lora:foo": "abc", "embed:neg": "22", "model": "33"}, '
        'Civitai resources: [{"type":"checkpoint","modelVersionId":7,"modelName":"M","modelVersionName":"v1"},'
        '{"type":"lora","weight":0.8,"modelVersionId":8,"modelName":"L, big","modelVersionName":"v2"}], '
        'Civitai metadata: {"remixOfId": 3}'
    )
    assert found.resources == (
        {"kind": "lora", "name": "foo", "hash": "abc", "weight": 0.5},
        {"kind": "lora", "name": "bar", "hash": "def"},
        {"kind": "inversion", "name": "e", "hash": "1"},
        {"kind": "vae", "name": "v.pt", "hash": "11"},
        {"kind": "inversion", "name": "neg", "hash": "22"},
        {"kind": "lora", "name": "L, big", "version": "v2", "weight": 0.8, "civitai": 8},
    )
    assert found.model == {"name": "M", "version": "v1", "civitai": 7, "hash": "33"}
    assert found.other == {"Civitai metadata": '{"remixOfId": 3}'}


@pytest.mark.parametrize("value", ["nan", "1e400", "1" * 5000, "-1", "x", "", "٣", "1.5"])
def test_numbers_that_are_none_are_left_out(value):
    found = read_infotext(f"x\nSteps: {value}, Sampler: Euler, Seed: {value}, Size: {value}x{value}")
    assert found.seed is None
    assert "width" not in found.settings or value == "1.5"
    assert found.settings.get("num_inference_steps") in (None, -1)


def test_a_text_that_is_no_infotext_counts_where_infotext_stands_alone():
    assert read_infotext("just words", sure=False) is None
    assert read_infotext("just words").prompt == "just words"
    assert read(Carried(texts={"UserComment": "A photo, f/8: my dog"})) is None
    assert read(Carried(texts={"UserComment": f"a dog\n{LINE}"})).seed == 5
    assert read(Carried(texts={"parameters": '{"a": 1}'})) is None


@pytest.mark.parametrize(
    "text",
    [
        " " * 40_000, "a: b," * 8000, "a:" * 20_000, '"' * 40_000, "{" * 40_000, 'a: {"' * 8000, "\n" * 40_000,
        "Negative prompt:\n" * 2400, 'a: "' * 10_000, "a b " * 10_000, "a: [1," * 6000, 'a: ["x,' * 5000,
        'a: "\\"' * 6000, "Lora hashes: " + "a: b, " * 6000,
    ],
    ids=lambda text: text[:8].strip() or "blank",
)  # fmt: skip
def test_40_kb_of_anything_take_no_time(text):
    """Under 50 ms, of the best of three: the machine may be busy."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        read_infotext(f"x\nSteps: 1, {text}")
        read_infotext(text)
        taken.append(time.perf_counter() - start)
    assert min(taken) / 2 < 0.05
