"""The page and the sheet as they are written; what a browser makes of the page is in tests/browser."""

import base64
import hashlib
import html
import json
import re
from dataclasses import replace

import pytest
from PIL import Image

from promptkit.errors import MetadataError, SettingsError
from promptkit.gallery import Card, Picture, card_of
from promptkit.gallery.thumbnails import Thumbnail
from promptkit.metadata import write_png
from promptkit.records import Candidate, Recipe
from promptkit.report import MAX_SHEET, gallery_page, gallery_sheet, labelled
from promptkit.slots.parse import parse

THUMB = Thumbnail(uri="data:image/webp;base64,AAAA", width=4, height=4)


def recipe(**changes):
    told = {
        "prompt": "a red cat, golden hour", "resolved": "a red cat, golden hour, (oil painting:0.7)", "negative": "fog",
        "styles": ("pack/oil",), "seed": 3, "candidates": 4, "text_seed": 0, "model": {"name": "embedded"},
        "settings": {"num_inference_steps": 16, "guidance_scale": 3.0, "width": 64, "height": 48, "sampler": "euler"},
        "environment": {"promptkit": "0.1.0"}, "ranker": None,
        "phrases": (*(one.to_json() for one in parse("a red cat, golden hour").phrases),
                    {"text": "oil painting", "slot": "style", "start": None, "source": "pack/oil"}),
    }  # fmt: skip
    return Recipe(**{**told, **changes})


def made(folder, name="cat.png", size=(64, 48), found=None, **scores):
    image = Image.new("RGB", size, (180, 60, 20))
    with (folder / name).open("wb") as handle:
        write_png(handle, image, found or recipe(), Candidate(index=1, seed=4, image=image, scores=scores))
    return folder / name


def shown(path, **picture):
    return card_of(Picture(path=path, **picture), page=path.parent / "page.html", side=32)[0]


def text_of(page):
    return html.unescape(re.sub(r"<[^>]*>", "", page.partition("<main>")[2].partition("</main>")[0]))


def test_a_card_has_all_that_a_picture_says(tmp_path):
    card = shown(made(tmp_path, total=0.75, lighting=0.5, subject=0.9))
    assert card.prompt == "a red cat, golden hour, (oil painting:0.7)"
    assert card.slots == {"subject": "a red cat", "lighting": "golden hour", "style": "oil painting"}
    assert [piece.text for piece in card.pieces if piece.source == "pack/oil"] == ["oil painting"]
    assert card.negative == "fog"
    assert list(card.scores) == ["total", "subject", "lighting"]
    assert card.weakest == ("lighting", 0.5)
    assert card.link == "./cat.png"
    assert {name: card.facts[name] for name in ("seed", "model", "sampler", "steps", "guidance", "size", "styles")} == {
        "seed": "4", "model": "embedded", "sampler": "euler", "steps": "16", "guidance": "3", "size": "64x48",
        "styles": "pack/oil",
    }  # fmt: skip
    assert card.alt == "subject: a red cat; lighting: golden hour; style: oil painting"


def test_a_picture_that_says_nothing_has_a_card_too(tmp_path):
    path = tmp_path / "plain.jpg"
    Image.new("L", (300, 200), 90).save(path)
    card = shown(path)
    assert (card.prompt, card.negative, card.scores, card.commands, card.alt) == ("", "", {}, (), "plain.jpg")
    assert card.facts == {"size": "300x200"}
    assert "plain.jpg" in text_of(gallery_page([card], title="one"))


