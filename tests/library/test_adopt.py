"""Pictures without a row are taken in from what they say of themselves."""

import os
import shutil
import time

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from promptkit.errors import LibraryError, MetadataError
from promptkit.library import Library, adopt, store
from promptkit.library.adopt import adopt_all, orphans
from promptkit.library.connection import database_of
from tests.library.making import filled, read, recipe, written

PARAMETERS = (
    "a red fox in snow, moonlight\nNegative prompt: blurry\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 8x8, Model: sd15"
)


def foreign(path, text=PARAMETERS, colour=(1, 2, 3)):
    info = PngInfo()
    if text is not None:
        info.add_text("parameters", text)
    Image.new("RGB", (8, 8), colour).save(path, "PNG", pnginfo=info)
    return path


def old(folder, seconds=60):
    """Let a folder look as if nothing had happened in it for a while."""
    then = time.time() - seconds
    os.utime(folder, (then, then))


def test_a_file_whose_row_was_never_written_is_taken_in_at_the_next_start(tmp_path):
    prompt = read()
    made = recipe(prompt)
    with Library(tmp_path, create=True) as library:
        run = library.begin_run(made, {})
        library.add_candidate(run, written(tmp_path, made, 0), recipe=made, prompt=prompt)
    lost = written(tmp_path, made, 1, shrunk=((2, 1),))
    with Library(tmp_path) as library:
        assert [candidate.index for candidate in library.candidates(run)] == [0, 1]
        found = library.candidates(run)[1]
        assert (found.path, found.shrunk, found.scores, found.batch_size) == (
            lost.path, lost.shrunk, lost.scores, 2,
        )  # fmt: skip
        assert library.pictures()[0].slots["lighting"] == "golden hour"
        again = library.add_candidate(run, lost, recipe=made, prompt=prompt)
        assert again == library.pictures()[0].id
        assert len(library.pictures()) == 2


def test_a_finished_run_gets_no_further_candidates(tmp_path):
    filled(tmp_path, 1).close()
    made = recipe(read())
    written(tmp_path, made, 1)
    with Library(tmp_path) as library:
        assert len(library.candidates(1)) == 1
        assert (library.pictures()[0].run, library.pictures()[0].index) == (None, 1)


def test_a_database_that_was_deleted_is_made_again(tmp_path):
    library = filled(tmp_path, 3)
    made = recipe(read())
    written(tmp_path, made, 0, ending="-finished", scores={})
    library.add_picture(foreign(tmp_path / "fox.png"))
    before = sorted((one.file, one.prompt, one.seed, one.sha256, one.scores) for one in library.pictures())
    library.close()
    shutil.rmtree(database_of(tmp_path).parent)
    with Library(tmp_path, create=True) as library:
        adopt_all(library)
        after = sorted((one.file, one.prompt, one.seed, one.sha256, one.scores) for one in library.pictures())
        assert [one for one in after if "finished" not in one[0]] == before
        (finished,) = (one for one in library.pictures() if one.kind == "finished")
        assert library.pictures([finished.parent])[0].file == f"{made.id}-0.png"
        assert library.picture("fox.png").kind == "imported"


def test_strangers_are_not_taken_in_unasked(tmp_path):
    filled(tmp_path, 1).close()
    foreign(tmp_path / "holiday.png")
    (tmp_path / f"{'0' * 10}-1.png").write_bytes(b"no picture")
    foreign(tmp_path / f"{'1' * 10}-1.png")
    with Library(tmp_path) as library:
        assert len(library.pictures()) == 1
        assert len(orphans(library)) == 3
        adopted, refused = adopt_all(library)
        assert len(adopted) == 2
        assert len(refused) == 1


def test_a_folder_that_did_not_change_is_not_looked_through(tmp_path, monkeypatch):
    filled(tmp_path, 1).close()
    old(tmp_path)
    Library(tmp_path).close()
    looked = []
    monkeypatch.setattr(adopt, "new_names", lambda folder: looked.append(folder) or [])
    Library(tmp_path).close()
    assert looked == []
    written(tmp_path, recipe(read()), 1)
    Library(tmp_path).close()
    assert looked == [tmp_path]


