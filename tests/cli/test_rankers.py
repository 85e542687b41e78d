import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptkit.cli.lists import default_rankers, rankers
from promptkit.cli.output import PIPED_WIDTH
from promptkit.cli.pictures import _recorded_ranker, generate, rank
from promptkit.errors import MetadataError, SettingsError
from promptkit.records import ModelSpec


def recipes(*models):
    return [{"ranker": {"name": "clip", "model": model}} for model in models]


def test_rankers_are_listed_with_their_checkpoints_and_the_models_that_use_them():
    document = json.loads(CliRunner().invoke(rankers, ["--json"], catch_exceptions=False).stdout)
    clip, plain = document["rankers"]
    assert (clip["name"], plain["name"]) == ("clip", "clip-plain")
    assert clip["default_of"]["embedded"] == "clip:embedded"
    assert plain["default_of"] == {}
    assert all("local-dir:FOLDER" in entry["checkpoints"] and entry["summary"] for entry in (clip, plain))
    table = CliRunner().invoke(rankers, [], catch_exceptions=False).stdout
    assert "embedded: clip:embedded" in table
    assert max(map(len, table.splitlines())) <= PIPED_WIDTH


def test_a_model_without_a_name_of_its_own_uses_the_usual_ranker():
    used = default_rankers([ModelSpec(name="m", source="m", ranker="taste:small")])
    assert used["taste"] == {"m": "taste:small"}
    assert used["clip"] == {"any other model": "clip:ViT-B-32/laion2b_s34b_b79k"}


def test_a_recorded_ranker_is_used_again():
    assert _recorded_ranker(recipes("embedded", "embedded")) == "clip:embedded"


def test_a_ranker_from_a_folder_must_be_named_again():
    with pytest.raises(SettingsError) as caught:
        _recorded_ranker(recipes("local-dir:my-clip"))
    assert "'my-clip'" in caught.value.message
    assert "--ranker clip:local-dir:PATH/my-clip" in caught.value.hint


@pytest.mark.parametrize("found", [recipes("embedded", "ViT-B-32/openai"), [None], [{"ranker": None}]], ids=str)
def test_pictures_that_name_no_one_ranker_need_one(found):
    with pytest.raises(SettingsError) as caught:
        _recorded_ranker(found)
    assert "--ranker" in caught.value.hint


def test_without_a_ranker_nothing_is_said_of_judging(tmp_path):
    arguments = ["a red circle", "--candidates", "1", "--steps", "1", "--ranker", "none", "--out", str(tmp_path)]
    shown = CliRunner().invoke(generate, arguments, catch_exceptions=False).stdout
    assert "Not ranked, because of --ranker none." in shown
    assert "total" not in shown


def test_plain_clipscore_ranks_pictures_and_tells_ties(tmp_path):
    from PIL import Image

    for name in ("a", "b"):
        Image.new("RGB", (64, 64), (200, 30, 30)).save(tmp_path / f"{name}.png")
    paths = [str(tmp_path / f"{name}.png") for name in ("a", "b")]
    arguments = ["a red cat", *paths, "--ranker", "clip-plain:embedded"]
    document = json.loads(CliRunner().invoke(rank, [*arguments, "--json"], catch_exceptions=False).stdout)
    assert document["ties"] == [1]
    one, other = document["candidates"]
    assert one["scores"] == other["scores"]
    assert one["interval"][0] <= one["interval"][1]
    said = CliRunner().invoke(rank, arguments, catch_exceptions=False).stdout
    assert "a.png comes first" in said
    assert "tie with b.png" in said


def test_a_picture_that_is_cut_off_stops_no_other(tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (64, 64), (200, 30, 30)).save("a.png")
    Path("cut.png").write_bytes(Path("a.png").read_bytes()[:-30])
    done = CliRunner().invoke(rank, ["a red cat", "cut.png", "a.png", "--ranker", "clip-plain:embedded", "--json"])
    document = json.loads(done.stdout)
    assert done.exit_code == 3
    assert [candidate["path"] for candidate in document["candidates"]] == ["a.png"]
    assert [said.partition(".png' ")[2] for said in document["unread"]] == [
        "ends too early: it was cut off. Make it, or copy it, once more."
    ]
    alone = CliRunner().invoke(rank, ["a red cat", "cut.png", "--ranker", "clip-plain:embedded"])
    assert isinstance(alone.exception, MetadataError)
