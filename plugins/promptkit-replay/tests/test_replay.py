"""Old pictures through a whole run."""

import promptkit_replay
import pytest
from PIL import Image
from promptkit_replay.backend import VARIABLE, ReplayBackend, by_seed

import promptkit
from promptkit import GenerationError, ModelError, Session
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry
from promptkit.testing import FakePlugin, check_backend
from promptkit.testing.backends import SEEDS

COLOURS = ("crimson", "navy", "white", "olive")


@pytest.fixture
def registry():
    host = create_plugin_manager(entry_points=False)
    for name, plugin in (("fakes", FakePlugin()), ("replay", promptkit_replay)):
        record = PluginRecord(name=name, version="1")
        host.register(plugin, record)
        host.records[name] = record
    return Registry(host)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    found = tmp_path / "old"
    found.mkdir()
    monkeypatch.setenv(VARIABLE, str(found))
    return found


@pytest.fixture
def plain(folder):
    for number, colour in enumerate(COLOURS):
        Image.new("RGB", (24, 16), colour).save(folder / f"{number}.png")
    return folder


def session(registry, ranker="redness"):
    return Session("replay", ranker=ranker, registry=registry)


def test_pictures_without_a_seed_come_in_the_order_of_their_names(registry, plain, tmp_path):
    result = session(registry).generate("anything", candidates=4, out=tmp_path / "new")
    assert [candidate.image.getpixel((0, 0)) for candidate in result.candidates] == [
        Image.new("RGB", (1, 1), colour).getpixel((0, 0)) for colour in COLOURS
    ]
    assert result.best.seed == 2
    assert result.recipe.settings["width"] == 24
    assert str(plain) not in str(result.recipe.to_json())
    assert len(list((tmp_path / "new").iterdir())) == 4


def test_pictures_of_promptkit_come_back_for_their_seeds(registry, folder):
    with Session("fake", registry=registry) as first:
        made = first.generate("a dog", candidates=3, seed=40, out=folder)
    Image.new("RGB", (16, 16), "white").save(folder / "a.jpg")
    again = session(registry).generate("a cat", candidates=3, seed=40)
    assert [c.image.tobytes() for c in again.candidates] == [c.image.tobytes() for c in made.candidates]
    alone = session(registry).generate("a cat", candidates=1, seed=0)
    assert alone.best.image.getpixel((0, 0))[0] > 250


@pytest.mark.usefixtures("plain")
def test_a_seed_without_a_picture_fails_and_the_others_go_on(registry):
    result = session(registry).generate("a dog", candidates=3, seed=2)
    assert [candidate.outcome for candidate in result.candidates] == ["finished", "finished", "failed"]
    with pytest.raises(GenerationError):
        session(registry).generate("a dog", candidates=1, seed=99)


def test_what_cannot_be_used_is_told(registry, folder):
    with Session("fake", registry=registry) as first:
        (made,) = first.generate("a dog", candidates=1, out=folder).candidates
    (folder / "copy.png").write_bytes((folder / made.path).read_bytes())
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not looked at")
    found, notes = by_seed(folder)
    assert list(found) == [0]
    assert ["broken.png" in notes[0], "has the seed 0 too" in notes[1]] == [True, True]
    opened = session(registry)
    opened.generate("a dog", candidates=1)
    assert set(notes) <= set(opened.notes())


@pytest.mark.usefixtures("folder")
def test_without_a_folder_it_says_how_to_name_one(registry, monkeypatch):
    with pytest.raises(ModelError, match="holds no picture"):
        session(registry).generate("a dog")
    monkeypatch.setenv(VARIABLE, "nowhere")
    with pytest.raises(ModelError, match="no folder 'nowhere'"):
        session(registry).generate("a dog")
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ModelError, match="No folder is named") as caught:
        session(registry).generate("a dog")
    assert VARIABLE in caught.value.hint


def test_the_files_decide_the_hash(plain):
    before = ReplayBackend(by_seed(plain)[0]).describe()["hash"]
    assert ReplayBackend(by_seed(plain)[0]).describe()["hash"] == before
    Image.new("RGB", (24, 16), "black").save(plain / "0.png")
    assert ReplayBackend(by_seed(plain)[0]).describe()["hash"] != before


def test_the_contract_of_a_backend_is_kept(registry, folder):
    with Session("fake", registry=registry) as first:
        for seed in SEEDS:
            first.generate("a dog", candidates=1, seed=seed, out=folder)
    check_backend(promptkit_replay.register_backends()[0].load(promptkit.ModelSpec(name="replay", source="replay")))
