"""``promptkit reproduce``: files and ids of a library, what it writes, what it says, how it ends."""

import json
import shlex

import click
import pytest
from PIL import Image, PngImagePlugin

from promptkit.cli.app import app
from promptkit.errors import PromptkitError
from promptkit.library import Library
from promptkit.pictures import open_picture
from promptkit.reproduce import compare

from .test_cli import clean, run


@pytest.fixture(scope="module")
def shop(tmp_path_factory, warm_python):
    """A library with a run of two pictures."""
    folder = tmp_path_factory.mktemp("shop")
    said = ("a red lighthouse, golden hour", "--candidates", "2", "--steps", "3", "--quiet", "--out", str(folder))
    assert clean(run("generate", *said, python=warm_python)).returncode == 0
    return folder


@pytest.fixture
def pictures(shop):
    return sorted(path for path in shop.glob("*.png") if path.stem.endswith(("-0", "-1")))


@pytest.fixture
def reproduce(shop, warm_python, monkeypatch):
    monkeypatch.chdir(shop)

    def call(*arguments):
        return clean(run("reproduce", *arguments, "--library", str(shop), python=warm_python))

    return call


def test_a_picture_of_the_library_is_written_once_more_with_its_bytes(shop, reproduce, pictures, tmp_path):
    done = reproduce("1", "--out", str(tmp_path))
    assert done.returncode == 0
    assert "Comes out bit-identical." in done.stdout
    (written,) = tmp_path.iterdir()
    assert done.stdout.split()[-1] == str(written)
    assert written.read_bytes() in [path.read_bytes() for path in pictures]


def test_verify_is_a_table_and_writes_nothing(shop, reproduce, pictures):
    before = sorted(shop.iterdir())
    done = reproduce("--verify", *map(str, pictures))
    assert done.returncode == 0
    assert done.stdout.count("bit-identical") == 2
    assert sorted(shop.iterdir()) == before


def test_verify_ends_with_3_where_a_picture_is_not_what_it_was(reproduce, pictures, tmp_path):
    opened = open_picture(pictures[0])
    info = PngImagePlugin.PngInfo()
    info.add_itxt("promptkit", opened.texts["promptkit"])
    Image.eval(opened.rgb, lambda value: 255 - value).save(tmp_path / "other.png", pnginfo=info)
    (tmp_path / "\x1b[31mnone.png").write_bytes(b"no")
    done = reproduce("--verify", str(tmp_path / "other.png"), "--json")
    assert done.returncode == 3
    (one,) = json.loads(done.stdout)["pictures"]
    assert one["comparison"]["identical"] is False
    assert one["comparison"]["largest_difference"] > 1
    assert one["comparison"]["psnr_db"] < 30
    several = reproduce("--verify", str(pictures[0]), str(tmp_path / "\x1b[31mnone.png"))
    assert several.returncode == 3
    assert "not made" in several.stdout
    assert "no picture that promptkit reads" in several.stderr


def test_a_changed_picture_has_scores_a_sheet_and_a_row_in_the_library(shop, reproduce):
    done = reproduce("1", "--change", "lighting=moonlight", "--keep-seed")
    assert done.returncode == 0
    assert "the same by the new words" in done.stdout
    picture, sheet = (shop / line.rpartition("/")[2] for line in done.stdout.split("\n")[-3:-1])
    assert picture.stem.endswith("-changed")
    width, height = open_picture(sheet).image.size
    assert width > height
    with Library(shop, read_only=True) as library:
        row = library.picture(picture.name)
    assert row.slots["lighting"] == "moonlight"
    assert row.slots["subject"] == "a red lighthouse"


def test_a_dry_run_shows_the_plan_and_a_command_that_makes_the_same_picture(
    shop, reproduce, pictures, warm_python, tmp_path
):
    before = sorted(shop.iterdir())
    done = reproduce(str(pictures[1]), "--dry-run")
    assert sorted(shop.iterdir()) == before
    words = shlex.split(done.stdout.strip().split("\n")[-1])
    assert words[:2] == ["promptkit", "generate"]
    assert clean(run(*words[1:], "--quiet", "--out", str(tmp_path), python=warm_python)).returncode == 0
    made = next(tmp_path.glob("*.png"))
    assert compare(open_picture(made).image, open_picture(pictures[1]).image).close
    assert reproduce(str(pictures[1]), "--dry-run", "--quiet").stdout == shlex.join(words) + "\n"


REFUSED = [
    (["no.png"], 2, "no.png"),
    (["1", "--verify", "--change", "lighting=fog"], 2, "--verify compares"),
    (["1", "--keep-seed", "--seed", "3"], 2, "do not go together"),
    (["1", "--change", "fog"], 2, "write each slot once"),
    (["1", "--change", "lightning=fog"], 2, "Did you mean lighting?"),
    (["1", "--sampler", "wobbly"], 2, "wobbly"),
    (["1", "--width", "7", "--dry-run"], 2, "multiples of 8"),
    (["1", "--drop", "subject", "--drop", "lighting", "--dry-run"], 2, "Nothing is left"),
    (["1", "--model", "./nowhere"], 2, "no folder or file"),
    (["1", "--verify", "--out", "x"], 2, "writes nothing"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
def test_what_cannot_be_done_is_told(shop, arguments, code, said):
    with pytest.raises((PromptkitError, click.ClickException)) as caught:
        app.main(["reproduce", *arguments, "--library", str(shop)], standalone_mode=False)
    assert caught.value.exit_code == code
    assert said in f"{caught.value.message} {getattr(caught.value, 'hint', '')}"


def test_a_bracket_that_a_change_leaves_open_is_told(reproduce):
    done = reproduce("1", "--change", "lighting=fog, (neon:1.3", "--dry-run")
    assert "A bracket is left open in --change lighting" in done.stderr
    assert "left open" not in reproduce("1", "--change", "lighting=(fog:1.2)", "--dry-run").stderr


def test_another_tools_picture_says_what_cannot_be_followed(reproduce, tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a dog [/b] \x1b[31m\nSteps: 3, Sampler: Euler a, CFG scale: 3, Seed: 7, Size: 64x64")
    Image.new("RGB", (64, 64)).save(tmp_path / "theirs.png", pnginfo=info)
    plan = json.loads(reproduce(str(tmp_path / "theirs.png"), "--dry-run", "--json").stdout)["pictures"][0]
    assert (plan["tool"], plan["model"], plan["seed"]) == ("A1111", None, 7)
    assert any("graphics card" in line for line in plan["cannot"])
    made = reproduce(str(tmp_path / "theirs.png"), "--model", "embedded")
    assert made.returncode == 0
    assert "graphics card" in made.stdout
    assert (tmp_path / "theirs-reproduced.png").is_file()