def test_other_tools_pictures_are_copied_and_read_into_slots(tmp_path):
    source = tmp_path / "from"
    source.mkdir()
    hostile = foreign(source / "a;rm -rf $HOME\n\u202e.png")
    with Library(tmp_path / "pictures", create=True) as library:
        number = library.add_picture(hostile)
        found = library.picture(str(number))
        assert (found.tool, found.prompt, found.negative) == ("A1111", "a red fox in snow, moonlight", "blurry")
        assert (found.seed, found.model, found.kind) == (42, "sd15", "imported")
        assert found.slots["lighting"] == "moonlight"
        assert found.path.read_bytes() == hostile.read_bytes()
        assert all(char.isalnum() or char in "._-" for char in found.file)
        assert library.add_picture(hostile) == number, "the same content is one picture"
        assert len(library.pictures()) == 1


@pytest.mark.parametrize("text", [None, "", "\0" * 30, "{" * 2000, "Steps: , Seed: x, Size: 1x"])
def test_pictures_that_say_nothing_or_nonsense_are_taken_in_all_the_same(tmp_path, text):
    path = foreign(tmp_path / "x.png", text)
    with Library(tmp_path, create=True) as library:
        assert library.picture(str(library.add_picture(path))).kind == "imported"


def test_recipes_that_are_none_are_no_recipes(tmp_path):
    import json

    made = recipe(read()).to_json()
    cases = (
        {"recipe": {**made, "prompt": 5}, "candidate": {"index": 0, "seed": 0}},
        {"recipe": {**made, "phrases": [1, None, {"slot": 3, "text": []}]}, "candidate": {"index": "x", "seed": 0}},
        {"recipe": {**made, "version": 99}, "candidate": {"index": 0, "seed": 0}},
        {"recipe": made, "candidate": {"index": 0, "seed": 10**40, "scores": {"total": "nan", "x": []}}},
        {"recipe": made, "candidate": {"index": 0, "seed": 0, "shrunk": 7}},
        {"recipe": made, "candidate": {"index": 2**63, "seed": 0}},
        {"recipe": [], "candidate": None},
    )
    with Library(tmp_path, create=True) as library:
        for number, case in enumerate(cases):
            info = PngInfo()
            info.add_itxt("promptkit", json.dumps(case))
            path = tmp_path / f"{number:010x}-1.png"
            Image.new("RGB", (8, 8), (number, 2, 3)).save(path, "PNG", pnginfo=info)
            library.add_picture(path)
        assert {picture.kind for picture in library.pictures()} == {"imported"}


def test_a_seed_of_another_tool_may_be_larger_than_sqlite_s_numbers(tmp_path):
    seed = 2**64 - 1
    with Library(tmp_path, create=True) as library:
        number = library.add_picture(foreign(tmp_path / "x.png", PARAMETERS.replace("42", str(seed))))
        assert library.picture(str(number)).seed == seed


def test_links_that_lead_out_are_not_followed(tmp_path):
    secret = foreign(tmp_path / "secret.png")
    folder = tmp_path / "pictures"
    folder.mkdir()
    link = folder / f"{'2' * 10}-1.png"
    link.symlink_to(secret)
    (folder / "away").symlink_to(tmp_path)
    with Library(folder, create=True) as library:
        assert adopt_all(library) == ([], [])
        with pytest.raises(LibraryError):
            library.add_picture(link, in_place=True)
        assert library.pictures() == []


def test_a_name_that_is_no_text_is_refused(tmp_path):
    name = os.fsdecode(b"\xff\xfe.png")
    try:
        path = foreign(tmp_path / name)
    except OSError:
        path = foreign(tmp_path / "plain.png")
        assert os.uname().sysname != "Linux"
        return
    with Library(tmp_path, create=True) as library, pytest.raises(LibraryError, match="UTF-8"):
        library.add_picture(path)


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "x.png").write_bytes(b"no")
    with Library(tmp_path / "pictures", create=True) as library:
        for path in (tmp_path / "x.png", tmp_path):
            with pytest.raises((MetadataError, LibraryError)):
                library.add_picture(path)
        assert list((tmp_path / "pictures").glob("*.png")) == []


def test_a_library_that_cannot_be_looked_through_is_closed_again(tmp_path, monkeypatch):
    filled(tmp_path, 1).close()
    monkeypatch.setattr(store, "adopt_new", lambda library: library.rate(99, 1))
    with pytest.raises(Exception, match="99"):
        Library(tmp_path)
