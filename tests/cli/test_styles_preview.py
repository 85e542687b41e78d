"""``styles preview``: one subject and seed, a picture a style, and what the model cannot know."""

import json

import pytest
from PIL import Image

from promptkit.previews import preview
from promptkit.session import Session
from promptkit.testing import FakeBackend
from tests.cli.test_cli import clean, run


def test_a_sheet_of_styles_and_the_subject_alone(tmp_path):
    path = tmp_path / "sheet.png"
    names = ["embedded/arcade-night", "embedded/gallery-oil"]
    done = clean(
        run("styles", "preview", *names, "--subject", "a red cat", "--steps", "2", "--out", str(path), "--json")
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [made["style"] for made in document["pictures"]] == [None, *names]
    assert {made["seed"] for made in document["pictures"]} == {0}
    assert document["pictures"][0]["prompt"] == "a red cat"
    assert document["pictures"][1]["prompt"] == "a red cat, pixel art, neon lighting, wide shot"
    assert done.stderr == ""
    with Image.open(path) as sheet:
        assert sheet.width > 3 * 256


def test_what_the_model_cannot_know_is_said_plainly(tmp_path):
    arguments = [
        "styles",
        "preview",
        "portrait-photography/window-light",
        "--steps",
        "1",
        "--out",
        str(tmp_path / "x.png"),
    ]
    done = clean(run(*arguments))
    assert done.returncode == 0, done.stderr
    assert "embedded does not know" in done.stderr
    assert "its picture cannot show them" in done.stderr
    assert done.stdout.strip() == str(tmp_path / "x.png")


def test_a_pack_means_all_its_styles_and_each_is_drawn_once(registry):
    session = Session("fake", registry=registry, ranker="none")
    styles = session.styles.packs["embedded"].styles
    found = preview(session, styles, subject="a cat", seed=3)
    assert [made.style for made in found] == [None, *styles]
    assert len({made.result.recipe.resolved for made in found}) == len(styles) + 1
    assert {made.result.best.seed for made in found} == {3}


@pytest.mark.parametrize("fake_backend", [FakeBackend(fail=[3])])
def test_a_picture_that_fails_leaves_its_place(registry, fake_backend):
    session = Session("fake", registry=registry, ranker="none")
    found = preview(session, session.styles.packs["embedded"].styles[:2], subject="a cat", seed=3)
    assert [made.result for made in found] == [None, None, None]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-pack"], "There is no style"),
        (["embedded", "--subject", " "], "empty"),
        (["embedded", "--model", "embeded"], "Did you mean 'embedded'"),
        ([], "NAMES"),
    ],
)
def test_bad_input_is_one_clear_message(arguments, said, tmp_path):
    done = clean(run("styles", "preview", *arguments, "--out", str(tmp_path / "x.png")))
    assert done.returncode == 2
    assert said in done.stderr


def test_the_embedded_pack_is_in_words_that_the_model_knows():
    from promptkit.advice import knows
    from promptkit.embedded.words import VOCABULARY

    session = Session("embedded")
    styles = session.styles.packs["embedded"].styles
    assert len(styles) >= 10
    said = set()
    for style in styles:
        prompt = next(session.expand("a cat", styles=[style.id], limit=1))
        assert prompt.missing == ()
        assert all(knows(phrase, VOCABULARY) for phrase in (*prompt.phrases, *prompt.negative))
        said.add(prompt.resolved)
    assert len(said) == len(styles)
