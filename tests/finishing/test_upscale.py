"""Upscaling by filters and networks: exact sizes, no seams, every mode, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from promptkit import embedded
from promptkit.errors import GenerationError, ModelError, SettingsError
from promptkit.finishing import networks, weights
from promptkit.finishing.networks import LEAST_TILE, MOST_OVERLAP, affordable, enlarged, reach_of
from promptkit.finishing.resample import resampled
from promptkit.finishing.upscale import Upscale
from promptkit.finishing.weights import load_model
from promptkit.interfaces import MODES
from promptkit.testing.drawn import picture

from .asking import ask
from .networks import compact, edited, esrgan

UPSCALE = Upscale()


@pytest.fixture(autouse=True)
def _nothing_kept():
    weights._loaded.cache_clear()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A compact network that doubles."""
    return compact(tmp_path_factory.mktemp("models") / "small.safetensors")


def loaded(path):
    return load_model(str(path), "", "upscaler")


def levels(image):
    found = np.asarray(image).astype(int)
    return found.reshape(*found.shape[:2], -1)


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, (60, 42)), ({"scale": 1.5}, (45, 32)), ({"scale": 8.0}, (240, 168)), ({"longest": 100}, (100, 70)),
        ({"scale": 1.01}, (30, 21)), ({"longest": 31, "method": "nearest"}, (31, 22)),
    ],
)  # fmt: skip
def test_the_size_is_the_one_that_was_asked_for(settings, size):
    image = picture("RGB", (30, 21), 1)
    made = ask(UPSCALE, image, **settings)
    assert made.image.size == size
    assert made.done is (size != image.size)


def test_a_picture_that_is_large_enough_is_left_and_that_is_told():
    image = picture("RGB", (30, 21), 1)
    for settings, said in (({"longest": 20}, "longest=20"), ({"scale": 1.0, "model": ""}, "scale=1 ")):
        made = ask(UPSCALE, image, **settings)
        assert not made.done
        assert said in made.note
        assert made.image.tobytes() == image.tobytes()


def test_what_was_done_is_said_and_which_of_two_sizes_counts(small):
    image = picture("RGB", (30, 21), 1)
    assert ask(UPSCALE, image, linear=True).note == "30x21 → 60x42, Lanczos on light"
    assert ask(UPSCALE, image, scale=2.0, longest=40).note == "30x21 → 40x28 by longest=40, Lanczos"
    assert ask(UPSCALE, image, scale=3.0, model=str(small)).note.endswith("×2, run twice")


def test_a_filter_is_recorded_with_its_version():
    made = ask(UPSCALE, picture("RGB", (30, 21), 1))
    assert made.facts == {"size": [60, 42], "pillow": __import__("PIL").__version__}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(1, 1), (1, 90), (33, 20)])
def test_a_network_takes_every_mode_and_size(small, mode, size):
    made = ask(UPSCALE, picture(mode, size, 3), model=str(small), tile=64)
    assert (made.image.mode, made.image.size) == (mode, (size[0] * 2, size[1] * 2))


@pytest.mark.parametrize(("scale", "passes"), [(1.5, 1), (2.0, 1), (2.1, 2), (4.0, 2), (5.0, 3)])
def test_a_network_runs_until_the_size_is_reached(small, scale, passes):
    made = ask(UPSCALE, picture("RGB", (20, 10), 3), scale=scale, model=str(small))
    assert made.image.size == (round(20 * scale), round(10 * scale))
    assert made.facts["passes"] == passes
    network = loaded(small)
    wanted = picture("RGB", (20, 10), 3)
    for _ in range(passes):
        wanted, _tile = enlarged(wanted, network, 512)
    if wanted.size != made.image.size:
        wanted = resampled(wanted, made.image.size)
    assert made.image.tobytes() == wanted.tobytes()


def test_what_a_network_is_stands_in_the_facts(small):
    made = ask(UPSCALE, picture("RGB", (20, 10), 3), model=str(small), tile=64)
    assert made.facts.items() >= {**loaded(small).facts(), "tile": 64, "passes": 1, "size": [40, 20]}.items()
    assert "small.safetensors, ×2" in made.note


def sharp(path):
    """Make a random network's voice strong, so that a seam would be seen."""

    def louder(state):
        last = max((name for name in state if name.endswith("weight")), key=lambda name: state[name].numel())
        state[last] *= 2

    return edited(path, louder)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: compact(path, num_feat=16, num_conv=6),
        lambda path: sharp(compact(path, num_feat=16, num_conv=6, upscale=4)),
        lambda path: esrgan(path),
        lambda path: sharp(esrgan(path, num_blocks=2)),
        lambda path: esrgan(path, scale=2, shuffle_factor=2),
    ],
    ids=["compact", "loud compact", "esrgan", "loud esrgan", "unshuffled esrgan"],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_tiles_leave_no_seam(tmp_path, make, mode):
    network = loaded(make(tmp_path / "one.safetensors"))
    image = picture(mode, (150, 97), 3)
    tiled, _ = enlarged(image, network, 64)
    whole, tile = enlarged(image, network, 1024)
    assert tile >= 150
    seen = levels(whole)[..., -1] > 8 if mode == "RGBA" else slice(None)
    assert levels(whole).std() > 3
    assert np.abs(levels(tiled) - levels(whole))[seen].max() <= 1


