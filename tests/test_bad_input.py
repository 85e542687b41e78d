"""What nobody could make is refused with a cure, before a model is loaded or a folder is written."""

import errno
import json
import shutil
import struct

import numpy as np
import pytest
from click.testing import CliRunner

from promptkit import GenerationSettings, Session
from promptkit.asked import MAX_CANDIDATES, seeds_of
from promptkit.backends.loader import DiffusersLoader
from promptkit.cli.app import app
from promptkit.errors import ModelError, PromptError, PromptkitError, SettingsError, UnknownNameError
from promptkit.records import LoadOptions, ModelSpec

PROMPT = "a red circle"
INF, NAN = float("inf"), float("nan")


@pytest.fixture
def nothing_loads(monkeypatch):
    """Fail a test in which a model is loaded."""

    def load(*_, **__):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(DiffusersLoader, "load", load)


SETTINGS = {
    "num_inference_steps": [0, -1, 10**6, True, 4.0, "4", np.float64(4)],
    "width": [0, -64, 8, 65, 100_000, True, 64.0, "64"],
    "height": [0, -64, 8, 65, 100_000, True, 64.0],
    "guidance_scale": [NAN, INF, -INF, -1.0, 51.0, True, "3"],
    "batch_size": [0, -1, True, 1.5],
    "weighting": ["nobody's"],
    "sampler": ["DPM++ 2S a", "dpm_adaptive", "flow_euler", "Euler a Karras", "dpmpp_2m_turbo"],
}


@pytest.mark.usefixtures("nothing_loads")
@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in SETTINGS.items() for value in values])
def test_settings_that_nobody_could_follow(name, value, tmp_path):
    with pytest.raises(SettingsError) as caught:
        Session().generate(PROMPT, settings=GenerationSettings(**{name: value}), out=tmp_path / "out")
    said = caught.value.message.replace(",", "")
    assert str(value) in said or repr(value) in said
    assert caught.value.hint
    assert not (tmp_path / "out").exists()


ASKED = {
    "seed": [-1, 2**63, 2**64, 10**30, True, 1.5, "1", None],
    "candidates": [0, -1, MAX_CANDIDATES + 1, True, 2.0, "2"],
    "keep": [0, -1, True, 1.5],
    "variation_strength": [NAN, -0.1, 1.1, True, "0.5"],
}


@pytest.mark.usefixtures("nothing_loads")
@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ASKED.items() for value in values])
def test_numbers_of_a_run_that_are_none(name, value, tmp_path):
    other = {"variation_seed": 1} if name == "variation_strength" else {}
    with pytest.raises(SettingsError) as caught:
        Session().generate(PROMPT, out=tmp_path / "out", **other, **{name: value})
    assert caught.value.hint
    assert not (tmp_path / "out").exists()


def test_the_largest_numbers_are_taken():
    assert len(seeds_of(0, MAX_CANDIDATES)) == MAX_CANDIDATES == 10_000
    assert seeds_of(2**63 - 1, 1) == (2**63 - 1,)
    with pytest.raises(SettingsError, match="with 2 candidates"):
        seeds_of(2**63 - 1, 2)


@pytest.mark.usefixtures("nothing_loads")
@pytest.mark.parametrize("text", ["", "   ", ",,,", "\n"])
def test_an_empty_prompt(text):
    with pytest.raises(PromptError, match="empty"):
        Session().generate(text)


@pytest.mark.usefixtures("nothing_loads")
def test_a_sampler_of_few_steps_is_not_run_for_many():
    with pytest.raises(SettingsError, match="'lcm' cannot run 51 steps") as caught:
        Session().generate(PROMPT, settings=GenerationSettings(sampler="lcm", num_inference_steps=51))
    assert "--steps 50" in (caught.value.hint or "")


