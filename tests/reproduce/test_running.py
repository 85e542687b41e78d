"""Pictures of the embedded model made once more, and what is told where something is otherwise."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from promptkit import hookimpl
from promptkit.errors import MetadataError, ModelError, PluginError, SettingsError, UnknownNameError
from promptkit.metadata import write_png
from promptkit.pictures import open_picture
from promptkit.records import GenerationSettings, LoadOptions
from promptkit.reproduce import Reproducer, Wanted
from promptkit.session import Session
from tests.finish.test_chain import add
from tests.finishers import FinishPlugin

CHUNK = "promptkit"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Pictures of runs that differ in all that decides bits: a batch that is not full, halving, variation, finish."""
    folder = tmp_path_factory.mktemp("made")
    with Session() as session:
        session.generate(
            "a red lighthouse, (golden hour:1.2)",
            candidates=5,
            negative="fog",
            styles=["embedded/any-hour"],
            settings=GenerationSettings(num_inference_steps=4, batch_size=4),
            finish="upscale:2,grade:exposure=0.2",
            out=folder,
        )
        session.generate(
            "a blue boat, misty",
            candidates=6,
            search="halving",
            variation_seed=5,
            variation_strength=0.3,
            settings=GenerationSettings(num_inference_steps=5, sampler="euler_a"),
            out=folder,
        )
    return folder


@pytest.fixture
def reproducer():
    return Reproducer()


def first(folder, pattern):
    return sorted(folder.glob(pattern))[0]


def edited(picture, folder, **changes):
    """Return a copy of a picture whose record says something else; ``recipe__settings`` reaches inside."""
    image = Image.open(picture)
    record = json.loads(image.text[CHUNK])
    for place, value in changes.items():
        *way, name = place.split("__")
        inner = record
        for step in way:
            inner = inner[step]
        inner[name] = value
    info = PngImagePlugin.PngInfo()
    info.add_itxt(CHUNK, json.dumps(record))
    path = folder / f"edited-{picture.name}"
    image.save(path, pnginfo=info)
    return path


def test_every_picture_comes_out_with_the_very_same_bytes(made, tmp_path, reproducer):
    pictures = sorted(made.glob("*.png"))
    shapes = set()
    for picture in pictures:
        plan = reproducer.plan(picture)
        found = reproducer.write(reproducer.run(plan), tmp_path)
        assert found.comparison.identical, (picture, str(found.comparison))
        assert found.differs == ()
        assert found.path.read_bytes() == picture.read_bytes()
        shapes.add((plan.origin.batch_size, plan.origin.shrunk != (), bool(plan.steps), plan.variation is not None))
    assert {(4, False, False, False), (1, False, False, False), (6, True, False, True)} <= shapes
    assert any(finished for _, _, finished, _ in shapes)


def test_alone_it_is_a_level_off_at_most_and_that_is_told(made):
    reproducer = Reproducer(Wanted(alone=True, ranker="none"))
    found = reproducer.run(reproducer.plan(first(made, "*-1.png")))
    assert found.same
    assert found.differs == ("it was denoised in a batch of 4 and is by itself",)


def test_other_versions_and_another_model_are_named(made, tmp_path):
    picture = edited(
        first(made, "*-4.png"), tmp_path, recipe__environment__torch="1.0", recipe__environment__dtype="float16",
        recipe__model__hash="0" * 64,
    )  # fmt: skip
    reproducer = Reproducer(Wanted(load=LoadOptions(device="cpu"), ranker="none"))
    found = reproducer.run(reproducer.plan(picture))
    assert found.same
    told = " ".join(found.differs)
    assert "torch was 1.0 and is" in told
    assert "dtype was float16 and is float32" in told
    assert "model hash was 0000" in told


def test_a_picture_that_was_painted_on_is_not_the_same(made, tmp_path):
    image = Image.open(first(made, "*-4.png"))
    info = PngImagePlugin.PngInfo()
    info.add_itxt(CHUNK, image.text[CHUNK])
    image.putpixel((1, 1), (0, 0, 0) if image.getpixel((1, 1))[0] > 9 else (255, 255, 255))
    image.save(tmp_path / "painted.png", pnginfo=info)
    reproducer = Reproducer()
    found = reproducer.run(reproducer.plan(tmp_path / "painted.png"))
    assert not found.same
    assert found.comparison.differing == pytest.approx(1 / 128**2)
    assert found.candidate.scores["total"] == pytest.approx(found.plan.origin.scores["total"], rel=1e-4)


