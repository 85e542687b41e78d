"""``promptkit finish`` and ``generate --finish`` with a plugin that is installed for real."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from PIL import Image

from promptkit.metadata import read_provenance
from promptkit.pictures import open_picture

from .test_cli import clean, run

CODE = """
import sys
import time
from PIL import ImageOps
from promptkit import hookimpl
from promptkit.interfaces import Setting

class Solarize:
    name = "solarize"
    summary = "turns what is bright"
    settings = (Setting(name="above", default=128, least=0, most=255),)
    def process(self, image, *, settings, rng):
        return ImageOps.solarize(image, settings["above"])

class Fails:
    name = "fails"
    def process(self, image, *, settings, rng):
        raise ValueError("\\x1b[31mno")

class Waits:
    name = "waits"
    def process(self, image, *, settings, rng):
        if image.width == 6:
            print("waiting", file=sys.stderr, flush=True)
            time.sleep(60)
        return image.copy()

@hookimpl
def register_postprocessors():
    return [Solarize(), Fails(), Waits()]
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    site = tmp_path / "site"
    info = site / "darkroom-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "darkroom.py").write_text(textwrap.dedent(CODE))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: darkroom\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[promptkit.plugins]\ndarkroom = darkroom\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *filter(None, sys.path)]))
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        Image.new("RGB", (5, 5), (200, 10, 10)).save(tmp_path / f"{name}.png")
    return tmp_path


def test_pictures_are_finished_beside_themselves(shop):
    before = (shop / "one.png").read_bytes()
    done = clean(run("finish", "one.png", "two.png", "--chain", "solarize:100"))
    assert (done.returncode, done.stdout.split()) == (0, ["one-finished.png", "two-finished.png"])
    assert (shop / "one.png").read_bytes() == before
    assert Image.open(shop / "one-finished.png").getpixel((0, 0)) == (55, 10, 10)
    assert clean(run("finish", "one.png", "--chain", "solarize:0")).stdout.strip() == "one-finished-2.png"
    assert Image.open(shop / "one-finished.png").getpixel((0, 0)) == (55, 10, 10)


def test_a_picture_keeps_its_recipe_when_it_is_finished_twice(shop, warm_python):
    made = run(
        "generate", "a red dog", "--candidates", "2", "--seed", "5", "--steps", "2", "--finish", "solarize", "--quiet",
        python=warm_python,
    )  # fmt: skip
    path = clean(made).stdout.strip()
    assert (made.returncode, path[-13:]) == (0, "-finished.png")
    done = json.loads(
        clean(run("finish", path, "--chain", "solarize:7", "--out", "more", "--json", python=warm_python)).stdout
    )
    (picture,) = done["pictures"]
    opened = open_picture(shop / picture["path"])
    record = read_provenance(opened)
    assert [step["settings"]["above"] for step in record.recipe["finish"]] == [128, 7]
    assert record.recipe["prompt"] == "a red dog"
    assert record.candidate["seed"] == picture["seed"]
    assert opened.texts["parameters"].startswith("a red dog\n")


def test_some_that_fail_leave_with_3_and_all_with_1(shop, warm_python):
    some = clean(run("finish", "one.png", "gone.png", "--chain", "solarize"))
    assert (some.returncode, some.stdout.split()) == (3, ["one-finished.png"])
    assert some.stderr.splitlines() == [
        "1 of 2: one.png", "2 of 2: gone.png", "There is no file 'gone.png'. Check the path.",
    ]  # fmt: skip
    part = clean(run("finish", "one.png", "--chain", "fails,solarize"))
    assert (part.returncode, part.stdout.split()) == (3, ["one-finished.png"])
    assert "'fails' of plugin 'darkroom' 1.0 was left out" in part.stderr
    assert clean(run("finish", "one.png", "--chain", "fails")).returncode == 1
    assert clean(run("finish", "one.png", "--chain", "solarise")).returncode == 2
    assert clean(run("finish", "one.png")).returncode == 2
    made = run(
        "generate", "a dog", "--candidates", "1", "--steps", "2", "--finish", "fails", "--json", python=warm_python
    )
    assert made.returncode == 3
    assert "was left out" in json.loads(made.stdout)["unfinished"][0]


