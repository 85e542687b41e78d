import json

import pytest
import yaml
from click.testing import CliRunner
from PIL import Image, PngImagePlugin

from promptkit.cli.inspect import inspect
from promptkit.errors import PromptkitError
from promptkit.metadata import read_provenance
from promptkit.pictures import open_picture
from tests.metadata.graphs import plain
from tests.metadata.test_formats import GRADED, KINDS, written

HOSTILE = "a [red] fox\x1b[31m, [/] \u202e neon lighting"


def run(*arguments):
    return CliRunner().invoke(inspect, [str(argument) for argument in arguments])


@pytest.fixture
def picture(tmp_path):
    def made(name="x.png", **texts):
        info = PngImagePlugin.PngInfo()
        for key, value in texts.items():
            info.add_itxt(key, value)
        Image.new("RGB", (8, 8), "red").save(tmp_path / name, pnginfo=info)
        return tmp_path / name

    return made


@pytest.fixture
def ours(tmp_path):
    added = {"text": "oil painting", "slot": "style", "weight": 1.0, "source": "pack/oil", "start": None}
    content, _ = written("PNG", "a red dog", phrases=(added,), negative="blur", finish=(GRADED,),
                         model={"name": "m", "hash": "abc", "licence": "MIT"})  # fmt: skip
    (tmp_path / "ours.png").write_bytes(content)
    return tmp_path / "ours.png"


def test_a_picture_of_ours_is_shown_with_its_slots(ours):
    shown = run(ours)
    assert shown.exit_code == 0
    for said in ("made by promptkit 0", "a red dog", "oil painting", "pack/oil", "not blur", "euler_a", "m, hash abc",
                 "MIT", "finished by grade:preset=golden", "score: total"):  # fmt: skip
        assert said in shown.stdout


def test_what_other_tools_made_is_shown_with_what_is_not_known(picture):
    shown = run(picture(parameters="a fox, neon lighting\nSteps: 20, Seed: 5, Size: 8x8, Hires upscale: 2"))
    for said in ("made by A1111", "neon lighting", "also written there", "Hires upscale"):
        assert said in shown.stdout
    assert "not known: model, guidance, sampler" in shown.stdout
    shown = run(picture(prompt=json.dumps(plain())))
    assert "made by ComfyUI" in shown.stdout
    assert "a (red:1.2) fox" in shown.stdout


def test_nothing_that_a_file_says_reaches_the_terminal_raw(picture):
    text = f"{HOSTILE}\nNegative prompt: {HOSTILE}\nSteps: 2, Seed: 1, Size: 8x8, Model: \x1b]0;x\x07, {HOSTILE}: 3"
    for arguments in ((), ("--json",), ("--as", "json"), ("--as", "yaml")):
        shown = run(picture(parameters=text), *arguments)
        assert shown.exit_code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(shown.output)
        assert "[red]" in shown.output


def test_json_is_one_document_with_what_failed(ours, picture, tmp_path):
    shown = run(ours, picture("bare.png"), tmp_path / "none.png", "--json")
    assert shown.exit_code == 3
    first, bare, none = json.loads(shown.stdout)["pictures"]
    assert first["provenance"]["recipe"] == read_provenance(open_picture(ours)).recipe
    assert first["prompt"]["phrases"][0]["text"] == "a red dog"
    assert (first["format"], first["size"], first["error"]) == ("PNG", [24, 16], None)
    assert "says nothing" in bare["error"]["message"]
    assert "no file" in none["error"]["message"]


def test_a_picture_that_says_nothing_is_told_and_fails(picture):
    shown = run(picture())
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "says nothing about how it was made" in shown.stderr


def test_as_a1111(picture, ours):
    assert run(ours, "--as", "a1111").stdout == (
        "a red dog\nNegative prompt: blur\nSteps: 16, Sampler: euler_a, CFG scale: 3.0, Seed: 2, Size: 8x8, "
        'Model hash: abc, Model: m, Finish: "grade:preset=golden", Version: promptkit 0\n'
    )
    graph = plain()
    graph["10"] = {"class_type": "LoraLoader", "inputs": {"lora_name": "a/b.safetensors", "strength_model": 0.5,
                   "model": ["4", 0]}}  # fmt: skip
    graph["3"]["inputs"]["model"] = ["10", 0]
    text = run(picture(prompt=json.dumps(graph)), "--as", "a1111").stdout
    assert text.startswith("a (red:1.2) fox <lora:b:0.5>\nNegative prompt: blur\nSteps: 20, Sampler: dpmpp_2m")
    again = read_provenance(open_picture(picture("again.png", parameters=text)))
    assert (again.seed, again.settings["guidance_scale"], again.sampler) == (9, 8, "dpmpp_2m karras")