@pytest.mark.usefixtures("nothing_loads")
@pytest.mark.parametrize(
    "options",
    [
        *(["--steps", value] for value in ("0", "-1", "1000000", "1.5", "many")),
        *(["--width", value] for value in ("0", "8", "65", "100000")),
        *(["--guidance", value] for value in ("nan", "inf", "-1", "1e309")),
        *(["--seed", value] for value in ("-1", str(2**63), str(2**64), "0.5")),
        *(["--candidates", value] for value in ("0", "-1", "10001")),
        *(["--batch-size", value] for value in ("0", "-1")),
        *(["--sampler", value] for value in ("PLMS Karras", "dpm_fast", "flow_heun")),
    ],
    ids=" ".join,
)
def test_the_command_line_refuses_them_too(options, tmp_path):
    done = CliRunner().invoke(app, ["generate", PROMPT, "--out", str(tmp_path / "out"), *options])
    refused = done.exception
    assert isinstance(refused, PromptkitError) or done.exit_code == 2
    assert getattr(refused, "exit_code", 2) == 2
    if options[0] != "--width" and "flow_heun" not in options:
        assert PROMPT not in done.stdout
    assert not (tmp_path / "out").exists()


def no_part(name):
    return lambda folder: shutil.rmtree(folder / name)


def edit_index(**changes):
    def harm(folder):
        path = folder / "model_index.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return harm


def weights(folder):
    return folder / "unet" / "diffusion_pytorch_model.safetensors"


def written(content):
    return lambda folder: weights(folder).write_bytes(content)


def header(entry, body=b""):
    text = json.dumps({"a": entry}).encode()
    return struct.pack("<Q", len(text)) + text + body


def pickle_alone(folder):
    for path in folder.rglob("*.safetensors"):
        path.rename(path.with_suffix(".bin"))


