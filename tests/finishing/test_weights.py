"""Loading networks: what is read, and everything that is refused, each with its cure."""

import hashlib
import json
import os
import pickle
import struct

import pytest
import torch
from safetensors.torch import save_file

from promptkit.errors import ModelError, PromptkitError, SettingsError
from promptkit.finishing import weights
from promptkit.finishing.weights import check_file, load_model

from .networks import compact, edited, esrgan, written


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refused(path, given="", what="upscaler", kind=ModelError):
    with pytest.raises(kind) as error:
        load_model(str(path), given, what)
    assert error.value.hint
    assert str(path.parent) not in str(error.value)
    return str(error.value)


@pytest.fixture(autouse=True)
def _nothing_kept():
    weights._loaded.cache_clear()
    weights._digest.cache_clear()


@pytest.mark.parametrize(("make", "architecture", "scale"), [(compact, "Compact", 2), (esrgan, "ESRGAN", 4)])
def test_a_network_is_told_by_its_tensors(tmp_path, make, architecture, scale):
    path = make(tmp_path / "one.safetensors")
    network = load_model(str(path), "", "upscaler")
    assert architecture in network.architecture
    assert not network.descriptor.model.training
    assert network.facts() == {
        "model": "one.safetensors",
        "sha256": sha256(path),
        "architecture": network.architecture,
        "scale": scale,
        "spandrel": __import__("spandrel").__version__,
    }


def test_loading_draws_nothing_from_torch(tmp_path):
    path = compact(tmp_path / "one.safetensors")
    before = torch.get_rng_state()
    load_model(str(path), "", "upscaler")
    assert torch.equal(before, torch.get_rng_state())


def test_a_pickle_is_loaded_by_the_hash_that_was_given(tmp_path):
    path = compact(tmp_path / "one.pth")
    other = compact(tmp_path / "one.safetensors")
    network = load_model(str(path), sha256(path).upper(), "upscaler")
    wanted = load_model(str(other), "", "upscaler").descriptor.model.state_dict()
    assert all(torch.equal(wanted[name], value) for name, value in network.descriptor.model.state_dict().items())


def test_a_pickle_without_a_hash_is_refused_before_it_is_opened(tmp_path):
    path = tmp_path / "one.pth"
    path.write_bytes(b"anything")
    assert "only when its SHA-256 is given" in refused(path)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def test_a_pickle_that_runs_code_does_not_run_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "one.pth"
    for save in (lambda: torch.save({"a": Bomb()}, path), lambda: path.write_bytes(pickle.dumps({"a": Bomb()}))):
        save()
        assert "cannot be read as a model" in refused(path, sha256(path))
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_another_hash_is_refused(tmp_path, suffix):
    path = compact(tmp_path / f"one.{suffix}")
    said = refused(path, "0" * 64)
    assert sha256(path) in said
    assert "0" * 64 in said


@pytest.mark.parametrize("given", ["abc", "g" * 64, "0" * 63, "sha256:" + "0" * 57])
def test_what_is_no_hash_is_refused(tmp_path, given):
    assert "is no SHA-256" in refused(compact(tmp_path / "one.safetensors"), given, kind=SettingsError)


@pytest.mark.parametrize("suffix", ["ckpt", "pt", "bin", "onnx", "zip", ""])
def test_other_kinds_of_files_are_refused(tmp_path, suffix):
    path = compact(tmp_path / "one.safetensors").rename(tmp_path / f"one.{suffix}")
    assert ".safetensors and .pth files only" in refused(path)


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(ModelError, match="is not there"):
        load_model(str(tmp_path / "none.safetensors"), "", "upscaler")
    with pytest.raises(ModelError, match="is a folder"):
        load_model(str(tmp_path), "", "upscaler")
    empty = tmp_path / "one.safetensors"
    empty.touch()
    assert "has 0 bytes" in refused(empty)


