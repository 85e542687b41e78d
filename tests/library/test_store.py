"""What a library keeps comes back as it was, whatever is in it."""

import math
import struct
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptkit.errors import LibraryError, SettingsError, UnknownNameError
from promptkit.library import Library
from promptkit.records import FAILED, Candidate
from tests.library.making import TEXT, filled, read, recipe, written


@pytest.fixture
def library(tmp_path):
    with filled(tmp_path) as found:
        yield found


def test_a_picture_comes_back_with_all_that_was_said(library, tmp_path):
    found = library.picture("1")
    assert (found.file, found.path.parent, found.kind, found.run, found.index) == (
        f"{library.run(1).recipe.id}-0.png", tmp_path, "candidate", 1, 0,
    )  # fmt: skip
    assert (found.width, found.height, found.format) == (8, 8, "PNG")
    assert found.bytes == found.path.stat().st_size
    assert (found.prompt, found.negative, found.model, found.sampler) == (TEXT, "blurry", "embedded", "euler")
    assert found.scores == {"total": 1 / 3, "subject": 0.5}, "to the last bit"
    assert found.slots["subject"] == "a red lighthouse"
    assert found.slots["camera"] == "35mm"
    assert found.recipe["styles"] == ["portrait/window-light"]


def test_a_run_comes_back_with_its_recipe_and_job(library):
    run = library.run(1)
    assert run.recipe.id == recipe(read()).id
    assert (run.job, run.state, run.seconds) == ({"model": "embedded"}, "finished", 1.5)
    assert [run.id for run in library.runs(state="finished")] == [1]
    assert library.runs(state="running") == []
    with pytest.raises(UnknownNameError) as caught:
        library.run(7)
    assert "1" in caught.value.hint


def test_candidates_come_back_as_they_were(tmp_path):
    prompt = read()
    made = recipe(prompt)
    with Library(tmp_path, create=True) as library:
        run = library.begin_run(made, {})
        full = replace(
            written(tmp_path, made, 0), shrunk=((3, 2),), interval=(0.25, 1 / 3), tied=True, variation_seed=9
        )
        lost = Candidate(index=1, seed=1, image=None, outcome=FAILED)
        assert library.add_candidate(run, full, recipe=made, prompt=prompt) == 1
        assert library.add_candidate(run, lost, recipe=made, prompt=prompt) is None
        assert library.candidates(run) == [full, lost]


def test_the_same_candidate_twice_is_one(library, tmp_path):
    prompt = read()
    made = recipe(prompt)
    library.rate(2, 4)
    again = replace(written(tmp_path, made, 1), tied=True)
    assert library.add_candidate(1, again, recipe=made, prompt=prompt) == 2
    assert len(library.pictures()) == 3
    assert library.candidates(1)[1].tied
    assert library.picture("2").rating == 4
    assert library.picture("2").made == (tmp_path / library.picture("2").file).stat().st_mtime
    library.add_candidate(1, written(tmp_path, made, 3), recipe=made, prompt=prompt)
    assert [picture.id for picture in library.pictures()] == [4, 3, 2, 1], "no id is used up by it"


def test_a_second_run_of_the_same_files_has_its_own_candidates(library, tmp_path):
    prompt = read()
    made = recipe(prompt)
    second = library.begin_run(made, {})
    library.add_candidate(second, written(tmp_path, made, 0), recipe=made, prompt=prompt)
    assert len(library.pictures()) == 3
    for run in (1, second):
        assert library.candidates(run)[0].path == str(tmp_path / f"{made.id}-0.png")


def test_a_finished_picture_knows_what_it_was_made_of(library, tmp_path):
    prompt = read()
    made = recipe(prompt)
    steps = ({"name": "grade", "settings": {}},)
    file = written(tmp_path, replace(made, finish=steps), 0, ending="-finished").path
    candidate = replace(library.candidates(1)[0], finished_path=file, finish=steps)
    number = library.add_finished(1, candidate, recipe=made, prompt=prompt)
    found = library.picture(str(number))
    assert (found.kind, found.parent) == ("finished", 1)
    assert found.recipe["finish"] == [{"name": "grade", "settings": {}}]
    assert library.candidates(1)[0].finished_path == file
    with pytest.raises(LibraryError):
        library.add_finished(1, library.candidates(1)[1], recipe=made, prompt=prompt)


