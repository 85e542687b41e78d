"""A chain on picture files: what is kept, what is judged, and what stops no other file."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from promptkit.errors import PluginError, UnknownNameError
from promptkit.finish import plan_chain
from promptkit.finish_files import NO_CASE, NO_PROMPT, NOTHING, FinishJob
from promptkit.metadata import read_provenance, write_png
from promptkit.pictures import MAX_PIXELS, open_picture
from promptkit.session import Session
from tests.finish.test_chain import add
from tests.finishers import FinishPlugin


@pytest.fixture
def finishers(registry):
    add(registry.host, FinishPlugin())
    return registry


@pytest.fixture
def job(finishers):
    def made(chain, **said):
        return FinishJob(steps=plan_chain(chain, finishers), registry=finishers, max_pixels=MAX_PIXELS, **said)

    return made


@pytest.fixture
def made(finishers, tmp_path):
    """A picture that promptkit made, ranked by the fake ranker."""
    with Session("fake", registry=finishers) as session:
        return session.generate("a dog", candidates=1, seed=4, out=tmp_path / "made")


def test_a_picture_of_ours_is_judged_by_its_own_prompt_and_ranker(job, made):
    found = job("invert").finish(Path(made.best.path))
    (step,) = found.steps
    assert step.judgement.before["total"] == pytest.approx(made.best.total)
    assert found.seed == 4
    assert found.notes == ()
    record = read_provenance(open_picture(found.path))
    assert record.recipe["finish"][0]["scores"] == step.judgement.to_json()
    assert record.recipe["prompt"] == "a dog"


def test_another_prompt_or_nobody_may_judge(job, made):
    path = Path(made.best.path)
    assert job("invert", ranker="none").finish(path).steps[0].judgement is None
    Image.new("RGB", (8, 8)).save(path.with_name("stranger.png"))
    stranger = path.with_name("stranger.png")
    assert job("invert").finish(stranger).steps[0].judgement is None
    name = made.recipe.ranker["name"]
    assert job("invert", prompt="a cat", ranker=name).finish(stranger).steps[0].judgement is not None
    assert "name a ranker" in job("invert", prompt="a cat").finish(stranger).notes[0]


def test_a_ranker_that_is_gone_is_told_and_stops_nothing(job, made, monkeypatch):
    monkeypatch.setattr("promptkit.finish_files._recorded_ranker", lambda _: "gone:model")
    found = job("invert").finish(Path(made.best.path))
    assert found.path is not None
    assert "were not judged" in found.notes[0]
    assert "no ranker named 'gone'" in job("invert", ranker="gone").finish(Path(made.best.path)).failed[0]


def test_exif_and_profile_are_kept_and_a_strip_takes_them(job, tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "A maker"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (8, 8), "red").save(tmp_path / "x.jpg", exif=exif, icc_profile=profile)
    kept = open_picture(job("invert").finish(tmp_path / "x.jpg").path)
    assert kept.image.getexif()[0x010F] == "A maker"
    assert kept.image.info["icc_profile"] == profile
    bare = open_picture(job("invert,strip").finish(tmp_path / "x.jpg").path)
    assert (dict(bare.image.getexif()), bare.texts) == ({}, {})


@pytest.mark.parametrize(
    ("mode", "suffix"), [("RGBA", "png"), ("L", "png"), ("I;16", "png"), ("RGB", "jpg"), ("RGBA", "webp")]
)
def test_an_original_is_replaced_in_its_own_format_when_told(job, tmp_path, mode, suffix):
    path = tmp_path / f"x.{suffix}"
    image = (
        Image.fromarray(np.full((4, 6), 999, np.uint16))
        if mode == "I;16"
        else Image.new(mode, (6, 4), {"L": 9}.get(mode, "#ff000080"))
    )
    image.save(path)
    path.chmod(0o640)
    found = job("upscale:2", overwrite=True).finish(path)
    opened = open_picture(path)
    assert (found.path, opened.image.size, opened.image.mode) == (path, (12, 8), mode)
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_full_disk_leaves_the_original_whole_and_the_others_go_on(job, tmp_path, monkeypatch):
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        Image.new("RGB", (4, 4), "red").save(path)
    before, calls, sync = paths[1].read_bytes(), [], os.fsync

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:  # one file and one folder a picture
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr("promptkit.output.os.fsync", fsync)
    chain = job("invert", overwrite=True)
    found = [chain.finish(path) for path in paths]
    assert [one.path is not None for one in found] == [True, False, True]
    assert "The disk is full" in found[1].failed[0]
    assert paths[1].read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 3


def test_a_file_that_cannot_be_read_is_told_and_strictly_an_error(job, tmp_path, finishers):
    (tmp_path / "x.png").write_bytes(b"no picture")
    assert "no picture that promptkit reads" in job("invert").finish(tmp_path / "x.png").failed[0]
    Image.new("RGB", (4, 4)).save(tmp_path / "y.png")
    finishers.host.strict = True
    with pytest.raises(PluginError, match="no more ink"):
        job("fail").finish(tmp_path / "y.png")


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_an_animation_is_never_overwritten_by_its_first_frame(job, tmp_path, kind):
    path = tmp_path / f"moving.{kind}"
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    before = path.read_bytes()
    found = job("invert", overwrite=True).finish(path)
    assert (found.path, path.read_bytes()) == (None, before)
    assert "has 2 frames, and all but the first would be lost. Leave out --overwrite" in found.failed[0]
    beside = job("invert").finish(path)
    assert "It has 2 frames; the first was taken." in beside.notes
    assert open_picture(beside.path).frames == 1


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_recipe_stays_in_a_jpeg_or_a_webp_that_is_replaced(job, made, tmp_path, kind):
    path = tmp_path / f"x.{kind.lower()}"
    ready = open_picture(Path(made.best.path))
    with path.open("wb") as handle:
        write_png(handle, ready.image, made.recipe, made.best, kind=kind)
    for _ in range(2):
        assert job("invert", overwrite=True).finish(path).path == path
    record = read_provenance(open_picture(path))
    assert (record.recipe["prompt"], record.seed) == ("a dog", 4)
    assert [step["name"] for step in record.finish] == ["invert", "invert"]


def test_a_prompt_of_another_tool_is_judged_by_and_none_is_told(job, made, tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a (dog:1.2)\nSteps: 20, Sampler: Euler a, Seed: 7, Size: 8x8")
    Image.new("RGB", (8, 8)).save(tmp_path / "a1111.png", pnginfo=info)
    Image.new("RGB", (8, 8)).save(tmp_path / "bare.png")
    chain = job("invert", ranker=made.recipe.ranker["name"])
    found = chain.finish(tmp_path / "a1111.png")
    assert (found.steps[0].judgement is not None, found.seed, found.notes) == (True, 7, ())
    assert chain.finish(tmp_path / "bare.png").notes == (NO_PROMPT,)
    assert job("invert").finish(tmp_path / "bare.png").notes == ()


def test_a_ranker_that_can_judge_nothing_is_told(job, made, tmp_path, monkeypatch):
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    monkeypatch.setattr("promptkit.finish.judging.scored", lambda *_, **__: [{}, {}])
    chain = job("invert", ranker=made.recipe.ranker["name"], prompt="a dog")
    assert chain.finish(tmp_path / "x.png").notes == (NO_CASE,)


def test_a_ranker_that_is_not_there_is_refused_before_a_picture_is_opened(job):
    with pytest.raises(UnknownNameError, match="no ranker named 'clop'"):
        job("invert", ranker="clop").check()
    job("invert", ranker="none").check()


def test_where_nothing_was_done_nothing_is_written_and_that_is_told(job, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    found = job("grade").finish(tmp_path / "x.png")
    assert (found.path, found.notes) == (None, ("The grade is neutral: nothing was changed.", NOTHING))
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


def test_what_is_too_large_is_told_with_the_whole_command(job, tmp_path):
    Image.new("RGB", (5, 5)).save(tmp_path / "my own.png")
    chain = job("invert", typed="invert")
    chain.max_pixels = 24
    (said,) = chain.finish(tmp_path / "my own.png").failed
    assert f"promptkit finish '{tmp_path}/my own.png' --chain invert --max-pixels 25" in said


def test_what_cannot_be_replaced_is_told_with_a_cure_that_goes_with_it(job, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    Image.new("RGB", (5, 5)).save(tmp_path / "x.png")
    monkeypatch.setattr("promptkit.output.tempfile.mkstemp", refuse)
    (said,) = job("invert", overwrite=True).finish(tmp_path / "x.png").failed
    assert "write to with --out, in place of --overwrite." in said
