"""What every built-in style must have: words of its own in every slot, sensible settings, and no empty praise."""

import re
from itertools import combinations

import pytest

import promptkit
from promptkit.packs.library import StyleLibrary, builtin_folder
from promptkit.prompt import SLOTS
from promptkit.slots.vocabulary import normal

LIBRARY = StyleLibrary([builtin_folder()])
STYLES = LIBRARY.styles()
PARTIAL = {"lighting", "camera", "embedded"}
"""Packs whose styles speak of some slots only, or to a model that knows few words."""
NEAR = 85
BOOSTERS = re.compile(
    r"\b(masterpiece|masterful|(best|high|highest|top|premium) quality|\d+k|u?hd|ultra[- ]?hd|absurdres|"
    r"(ultra|hyper|super|insanely|extremely|highly|incredibly)[- ]?(detailed|realistic|sharp)|"
    r"(trending|featured) on|artstation|deviantart|behance|award[- ]winning|stunning|breathtaking|gorgeous|"
    r"amazing|awesome|perfect|flawless|beautiful|aesthetic|high[- ]res(olution)?)\b",
    re.IGNORECASE,
)


def filled(style):
    return next(promptkit.expand("a dog", styles=[style.id], library=LIBRARY))


def own(style):
    """What the file says of a style, nothing inherited."""
    return LIBRARY.found[style.pack].plain["styles"][style.name]


each = pytest.mark.parametrize("style", STYLES, ids=lambda style: style.id)


def test_no_pack_is_broken():
    assert LIBRARY.packs
    assert LIBRARY.problems == []


@each
def test_it_says_what_it_is(style):
    assert style.title
    assert style.summary.endswith(".")
    assert normal(style.title) != normal(style.summary)
    assert style.pack == "embedded" or own(style).get("negative"), "has no negatives of its own"


@each
def test_it_fills_every_slot(style):
    missing = filled(style).missing
    assert set(missing) <= (set(SLOTS) if style.pack in PARTIAL else set())
    assert len(missing) < len(SLOTS) - 1


@each
def test_its_settings_are_sensible(style):
    settings = style.settings
    assert style.pack in PARTIAL or settings
    assert 1 <= settings.get("guidance_scale", 5) <= 12
    assert 4 <= settings.get("num_inference_steps", 30) <= 60
    assert ("width" in settings) == ("height" in settings)
    if "width" in settings:
        assert settings["width"] % 64 == settings["height"] % 64 == 0
        assert 0.7 <= settings["width"] * settings["height"] / 2**20 <= 1.5
        assert 1 / 3 <= settings["width"] / settings["height"] <= 3


@each
def test_it_praises_nothing(style):
    texts = [style.subject or "", *(text.text for texts in style.slots.values() for text in texts)]
    texts += [value for values in style.choices.values() for value in values]
    assert [text for text in texts if BOOSTERS.search(text)] == []


@pytest.mark.parametrize("pack", LIBRARY.packs.values(), ids=lambda pack: pack.name)
def test_no_two_styles_of_a_pack_say_nearly_the_same(pack):
    from rapidfuzz import fuzz

    said = {style.id: filled(style).resolved.removeprefix("a dog, ") for style in pack.styles}
    alike = [pair for pair in combinations(said, 2) if fuzz.ratio(said[pair[0]], said[pair[1]]) >= NEAR]
    assert alike == []


@pytest.mark.parametrize("pack", LIBRARY.packs.values(), ids=lambda pack: pack.name)
def test_every_conflict_names_a_style_that_is_there(pack):
    from fnmatch import fnmatchcase

    names = [style.id for style in STYLES]
    patterns = {(style.id, pattern) for style in pack.styles for pattern in style.conflicts}
    assert [(style, pattern) for style, pattern in patterns if not any(fnmatchcase(n, pattern) for n in names)] == []