def test_one_word_is_changed_and_the_noise_kept(made, tmp_path):
    picture = first(made, "*-0.png")
    reproducer = Reproducer(Wanted(changes={"lighting": "moonlight"}))
    found = reproducer.write(reproducer.run(reproducer.plan(picture)), tmp_path)
    assert found.comparison is None
    assert found.recipe.resolved.startswith("a red lighthouse, (moonlight:1.2)")
    assert (found.recipe.seed, found.recipe.candidates, found.recipe.negative) == (0, 1, "fog")
    assert found.scores["after"]["lighting"] > found.scores["by_new_words"]["lighting"] + 0.5
    assert found.scores["before"]["subject"] == pytest.approx(found.plan.origin.scores["subject"], rel=1e-4)
    again = Reproducer(Wanted(ranker="none"))
    assert again.run(again.plan(found.path)).comparison.identical


def test_another_seed_is_another_picture(made):
    reproducer = Reproducer(Wanted(seed=99, ranker="none"))
    found = reproducer.run(reproducer.plan(first(made, "*-0.png")))
    assert (found.comparison, found.recipe.seed, found.scores) == (None, 99, {})
    assert found.image.tobytes() != open_picture(first(made, "*-0.png")).image.tobytes()


HUGE = 10**6
BAD = [
    ({"candidate__batch_size": HUGE}, MetadataError, "batch of 1,000,000"),
    ({"candidate__batch_size": 0}, MetadataError, "holds nothing"),
    ({"candidate__shrunk": [[2, 9]]}, MetadataError, "does not shrink"),
    ({"candidate__shrunk": "xy"}, MetadataError, "wrong shape"),
    ({"candidate__seed": -1}, MetadataError, "Seed -1"),
    ({"candidate__seed": 1e300}, MetadataError, "no whole number"),
    ({"candidate__seed": True}, MetadataError, "no whole number"),
    ({"candidate__scores": {"total": float("nan")}}, MetadataError, "no number"),
    ({"candidate": []}, MetadataError, "which candidate"),
    ({"recipe__settings__guidance_scale": float("nan")}, MetadataError, "guidance scale of nan"),
    ({"recipe__settings__num_inference_steps": HUGE}, MetadataError, "1,000,000 steps"),
    ({"recipe__settings__width": "64"}, MetadataError, "wrong shape"),
    ({"recipe__settings__magic": 1}, MetadataError, "unknown settings 'magic'"),
    ({"recipe__settings__sampler": "wobbly"}, UnknownNameError, "no sampler named 'wobbly'"),
    ({"recipe__phrases": [{"text": "a"}]}, MetadataError, "wrong shape"),
    ({"recipe__phrases": [7]}, MetadataError, "wrong shape"),
    ({"recipe__dialect": "klingon"}, MetadataError, "no dialect"),
    ({"recipe__resolved": "a dog, " * 9000}, MetadataError, "cannot be followed"),
    ({"recipe__variation": {"seed": 1, "strength": 7}, "candidate__variation_seed": 1}, MetadataError, "out of range"),
    ({"recipe__version": 99}, MetadataError, "not written by this version"),
    ({"recipe__styles": "no"}, MetadataError, "not written by this version"),
    ({"recipe__model": {}}, MetadataError, "names no model"),
    ({"recipe__model": {"name": "mine", "source": "/etc/passwd"}}, SettingsError, "made with the model 'mine'"),
    ({"recipe__model": {"name": "mine", "source": "../embedded"}}, SettingsError, "keep no paths"),
    ({"recipe__model__adapters": 7}, MetadataError, "wrong shape"),
    ({"recipe__model__adapters": [{"kind": "lora", "name": "ink", "sha256": "ab"}]}, ModelError, "'ink'"),
    ({"recipe__finish": [{"name": "sparkle", "settings": {}}]}, UnknownNameError, "post-processor named 'sparkle'"),
    ({"recipe__finish": [{"name": "grade", "settings": {"lut": "a/b/c.cube"}}]}, SettingsError, "c.cube"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "kind", "said"), BAD)