def test_embeddings_are_kept_at_unit_length_in_half_precision(library, tmp_path):
    prompt = read()
    made = recipe(prompt)
    candidate = written(tmp_path, made, 0)
    library.add_candidate(1, candidate, recipe=made, prompt=prompt, embedding=("clip:tiny", [3.0, 4.0]))
    ((model, dim, blob),) = library.rows("SELECT model, dim, vector FROM embeddings")
    assert (model, dim) == ("clip:tiny", 2)
    assert struct.unpack("<2e", blob) == pytest.approx((0.6, 0.8), abs=1e-3)
    for wrong in ([0.0, 0.0], [math.nan, 1.0]):
        with pytest.raises(SettingsError):
            library.add_candidate(1, candidate, recipe=made, prompt=prompt, embedding=("clip:tiny", wrong))


def test_pictures_are_named_by_id_hash_file_and_path(library, tmp_path, monkeypatch):
    file = library.picture("2").file
    sha256 = library.picture("2").sha256
    monkeypatch.chdir(tmp_path)
    for name in (sha256, sha256[:12], file, f"./{file}", str(tmp_path / file), file[:-4], f"{file[:8]}…-1.png"):
        assert library.picture(name).id == 2
    with pytest.raises(UnknownNameError) as caught:
        library.picture(file.replace("-1", "-11"))
    assert file in caught.value.hint
    for odd in ("", "0", "9" * 40, "\0", "\udcff", "/", "..", "%", "a" * 5000, "²", "-1"):
        with pytest.raises(UnknownNameError):
            library.picture(odd)


def test_tags_and_ratings_change(library):
    library.tag(1, ["good", "Übung"])
    library.tag(1, ["GOOD"], remove=["nothing"])
    assert library.picture("1").tags == ("good", "Übung")
    assert library.rows("SELECT rowid FROM words WHERE words MATCH 'tags:ubung'") == [(1,)]
    library.tag(1, remove=["Good"])
    assert library.picture("1").tags == ("Übung",)
    library.rate(1, 5)
    library.rate(1, None)
    assert library.picture("1").rating is None
    for wrong in ("", " ", "a,b", "x" * 65, "a\nb", "-a", "\u202egood"):
        with pytest.raises(SettingsError):
            library.tag(1, [wrong])
    for rating in (-1, 6):
        with pytest.raises(SettingsError):
            library.rate(1, rating)
    with pytest.raises(UnknownNameError):
        library.rate(99, 3)
    with pytest.raises(UnknownNameError):
        library.tag(99, ["good"])


def test_words_are_found_in_their_slots(library):
    assert len(library.rows("SELECT rowid FROM words WHERE words MATCH 'lighting:golden'")) == 3
    assert library.rows("SELECT rowid FROM words WHERE words MATCH 'subject:golden'") == []


def test_pictures_keep_the_order_that_was_asked_for(library):
    assert [picture.id for picture in library.pictures()] == [3, 2, 1]
    assert [picture.id for picture in library.pictures([2, 77, 3])] == [2, 3]
    assert [picture.id for picture in library.pictures(limit=1, offset=1)] == [2]


def test_a_moved_folder_is_the_same_library(library, tmp_path):
    library.close()
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    tmp_path.rename(moved)
    with Library(moved, read_only=True) as found:
        assert found.picture("1").path.is_file()
        assert found.candidates(1)[0].path == str(moved / found.picture("1").file)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=()), min_size=1, max_size=40))
def test_any_prompt_can_be_kept(tmp_path_factory, text):
    prompt = read()
    made = replace(recipe(prompt), prompt=text, resolved=text, negative=text)
    folder = tmp_path_factory.mktemp("any")
    with Library(folder, create=True) as library:
        run = library.begin_run(made, {"text": text})
        library.add_candidate(run, written(folder, made, 0), recipe=made, prompt=prompt)
        assert library.run(run).recipe.prompt == text
        assert library.run(run).job == {"text": text}
        assert library.pictures()[0].recipe["prompt"] == text


def test_files_elsewhere_are_refused(library, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    prompt = read()
    made = recipe(prompt)
    with pytest.raises(LibraryError) as caught:
        library.add_candidate(1, written(elsewhere, made, 3), recipe=made, prompt=prompt)
    assert "library add" in caught.value.hint
    assert len(library.candidates(1)) == 3