def test_a_picture_of_another_tool_is_read_into_slots(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text(
        "parameters",
        "a red cat, golden hour\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 9, Size: 64x48, Model: dreamy",
    )
    Image.new("RGB", (64, 48)).save(tmp_path / "other.png", pnginfo=info)
    card = shown(tmp_path / "other.png")
    assert card.slots == {"subject": "a red cat", "lighting": "golden hour"}
    assert (card.negative, card.facts["seed"], card.facts["steps"], card.facts["model"]) == ("fog", "9", "20", "dreamy")
    assert "The nearest that promptkit can do" in [one.label for one in card.commands]


@pytest.mark.parametrize(
    "broken",
    [
        {"phrases": [{"text": 5}, "x", {"slot": "style"}]},
        {"phrases": [{"text": "not there", "slot": "style"}]},
        {"phrases": None, "dialect": 7, "drawn_from": [], "variation": 3, "ranker": "clip", "search": []},
        {"styles": [4, None], "model": "embedded", "negative": {}, "seed": "x", "candidates": -1.5},
        {"settings": {"width": {}, "sampler": []}, "environment": None},
        {"finish": [{"name": "sharpen"}, {"name": 7}, 3, {"name": "grade", "settings": {}, "scores": [1]}]},
    ],
)
def test_what_has_the_wrong_shape_is_left_out(tmp_path, broken):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    found = {
        "recipe": {**recipe().to_json(), **broken},
        "candidate": {"seed": [], "scores": {"total": "x", "style": 0.5}},
    }
    info.add_itxt("promptkit", json.dumps(found))
    Image.new("RGB", (8, 8)).save(tmp_path / "odd.png", pnginfo=info)
    card = shown(tmp_path / "odd.png")
    assert card.prompt == "a red cat, golden hour, (oil painting:0.7)"
    assert card.scores == {"style": 0.5}
    assert "oil painting" in text_of(gallery_page([card], title="odd"))


def test_steps_of_finishing_stand_with_what_they_did(tmp_path):
    step = {
        "name": "sharpen", "settings": {"amount": 0.6}, "note": "sharper <b>", "scores": {"before": {"total": 0.5}, "after": {"total": 0.75}},
    }  # fmt: skip
    before = made(tmp_path, "before.png")
    card = shown(made(tmp_path, "cat-finished.png", found=recipe(finish=(step,))), before=before)
    assert card.before.uri.startswith("data:image/webp;base64,")
    said = text_of(gallery_page([card], title="done"))
    assert "sharpen:amount=0.6" in said
    assert "total 0.500 before, 0.750 after" in said
    assert "sharper <b>" in said


def test_a_missing_picture_before_is_left_out(tmp_path):
    assert shown(made(tmp_path), before=tmp_path / "gone.png").before is None
    with pytest.raises(MetadataError):
        shown(tmp_path / "gone.png")


@pytest.mark.parametrize(("size", "tiny"), [((64, 48), False), ((16, 8), True), ((700, 500), False)])
def test_thumbnails_are_small_and_keep_their_shape(tmp_path, size, tiny):
    thumb = shown(made(tmp_path, size=size)).thumb
    assert max(thumb.width, thumb.height) <= 32
    assert thumb.width / thumb.height == pytest.approx(size[0] / size[1], rel=0.06)
    assert thumb.tiny is tiny


def test_a_small_picture_keeps_its_bits(tmp_path):
    import io

    image = Image.effect_noise((24, 24), 80).convert("RGB")
    with (tmp_path / "x.png").open("wb") as handle:
        write_png(handle, image, recipe(), Candidate(index=0, seed=0, image=image))
    uri = shown(tmp_path / "x.png").thumb.uri
    assert Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB").tobytes() == image.tobytes()


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("a b.png", "./a%20b.png"),
        ("javascript:alert(1).png", "./javascript%3Aalert%281%29.png"),
        ("what?#x.png", "./what%3F%23x.png"),
        ("é'\"&.png", "./%C3%A9%27%22%26.png"),
    ],
)
def test_links_are_relative_and_no_name_is_a_scheme(tmp_path, name, link):
    path = made(tmp_path, name)
    assert shown(path).link == link
    below = card_of(Picture(path=path), page=tmp_path / "pages" / "p.html", side=32)[0]
    assert below.link == f"../{link.removeprefix('./')}"


def test_the_policy_names_the_style_and_the_script_that_are_there():
    page = gallery_page([], title="none")
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])
    for kind, name in (("style", "style"), ("script", "script")):
        content = re.search(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:")
    assert "unsafe" not in policy


def test_nothing_of_the_page_lies_elsewhere(tmp_path):
    page = gallery_page([shown(made(tmp_path))], title="x")
    assert not re.findall(r'(?:src|srcset|action|poster|data)="(?!data:)', page)
    assert set(re.findall(r'href="([^"]*)"', page)) == {"#pictures", "data:,", "./cat.png"}
    assert "http" not in page.partition("</style>")[2]
    assert "@import" not in page
    assert "url(" not in page
    assert str(tmp_path) not in page


def test_bars_are_shares_or_lie_between_the_least_and_the_most():
    share, wide = ({"total": 0.25}, {"total": 1.0}), ({"total": -2.0}, {"total": 6.0}, {"total": 0.0})
    for found, lengths in ((share, ["25.0", "100.0"]), (wide, ["0.0", "100.0", "25.0"])):
        page = gallery_page([Card(name="x", link="./x", thumb=THUMB, scores=one) for one in found], title="bars")
        assert re.findall(r'class="fill" width="([\d.]+)"', page) == lengths


def test_the_same_cards_give_the_same_page(tmp_path):
    card = shown(made(tmp_path))
    assert gallery_page([card], title="x") == gallery_page([card], title="x")


def test_labels_say_seed_total_the_weakest_slot_and_the_prompt(tmp_path):
    card = shown(made(tmp_path, total=0.75, lighting=0.5, subject=0.9))
    label = labelled(card, Image.new("RGB", (4, 4)))
    assert label.title == "seed 4  ·  0.750"
    assert label.text == "least: lighting 0.500 · a red cat, golden hour, (oil painting:0.7)"
    assert labelled(replace(card, scores={}, facts={}), label.image).title == "cat.png"


def test_a_sheet_has_a_limit(tmp_path):
    card, image = shown(made(tmp_path)), Image.new("RGB", (4, 4))
    sheet = gallery_sheet([(card, image)] * 3, heading="three")
    assert sheet.width > sheet.height
    with pytest.raises(SettingsError, match="too large"):
        gallery_sheet([(card, image)] * (MAX_SHEET + 1), heading="many")