def test_without_overlap_there_are_seams(tmp_path, monkeypatch):
    network = loaded(compact(tmp_path / "one.safetensors", num_feat=16, num_conv=6))
    image = picture("RGB", (150, 97), 3)
    whole, _ = enlarged(image, network, 1024)
    monkeypatch.setattr(networks, "reach_of", lambda _: 0)
    tiled, _ = enlarged(image, network, 64)
    assert np.abs(levels(tiled) - levels(whole)).max() > 1


def test_the_reach_is_what_a_pixel_depends_on(tmp_path):
    import torch

    network = loaded(compact(tmp_path / "one.safetensors", num_conv=5))
    reach = reach_of(network.descriptor.model)
    assert reach == 7
    grey = torch.full((1, 3, 1, 41), 0.5)
    spot = grey.clone()
    spot[..., 20] = 0.6
    changed = (network.descriptor(spot) != network.descriptor(grey)).any(dim=1)[0, 0].nonzero().ravel() // 2
    assert changed.min() >= 20 - reach
    assert changed.max() <= 20 + reach
    assert reach_of(torch.nn.Sequential(torch.nn.Conv2d(3, 3, 3), torch.nn.MultiheadAttention(4, 1))) == MOST_OVERLAP
    assert reach_of(torch.nn.Conv2d(3, 3, 3, stride=2)) == MOST_OVERLAP


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_networks_let_no_hidden_colour_bleed(small, mode):
    plain = picture(mode, (40, 20), 3)
    plain.putalpha(Image.new("L", plain.size, 255))
    plain.paste(0, (20, 0, 40, 20))
    bright = plain.copy()
    bright.paste((255,) * (len(mode) - 1) + (0,), (20, 0, 40, 20))
    made = [levels(enlarged(image, loaded(small), 64)[0]) for image in (plain, bright)]
    assert np.array_equal(*made)


def test_opaque_pictures_come_out_as_without_alpha(small):
    image = picture("RGB", (40, 20), 3)
    opaque = image.convert("RGBA")
    made = enlarged(opaque, loaded(small), 64)[0]
    assert made.convert("RGB").tobytes() == enlarged(image, loaded(small), 64)[0].tobytes()
    assert made.getextrema()[3] == (255, 255)


def test_grey_goes_through_a_network_of_colours_and_keeps_sixteen_bits(small):
    grey = picture("I;16", (40, 20), 3)
    made = np.asarray(enlarged(grey, loaded(small), 64)[0])
    assert len(np.unique(made % 256)) > 100
    eight = picture("L", (40, 20), 3)
    colours = levels(enlarged(eight.convert("RGB"), loaded(small), 64)[0]).mean(axis=2)
    assert np.abs(levels(enlarged(eight, loaded(small), 64)[0])[..., 0] - colours).max() <= 1


def test_a_network_of_grey_takes_colours_one_by_one(tmp_path):
    network = loaded(compact(tmp_path / "one.safetensors", num_in_ch=1, num_out_ch=1))
    image = picture("RGB", (40, 20), 3)
    made = enlarged(image, network, 64)[0]
    for band in "RGB":
        assert made.getchannel(band).tobytes() == enlarged(image.getchannel(band), network, 64)[0].tobytes()


def test_networks_of_other_channels_are_refused(tmp_path):
    network = loaded(compact(tmp_path / "one.safetensors", num_in_ch=4, num_out_ch=4))
    with pytest.raises(ModelError, match="makes 4 channels of 4") as error:
        enlarged(picture("RGB", (8, 8), 3), network, 64)
    assert error.value.hint


def test_a_network_that_gives_no_numbers_is_told(tmp_path):
    path = edited(compact(tmp_path / "one.safetensors"), lambda state: state["body.0.bias"].fill_(float("nan")))
    with pytest.raises(GenerationError, match="no numbers") as error:
        ask(UPSCALE, picture("RGB", (8, 8), 3), model=str(path))
    assert error.value.hint


def test_a_network_of_another_size_than_it_says_is_told(small, monkeypatch):
    network = loaded(small)
    monkeypatch.setattr(network.descriptor, "_call_fn", lambda model, image: model(image)[..., 1:])
    with pytest.raises(GenerationError, match="was due"):
        ask(UPSCALE, picture("RGB", (8, 8), 3), model=str(small))