def test_a_recipe_that_cannot_be_followed_is_refused_before_a_model_is_loaded(changes, kind, said, made, tmp_path):
    picture = edited(first(made, "*-1.png"), tmp_path, **changes)
    with pytest.raises(kind, match=said) as caught:
        Reproducer().plan(picture)
    assert caught.value.hint


def test_a_huge_batch_can_be_run_alone(made, tmp_path):
    picture = edited(first(made, "*-4.png"), tmp_path, candidate__batch_size=HUGE)
    reproducer = Reproducer(Wanted(alone=True, ranker="none"))
    assert reproducer.run(reproducer.plan(picture)).same


def test_a_picture_that_says_nothing_is_refused(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "mute.png")
    with pytest.raises(MetadataError, match="says nothing about how it was made"):
        Reproducer().plan(tmp_path / "mute.png")


def test_a_model_that_lies_elsewhere_is_told_from_its_hash(made, tmp_path, reproducer):
    from promptkit.embedded import pipeline_path

    picture = edited(first(made, "*-4.png"), tmp_path, recipe__model__name="mine", recipe__model__source="mine")
    shutil.copytree(pipeline_path(), tmp_path / "elsewhere")
    found = Reproducer(Wanted(model=str(tmp_path / "elsewhere"), ranker="none"))
    one = found.run(found.plan(picture))
    assert one.same
    assert one.differs == ()
    assert one.recipe.model["name"] == "mine"


def test_files_of_steps_are_looked_for_where_they_are_said_to_lie(made, tmp_path):
    (tmp_path / "luts").mkdir()
    cube = "LUT_3D_SIZE 2\n" + "\n".join(f"{1 - r} {1 - g} {1 - b}" for b in (0, 1) for g in (0, 1) for r in (0, 1))
    (tmp_path / "luts" / "negate.cube").write_text(cube)
    with Session(ranker="none") as session:
        result = session.generate(
            "a dog", candidates=1, settings=GenerationSettings(num_inference_steps=2), out=tmp_path,
            finish=[{"name": "grade", "settings": {"lut": str(tmp_path / "luts" / "negate.cube")}}],
        )  # fmt: skip
    path = Path(result.best.finished_path)
    with pytest.raises(SettingsError, match=r"negate\.cube") as caught:
        Reproducer().plan(path)
    assert "--files" in caught.value.hint
    for wanted in (Wanted(files=(tmp_path / "luts",)), Wanted(finish=False)):
        reproducer = Reproducer(wanted)
        found = reproducer.run(reproducer.plan(path))
        assert found.comparison.identical == wanted.finish


def test_a_step_of_another_version_is_told(registry, tmp_path):
    add(registry.host, FinishPlugin())
    with Session("fake", registry=registry) as session:
        result = session.generate("a dog", candidates=1, finish="invert", out=tmp_path)
    path = Path(result.best.finished_path)
    steps = [{**step, "version": "0.1"} for step in json.loads(Image.open(path).text[CHUNK])["recipe"]["finish"]]
    reproducer = Reproducer(registry=registry)
    found = reproducer.run(reproducer.plan(edited(path, tmp_path, recipe__finish=steps)))
    assert found.same
    assert any(fact.startswith("invert of ") and "was 0.1" in fact for fact in found.differs)


def test_a_prompt_inside_a_frame_is_given_to_the_model_as_it_was(registry, fake_backend, tmp_path):
    with Session("fake", registry=registry) as session:
        result = session.generate("a dog", candidates=1, out=tmp_path)
    framed = edited(Path(result.best.path), tmp_path, recipe__resolved="photo of a dog, sharp")
    reproducer = Reproducer(registry=registry)
    reproducer.run(reproducer.plan(framed))
    assert fake_backend.requests[-1].prompt.resolved == "photo of a dog, sharp"