def lying(tensors, body=b""):
    header = json.dumps(tensors).encode()
    return struct.pack("<Q", len(header)) + header + body


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + b"\0" * 100,
        b"{" * 1000,
        struct.pack("<Q", 1 << 60) + b"{}",
        lying({"body.0.weight": {"dtype": "F32", "shape": [1 << 20, 1 << 20], "data_offsets": [0, 1 << 42]}}),
        lying({"body.0.weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"\0" * 4),
        lying([1, 2]),
    ],
    ids=["zip", "braces", "long header", "terabytes", "short", "list"],
)
def test_files_that_lie_are_refused(tmp_path, content):
    path = tmp_path / "one.safetensors"
    path.write_bytes(content)
    assert "cannot be read as a model" in refused(path)


@pytest.mark.parametrize("keep", [4, 100, 3000])
@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_truncated_files_are_refused(tmp_path, keep, suffix):
    path = compact(tmp_path / f"one.{suffix}")
    path.write_bytes(path.read_bytes()[:keep])
    assert "cannot be read as a model" in refused(path, sha256(path))


@pytest.mark.parametrize("content", [[1, 2], {"a": "b"}, {}, torch.zeros(3)], ids=["list", "text", "empty", "tensor"])
def test_pickles_of_other_things_are_refused(tmp_path, content):
    path = tmp_path / "one.pth"
    torch.save(content, path)
    assert refused(path, sha256(path))


def test_an_unknown_architecture_is_refused(tmp_path):
    path = tmp_path / "one.safetensors"
    save_file({"layers.0.thing": torch.zeros(3, 3)}, path)
    said = refused(path)
    assert "architecture" in said
    assert "does not know" in said


@pytest.mark.parametrize(
    "edit",
    [
        lambda state: state.pop("body.2.weight"),
        lambda state: state.update({"body.2.weight": torch.zeros(8, 8, 1)}),
        lambda state: state.update({"body.0.weight": torch.zeros(0, 3, 3, 3)}),
    ],
    ids=["missing", "misshapen", "empty"],
)
def test_a_damaged_network_is_refused(tmp_path, edit):
    assert "damaged" in refused(edited(compact(tmp_path / "one.safetensors"), edit))


def test_a_model_for_another_purpose_is_refused(tmp_path):
    upscaler = compact(tmp_path / "one.safetensors")
    assert "is no face restorer: it makes pictures larger" in refused(upscaler, what="face restorer")
    cleaner = compact(tmp_path / "clean.safetensors", upscale=1)
    assert "is no upscaler: it cleans pictures" in refused(cleaner)


def test_the_last_two_are_kept_until_their_files_change(tmp_path):
    one, two, three = (compact(tmp_path / f"{name}.safetensors") for name in "abc")
    first = load_model(str(one), "", "upscaler")
    load_model(str(two), "", "upscaler")
    assert load_model(str(one), sha256(one), "upscaler") is first
    load_model(str(two), "", "upscaler")
    load_model(str(three), "", "upscaler")
    assert load_model(str(one), "", "upscaler") is not first
    before = load_model(str(one), "", "upscaler").sha256
    written(one, lambda: __import__("spandrel").architectures.Compact.Compact(num_feat=4, num_conv=1), seed=9)
    assert load_model(str(one), "", "upscaler").sha256 == sha256(one) != before


def test_the_kept_one_is_not_given_for_another_hash(tmp_path):
    path = compact(tmp_path / "one.pth")
    load_model(str(path), sha256(path), "upscaler")
    assert "only when its SHA-256" in refused(path)
    assert "is not the file" in refused(path, "1" * 64)


def test_a_look_at_the_file_loads_nothing(tmp_path, monkeypatch):
    path = compact(tmp_path / "one.pth")
    monkeypatch.setattr(weights, "_loaded", None)
    check_file(str(path), sha256(path), "upscaler")
    for given in ("", "0" * 64, "x"):
        with pytest.raises(PromptkitError):
            check_file(str(path), given, "upscaler")


def test_without_spandrel_the_cure_is_told(tmp_path, monkeypatch):
    path = compact(tmp_path / "one.safetensors")
    monkeypatch.setattr("promptkit.extras.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="needs the package spandrel") as error:
        check_file(str(path), "", "upscaler")
    assert "promptkit[finish]" in error.value.hint