def test_a_network_that_fails_otherwise_fails_as_it_did(small, monkeypatch):
    def fail(model, image):
        raise RuntimeError("a bug")

    monkeypatch.setattr(loaded(small).descriptor, "_call_fn", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        ask(UPSCALE, picture("RGB", (8, 8), 3), model=str(small))


@pytest.mark.parametrize("error", ["cuda", "memory", "cpu"])
def test_tiles_are_halved_where_memory_runs_out(small, monkeypatch, error):
    import torch

    raised = {
        "cuda": torch.OutOfMemoryError("CUDA out of memory"),
        "memory": MemoryError(),
        "cpu": RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    }[error]

    def run(model, image):
        if image.shape[-1] > 90:
            raise raised
        return model(image)

    image = picture("RGB", (300, 20), 3)
    whole = ask(UPSCALE, image, model=str(small)).image
    monkeypatch.setattr(loaded(small).descriptor, "_call_fn", run)
    made = ask(UPSCALE, image, model=str(small), tile=256)
    assert made.facts["tile"] == 64
    assert "tiles of 64 pixels" in made.note
    assert np.abs(levels(made.image) - levels(whole)).max() <= 1


def test_memory_that_never_suffices_is_an_error_with_a_cure(small, monkeypatch):
    def run(model, image):
        raise MemoryError

    monkeypatch.setattr(networks, "affordable", lambda *_: 512)
    monkeypatch.setattr(loaded(small).descriptor, "_call_fn", run)
    with pytest.raises(GenerationError, match=f"tiles of {LEAST_TILE} pixels") as error:
        ask(UPSCALE, picture("RGB", (8, 8), 3), model=str(small))
    assert error.value.hint


def test_a_large_network_gets_smaller_tiles(tmp_path, monkeypatch):
    light, heavy = loaded(compact(tmp_path / "a.safetensors")), loaded(esrgan(tmp_path / "b.safetensors"))
    assert affordable(heavy, 16) < affordable(light, 16)
    monkeypatch.setattr(networks, "BUDGET", 0)
    assert affordable(heavy, 16) == LEAST_TILE
    made = ask(UPSCALE, picture("RGB", (40, 40), 3), model=str(tmp_path / "b.safetensors"))
    assert made.facts["tile"] == LEAST_TILE


@pytest.mark.parametrize(
    ("size", "settings", "said"),
    [((4000, 4000), {"scale": 8.0}, "32000x32000"), ((70, 10), {"longest": 65_535}, "65535x9362")],
)
def test_sizes_have_a_limit(size, settings, said):
    with pytest.raises(SettingsError, match=said) as error:
        ask(UPSCALE, Image.new("L", size), **settings)
    assert error.value.hint


def test_a_network_that_would_go_far_beyond_is_refused_before_it_runs(tmp_path):
    path = compact(tmp_path / "one.safetensors", upscale=4)
    with pytest.raises(
        SettingsError, match="one.safetensors makes pictures 4 times larger, and so would make .* 32000x"
    ):
        ask(UPSCALE, Image.new("L", (2000, 2000)), scale=5.0, model=str(path))


def test_settings_are_looked_at_together(small):
    for settings, said, kind in (
        ({"sha256": "0" * 64}, "no model", SettingsError),
        ({"model": str(small), "sha256": "0" * 64}, "not the file", ModelError),
        ({"model": "nowhere.safetensors"}, "not there", ModelError),
        ({"model": "embeded"}, "no model file .embeded.", SettingsError),
        ({"model": str(small.parent)}, "a folder", ModelError),
    ):
        with pytest.raises(kind, match=said) as error:
            ask(UPSCALE, picture("RGB", (8, 8), 3), **settings)
        assert error.value.hint


def test_the_embedded_network_has_a_short_name():
    made = ask(UPSCALE, picture("RGB", (30, 20), 3), model="embedded")
    assert made.image.size == (60, 40)
    assert made.facts["model"] == embedded.upscaler_path().name


@pytest.mark.parametrize("mode", ["P", "CMYK", "1", "PA"])
def test_pictures_of_other_modes_come_through_the_chain(registry, small, mode):
    from promptkit.finish import plan_chain, run_chain

    rgb = picture("RGB", (30, 20), 3)
    image = rgb.convert("P").convert("PA") if mode == "PA" else rgb.convert(mode)
    steps = plan_chain(f"upscale:2;model={small},crop:1:1,pad:16:9;colour=edge,strip", registry)
    done = run_chain(image, steps, seed=0)
    assert not done.failed
    assert [step.name for step in done.steps] == ["upscale", "crop", "pad", "strip"]
    assert done.image.size == (71, 40)
    assert done.stripped
    assert str(small.parent) not in str([step.to_json() for step in done.steps])