def test_post_processors_are_listed_with_their_settings(shop):
    told = clean(run("finish", "--list")).stdout
    assert "solarize" in told
    assert "turns what is bright" in told
    assert "above" not in told
    assert "above     128       0 to 255" in clean(run("finish", "--list", "solarize")).stdout
    assert clean(run("finish", "--list", "solarise")).returncode == 2
    listed = json.loads(clean(run("finish", "--list", "--json")).stdout)["postprocessors"]
    (ours,) = (one for one in listed if one["name"] == "solarize")
    assert (ours["plugin"], ours["summary"]) == ("darkroom", "turns what is bright")
    (setting,) = ours["settings"]
    assert {key: setting[key] for key in ("name", "default", "least", "most", "choices")} == {
        "name": "above", "default": 128, "least": 0, "most": 255, "choices": [],
    }  # fmt: skip
    assert {"upscale", "crop", "pad", "strip"} <= {one["name"] for one in listed}


@pytest.mark.parametrize("as_json", [False, True])
def test_an_interrupted_batch_keeps_what_is_finished(shop, as_json):
    Image.new("RGB", (6, 5)).save(shop / "wide.png")
    command = [sys.executable, "-m", "promptkit", "finish", "one.png", "wide.png", "two.png", "--chain", "waits"]
    command += ["--json"] if as_json else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while "waiting" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        told, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Stopped: 1 of 3 pictures were looked at, 1 written." in said
    assert "Traceback" not in said
    assert sorted(path.name for path in shop.glob("*.png")) == ["one-finished.png", "one.png", "two.png", "wide.png"]
    if as_json:
        assert [picture["path"] for picture in json.loads(told)["pictures"]] == ["one-finished.png"]
    else:
        assert told.split() == ["one-finished.png"]


def test_what_does_not_go_together_and_what_is_too_large_is_refused(shop):
    both = clean(run("finish", "one.png", "--chain", "solarize", "--out", "x", "--overwrite"))
    assert (both.returncode, "do not go together" in both.stderr) == (2, True)
    large = clean(run("finish", "one.png", "--chain", "solarize", "--max-pixels", "24"))
    assert (large.returncode, "--max-pixels 25" in large.stderr) == (1, True)
    done = clean(run("finish", "one.png", "--chain", "solarize:100", "--overwrite"))
    assert (done.returncode, done.stdout.split()) == (0, ["one.png"])
    assert Image.open(shop / "one.png").getpixel((0, 0)) == (55, 10, 10)


def test_nothing_to_do_and_wrong_requests_are_refused_before_a_picture_is_opened(shop):
    for options, said in (
        (["--chain", "none"], "There is nothing to do."),
        (["--chain", "solarize", "--seed", "-1"], "The image seed -1 is out of range."),
        (["--chain", "solarize", "--ranker", "clop"], "no ranker named 'clop'"),
    ):
        done = clean(run("finish", "one.png", "two.png", *options, "--out", "new"))
        assert (done.returncode, done.stderr.count("Error")) == (2, 1)
        assert said in done.stderr
    assert not (shop / "new").exists()


def test_the_same_file_by_another_path_is_finished_once(shop):
    (shop / "link.png").symlink_to("one.png")
    done = clean(run("finish", "one.png", "./one.png", "link.png", "--chain", "solarize", "--overwrite"))
    assert (done.returncode, done.stdout.split()) == (0, ["one.png"])
    assert "'link.png' is the same file as 'one.png', and is finished once." in done.stderr
    assert "'one.png' was given twice, and is finished once." in done.stderr


def test_names_are_written_byte_for_byte_into_a_pipe_and_shown_in_messages(shop):
    name = "a\x1b[31m\nb.png"
    (shop / "one.png").rename(shop / name)
    done = run("finish", name, "--chain", "solarize,grade")
    assert done.stdout == "a\x1b[31m\nb-finished.png\n"
    assert "a␛[31m␊b.png: The grade is neutral: nothing was changed." in done.stderr
    assert "\x1b[31m" not in done.stderr


def test_quiet_says_what_failed_and_many_alike_are_told_once(shop):
    names = [f"{number}.png" for number in range(5)]
    for name in names:
        Image.new("RGB", (5, 5)).save(shop / name)
    done = clean(run("finish", *names, "gone.png", "--chain", "grade"))
    assert (done.returncode, done.stdout) == (1, "")
    said = done.stderr.splitlines()[6:]
    assert said == [
        "There is no file 'gone.png'. Check the path.",
        "5 pictures: The grade is neutral: nothing was changed.",
        "5 pictures: Nothing was written.",
    ]  # fmt: skip
    quiet = clean(run("finish", *names, "gone.png", "--chain", "grade", "--quiet"))
    assert quiet.stderr == "There is no file 'gone.png'. Check the path.\n"


def test_a_pack_that_is_broken_is_told(shop):
    (shop / "bad.yaml").write_text("promptkit: 1\nname: [\n")
    done = clean(run("finish", "one.png", "--chain", "solarize", "--pack", "bad.yaml"))
    assert (done.returncode, "bad.yaml" in done.stderr) == (2, True)