def shortened(folder):
    data = weights(folder).read_bytes()
    weights(folder).write_bytes(data[: len(data) // 2])


F32 = {"dtype": "F32", "shape": [4]}
EARLY = {
    "no index": lambda folder: (folder / "model_index.json").unlink(),
    "index is no JSON": lambda folder: (folder / "model_index.json").write_text("{"),
    "index is a list": lambda folder: (folder / "model_index.json").write_text("[1]"),
    "index is not text": lambda folder: (folder / "model_index.json").write_bytes(b"\xff\xfe\x00"),
    "no unet": no_part("unet"),
    "no text encoder": no_part("text_encoder"),
    "no tokenizer": no_part("tokenizer"),
    "tokenizer without files": lambda folder: [path.unlink() for path in (folder / "tokenizer").iterdir()],
    "no scheduler config": lambda folder: (folder / "scheduler" / "scheduler_config.json").unlink(),
    "pickles only": pickle_alone,
    "cut short": shortened,
    "empty weights": written(b""),
    "header longer than the file": written(struct.pack("<Q", 2**40) + b"{}"),
    "header is no JSON": written(struct.pack("<Q", 2) + b"[["),
    "header lies about the end": written(header({**F32, "data_offsets": [0, 10**15]}, bytes(16))),
    "header lies about its entries": written(header([1, 2])),
    "more bytes than it says": written(header({**F32, "data_offsets": [0, 16]}, bytes(64))),
}  # fmt: skip
LATE = {
    "a class that does not exist": edit_index(_class_name="NoSuchPipeline"),
    "a class that is no pipeline": edit_index(_class_name="UNet2DConditionModel"),
    "a pipeline that takes no text": edit_index(_class_name="DDPMPipeline"),
    "a part of another class": edit_index(unet=["diffusers", "AutoencoderKL"]),
    "no class at all": edit_index(_class_name=None),
    "negative offsets": written(header({**F32, "data_offsets": [-16, 0]})),
}


@pytest.fixture
def broken(tiny_sd, tmp_path, request):
    folder = tmp_path / "model"
    shutil.copytree(tiny_sd, folder)
    request.param(folder)
    return folder


def refuse(folder):
    with pytest.raises(ModelError) as caught:
        Session(str(folder), ranker="none").generate(PROMPT, candidates=1)
    assert str(folder) in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.usefixtures("nothing_loads")
@pytest.mark.parametrize("broken", EARLY.values(), ids=EARLY, indirect=True)
def test_a_broken_folder_is_told_before_anything_is_loaded(broken):
    refuse(broken)


@pytest.mark.parametrize("broken", LATE.values(), ids=LATE, indirect=True)
def test_what_only_loading_can_tell_is_told_in_words(broken):
    refuse(broken)


def test_a_whole_folder_is_not_refused(tiny_sd):
    assert len(Session(str(tiny_sd), ranker="none").generate(PROMPT, candidates=1).candidates) == 1


@pytest.mark.parametrize(("name", "content"), [("model.ckpt", b"PK"), ("model.safetensors", b"x"), ("notes.txt", b"")])
def test_a_file_that_is_no_model(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    refuse(tmp_path / name)


@pytest.mark.usefixtures("nothing_loads")
@pytest.mark.parametrize("loader", ["clip", "clip-plain"])
@pytest.mark.parametrize(
    ("checkpoint", "said"),
    [
        ("nope", "open_clip knows no architecture 'nope'."),
        ("ViT-B-32/nope", "open_clip knows no checkpoint 'nope' of 'ViT-B-32'."),
        ("local-dir:/nope", "There is no folder '/nope'."),
    ],
)
def test_a_ranker_that_cannot_be_is_refused_before_the_model_is_loaded(loader, checkpoint, said):
    with pytest.raises(ModelError) as caught:
        Session(ranker=f"{loader}:{checkpoint}").generate(PROMPT)
    assert caught.value.message == said
    assert "network" not in (caught.value.hint or "")


@pytest.mark.usefixtures("nothing_loads")
def test_a_file_of_another_kind_is_refused_by_its_name(tmp_path):
    (tmp_path / "model.ckpt").write_bytes(b"PK")
    assert "model.ckpt" in refuse(tmp_path / "model.ckpt").message


@pytest.mark.parametrize("name", ["./nope", "../nope", "/nope/there", "~/nope", "~nobody-here/x", "no\\pe"])
def test_a_path_where_nothing_lies_is_no_hub_id(name):
    with pytest.raises(SettingsError) as caught:
        Session(name)
    assert caught.value.message == f"There is no folder or file '{name}'."


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *(("generate", option) for option in ("--model", "--ranker", "--out", "--finish")),
        *(("suggest", option) for option in ("--model", "--out")),
    ],
)
def test_an_empty_option_is_not_one_left_out(command, option):
    done = CliRunner().invoke(app, [command, PROMPT, option, " "])
    assert done.exit_code == 2
    assert option in done.output
    assert "empty" in done.output


def test_a_long_name_is_no_model():
    with pytest.raises(UnknownNameError):
        Session("x" * 10_000)


def test_an_empty_model_is_not_the_current_folder():
    with pytest.raises(UnknownNameError):
        Session("")


@pytest.mark.parametrize("options", [{"dtype": "int8"}, {"load": LoadOptions(offload="foo")}], ids=str)
def test_loading_options_that_are_none_are_refused_at_once(options):
    with pytest.raises(SettingsError, match="int8|foo"):
        Session(**options)


def test_no_network_and_not_cached():
    with pytest.raises(ModelError, match="not in the cache") as caught:
        Session("nobody/nothing", ranker="none").generate(PROMPT)
    assert "--model embedded" in (caught.value.hint or "")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_full_disk_is_said_at_once(monkeypatch, number, wrapped):
    from diffusers import DiffusionPipeline

    asked = []

    def full(*_, **__):
        asked.append(1)
        error = OSError(number, "No space left on device")
        if wrapped:
            raise ValueError("could not load") from error
        raise error

    monkeypatch.setattr(DiffusionPipeline, "from_pretrained", full)
    with pytest.raises(ModelError, match="no room left on the disk") as caught:
        DiffusersLoader().load(ModelSpec(name="theirs", source="nobody/nothing"))
    assert "HF_HOME" in (caught.value.hint or "")
    assert len(asked) == 1


def test_sizes_told_from_the_files_are_those_of_the_pipeline(tiny_sd, tiny_sdxl):
    from promptkit.backends.families import least, multiple
    from promptkit.backends.limits import sides_of
    from promptkit.backends.loading import load_pipeline
    from promptkit.embedded import pipeline_path

    for folder in (tiny_sd, tiny_sdxl, pipeline_path()):
        pipeline = load_pipeline(str(folder))
        assert sides_of(folder) == (multiple(pipeline), least(pipeline))