def test_as_a1111_of_its_own_is_the_very_text(picture):
    text = (
        'a fox\nSteps: 9, Sampler: Euler a, Seed: 1, Size: 8x8, Lora hashes: "x: ab", Hires upscale: 2, Version: v1.9'
    )
    shown = run(picture(parameters=text), "--as", "a1111")
    assert (shown.stdout, shown.stderr) == (f"{text}\n", "")
    shown = run(picture(parameters=f"\x1b[31mred\u202e {text}"), "--as", "a1111")
    assert shown.stdout == f"␛[31mred⟨U+202E⟩ {text}\n"
    assert "written out" in shown.stderr


UNREAD = {
    "too long": ({"parameters": "a" * 5_000_000}, "5,000,000 characters and was not read"),
    "broken graph": ({"prompt": '{"3": {"class_type": "KSampler", "inp'}, "'prompt' begins like JSON"),
    "a record of another shape": ({"promptkit": '{"recipe": 3}'}, "'promptkit' is no recipe"),
}


@pytest.mark.parametrize(("texts", "said"), UNREAD.values(), ids=UNREAD)
def test_what_could_not_be_read_is_told_and_is_no_silence(picture, texts, said):
    shown = run(picture(**texts))
    assert shown.exit_code == 1
    assert said in shown.stderr
    assert "says nothing" not in shown.stderr
    (found,) = json.loads(run(picture(**texts), "--json").stdout)["pictures"]
    assert any(said in note for note in found["notes"])
    shown = run(picture(**{"parameters": "a fox\nSteps: 2, Seed: 1, Size: 8x8", **texts}))
    assert said in shown.stderr


def test_a_lone_surrogate_is_told(picture):
    shown = run(picture(promptkit='{"recipe": {"prompt": "a \\ud800 cat"}}'))
    assert "lone surrogates" in shown.stderr


def test_what_cannot_be_or_is_of_another_size_is_told(picture):
    shown = run(picture(parameters=f"a fox\nSteps: {'9' * 23}, Seed: 1, Size: 1920x1088"))
    assert "not known: model, steps" in shown.stdout
    assert f"It says steps {'9' * 23}, which cannot be." in shown.stderr
    assert "8x8 pixels and says that it was made with 1920x1088" in shown.stderr
    assert "pixels and says" not in run(picture(parameters="a fox\nSteps: 9, Seed: 1, Size: 8x8")).stderr
    circle = plain() | {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["6", 0], "clip": ["4", 1]}}}
    assert "runs in a circle" in run(picture(prompt=json.dumps(circle))).stderr
    shown = run(picture(parameters='a fox\nSteps: 9, Seed: 1, Size: 8x8, Extra: {"cfg": 2, "model": {"name": "m"}}'))
    assert "cfg 2, model name m" in shown.stdout


def test_as_json_and_yaml_are_the_same_data(ours):
    assert yaml.safe_load(run(ours, "--as", "yaml").stdout) == json.loads(run(ours, "--as", "json").stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_strip_writes_a_copy_and_says_what_is_lost(tmp_path, kind):
    path = tmp_path / f"x.{kind.lower()}"
    path.write_bytes(written(kind)[0])
    before = open_picture(path).image.tobytes()
    shown = run(path, "--strip")
    copy = path.with_stem("x-stripped")
    assert (shown.exit_code, shown.stdout.strip()) == (0, str(copy))
    assert "no longer be reproduced" in shown.stderr
    assert "no longer says that it is synthetic" in shown.stderr
    assert read_provenance(open_picture(copy)) is None
    assert open_picture(copy).image.tobytes() == before
    assert read_provenance(open_picture(path)) is not None
    assert run(path, "--strip", "--overwrite").exit_code == 0
    assert path.read_bytes() == copy.read_bytes()


def test_strip_of_several_goes_on(ours, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    shown = run(tmp_path / "text.png", ours, "--strip", "--json")
    assert shown.exit_code == 3
    bad, good = json.loads(shown.stdout)["pictures"]
    assert "no picture" in bad["error"]["message"]
    assert good["path"].endswith("ours-stripped.png")


def test_a_prompt_that_its_dialect_refuses_is_shown_as_text(picture):
    shown = run(picture(parameters="a (fox:1e99)\nSteps: 2, Seed: 1, Size: 8x8"))
    assert shown.exit_code == 0
    assert "(fox:1e99)" in shown.stdout
    long = run(picture(parameters=f"{'a, ' * 20_000}\nSteps: 2, Seed: 1, Size: 8x8"))
    assert long.exit_code == 0
    assert "cannot be read into slots" in long.stderr


@pytest.mark.parametrize("arguments", [["a.png", "b.png", "--as", "json"], ["a.png", "--as", "yaml", "--json"],
                                       ["a.png", "--overwrite"]])  # fmt: skip
def test_options_that_do_not_go_together(arguments):
    shown = run(*arguments)
    assert isinstance(shown.exception, PromptkitError)
    assert shown.exception.exit_code == 2