def test_its_batch_is_filled_up_and_shrinks_where_it_did(registry, fake_backend, tmp_path):
    with Session("fake", registry=registry) as session:
        result = session.generate("a dog", candidates=1, seed=3, out=tmp_path)
    shape = {"candidate__batch_size": 6, "candidate__shrunk": [[1, 3]]}
    picture = edited(Path(result.best.path), tmp_path, **shape)
    wanted = {"as it was": Wanted(), "alone": Wanted(alone=True), "changed": Wanted(changes={"lighting": "dusk"})}
    found = {}
    for name, one in wanted.items():
        reproducer = Reproducer(one, registry=registry)
        reproducer.run(reproducer.plan(picture))
        request = fake_backend.requests[-1]
        found[name] = (request.seeds, request.pad, request.settings.batch_size, request.shrink)
    assert found["as it was"] == ((3,), True, 6, ((1, 3),))
    assert found["alone"] == found["changed"] == ((3,), False, 4, ())


def test_a_jpeg_is_made_again_as_png_and_what_was_compressed_is_told(made, tmp_path):
    picture = first(made, "*-4.png")
    opened = open_picture(picture)
    plan = Reproducer(Wanted(ranker="none")).plan(picture)
    with (tmp_path / "small.jpg").open("wb") as handle:
        write_png(handle, opened.image, plan.recorded.recipe, plan.origin, kind="JPEG")
    reproducer = Reproducer(Wanted(ranker="none"))
    found = reproducer.write(reproducer.run(reproducer.plan(tmp_path / "small.jpg")))
    assert any("JPEG" in note for note in found.notes)
    assert 20 < found.comparison.psnr < 60
    assert open_picture(found.path).image.tobytes() == opened.image.tobytes()


def test_a_backend_that_fails_is_a_clear_error(registry, fake_backend, tmp_path):
    with Session("fake", registry=registry) as session:
        result = session.generate("a dog", candidates=1, seed=3, out=tmp_path)
    fake_backend.fail = (3,)
    reproducer = Reproducer(registry=registry)
    with pytest.raises(Exception, match="could not be made once more: failed") as caught:
        reproducer.run(reproducer.plan(Path(result.best.path)))
    assert caught.value.hint
    assert not isinstance(caught.value, PluginError)


def test_a_lora_is_found_by_what_its_file_holds_whatever_it_is_called(registry, fake_backend, tmp_path):
    loras = tmp_path / "loras"
    loras.mkdir()
    (loras / "ink.safetensors").write_bytes(b"ink")
    load = LoadOptions(loras=(str(loras),))
    with Session("fake", registry=registry, load=load) as session:
        made = session.generate("a dog <lora:ink:0.5>, dusk", candidates=1, out=tmp_path)
    (loras / "ink.safetensors").rename(loras / "old.safetensors")
    (loras / "ink.safetensors").write_bytes(b"another ink")
    (loras / "oil.safetensors").write_bytes(b"oil")
    reproducer = Reproducer(Wanted(load=load), registry=registry)
    assert reproducer.run(reproducer.plan(made.best.path)).comparison.identical
    (adapter,) = fake_backend.requests[-1].adapters
    assert (adapter.name, adapter.weight, Path(adapter.path).name) == ("ink", 0.5, "old.safetensors")
    changed = Reproducer(Wanted(load=load, changes={"lighting": "fog <lora:oil:0.7>"}), registry=registry)
    changed.run(changed.plan(made.best.path))
    found = {one.name: (one.weight, Path(one.path).name) for one in fake_backend.requests[-1].adapters}
    assert found == {"ink": (0.5, "old.safetensors"), "oil": (0.7, "oil.safetensors")}


def test_a_path_that_a_picture_names_is_never_followed(registry, tmp_path):
    class Peeks:
        name = "peeks"
        seen = ()

        def process(self, image, *, settings, rng):
            self.seen = (*self.seen, settings["file"])
            return image.copy()

    class Plugin:
        @hookimpl
        def register_postprocessors(self):
            return [peeks]

    peeks = Peeks()
    add(registry.host, Plugin())
    with Session("fake", registry=registry) as session:
        made = session.generate("a dog", candidates=1, out=tmp_path, finish="peeks:file=x.bin")
    steps = [{"name": "peeks", "settings": {"file": "/etc/passwd"}}]
    picture = edited(Path(made.best.finished_path), tmp_path, recipe__finish=steps)
    (tmp_path / "passwd").write_bytes(b"mine")
    for wanted, file in ((Wanted(), "passwd"), (Wanted(files=(tmp_path,)), str(tmp_path / "passwd"))):
        reproducer = Reproducer(wanted, registry=registry)
        reproducer.run(reproducer.plan(picture))
        assert peeks.seen[-1] == file
