import json
import shutil

import numpy as np
import pytest

import promptkit
from promptkit.backends.loader import DiffusersLoader
from promptkit.backends.samplers import SAMPLERS, kinds
from promptkit.errors import ModelError, SettingsError
from promptkit.models import resolve_model
from promptkit.records import FINISHED, GenerationRequest, GenerationSettings, LoadOptions, ModelSpec, SamplerSpec

QUICK = GenerationSettings(num_inference_steps=3, guidance_scale=3.0)


def load(folder):
    return DiffusersLoader().load(ModelSpec(name="tiny", source=str(folder)), LoadOptions(device="cpu"))


@pytest.fixture(scope="module")
def sd(tiny_sd):
    return load(tiny_sd)


@pytest.fixture(scope="module")
def sdxl(tiny_sdxl):
    return load(tiny_sdxl)


def run(backend, text="a dog", seeds=(5,), sampler=None, on_step=None, **settings):
    settled = backend.settle(GenerationSettings(**settings).over(QUICK))
    request = GenerationRequest(prompt=promptkit.parse(text), seeds=tuple(seeds), settings=settled, sampler=sampler)
    return list(backend.generate(request, on_step=on_step))


def pixels(candidate):
    return np.asarray(candidate.image).astype(int)


def apart(first, second):
    return np.abs(pixels(first) - pixels(second)).max()


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_a_seed_gives_the_same_picture_alone_and_in_a_batch(family, request):
    backend = request.getfixturevalue(family)
    together = run(backend, seeds=range(5, 9), batch_size=4)
    alone = run(backend, seeds=[7])
    assert apart(together[2], alone[0]) <= 1
    assert apart(together[1], together[2]) > 1
    assert [candidate.seed for candidate in together] == [5, 6, 7, 8]
    assert {candidate.batch_size for candidate in together} == {4}
    assert together[0].image.size == (16, 16)


def test_the_same_batch_is_bit_identical(sd):
    assert all(apart(a, b) == 0 for a, b in zip(run(sd, seeds=range(3)), run(sd, seeds=range(3)), strict=True))


def test_batches_are_cut_to_size_and_keep_order(sd):
    found = run(sd, seeds=range(5), batch_size=2)
    assert [(candidate.index, candidate.batch_size) for candidate in found] == [(0, 2), (1, 2), (2, 2), (3, 2), (4, 1)]


@pytest.mark.parametrize("spec", [spec for spec in SAMPLERS if "diffusion" in kinds(spec)], ids=lambda spec: spec.name)
def test_every_sampler_runs_and_repeats(sd, spec):
    first = run(sd, seeds=(1, 2), sampler=spec, num_inference_steps=4)
    assert {candidate.outcome for candidate in first} == {FINISHED}
    again = run(sd, seeds=(2,), sampler=spec, num_inference_steps=4)
    assert apart(first[1], again[0]) <= 1


def test_a_sampler_of_the_other_family_says_which_suit(sd):
    flow = next(spec for spec in SAMPLERS if "diffusion" not in kinds(spec))
    with pytest.raises(SettingsError, match="does not suit") as caught:
        run(sd, sampler=flow)
    assert "dpmpp_2m" in (caught.value.hint or "")


def test_steps_are_told_with_a_lazy_preview(sd):
    events = []
    run(sd, seeds=(1, 2), on_step=events.append)
    assert [event.step for event in events] == [1, 2, 3]
    assert events[0].indices == (0, 1)
    assert events[-1].preview(1).size == (16, 16)


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_weights_change_the_picture_and_a_neutral_one_does_not(family, request):
    backend = request.getfixturevalue(family)
    plain, neutral, heavy = (run(backend, text)[0] for text in ("a red dog", "a (red:1.0) dog", "a (red:3) dog"))
    assert apart(plain, neutral) == 0
    assert apart(plain, heavy) > 0


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_what_stands_behind_the_77th_token_counts(family, request):
    backend = request.getfixturevalue(family)
    long = "a red dog, " * 30
    assert apart(run(backend, long + "golden hour")[0], run(backend, long + "moonlight")[0]) > 0


@pytest.mark.parametrize(("name", "value"), [("width", 17), ("width", 4), ("height", 100_000)])
def test_sizes_it_cannot_do_are_refused_with_one_it_can(sd, name, value):
    with pytest.raises(SettingsError, match=str(value)) as caught:
        run(sd, **{name: value})
    assert f"--{name}" in (caught.value.hint or "")


def test_other_sizes_work(sd):
    assert run(sd, width=24, height=16)[0].image.size == (24, 16)


def test_models_are_found_by_name_folder_and_hub_id(registry, tiny_sd):
    assert resolve_model("embedded", registry).ranker == "clip:embedded"
    assert resolve_model(str(tiny_sd), registry).source == str(tiny_sd)
    spec = resolve_model("owner/name@abc", registry)
    assert (spec.source, spec.revision) == ("owner/name", "abc")
    with pytest.raises(promptkit.UnknownNameError, match="embeded") as caught:
        resolve_model("embeded", registry)
    assert "embedded" in caught.value.suggestions


def test_offline_and_not_cached_says_what_to_do():
    with pytest.raises(ModelError, match="nobody/nothing") as caught:
        load("nobody/nothing")
    assert "embedded" in (caught.value.hint or "")


def broken(tiny_sd, tmp_path, harm):
    folder = tmp_path / "model"
    shutil.copytree(tiny_sd, folder)
    harm(folder)
    return folder


def truncate(folder):
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:200])


def wrong_class(folder):
    path = folder / "model_index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"_class_name": "NoSuchPipeline"}))


HARMS = {
    "no index": lambda folder: (folder / "model_index.json").unlink(),
    "missing part": lambda folder: shutil.rmtree(folder / "text_encoder"),
    "truncated": truncate,
    "wrong class": wrong_class,
    "pickles only": lambda folder: [path.rename(path.with_suffix(".bin")) for path in folder.rglob("*.safetensors")],
}


@pytest.mark.parametrize("name", HARMS)
def test_a_broken_folder_is_a_clear_error(tiny_sd, tmp_path, name):
    folder = broken(tiny_sd, tmp_path, HARMS[name])
    with pytest.raises(ModelError) as caught:
        load(folder)
    assert str(folder) in caught.value.message
    assert caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(("option", "value"), [("device", "tpu"), ("dtype", "int4")])
def test_devices_and_dtypes_that_are_not_there(tiny_sd, option, value):
    with pytest.raises(SettingsError, match=value):
        DiffusersLoader().load(ModelSpec(name="tiny", source=str(tiny_sd)), LoadOptions(**{option: value}))


def test_what_a_model_likes_is_not_what_the_last_sampler_made_of_it(tiny_sd):
    backend = load(tiny_sd)
    before = backend.settle(GenerationSettings())
    trailing = SamplerSpec(name="trailing", scheduler="EulerDiscreteScheduler", config={"timestep_spacing": "trailing"})
    run(backend, sampler=trailing)
    assert backend.settle(GenerationSettings()) == before
